/** The endpoints: which there are, and a tester for the one that is chosen. */

import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { endpointsQuery } from "../api/rest.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Failed, Loading } from "../parts/notes.js";
import { EndpointGone, NoEndpoints, NoneChosen } from "./empty.js";
import { EndpointList } from "./list.js";
import { REQUEST_TABS } from "./request/request-view.js";
import { Tester } from "./tester.js";

export function EndpointsScreen(): ReactNode {
  const { data, error, refetch } = useQuery(endpointsQuery);
  const { endpoint: id, tab } = useSearch({ from: "/endpoints" });
  const isNarrow = useMedia(NARROW);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  const { endpoints } = data;
  if (endpoints.length === 0 && id === undefined) return <NoEndpoints />;
  const chosen = endpoints.find((endpoint) => endpoint.id === id);
  const main = chosen !== undefined
    ? <Tester key={chosen.id} endpoint={chosen} tab={REQUEST_TABS.find((each) => each === tab)} />
    : id === undefined ? <NoneChosen /> : <EndpointGone id={id} />;
  if (isNarrow) return id === undefined ? <EndpointList endpoints={endpoints} chosen={id} className="w-full" /> : main;
  return (
    <>
      <EndpointList endpoints={endpoints} chosen={id} className="w-64 xl:w-72" />
      {main}
    </>
  );
}
