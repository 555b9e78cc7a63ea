/** The queues: what waits and runs, what was given up, and trying that again. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import type { ReactNode } from "react";
import { lettersQuery, queueQuery } from "../api/queued.js";
import type { LaneView } from "../api/types.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Lesson } from "../parts/lesson.js";
import { Failed, Loading } from "../parts/notes.js";
import { LaneTable } from "./lane-table.js";
import { neighbourOf } from "./lanes.js";
import { LetterDetail } from "./letter.js";
import { Letters } from "./letters.js";

const FIRST_QUEUE = `config = {"type": "event", "name": "Pack", "subscribes": ["order"], "emits": []}


async def handler(order, context):
    context.logger.info("packed", {"order": order})
`;

export function QueueScreen(): ReactNode {
  const { data, error, refetch } = useQuery(queueQuery);
  const { step, letter } = useSearch({ from: "/queue" });
  const { data: listed } = useQuery(lettersQuery(step));
  const navigate = useNavigate({ from: "/queue" });
  const isNarrow = useMedia(NARROW);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  const { lanes } = data;
  if (lanes.length === 0 && letter === undefined) return <NoLanes />;
  const choose = (next: string | undefined): void => {
    // Going through the list leaves one step of the way back, not one for each letter.
    void navigate({ search: { step, letter: next }, replace: letter !== undefined && next !== undefined });
  };
  const list = (
    <Letters step={step} steps={stepsWithDead(lanes)} chosen={letter} onStep={(next) => void navigate({ search: { step: next }, replace: true })} onChoose={choose} />
  );
  const table = <LaneTable lanes={lanes} step={step} />;
  const detail = letter !== undefined && (
    <LetterDetail
      key={letter}
      id={letter}
      onBack={() => choose(undefined)}
      onGone={() => void navigate({ search: { step, letter: isNarrow ? undefined : neighbourOf(listed?.letters.map(({ id }) => id) ?? [], letter) }, replace: true })}
    />
  );
  if (isNarrow) {
    return detail === false ? (
      <div className="flex min-h-0 min-w-0 grow flex-col">
        <div className="flex max-h-1/2 shrink-0 border-b">{table}</div>
        {list}
      </div>
    ) : detail;
  }
  return (
    <>
      <div className="flex w-[22rem] shrink-0 border-r bg-card">{list}</div>
      {detail === false ? table : detail}
    </>
  );
}

function stepsWithDead(lanes: readonly LaneView[]): readonly string[] {
  return [...new Set(lanes.filter(({ dead }) => dead > 0).map(({ step }) => step))];
}

function NoLanes(): ReactNode {
  return (
    <Lesson icon={Inbox} title="No queues yet" name="steps/pack_step.py" code={FIRST_QUEUE}>
      A step that subscribes to a topic has a queue: what is emitted waits there until it is taken, and what fails for good is kept to be tried again.
    </Lesson>
  );
}
