/** The way to the screens. */

import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { SCREENS } from "../screens.js";
import { Mark } from "./mark.js";

export function Rail(): ReactNode {
  const rail = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // A narrow screen has no room for all: the one that is open is among those in sight.
    rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <nav
      ref={rail}
      aria-label="Screens"
      className="flex shrink-0 border-t bg-card md:w-18 md:flex-col md:items-center md:border-t-0 md:border-r 2xl:w-44 2xl:items-stretch 2xl:px-2"
    >
      <div className="hidden h-13 items-center gap-2 md:flex 2xl:px-2">
        <Mark />
        <span className="hidden font-semibold tracking-tight 2xl:inline">Workbench</span>
      </div>
      <ul className="flex grow justify-around gap-1 overflow-x-auto p-1 md:grow-0 md:flex-col md:justify-start md:p-0 md:pt-1">
        {SCREENS.map(({ to, name, icon: Icon, Count }) => (
          <li key={to}>
            <Link
              to={to}
              className="relative flex min-w-16 flex-col items-center gap-0.5 rounded-lg px-1 py-1.5 text-[11px] text-soft transition-colors hover:text-text 2xl:flex-row 2xl:gap-2.5 2xl:px-2 2xl:py-2 2xl:text-[13px]"
              activeProps={{ className: "bg-tint text-accent! font-semibold" }}
            >
              <Icon size={18} aria-hidden />
              {name}
              {Count !== undefined && <span className="absolute top-1 left-1/2 ml-1.5 flex 2xl:static 2xl:ml-auto"><Count /></span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
