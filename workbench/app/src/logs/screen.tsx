/** The server's log, live: what is in the address narrows it and says which line is open. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import type { LogView } from "../api/types.js";
import { Lesson } from "../parts/lesson.js";
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
          {isLoaded && rows.length === 0 && <NoLines step={step} isNarrowed={hold.shown.length > 0} onClear={() => search({ level: undefined, step: undefined, trace: undefined, q: undefined })} />}
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

interface NoLinesProps {
  /** Whose lines are wanted, if a step's. */
  readonly step: string | undefined;
  /** There are others. */
  readonly isNarrowed: boolean;
  readonly onClear: () => void;
}

function NoLines({ step, isNarrowed, onClear }: NoLinesProps): ReactNode {
  const all = isNarrowed && <button type="button" onClick={onClear} className="text-accent underline">Show all lines</button>;
  if (isNarrowed && step === undefined) return <Empty icon={ScrollText} title="No line fits">{all}</Empty>;
  return (
    <Lesson icon={ScrollText} title={step === undefined ? "Nothing was logged yet" : `No line of ${step} fits`} name="In a handler" code={'context.logger.info("an order came", {"order": 7})'}>
      What a step says appears here at once, and leads to its run. {all}
    </Lesson>
  );
}
