/** All topics, to choose one of. */

import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import type { TopicView } from "../api/types.js";
import { goByArrows } from "../parts/arrow-keys.js";
import { classes } from "../parts/class-names.js";
import { SearchField } from "../parts/filters.js";
import { counted } from "../parts/times.js";

interface TopicListProps {
  readonly topics: readonly TopicView[];
  readonly chosen: string | undefined;
  readonly className?: string;
}

export function TopicList({ topics, chosen, className }: TopicListProps): ReactNode {
  const [search, setSearch] = useState<string>();
  const text = search?.toLowerCase() ?? "";
  const found = topics.filter(({ topic, emitters, subscribers }) => [topic, ...emitters, ...subscribers].some((each) => each.toLowerCase().includes(text)));
  return (
    <nav aria-label="Topics" onKeyDown={goByArrows} className={classes("flex min-h-0 shrink-0 flex-col border-r bg-card", className)}>
      <div className="flex p-3 pb-2"><SearchField label="Find a topic or step" value={search} onChange={setSearch} className="grow" /></div>
      <ul className="relative min-h-0 grow overflow-y-auto px-2 pb-3">
        {found.map((topic) => <li key={topic.topic}><Row topic={topic} isChosen={topic.topic === chosen} /></li>)}
        {found.length === 0 && <li className="p-3 text-[13px] text-soft">No topic fits “{search}”.</li>}
      </ul>
    </nav>
  );
}

function Row({ topic: { topic, emitters, subscribers }, isChosen }: { readonly topic: TopicView; readonly isChosen: boolean }): ReactNode {
  return (
    <Link to="/events" search={{ topic }} aria-current={isChosen ? "page" : undefined} className={classes("block rounded-lg px-2.5 py-1.5 hover:bg-tint/60", isChosen && "bg-tint")}>
      <span className="block truncate font-mono text-[13px] leading-5">{topic}</span>
      <span className="block truncate text-xs text-soft">
        {counted(emitters.length, "emitter")} · <span className={subscribers.length === 0 ? "text-warn" : undefined}>{subscribers.length === 0 ? "nobody takes it" : counted(subscribers.length, "subscriber")}</span>
      </span>
    </Link>
  );
}
