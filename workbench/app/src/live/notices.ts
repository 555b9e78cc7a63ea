/** Toasts of what a reload did: what came, changed and went, and what is broken now. */

import { toast } from "sonner";
import type { FailureView, ReloadView } from "../api/types.js";

/** One toast for all reloads, so that saving often does not pile them up. */
const TOAST = "reload";

export function hearReload(reload: ReloadView): void {
  const [first] = reload.failures;
  if (first !== undefined) {
    toast.error(failureTitle(reload.failures), { id: TOAST, description: `${placeOf(first)}: ${first.message}`, duration: 12_000 });
    return;
  }
  const said = summaryOf(reload);
  if (said === "") return;
  toast.success("Reloaded", { id: TOAST, description: `${said} · ${Math.round(reload.seconds * 1000)} ms` });
}

/** `2 added, 1 changed`: the files by their names where they are few. */
export function summaryOf(reload: ReloadView): string {
  const parts = [
    part("added", reload.added),
    part("changed", reload.changed),
    part("removed", reload.removed),
  ];
  return parts.filter((text) => text !== "").join(", ");
}

function part(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const few = names.length <= 2 ? names.map((name) => name.split("/").at(-1)).join(", ") : String(names.length);
  return `${few} ${what}`;
}

function failureTitle(failures: readonly FailureView[]): string {
  return failures.length === 1 ? "A file does not load" : `${failures.length} files do not load`;
}

export function placeOf(failure: FailureView): string {
  return failure.line === null ? failure.file : `${failure.file}:${failure.line}`;
}
