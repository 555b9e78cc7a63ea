/** What is true on every screen: which project, whether it is heard, how many problems it has. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Monitor, Moon, Search, Sun, TriangleAlert } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { problemsQuery, projectQuery } from "../api/rest.js";
import { Caps } from "../keys/caps.js";
import { useLive } from "../live/store.js";
import { Button, IconButton, Tip } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { useKept, type Theme } from "../parts/kept.js";
import { ChoiceMenu } from "../parts/menu.js";
import { clockTime, short } from "../parts/times.js";
import { countsOf, inShort, severityOf, totalOf } from "../problems/counts.js";
import { Dropped } from "./dropped.js";
import { Mark } from "./mark.js";
import { toggleOverlay } from "./overlay.js";

export function Header(): ReactNode {
  const { data: project } = useQuery(projectQuery);
  useEffect(() => {
    document.title = project === undefined ? "Workbench" : `${project.name} · Workbench`;
  }, [project]);
  return (
    <header className="flex h-13 shrink-0 items-center gap-3 border-b bg-card px-3 md:px-4">
      <span className="md:hidden"><Mark /></span>
      <h1 className="truncate text-[15px] font-semibold">{project?.name ?? "…"}</h1>
      {project !== undefined && (
        <Tip text={`motia_py ${project.version}, up since ${clockTime(project.startedAt)}, in ${project.root}`}>
          <button type="button" className="hidden cursor-default rounded-md border px-1.5 text-xs text-soft sm:inline">{project.mode}</button>
        </Tip>
      )}
      <div className="grow" />
      <Find />
      <Dropped />
      <Problems />
      <Connection />
      <ThemeMenu />
    </header>
  );
}

function Find(): ReactNode {
  return (
    <Button
      aria-keyshortcuts="Control+K Meta+K"
      className="text-soft! hover:text-text! max-sm:w-8 max-sm:gap-0! max-sm:border-transparent max-sm:px-0!"
      onClick={() => void toggleOverlay("palette")}
    >
      <Search size={15} aria-hidden />
      <span className="max-sm:sr-only">Find anything</span>
      <span className="ml-2 max-sm:hidden"><Caps press="mod+k" /></span>
    </Button>
  );
}

const CONNECTIONS = {
  connecting: { word: "Connecting", dot: "bg-warn", text: "text-soft" },
  live: { word: "Live", dot: "bg-good", text: "text-soft" },
  reconnecting: { word: "Reconnecting", dot: "bg-warn animate-pulse", text: "text-warn" },
  gone: { word: "Server gone", dot: "bg-bad", text: "text-bad" },
} as const;

function Connection(): ReactNode {
  const { word, dot, text } = CONNECTIONS[useLive((live) => live.status)];
  return (
    <span role="status" className={classes("flex items-center gap-1.5 text-[13px] whitespace-nowrap", text)}>
      <span aria-hidden className={classes("size-2 rounded-full", dot)} />
      {word}
    </span>
  );
}

const SEVERITIES = {
  none: { icon: CircleCheck, look: "text-soft" },
  warn: { icon: TriangleAlert, look: "bg-warn-tint px-2 py-0.5 font-medium text-warn" },
  bad: { icon: TriangleAlert, look: "bg-bad-tint px-2 py-0.5 font-medium text-bad" },
} as const;

function Problems(): ReactNode {
  const { data } = useQuery(problemsQuery);
  if (data === undefined) return null;
  const counts = countsOf(data);
  const { icon: Icon, look } = SEVERITIES[severityOf(counts)];
  return (
    <Link to="/problems" className={classes("flex shrink-0 items-center gap-1.5 rounded-md text-[13px] whitespace-nowrap hover:underline", look)}>
      <Icon size={15} aria-hidden />
      {totalOf(counts) > 0 && <span aria-hidden className="lg:hidden">{short(totalOf(counts))}</span>}
      <span className="max-lg:sr-only">{inShort(counts)}</span>
    </Link>
  );
}

const THEMES = {
  system: { name: "As the system", icon: Monitor },
  light: { name: "Light", icon: Sun },
  dark: { name: "Dark", icon: Moon },
} as const;

function ThemeMenu(): ReactNode {
  const theme = useKept((kept) => kept.theme);
  const Icon = THEMES[theme].icon;
  const choices = Object.entries(THEMES).map(([value, { name }]) => ({ value: value as Theme, name }));
  return (
    <ChoiceMenu label="Theme" value={theme} choices={choices} onChoose={(chosen) => useKept.setState({ theme: chosen })}>
      <IconButton label={`Theme: ${THEMES[theme].name.toLowerCase()}`}><Icon size={17} aria-hidden /></IconButton>
    </ChoiceMenu>
  );
}
