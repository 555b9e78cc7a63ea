/** The server's log, live: what is in the address narrows it and says which line is open. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import type { LogView } from "../api/types.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { RowList } from "../parts/row-list.js";
import { Sheet } from "../parts/sheet.js";
import { SidePanel } from "../parts/side-panel.js";
import { LogDetail } from "./detail.js";
import { countSince, isGap, keyOfRow, shownRows, type LogRow } from "./lines.js";
import { Line, NARROW_ROW_HEIGHT, ROW_HEIGHT } from "./row.js";
import { loadLines, useLiveLog, useLog } from "./store.js";
import { LogToolbar } from "./toolbar.js";

const ROUTE = "/logs";

export function LogsScreen(): ReactNode {
  useLiveLog();
  const { line: open, level, step, trace, q } = useSearch({ from: ROUTE });
  const filter = useMemo(() => ({ level, step, trace, q }), [level, step, trace, q]);
  const navigate = useNavigate({ from: ROUTE });
  const { lines, isLoaded, error } = useLog();
  const hold = useHold(lines);
  const [isFollowing, setFollowing] = useState(true);
  const isNarrow = useMedia(NARROW);
  const rows = useMemo(() => shownRows(hold.shown, filter), [hold.shown, filter]);
  const shown = useMemo(() => rows.filter((row): row is LogView => !isGap(row)), [rows]);
  const chosen = open === undefined ? undefined : shown.find(({ number }) => String(number) === open);
  // Who reads a line does not want it to run away.
  const isAtEnd = isFollowing && chosen === undefined;
  const search = (change: object): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const choose = (key: string): void => (key.startsWith("gap-") ? void loadLines() : search({ line: key }));
  const close = (): void => search({ line: undefined });
  const detail = chosen !== undefined && <LogDetail line={chosen} filter={filter} onFilter={search} onClose={close} />;
  return (
    <div className="flex min-w-0 grow flex-col">
      <LogToolbar
        filter={filter}
        onFilter={search}
        shown={shown}
        total={hold.shown.length}
        held={hold.isHeld ? countSince(hold.shown, lines, filter) : null}
        onHold={hold.set}
        isAtEnd={isAtEnd}
        onEnd={() => {
          close();
          setFollowing(true);
        }}
      />
      <div className="flex min-h-0 grow">
        <div className="flex min-w-0 grow flex-col bg-card">
          {!isLoaded && (error === null ? <Loading /> : <Failed error={error} onRetry={() => void loadLines()} />)}
          {isLoaded && rows.length === 0 && <NoLines isNarrowed={hold.shown.length > 0} onClear={() => search({ level: undefined, step: undefined, trace: undefined, q: undefined })} />}
          {rows.length > 0 && (
            <Lines rows={rows} isNarrow={isNarrow} chosen={open} onChoose={choose} onEscape={close} follow={{ isOn: isAtEnd, set: setFollowing }} />
          )}
        </div>
        {detail !== false && (isNarrow ? <Sheet title="Log line" onClose={close}>{detail}</Sheet> : <SidePanel label="the line" onClose={close}>{detail}</SidePanel>)}
      </div>
    </div>
  );
}

interface LinesProps {
  readonly rows: readonly LogRow[];
  readonly isNarrow: boolean;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
  readonly onEscape: () => void;
  readonly follow: { readonly isOn: boolean; set(isOn: boolean): void };
}

function Lines({ rows, isNarrow, chosen, onChoose, onEscape, follow }: LinesProps): ReactNode {
  return (
    <RowList
      label="Log lines, oldest first"
      rows={rows}
      rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
      keyOf={keyOfRow}
      chosen={chosen}
      onChoose={onChoose}
      follow={follow}
      onKey={({ key }) => {
        if (key === "Escape") onEscape();
        return key === "Escape";
      }}
      className="grow"
      rowClassName="contain-strict"
    >
      {(row, isChosen) => <Line row={row} isChosen={isChosen} isNarrow={isNarrow} />}
    </RowList>
  );
}

interface Hold {
  readonly shown: readonly LogView[];
  readonly isHeld: boolean;
  set(isHeld: boolean): void;
}

/** The lines as they come, or as they were when the log was held. Lists are never changed, so one is enough. */
function useHold(lines: readonly LogView[]): Hold {
  const server = useLog((log) => log.server);
  const [held, setHeld] = useState<{ readonly lines: readonly LogView[]; readonly server: number } | null>(null);
  // Lines of a server that is gone cannot be counted on from.
  const isHeld = held !== null && held.server === server;
  return { shown: isHeld ? held.lines : lines, isHeld, set: (isOn) => setHeld(isOn ? { lines, server } : null) };
}

function NoLines({ isNarrowed, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }): ReactNode {
  return (
    <Empty icon={ScrollText} title={isNarrowed ? "No line fits" : "Nothing was logged yet"}>
      {isNarrowed ? (
        <button type="button" onClick={onClear} className="text-accent underline">Show all lines</button>
      ) : (
        <>What steps say with <code className="text-text">context.logger.info(…)</code> appears here at once.</>
      )}
    </Empty>
  );
}
