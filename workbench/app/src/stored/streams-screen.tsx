/** The streams: their groups and items as their watchers see them, and what is sent to those. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Radio } from "lucide-react";
import { useState, type ReactNode } from "react";
import { spaceOf, streamsQuery, type Place } from "../api/stored.js";
import type { StreamView } from "../api/types.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Lesson } from "../parts/lesson.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { Columns } from "./columns.js";
import { ItemsOrEvents, Events, type Watched } from "./events.js";
import { AboutStream, StreamGroups } from "./stream-groups.js";
import { ValuePanel } from "./value-panel.js";
import { useStreamLive, useValue, useValues, withLive } from "./values.js";
import { ValuesPane } from "./values-pane.js";
import { useStoredLive } from "./watch.js";

const ROUTE = "/streams/{-$stream}/{-$group}/{-$id}";

const FIRST_STREAM = `config = {
    "name": "chat",
    "schema": None,
    "baseConfig": {"storageType": "default"},
}
`;

export function StreamsScreen(): ReactNode {
  useStoredLive();
  const { data, error, refetch } = useQuery(streamsQuery);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (data.streams.length === 0) return <NoStreams />;
  return <Inspector streams={data.streams} />;
}

function Inspector({ streams }: { readonly streams: readonly StreamView[] }): ReactNode {
  const { stream: name, group, id } = useParams({ from: ROUTE });
  const { tab } = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: ROUTE });
  const isNarrow = useMedia(NARROW);
  const stream = streams.find((each) => each.name === name);
  const space = spaceOf(name ?? "");
  const live = useStreamLive(stream?.name, group);
  const values = withLive(useValues(space, stream === undefined ? undefined : group), live);
  const open = useValue(values, stream === undefined || group === undefined || id === undefined ? null : { space, group, key: id });
  const [watched, setWatched] = useState<Watched>("items");
  const go = (to: { readonly stream?: string | undefined; readonly group?: string | undefined; readonly id?: string | undefined }, search: { readonly tab?: string | undefined } = { tab }): void => {
    void navigate({ params: { stream: to.stream, group: to.group, id: to.id }, search, replace: to.id !== undefined && id !== undefined });
  };
  const added = (place: Place): void => go({ stream: name, group: place.group, id: place.key });
  const schema = stream?.itemSchema ?? null;
  return (
    <Columns
      groups={<StreamGroups streams={streams} stream={name} group={group} onChoose={(next) => go(next, {})} onAdded={(place, of) => go({ stream: of, group: place.group, id: place.key })} />}
      values={
        stream !== undefined &&
        group !== undefined && (
          <ValuesPane
            key={`${stream.name}\n${group}`}
            space={space}
            group={group}
            keyName="id"
            schema={schema}
            values={values}
            chosen={id}
            onChoose={(next) => go({ stream: name, group, id: next })}
            onAdded={added}
            onBack={isNarrow ? () => go({ stream: name }, {}) : null}
            instead={watched === "events" ? <Events events={live.events} /> : undefined}
          >
            <ItemsOrEvents watched={watched} live={live} onWatch={setWatched} />
          </ValuesPane>
        )
      }
      value={
        stream !== undefined &&
        group !== undefined &&
        id !== undefined && (
          <ValuePanel
            key={`${space}\n${group}\n${id}`}
            place={{ space, group, key: id }}
            value={open.value}
            isLoading={open.isLoading}
            schema={schema}
            tab={tab}
            onTab={(next) => go({ stream: name, group, id }, { tab: next })}
            onBack={isNarrow ? () => go({ stream: name, group }, {}) : null}
          />
        )
      }
      hint={<Hint stream={stream} hasGroup={group !== undefined} />}
    />
  );
}

function Hint({ stream, hasGroup }: { readonly stream: StreamView | undefined; readonly hasGroup: boolean }): ReactNode {
  if (stream !== undefined && !hasGroup) return <AboutStream stream={stream} />;
  return (
    <Empty icon={Radio} title={stream === undefined ? "Choose a stream" : "Choose an item"}>
      Items show here as they grow, token by token. For each it is told which run wrote it, and what it was before.
    </Empty>
  );
}

function NoStreams(): ReactNode {
  return (
    <Lesson icon={Radio} title="The project has no streams" name="steps/chat_stream.py" code={FIRST_STREAM}>
      A stream holds items that browsers watch live, as they grow. Save this under its name to have one.
    </Lesson>
  );
}
