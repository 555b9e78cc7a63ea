/** The state that handlers keep: its groups and values, live. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Database, Plus } from "lucide-react";
import { useState, type ReactNode } from "react";
import { STATE, stateQuery, type Place } from "../api/stored.js";
import type { GroupView } from "../api/types.js";
import { IconButton } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { Lesson } from "../parts/lesson.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { RowList } from "../parts/row-list.js";
import { short } from "../parts/times.js";
import { AddValue } from "./add-value.js";
import { Columns } from "./columns.js";
import { ValuePanel } from "./value-panel.js";
import { useValue, useValues } from "./values.js";
import { ValuesPane } from "./values-pane.js";
import { useStoredLive } from "./watch.js";

const ROUTE = "/state/{-$group}/{-$key}";

export function StateScreen(): ReactNode {
  useStoredLive();
  const { group, key } = useParams({ from: ROUTE });
  const { tab } = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: ROUTE });
  const { data, error, refetch } = useQuery(stateQuery);
  const values = useValues(STATE, group);
  const open = useValue(values, group === undefined || key === undefined ? null : { space: STATE, group, key });
  const isNarrow = useMedia(NARROW);
  const go = (to: { readonly group?: string | undefined; readonly key?: string | undefined }, search: { readonly tab?: string | undefined } = { tab }): void => {
    void navigate({ params: { group: to.group, key: to.key }, search, replace: to.key !== undefined && key !== undefined });
  };
  const added = (place: Place): void => go(place);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <Columns
      groups={<Groups groups={data.groups} chosen={group} onChoose={(next) => go({ group: next }, {})} onAdded={added} />}
      values={
        group !== undefined && (
          <ValuesPane
            key={group}
            space={STATE}
            group={group}
            keyName="key"
            schema={null}
            values={values}
            chosen={key}
            onChoose={(next) => go({ group, key: next })}
            onAdded={added}
            onBack={isNarrow ? () => go({}, {}) : null}
          />
        )
      }
      value={
        group !== undefined &&
        key !== undefined && (
          <ValuePanel
            key={`${group}\n${key}`}
            place={{ space: STATE, group, key }}
            value={open.value}
            isLoading={open.isLoading}
            schema={null}
            tab={tab}
            onTab={(next) => go({ group, key }, { tab: next })}
            onBack={isNarrow ? () => go({ group }, {}) : null}
          />
        )
      }
      hint={<Hint isEmpty={data.groups.length === 0} hasGroup={group !== undefined} />}
    />
  );
}

function Hint({ isEmpty, hasGroup }: { readonly isEmpty: boolean; readonly hasGroup: boolean }): ReactNode {
  if (!isEmpty) return <Empty icon={Database} title={hasGroup ? "Choose a value" : "Choose a group"}>For each value it is told which run wrote it, and what it was before.</Empty>;
  return <NoState />;
}

function NoState(): ReactNode {
  return (
    <Lesson icon={Database} title="The state is empty" name="In a handler" code={'await context.state.set("visits", "today", {"count": 1})'}>
      What steps keep, by group and key. It appears here as it is written, with the run that wrote it.
    </Lesson>
  );
}

interface GroupsProps {
  readonly groups: readonly GroupView[];
  readonly chosen: string | undefined;
  readonly onChoose: (group: string) => void;
  readonly onAdded: (place: Place) => void;
}

function Groups({ groups, chosen, onChoose, onAdded }: GroupsProps): ReactNode {
  const [isAdding, setAdding] = useState(false);
  const isNarrow = useMedia(NARROW);
  return (
    <section aria-label="Groups" className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex items-center gap-2 py-2 pr-2 pl-4">
        <h2 className="grow text-[13px] font-semibold">Groups</h2>
        <IconButton label="Add a value" onClick={() => setAdding(true)}><Plus size={16} aria-hidden /></IconButton>
      </div>
      {groups.length === 0 && (isNarrow ? <NoState /> : <p className="px-4 text-[13px] text-soft">None yet.</p>)}
      {groups.length > 0 && (
        <RowList label="Groups of the state" rows={groups} rowHeight={34} keyOf={({ name }) => name} chosen={chosen} onChoose={onChoose} className="grow" rowClassName="px-2">
          {({ name, count }, isChosen) => (
            <div className={classes("flex h-full items-center gap-2 rounded-lg px-2 text-[13px]", isChosen ? "bg-tint font-semibold" : "hover:bg-page")}>
              <span className="grow truncate">{name}</span>
              <span className="text-xs text-soft tabular-nums">{short(count)}</span>
            </div>
          )}
        </RowList>
      )}
      {isAdding && (
        <AddValue
          space={STATE}
          keyName="key"
          group={chosen ?? ""}
          schema={null}
          onClose={() => setAdding(false)}
          onWritten={(place) => {
            setAdding(false);
            onAdded(place);
          }}
        />
      )}
    </section>
  );
}
