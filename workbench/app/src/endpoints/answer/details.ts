/** What a 400 says of the body that was sent, by places as `lines.0.count`. Pure. */

import { isObject, parsed } from "../../json/json.js";
import type { Answer } from "./answer.js";

const NOTHING: ReadonlyMap<string, string> = new Map();

/** Nothing, once the body is another than the one that it was said of. */
export function detailsOf(answer: Answer | undefined, body: string): ReadonlyMap<string, string> {
  if (answer?.state !== "done" || answer.head?.status !== 400 || answer.request.body !== body) return NOTHING;
  const said = parsed(answer.text);
  const details = isObject(said) && Array.isArray(said["details"]) ? said["details"] : [];
  const texts = details.filter((detail) => isObject(detail) && typeof detail["path"] === "string" && typeof detail["message"] === "string");
  return new Map(texts.map((detail) => [detail["path"] as string, detail["message"] as string]));
}
