/** What the browser keeps for a person between visits. Never anything that a project's server said. */

import { create } from "zustand";
import { persist } from "zustand/middleware";

export type Theme = "system" | "light" | "dark";
export type EditorId = "vscode" | "cursor" | "windsurf" | "zed" | "idea";

interface Kept {
  readonly theme: Theme;
  readonly editor: EditorId;
  /** Whether the list of runs stands beside the graph. */
  readonly showsRuns: boolean;
}

export const useKept = create<Kept>()(
  persist((): Kept => ({ theme: "system", editor: "vscode", showsRuns: true }), { name: "motia-workbench" }),
);

/** Show the page in the theme that is kept, now and whenever it is changed. */
export function followTheme(): void {
  const show = ({ theme }: Kept): void => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  show(useKept.getState());
  useKept.subscribe(show);
}
