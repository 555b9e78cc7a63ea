/** Where entries come from. To add some: a function of this shape in its file, and its line here. */

import type { NavigateOptions } from "@tanstack/react-router";
import type { Entry } from "./entry.js";
import type { Known } from "./known.js";
import { actions } from "./sources/actions.js";
import { endpoints } from "./sources/endpoints.js";
import { here } from "./sources/here.js";
import { problems } from "./sources/problems.js";
import { schedules } from "./sources/schedules.js";
import { screens } from "./sources/screens.js";
import { flows, steps } from "./sources/steps.js";
import { stored } from "./sources/stored.js";
import { topics } from "./sources/topics.js";
import { traces } from "./sources/traces.js";

/** Leads there; the focus goes to what bears this id, else to the screen. */
export type Go = (to: NavigateOptions, id?: string) => void;
export type Source = (known: Known, go: Go) => readonly Entry[];

export const SOURCES: readonly Source[] = [here, screens, actions, steps, flows, endpoints, topics, stored, schedules, traces, problems];
