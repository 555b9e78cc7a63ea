/** What was chosen last in each project, kept in the browser: ids of entries, which are names, and nothing else. */

import { create } from "zustand";
import { persist } from "zustand/middleware";

const MOST = 12;

interface Recent {
  /** By the project's folder; newest first. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

export const useRecent = create<Recent>()(persist((): Recent => ({ ids: {} }), { name: "motia-workbench-recent" }));

export function remember(project: string, id: string): void {
  useRecent.setState(({ ids }) => ({ ids: { ...ids, [project]: withNewest(ids[project] ?? [], id) } }));
}

export function withNewest(ids: readonly string[], id: string): readonly string[] {
  return [id, ...ids.filter((each) => each !== id)].slice(0, MOST);
}
