/** The traces: all that one request, message or tick set off, and what each step of it did. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { allTracesQuery } from "../api/rest.js";
import { NARROW, useMedia } from "../parts/media.js";
import { TraceDetail } from "./detail.js";
import { NoneChosen, NoTraces } from "./empty.js";
import { TraceList } from "./list.js";

const ROUTE = "/traces/{-$trace}";

export function TracesScreen(): ReactNode {
  const { trace } = useParams({ from: ROUTE });
  const { span, tab, ...filter } = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: ROUTE });
  const isNarrow = useMedia(NARROW);
  const { data } = useQuery(allTracesQuery);
  if (data?.traces.length === 0 && trace === undefined) return <NoTraces />;
  const choose = (next: string | undefined): void => {
    // Going through the list leaves one step of the way back, not one for each trace.
    void navigate({ params: { trace: next }, search: filter, replace: trace !== undefined && next !== undefined });
  };
  const list = (
    <TraceList
      filter={filter}
      chosen={trace}
      onChoose={choose}
      onFilter={(change) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true })}
    />
  );
  const detail = trace !== undefined && (
    <TraceDetail
      key={trace}
      trace={trace}
      span={span}
      isAgain={tab === "again"}
      onSpan={(next) => void navigate({ search: { ...filter, span: next, tab }, replace: true })}
      onBack={isNarrow ? () => choose(undefined) : null}
    />
  );
  if (isNarrow) return detail === false ? <div className="flex min-w-0 grow bg-card">{list}</div> : detail;
  return (
    <>
      <div className="flex w-[22rem] shrink-0 border-r bg-card">{list}</div>
      {detail === false ? <NoneChosen /> : detail}
    </>
  );
}
