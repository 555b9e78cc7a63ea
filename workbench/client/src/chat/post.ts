/** A message on its way to the server, and what an answer in JSON says. */

import { addressOf } from "../address.js";
import { errorText } from "../transports/transport.js";
import { ChatFailure } from "./failure.js";
import type { Turn, WayParts } from "./turn.js";

/**
 * The server's answer, once its headers are there.
 *
 * @throws ChatFailure the server cannot be reached, or does not take the message.
 */
export async function post(parts: WayParts, turn: Turn, more: Readonly<Record<string, unknown>>, accept: string): Promise<Response> {
  const response = await parts.access
    .request(addressOf(parts.base, parts.url), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: accept },
      body: JSON.stringify({ message: turn.text, ...parts.body, ...more }),
      signal: turn.signal,
    })
    .catch((error: unknown) => {
      throw turn.signal.aborted ? error : new ChatFailure("NETWORK", "The server cannot be reached");
    });
  turn.alive();
  if (response.ok) return response;
  const text = (await errorText(response)) ?? `The server answered with status ${response.status}`;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? { retryAfter: seconds } : {};
  throw new ChatFailure("HTTP", text, { status: response.status, ...wait });
}

/**
 * The object of a JSON answer.
 *
 * @throws ChatFailure it is none.
 */
export async function json(response: Response, turn: Turn): Promise<Readonly<Record<string, unknown>>> {
  const answer: unknown = await response.json().catch((error: unknown) => {
    throw turn.signal.aborted ? error : new ChatFailure("LOST", "The server's answer cannot be read");
  });
  turn.alive();
  return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
}

/** The text of an answer that came all at once; undefined if it has none. */
export function wholeText(answer: Readonly<Record<string, unknown>>): string | undefined {
  return [answer.response, answer.text, answer.content, answer.message].find((text) => typeof text === "string");
}

/** What was said before, as models take it. */
export function historyOf(turn: Turn): readonly { role: string; content: string }[] {
  return turn.history.map(({ role, text }) => ({ role, content: text }));
}
