/** All that entries are made of: what the server says, asked for when the palette opens, and where the person is. */

import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { cronsQuery, topicsQuery } from "../api/queued.js";
import { endpointsQuery, graphQuery, problemsQuery, projectQuery, tracesQuery } from "../api/rest.js";
import { stateQuery, streamsQuery } from "../api/stored.js";
import type {
  CronsView, EndpointsView, GraphView, ProblemsView, ProjectView, StateView, StreamsView, TopicsView, TracesView,
} from "../api/types.js";

/** Undefined is what has not come yet. */
export interface Known {
  readonly project: ProjectView | undefined;
  readonly graph: GraphView | undefined;
  readonly endpoints: EndpointsView | undefined;
  readonly topics: TopicsView | undefined;
  readonly streams: StreamsView | undefined;
  readonly state: StateView | undefined;
  readonly crons: CronsView | undefined;
  readonly traces: TracesView | undefined;
  readonly problems: ProblemsView | undefined;
  readonly place: Place;
}

/** What is chosen on the screen that stands. */
export interface Place {
  readonly flow?: string | undefined;
  readonly step?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly trace?: string | undefined;
}

export function useKnown(): Known {
  return {
    project: useQuery(projectQuery).data,
    graph: useQuery(graphQuery).data,
    endpoints: useQuery(endpointsQuery).data,
    topics: useQuery(topicsQuery).data,
    // Away from their screens nobody tells that these have changed.
    streams: useQuery({ ...streamsQuery, staleTime: 0 }).data,
    state: useQuery({ ...stateQuery, staleTime: 0 }).data,
    crons: useQuery(cronsQuery).data,
    traces: useQuery(tracesQuery).data,
    problems: useQuery(problemsQuery).data,
    place: usePlace(),
  };
}

function usePlace(): Place {
  const params = useParams({ strict: false });
  const search = useSearch({ strict: false });
  const trace = params.trace ?? search.trace ?? search.run;
  return useMemo(() => ({ flow: params.flow, step: search.step, endpoint: search.endpoint, trace }), [params.flow, search.step, search.endpoint, trace]);
}
