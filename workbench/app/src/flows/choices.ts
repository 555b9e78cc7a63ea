/** What is chosen on the screen, written into its address. */

import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Tab } from "./inspector.js";

const ROUTE = "/flows/{-$flow}";

export interface Choices {
  flow(name: string | undefined): void;
  /** `isDrawn` false: the step is in another flow, so all are shown. */
  step(name: string | null, isDrawn?: boolean): void;
  run(trace: string | null): void;
  tab(tab: Tab): void;
}

/** The same functions while the flow is the same. */
export function useChoices(flow: string | undefined): Choices {
  const navigate = useNavigate({ from: ROUTE });
  return useMemo(() => {
    const here = { to: ROUTE, params: { flow } } as const;
    return {
      flow: (name) => void navigate({ to: ROUTE, params: { flow: name }, search: ({ run }) => (run === undefined ? {} : { run }) }),
      step: (name, isDrawn = true) =>
        void navigate({
          ...here,
          ...(isDrawn ? {} : { params: { flow: undefined } }),
          search: ({ step: _, tab, ...others }) =>
            name === null ? others : { ...others, step: name, ...(tab === undefined ? {} : { tab }) },
        }),
      run: (trace) =>
        void navigate({ ...here, search: ({ run: _, ...others }) => (trace === null ? others : { ...others, run: trace }) }),
      tab: (tab) =>
        void navigate({
          ...here,
          replace: true,
          search: ({ tab: _, ...others }) => (tab === "overview" ? others : { ...others, tab }),
        }),
    };
  }, [navigate, flow]);
}
