/** What is worth saying of a reload: what came, changed and went, what broke and what was mended. Pure. */

import type { FailureView, ReloadView } from "../api/types.js";
import { clockTime, counted } from "../parts/times.js";

export interface Notice {
  readonly kind: "broken" | "mended" | "reloaded";
  readonly title: string;
  readonly text: string;
  /** What broke; null if nothing did. */
  readonly failure: FailureView | null;
}

/** `before` is what was broken until then: only what is new is told, unless there is nothing else to say. Null: nothing is. */
export function noticeOf(reload: ReloadView, before: readonly FailureView[]): Notice | null {
  const { failures, seconds } = reload;
  const summary = summaryOf(reload);
  const mended = filesOf(before).filter((file) => !failures.some((failure) => failure.file === file));
  const fresh = failures.filter((failure) => !before.some((known) => idOf(known) === idOf(failure)));
  const told = fresh.length === 0 && mended.length === 0 && summary === "" ? failures : fresh;
  const [failure] = told;
  if (failure !== undefined) {
    const title = `${named(filesOf(told))} ${filesOf(told).length === 1 ? "does" : "do"} not load`;
    return { kind: "broken", title, text: joined(reasonOf(failure), summary), failure };
  }
  const still = filesOf(failures);
  const text = joined(summary, `${Math.round(seconds * 1000)} ms`, still.length === 0 ? "" : `${named(still)} still ${still.length === 1 ? "does" : "do"} not load`);
  if (mended.length > 0) return { kind: "mended", title: `${named(mended)} ${mended.length === 1 ? "is" : "are"} no problem any more`, text, failure: null };
  return summary === "" ? null : { kind: "reloaded", title: "Reloaded", text, failure: null };
}

/** `2 added, Hello changed`: steps and streams by their names where they are few. */
function summaryOf({ added, changed, removed }: ReloadView): string {
  const parts = [part("added", added), part("changed", changed), part("removed", removed)];
  return parts.filter((text) => text !== "").join(", ");
}

function part(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  return `${names.length <= 2 ? names.join(", ") : String(names.length)} ${what}`;
}

function reasonOf({ line, message, servedSince }: FailureView): string {
  const reason = line === null ? message : `Line ${line}: ${message}`;
  return joined(reason, servedSince === null ? "nothing of it is served" : `still serving the version from ${clockTime(servedSince)}`);
}

function filesOf(failures: readonly FailureView[]): readonly string[] {
  return [...new Set(failures.map(({ file }) => file))];
}

function idOf({ file, line, message }: FailureView): string {
  return JSON.stringify([file, line, message]);
}

function named(files: readonly string[]): string {
  return files.length === 1 ? (files[0]?.split("/").at(-1) ?? "") : counted(files.length, "file");
}

function joined(...parts: readonly string[]): string {
  return parts.filter((text) => text !== "").join(" · ");
}
