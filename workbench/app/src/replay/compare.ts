/** What is different between two runs of a step: what they answered, emitted, wrote and told. Pure. */

import { STATE, streamOf } from "../api/stored.js";
import { isSame } from "../json/json.js";
import type { EffectsView, EmitEffect, MessageEffect, ResponseView, WriteEffect } from "../api/types.js";

/** `alone`: only one side is known, so that nothing can be said about differences. */
export type RowKind = "same" | "added" | "removed" | "changed" | "alone";

/** One thing that came of one of the runs or of both. */
export interface EffectRow {
  readonly kind: RowKind;
  /** As `boxes/count`, and with its name before that for a stream. */
  readonly name: string;
  /** What was done, where that says something: `set`, `delete`. */
  readonly verb: string;
  /** Undefined where there was nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface EffectSection {
  readonly name: "Response" | "Emits" | "State" | "Streams" | "Messages";
  readonly rows: readonly EffectRow[];
  /** Whether only one side is known. */
  readonly isOneSided: boolean;
  /** What is missing, and why. */
  readonly notes: readonly string[];
}

export interface Comparison {
  readonly sections: readonly EffectSection[];
  /** How many rows are known to be not the same. */
  readonly differences: number;
}

interface Effect {
  readonly name: string;
  readonly verb: string;
  readonly value: unknown;
}

/** `before` is null where nothing is remembered of it. */
export function compared(before: EffectsView | null, after: EffectsView): Comparison {
  const section = (name: EffectSection["name"], of: (effects: EffectsView) => readonly Effect[], isKnown: (effects: EffectsView) => boolean): EffectSection => {
    const isOneSided = before === null || !isKnown(before) || !isKnown(after);
    const rows = paired(before === null ? [] : of(before), of(after));
    return { name, isOneSided, rows: isOneSided ? rows.map(withoutVerdict) : rows, notes: [] };
  };
  const sections = [
    ...responseSections(before?.response ?? null, after.response),
    section("Emits", ({ emits }) => emits.map(emitted), () => true),
    section("State", ({ writes }) => writes.filter(isState).map(written), () => true),
    section("Streams", ({ writes }) => writes.filter((write) => !isState(write)).map(written), () => true),
    // A real run does not record what it told.
    section("Messages", ({ messages }) => messages.map(told), ({ isRehearsal }) => isRehearsal),
  ];
  const differences = sections.flatMap(({ rows }) => rows).filter(({ kind }) => kind !== "same" && kind !== "alone");
  return { sections, differences: differences.length };
}

/** None, if neither run answers anybody. */
function responseSections(before: ResponseView | null, after: ResponseView | null): readonly EffectSection[] {
  if (before === null && after === null) return [];
  const isOneSided = before === null || after === null;
  const areWhole = before?.hasBody === true && after?.hasBody === true;
  const rows = paired(before === null ? [] : answered(before), after === null ? [] : answered(after));
  return [{
    name: "Response",
    isOneSided,
    rows: rows.map((row) => (isOneSided || (row.name === BODY && !areWhole) ? withoutVerdict(row) : row)),
    notes: [...noteOf("before", before), ...noteOf("now", after)],
  }];
}

const BODY = "body";

function answered({ status, headers, body, hasBody }: ResponseView): readonly Effect[] {
  const named = Object.entries(headers).map(([name, value]) => ({ name, verb: "header", value }));
  return [{ name: "status", verb: "", value: status }, ...(hasBody ? [{ name: BODY, verb: "", value: body }] : []), ...named];
}

function noteOf(when: string, response: ResponseView | null): readonly string[] {
  if (response === null) return [`The answer of ${when} is not known.`];
  return response.note === null ? [] : [`The body of ${when}: ${response.note}`];
}

function isState({ space }: WriteEffect): boolean {
  return space === STATE;
}

function emitted({ topic, data }: EmitEffect): Effect {
  return { name: topic, verb: "", value: data };
}

function written({ space, group, key, kind, value }: WriteEffect): Effect {
  const stream = streamOf(space);
  return { name: [...(stream === null ? [] : [stream]), group, key].join("/"), verb: kind, value };
}

function told({ channel, to, event, data }: MessageEffect): Effect {
  return { name: `${channel} → ${to}: ${event}`, verb: "", value: data };
}

/** The nth of a name with the nth of the same name; what only was before comes last. */
function paired(before: readonly Effect[], after: readonly Effect[]): readonly EffectRow[] {
  const waiting = new Map<string, Effect[]>();
  for (const effect of before) waiting.set(effect.name, [...(waiting.get(effect.name) ?? []), effect]);
  const rows = after.map((effect) => rowOf(waiting.get(effect.name)?.shift(), effect));
  return [...rows, ...[...waiting.values()].flat().map((effect) => rowOf(effect, undefined))];
}

function rowOf(before: Effect | undefined, after: Effect | undefined): EffectRow {
  const values = { before: before?.value, after: after?.value };
  const { name, verb } = (after ?? before) as Effect;
  if (before === undefined) return { kind: "added", name, verb, ...values };
  if (after === undefined) return { kind: "removed", name, verb, ...values };
  const isEqual = before.verb === after.verb && isSame(before.value, after.value);
  return { kind: isEqual ? "same" : "changed", name, verb, ...values };
}

function withoutVerdict(row: EffectRow): EffectRow {
  return { ...row, kind: "alone" };
}
