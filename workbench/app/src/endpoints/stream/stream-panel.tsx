/** A stream to look at while requests are sent: below the answer, whatever that is. */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Radio } from "lucide-react";
import { lazy, Suspense, useId, useMemo, useState, type FormEvent, type ReactNode } from "react";
import { ask, traceQuery } from "../../api/rest.js";
import type { StreamsView } from "../../api/types.js";
import { Button } from "../../parts/button.js";
import { traceOf, type Answer } from "../answer/answer.js";
import { Loading } from "../../parts/notes.js";
import { INPUT } from "../body/inputs.js";
import { parsed } from "../schema/json.js";
import { channelsIn, channelsOf, distinct, type Channel } from "./channels.js";

// The client for streams is loaded by who watches one.
const Items = lazy(() => import("./items.js"));

const streamsQuery = queryOptions({ queryKey: ["streams"], queryFn: ({ signal }) => ask<StreamsView>("/streams", { signal }) });

const MOST_LIKELY = 4;

export function StreamPanel({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [watched, setWatched] = useState<Channel | null>(null);
  const { data } = useQuery(streamsQuery);
  if (data === undefined || data.streams.length === 0) return null;
  const Chevron = isOpen ? ChevronDown : ChevronUp;
  return (
    <section aria-label="Stream items" className={isOpen ? "flex max-h-[45%] min-h-56 shrink-0 flex-col border-t" : "shrink-0 border-t"}>
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex w-full shrink-0 items-center gap-2 px-3 py-2 text-[13px] font-medium hover:bg-tint/60"
        onClick={() => setOpen(!isOpen)}
      >
        <Radio size={15} aria-hidden className="text-(--kind-stream)" />
        Watch stream items
        {watched !== null && <span className="truncate font-mono text-xs text-soft">{watched.stream} / {watched.group}</span>}
        <Chevron size={15} aria-hidden className="ml-auto text-soft" />
      </button>
      {isOpen && (
        <>
          <Chooser streams={data} answer={answer} watched={watched} onWatch={setWatched} />
          {watched !== null && (
            <Suspense fallback={<Loading />}>
              <Items key={`${watched.stream}\n${watched.group}`} channel={watched} />
            </Suspense>
          )}
        </>
      )}
    </section>
  );
}

interface ChooserProps {
  readonly streams: StreamsView;
  readonly answer: Answer | undefined;
  readonly watched: Channel | null;
  readonly onWatch: (channel: Channel) => void;
}

function Chooser({ streams: { streams }, answer, watched, onWatch }: ChooserProps): ReactNode {
  const [stream, setStream] = useState(watched?.stream ?? streams[0]?.name ?? "");
  const [group, setGroup] = useState(watched?.group ?? "");
  const groups = useId();
  const likely = useLikely(answer);
  const watch = (channel: Channel): void => {
    setStream(channel.stream);
    setGroup(channel.group);
    onWatch(channel);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (group !== "") onWatch({ stream, group });
  };
  return (
    <form className="flex shrink-0 flex-wrap items-center gap-2 border-b px-3 pb-2" onSubmit={submit}>
      <select aria-label="Stream" className={`${INPUT} h-8 w-auto! py-0!`} value={stream} onChange={({ target }) => setStream(target.value)}>
        {streams.map(({ name }) => <option key={name}>{name}</option>)}
      </select>
      <input aria-label="Group" list={groups} placeholder="group" className={`${INPUT} h-8 w-40!`} value={group} onChange={({ target }) => setGroup(target.value)} />
      <datalist id={groups}>
        {streams.find(({ name }) => name === stream)?.groups.slice(0, 200).map(({ name }) => <option key={name} value={name} />)}
      </datalist>
      <Button type="submit" disabled={group === ""}>Watch</Button>
      {likely.slice(0, MOST_LIKELY).map((channel) => (
        <Button key={`${channel.stream}/${channel.group}`} look="quiet" className="max-w-60 border border-dashed border-strong-line" onClick={() => watch(channel)}>
          <span className="sr-only">This answer wrote to </span>
          <span className="truncate font-mono text-xs">{channel.stream} / {channel.group}</span>
        </Button>
      ))}
    </form>
  );
}

/** What the answer names, or its runs wrote to. */
function useLikely(answer: Answer | undefined): readonly Channel[] {
  const trace = answer === undefined ? null : traceOf(answer);
  const isDone = answer?.state === "done";
  const { data } = useQuery({ ...traceQuery(trace ?? ""), enabled: trace !== null && isDone, retry: false });
  const named = useMemo(() => {
    const body = answer?.head?.kind === "json" && isDone ? parsed(answer.text) : undefined;
    return body === undefined ? [] : channelsIn(body);
  }, [answer?.head?.kind, answer?.text, isDone]);
  return distinct([...named, ...(data === undefined ? [] : channelsOf(data))]);
}
