/** All endpoints by flow, to choose one of. */

import { Link } from "@tanstack/react-router";
import { Download, Search, TriangleAlert, Zap } from "lucide-react";
import { useMemo, useRef, useState, type ReactNode } from "react";
import type { EndpointView } from "../api/types.js";
import { useHere } from "../keys/here.js";
import { goByArrows } from "../parts/arrow-keys.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { INPUT } from "../parts/looks.js";
import { grouped } from "./groups.js";
import { saveOpenApi } from "./openapi.js";
import { MethodBadge } from "./method-badge.js";
import { PathText } from "./path-text.js";

interface EndpointListProps {
  readonly endpoints: readonly EndpointView[];
  readonly chosen: string | undefined;
  readonly className?: string;
}

export function EndpointList({ endpoints, chosen, className }: EndpointListProps): ReactNode {
  const [search, setSearch] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useHere("search", "Search endpoints", () => field.current?.focus());
  const groups = useMemo(() => grouped(endpoints, search), [endpoints, search]);
  return (
    <nav aria-label="Endpoints" onKeyDown={goByArrows} className={classes("flex min-h-0 shrink-0 flex-col bg-card md:border-r", className)}>
      <div className="relative m-3 mb-1">
        <Search size={15} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-soft" />
        <input
          ref={field}
          type="search"
          aria-label="Search endpoints"
          placeholder={`Search ${endpoints.length} ${endpoints.length === 1 ? "endpoint" : "endpoints"}`}
          className={classes(INPUT, "pl-8!")}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
      </div>
      <div className="relative min-h-0 grow overflow-y-auto px-2 pb-3">
        {groups.map(({ flow, endpoints: ofFlow }) => (
          <section key={flow ?? ""} aria-label={flow ?? "No flow"}>
            <h3 className="px-2 pt-3 pb-1 text-xs font-semibold text-soft">{flow ?? "No flow"}</h3>
            <ul>{ofFlow.map((endpoint) => <li key={endpoint.id}><Row endpoint={endpoint} isChosen={endpoint.id === chosen} /></li>)}</ul>
          </section>
        ))}
        {groups.length === 0 && <p className="p-3 text-[13px] text-soft">No endpoint fits “{search}”.</p>}
      </div>
      <div className="border-t p-2">
        <Button look="quiet" className="w-full" title="Save all routes as an OpenAPI document" onClick={() => void saveOpenApi()}>
          <Download size={15} aria-hidden />OpenAPI
        </Button>
      </div>
    </nav>
  );
}

function Row({ endpoint, isChosen }: { readonly endpoint: EndpointView; readonly isChosen: boolean }): ReactNode {
  const { id, method, path, description, step, streams, isStale } = endpoint;
  return (
    <Link
      to="/endpoints"
      search={{ endpoint: id }}
      aria-current={isChosen ? "page" : undefined}
      className={classes("flex items-start gap-2 rounded-lg px-2 py-1.5 hover:bg-tint/60", isChosen && "bg-tint")}
    >
      <MethodBadge method={method} />
      <span className="min-w-0 grow">
        <span className="block font-mono text-[13px] leading-5 break-words"><PathText path={path} /></span>
        <span className="block truncate text-xs text-soft">{description || step}</span>
      </span>
      {streams && <Mark text="streams its answer"><Zap size={14} aria-hidden className="text-(--kind-stream)" /></Mark>}
      {isStale && <Mark text="its file does not load"><TriangleAlert size={14} aria-hidden className="text-bad" /></Mark>}
    </Link>
  );
}

function Mark({ text, children }: { readonly text: string; readonly children: ReactNode }): ReactNode {
  return <span title={text} className="pt-1">{children}<span className="sr-only">, {text}</span></span>;
}
