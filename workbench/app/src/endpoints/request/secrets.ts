/** What is never written down, not even for this session: secrets, by the names that they go by. Pure. */

import { isObject, parsed, type Json } from "../../json/json.js";

/** Parts of a name, in lower case and without what separates words, that make it a secret's. */
const TELLING = ["password", "passwd", "passphrase", "secret", "token", "apikey", "authorization", "credential", "cookie", "signature", "privatekey"];
/** Words that do so only if they stand by themselves: `keyboard` and `author` are none. */
const TELLING_WORDS = new Set(["key", "auth", "pwd", "jwt", "session", "otp", "bearer"]);

export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
  const whole = words.join("");
  return TELLING.some((part) => whole.includes(part)) || words.some((word) => TELLING_WORDS.has(word));
}

/** `max_tokens: 100` is a limit, no secret. */
function isSecret(name: string, value: unknown): boolean {
  return isSecretName(name) && !(typeof value === "number" && /tokens$/i.test(name));
}

/** The value with nothing in the place of each secret. */
export function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isSecret(name, part) ? "" : withoutSecrets(part)]),
  );
}

/** A body that may be kept: without its secrets, or nothing if it cannot be told where they are. */
export function bodyWithoutSecrets(body: string): string {
  const value = parsed(body);
  if (value !== undefined) return hasSecret(value) ? JSON.stringify(withoutSecrets(value), null, 2) : body;
  return body.split(/[^A-Za-z0-9_-]+/).some(isSecretName) ? "" : body;
}

function hasSecret(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.entries(value).some(([name, part]) => isSecret(name, part) || hasSecret(part));
}
