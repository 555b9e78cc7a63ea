/** A stream to look at while requests are sent: below the answer, whatever that is. */

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
import { channelsIn, channelsOf, distinct, type Channel } from "./channels.js";

// The client for streams is loaded by who watches one.
const Items = lazy(() => import("./items.js"));

const streamsQuery = queryOptions({ queryKey: ["streams"], queryFn: ({ signal }) => ask<StreamsView>("/streams", { signal }) });

const MOST_LIKELY = 4;

export function StreamPanel({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [watched, setWatched] = useState<Channel | null>(null);
  const { data } = useQuery(streamsQuery);
  const likely = useLikely(answer);
  const [first] = likely;
  if (data === undefined || data.streams.length === 0) return null;
  const Chevron = isOpen ? ChevronDown : ChevronUp;
  return (
    <section aria-label="Stream items" className={isOpen ? "flex max-h-[45%] min-h-56 shrink-0 flex-col border-t" : "shrink-0 border-t"}>
      <div className="flex shrink-0 items-center gap-2 pr-2 hover:bg-tint/60">
        <button
          type="button"
          aria-expanded={isOpen}
          className="flex min-w-0 grow items-center gap-2 px-3 py-2 text-[13px] font-medium"
          onClick={() => setOpen(!isOpen)}
        >
          <Radio size={15} aria-hidden className="shrink-0 text-(--kind-stream)" />
          <span className="whitespace-nowrap">Watch stream items</span>
          {watched !== null && <span className="truncate font-mono text-xs text-soft">{watched.stream} / {watched.group}</span>}
          <Chevron size={15} aria-hidden className="ml-auto shrink-0 text-soft" />
        </button>
        {!isOpen && first !== undefined && watched === null && (
          <LikelyButton
            channel={first}
            onWatch={(channel) => {
              setWatched(channel);
              setOpen(true);
            }}
          />
        )}
      </div>
      {isOpen && (
        <>
          <Chooser streams={data} likely={likely} watched={watched} onWatch={setWatched} />
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
  readonly likely: readonly Channel[];
  readonly watched: Channel | null;
  readonly onWatch: (channel: Channel) => void;
}

function Chooser({ streams: { streams }, likely, watched, onWatch }: ChooserProps): ReactNode {
  const [stream, setStream] = useState(watched?.stream ?? streams[0]?.name ?? "");
  const [group, setGroup] = useState(watched?.group ?? "");
  const groups = useId();
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
      {likely.filter(({ stream, group }) => stream !== watched?.stream || group !== watched.group).slice(0, MOST_LIKELY).map((channel) => (
        <LikelyButton key={`${channel.stream}/${channel.group}`} channel={channel} onWatch={watch} />
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
