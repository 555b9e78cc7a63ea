/** The frame around every screen: rail (a bar at the bottom on narrow screens), header, the screen. */

import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Header } from "./header.js";
import { Notices } from "./notices.js";
import { Overlays } from "./overlays.js";
import { Rail } from "./rail.js";

export function Shell(): ReactNode {
  return (
    // What is for screen readers alone stands outside of the flow: clipped, it makes no page scroll.
    <div className="relative flex h-dvh flex-col-reverse overflow-clip md:flex-row">
      <a
        href="#screen"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      >
        Skip to the screen
      </a>
      <Rail />
      <div className="flex min-h-0 min-w-0 grow flex-col">
        <Header />
        <main id="screen" tabIndex={-1} className="flex min-h-0 grow outline-none">
          <Outlet />
        </main>
      </div>
      <Overlays />
      <Notices />
    </div>
  );
}
