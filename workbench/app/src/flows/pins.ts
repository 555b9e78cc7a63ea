/**
 * Where a person put the nodes: kept in the browser, by project and flow. Until something was moved, the
 * project's own layout counts.
 */

import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { Position } from "../api/types.js";

export type Pins = Readonly<Record<string, Position>>;

interface Moved {
  readonly flows: Readonly<Record<string, Pins>>;
}

const useMoved = create<Moved>()(persist((): Moved => ({ flows: {} }), { name: "motia-workbench-pins" }));

export interface PinnedFlow {
  readonly pins: Pins;
  /** It differs from the project's layout. */
  readonly isOwn: boolean;
  pin(node: string, place: Position): void;
  /** Back to the automatic layout, whatever the project says. */
  tidy(): void;
  /** The project's layout counts again. */
  drop(): void;
}

export function usePins(project: string, flow: string, saved: Pins | undefined): PinnedFlow {
  const name = `${project}\n${flow}`;
  const own = useMoved((moved) => moved.flows[name]);
  const pins = own ?? saved ?? NONE;
  const set = (changed: Pins | undefined): void => {
    const { [name]: _, ...others } = useMoved.getState().flows;
    useMoved.setState({ flows: changed === undefined ? others : { ...others, [name]: changed } });
  };
  return {
    pins,
    isOwn: own !== undefined,
    pin: (node, { x, y }) => set({ ...pins, [node]: { x: Math.round(x), y: Math.round(y) } }),
    tidy: () => set(Object.keys(saved ?? NONE).length === 0 ? undefined : NONE),
    drop: () => set(undefined),
  };
}

const NONE: Pins = {};
