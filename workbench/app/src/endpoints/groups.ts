/** The endpoints that fit what is searched for, by flow. Pure. */

import type { EndpointView } from "../api/types.js";

export interface EndpointGroup {
  /** null: those of no flow. */
  readonly flow: string | null;
  readonly endpoints: readonly EndpointView[];
}

/** In the order of the files; those of no flow last. One of two flows stands in both. */
export function grouped(endpoints: readonly EndpointView[], search: string): readonly EndpointGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = endpoints.filter((endpoint) => words.every((word) => textOf(endpoint).includes(word)));
  const flows = new Set(found.flatMap(({ flows }) => flows));
  const groups: EndpointGroup[] = [...flows].map((flow) => ({ flow, endpoints: found.filter((each) => each.flows.includes(flow)) }));
  const alone = found.filter((each) => each.flows.length === 0);
  return alone.length === 0 ? groups : [...groups, { flow: null, endpoints: alone }];
}

function textOf({ method, path, step, description, flows }: EndpointView): string {
  return [method, path, step, description, ...flows].join(" ").toLowerCase();
}
