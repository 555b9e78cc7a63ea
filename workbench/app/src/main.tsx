/** The page: what lives as long as it does, around the screens. */

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Tooltip } from "radix-ui";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BASE, makeQueryClient } from "./api/rest.js";
import { goLive } from "./live/wiring.js";
import { followTheme } from "./parts/kept.js";
import { makeRouter } from "./router.js";
import { tellReload } from "./shell/reloaded.js";
import "./styles.css";

// The server hands this page out at `/` too; all its addresses are below its own place.
if (!location.pathname.startsWith(BASE)) history.replaceState(null, "", BASE);

followTheme();
const queries = makeQueryClient();
const router = makeRouter(queries);
goLive(queries, tellReload);

const page = document.getElementById("page");
if (page === null) throw new Error("the page has no place for the workbench");
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delayDuration={300}>
        <RouterProvider router={router} />
      </Tooltip.Provider>
    </QueryClientProvider>
  </StrictMode>,
);
