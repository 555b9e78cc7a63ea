/** A field's kind in a few words, beside its name. Pure. */

import { fieldOf, nullableOf, type Field } from "./field.js";
import type { Schema } from "./schema.js";

/** `text, email`, `whole number, 0 to 10`, `list of text` */
export function kindWords(field: Field, root: Schema): string {
  switch (field.kind) {
    case "text":
      return joined(["text", field.format, field.limits]);
    case "number":
      return joined([field.isWhole ? "whole number" : "number", field.limits]);
    case "list":
      return joined([listWords(field, root), countWords(field.least, field.most)]);
    case "object":
      return field.title === "" ? "object" : field.title;
    case "variants": {
      const nullable = nullableOf(field, root);
      return nullable === null ? "one of several" : joined([kindWords(fieldOf(nullable.schema, root), root), "or null"]);
    }
    case "choice":
      return field.options.length === 1 ? "always the same" : "choice";
    case "null":
      return "null";
    case "any":
      return "any JSON";
  }
}

function listWords(field: Field & { readonly kind: "list" }, root: Schema): string {
  if (field.items === null || field.prefix.length > 0) return "list";
  const item = fieldOf(field.items, root);
  const word = { text: "text", number: "numbers", object: item.title, choice: "", variants: "", list: "lists", null: "", any: "" }[item.kind];
  return word === "" ? "list" : `list of ${word}`;
}

function countWords(least: number, most: number): string {
  if (least > 0 && most < Infinity) return `${least} to ${most}`;
  if (least > 0) return `at least ${least}`;
  return most < Infinity ? `at most ${most}` : "";
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== "").join(", ");
}
