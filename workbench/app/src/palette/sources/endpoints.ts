/** Endpoints: each opens its tester. */

import { KINDS } from "../../parts/kinds.js";
import type { Source } from "../sources.js";

export const endpoints: Source = ({ endpoints: known }, go) =>
  (known?.endpoints ?? []).map(({ id, step, description, file }) => ({
    id: `endpoint:${id}`,
    group: "Endpoints",
    name: id,
    note: description || step,
    keywords: [step, file, "endpoint", "request"],
    icon: KINDS.api,
    act: () => go({ to: "/endpoints", search: { endpoint: id } }, `endpoint:${id}`),
  }));
