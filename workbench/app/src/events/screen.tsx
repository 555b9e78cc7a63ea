/** The topics: who emits and takes each, and emitting by hand. */

import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { CircleHelp, Megaphone } from "lucide-react";
import type { ReactNode } from "react";
import { topicsQuery } from "../api/queued.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Lesson } from "../parts/lesson.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { TopicList } from "./list.js";
import { Topic } from "./topic.js";

const FIRST_TOPICS = `config = {
    "type": "event",
    "name": "Ship",
    "subscribes": ["order.paid"],
    "emits": ["order.shipped"],
}


async def handler(order, context):
    await context.emit({"topic": "order.shipped", "data": order})
`;

export function EventsScreen(): ReactNode {
  const { data, error, refetch } = useQuery(topicsQuery);
  const { topic: name } = useSearch({ from: "/events" });
  const isNarrow = useMedia(NARROW);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  const { topics } = data;
  if (topics.length === 0 && name === undefined) return <NoTopics />;
  const chosen = topics.find(({ topic }) => topic === name);
  const main = chosen !== undefined ? <Topic key={chosen.topic} topic={chosen} /> : name === undefined ? <NoneChosen /> : <TopicGone name={name} />;
  if (isNarrow) return name === undefined ? <TopicList topics={topics} chosen={name} className="w-full" /> : main;
  return (
    <>
      <TopicList topics={topics} chosen={name} className="w-64 xl:w-72" />
      {main}
    </>
  );
}

function NoneChosen(): ReactNode {
  return <Empty icon={Megaphone} title="Choose a topic">Emit an event as a step would, and follow what it sets off.</Empty>;
}

function TopicGone({ name }: { readonly name: string }): ReactNode {
  return <Empty icon={CircleHelp} title={`No topic ${name}`}>No step that loads emits or takes it.</Empty>;
}

function NoTopics(): ReactNode {
  return (
    <Lesson icon={Megaphone} title="No topics yet" name="steps/ship_step.py" code={FIRST_TOPICS}>
      Steps talk by topics: one emits, others subscribe. Save this under its name, and emit the event that it takes from here.
    </Lesson>
  );
}
