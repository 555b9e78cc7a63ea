/** What `createChat` takes, checked before anything is made of it. */

import { ADDRESS, check, FUNCTION, LIST, MILLISECONDS, NAME, OBJECT, TEXT, type Kind, type Kinds } from "../checks.js";
import { ACCESS_KINDS } from "../options.js";
import type { ChatOptions, ChatVia } from "./types.js";

const VIAS: Readonly<Record<ChatVia, true>> = { stream: true, response: true, messages: true, plain: true };

const VIA: Kind = {
  wanted: 'how the answers come, "stream", "response", "messages" or "plain"',
  fits: (value) => typeof value === "string" && Object.hasOwn(VIAS, value),
};

const URL_OF_MESSAGES: Kind = {
  wanted: 'where messages are posted, a path on the server as "/chat" or a whole address',
  fits: (value) => value !== "" && ADDRESS.fits(value),
};

const CHAT_KINDS: Kinds<ChatOptions> = {
  via: VIA,
  url: URL_OF_MESSAGES,
  server: ADDRESS,
  conversationId: NAME,
  sessionId: TEXT,
  userId: TEXT,
  body: OBJECT,
  messages: LIST,
  stream: NAME,
  connection: OBJECT,
  toMessage: FUNCTION,
  timeout: MILLISECONDS,
  wordInterval: MILLISECONDS,
  ...ACCESS_KINDS,
};

/** @throws TypeError `via` or `url` is missing, an option is not known, or not of its kind. */
export function checkChat(options: ChatOptions): void {
  check("createChat()", options, CHAT_KINDS, ["via", "url"]);
}
