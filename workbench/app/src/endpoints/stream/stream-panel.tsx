/**
 * A stream to look at while requests are sent, below the answer. It opens when an answer tells of one,
 * and goes with the answers from group to group, unless its person has closed it or chosen another.
 */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Radio } from "lucide-react";
import { lazy, Suspense, useId, useMemo, useState, type FormEvent, type ReactNode } from "react";
import { ask, traceQuery } from "../../api/rest.js";
import type { StreamsView } from "../../api/types.js";
import { Button } from "../../parts/button.js";
import { INPUT } from "../../parts/looks.js";
import { traceOf, type Answer } from "../answer/answer.js";
import { Loading } from "../../parts/notes.js";
import { parsed } from "../../json/json.js";
import { channelsIn, channelsOf, distinct, keyOf, type Channel } from "./channels.js";
import { useWish } from "./watching.js";

// The client for streams is loaded by who watches one.
const Items = lazy(() => import("./items.js"));

const streamsQuery = queryOptions({ queryKey: ["streams"], queryFn: ({ signal }) => ask<StreamsView>("/streams", { signal }) });

const MOST_LIKELY = 4;

interface StreamPanelProps {
  readonly endpoint: string;
  readonly answer: Answer | undefined;
}

export function StreamPanel({ endpoint, answer }: StreamPanelProps): ReactNode {
  const [wish, setWish] = useWish(endpoint);
  const { data } = useQuery(streamsQuery);
  const likely = useLikely(answer);
  const told = useLast(likely[0]);
  if (data === undefined || data.streams.length === 0) return null;
  const watched = wish.channel ?? told ?? null;
  const isOpen = wish.isOpen ?? watched !== null;
  const Chevron = isOpen ? ChevronDown : ChevronUp;
  return (
    <section aria-label="Stream items" className={isOpen ? "flex max-h-[60%] min-h-56 shrink-0 flex-col border-t" : "shrink-0 border-t"}>
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex w-full shrink-0 items-center gap-2 px-3 py-2 text-[13px] font-medium hover:bg-tint/60"
        onClick={() => setWish({ isOpen: !isOpen })}
      >
        <Radio size={15} aria-hidden className="shrink-0 text-(--kind-stream)" />
        <span className="whitespace-nowrap">Watch stream items</span>
        {watched !== null && <span className="min-w-0 truncate font-mono text-xs text-soft">{watched.stream} / {watched.group}</span>}
        <Chevron size={15} aria-hidden className="ml-auto shrink-0 text-soft" />
      </button>
      {isOpen && (
        <>
          <Chooser
            streams={data}
            likely={likely}
            watched={watched}
            // What the answer tells first is followed again, from answer to answer.
            onWatch={(channel) => setWish({ channel: keyOf(channel) === keyOf(likely[0]) ? null : channel })}
          />
          {watched !== null && (
            <Suspense fallback={<Loading />}>
              <Items key={keyOf(watched)} channel={watched} />
            </Suspense>
          )}
        </>
      )}
    </section>
  );
}

/** The last one that there was, while there is none: until an answer is there, that of the one before is shown. */
function useLast(channel: Channel | undefined): Channel | undefined {
  const [last, setLast] = useState(channel);
  if (channel !== undefined && keyOf(channel) !== keyOf(last)) setLast(channel);
  return channel ?? last;
}

interface ChooserProps {
  readonly streams: StreamsView;
  readonly likely: readonly Channel[];
  readonly watched: Channel | null;
  readonly onWatch: (channel: Channel) => void;
}

function Chooser({ streams: { streams }, likely, watched, onWatch }: ChooserProps): ReactNode {
  const [stream, setStream] = useState(watched?.stream ?? streams[0]?.name ?? "");
  const [group, setGroup] = useState(watched?.group ?? "");
  const [shown, setShown] = useState(watched);
  const groups = useId();
  // Another answer brought another group. Not by a key: the focus would be lost.
  if (keyOf(shown) !== keyOf(watched) && watched !== null) {
    setShown(watched);
    setStream(watched.stream);
    setGroup(watched.group);
  }
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
      {likely.filter((channel) => keyOf(channel) !== keyOf(watched)).slice(0, MOST_LIKELY).map((channel) => (
        <LikelyButton key={keyOf(channel)} channel={channel} onWatch={onWatch} />
      ))}
    </form>
  );
}

function LikelyButton({ channel, onWatch }: { readonly channel: Channel; readonly onWatch: (channel: Channel) => void }): ReactNode {
  return (
    <Button look="quiet" className="max-w-60 border border-dashed border-strong-line" onClick={() => onWatch(channel)}>
      <span className="sr-only">This answer wrote to </span>
      <span className="truncate font-mono text-xs">{channel.stream} / {channel.group}</span>
    </Button>
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
