/** Ties the live socket to what is shown: notices make queries ask again, runs go to the store. */

import type { QueryClient } from "@tanstack/react-query";
import { API, problemsQuery, PROJECT_KEYS, RUN_KEYS } from "../api/rest.js";
import type { Batch, FailureView, ReloadView } from "../api/types.js";
import { atMostEvery } from "./at-most-every.js";
import { LiveConnection, type Socket } from "./connection.js";
import { noticeOf, type Notice } from "./notices.js";
import { countFromHere, forgetAll, hearRuns, useLive } from "./store.js";
import { followWith, tellBatch, tellJoined } from "./topics.js";

/** Lists of runs are asked for again at most this often, while runs come. */
const RUNS_REFRESH_MS = 1_000;
/** Counts on the graph are compared with the server's this long after runs came. */
const COUNTS_REFRESH_MS = 5_000;

/** Connect; gives what ends it. What is worth saying of a reload is told. */
export function goLive(queries: QueryClient, tell: (notice: Notice) => void): () => void {
  const ask = (...keys: readonly string[]): void => {
    for (const key of keys) void queries.invalidateQueries({ queryKey: [key] });
  };
  const askForRuns = atMostEvery(RUNS_REFRESH_MS, () => ask(...RUN_KEYS));
  const askForCounts = atMostEvery(COUNTS_REFRESH_MS, () => ask("graph", "problems"));

  let broken: readonly FailureView[] | undefined;
  const onReload = (reload: ReloadView): void => {
    const before = broken ?? queries.getQueryData(problemsQuery.queryKey)?.failures ?? [];
    const notice = noticeOf(reload, before);
    broken = reload.failures;
    if (notice !== null) tell(notice);
  };
  const onBatch = (batch: Batch): void => {
    if (tellBatch(batch)) return;
    if (batch.dropped !== 0) ask(...RUN_KEYS, "graph");
    if (batch.topic === "runs") {
      hearRuns(batch);
      askForRuns();
      askForCounts();
      return;
    }
    batch.reloads.forEach(onReload);
    ask(...PROJECT_KEYS);
  };

  const connection = new LiveConnection(
    openSocket,
    {
      onBatch,
      onStatus: (status) => useLive.setState({ status }),
      onSubscribed: (_epoch, isNewServer) => {
        if (isNewServer) forgetAll();
        ask(...new Set([...PROJECT_KEYS, ...RUN_KEYS]));
      },
      onTopics: tellJoined,
    },
    ["project", "runs"],
  );
  const stopCounting = queries.getQueryCache().subscribe((event) => {
    const isNew = event.type === "updated" && event.action.type === "success";
    if (isNew && event.query.queryKey[0] === "graph") countFromHere();
  });
  const now = (): void => connection.connect();
  followWith(connection);
  connection.connect();
  addEventListener("online", now);
  addEventListener("focus", now);
  return () => {
    stopCounting();
    removeEventListener("online", now);
    removeEventListener("focus", now);
    followWith(null);
    connection.close();
  };
}

function openSocket(): Socket {
  const address = new URL(`${API}/live`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address) as Socket;
}
