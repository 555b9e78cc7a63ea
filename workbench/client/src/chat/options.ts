/** What `createChat` takes, checked before anything is made of it. */

import { ADDRESS, check, FUNCTION, LIST, MILLISECONDS, NAME, OBJECT, TEXT, type Kind, type Kinds } from "../checks.js";
import { ACCESS_KINDS } from "../options.js";
import type { ChatOptions, ChatVia } from "./types.js";

const VIAS: Readonly<Record<ChatVia, true>> = { stream: true, response: true, messages: true, plain: true, "socket.io": true };

const VIA: Kind = {
  wanted: 'how the answers come, "stream", "response", "messages", "plain" or "socket.io"',
  fits: (value) => typeof value === "string" && Object.hasOwn(VIAS, value),
};

const URL_OF_MESSAGES: Kind = {
  wanted: 'where messages are posted, a path on the server as "/chat" or a whole address',
  fits: (value) => value !== "" && ADDRESS.fits(value),
};

const SOCKET: Kind = {
  wanted: "a socket, as io() of socket.io-client gives one",
  fits: (value) => ["on", "off", "emit", "connect"].every((name) => FUNCTION.fits((value as Record<string, unknown> | null)?.[name])),
};

const CHAT_KINDS: Kinds<ChatOptions> = {
  via: VIA,
  url: URL_OF_MESSAGES,
  socket: SOCKET,
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

/** @throws TypeError `via`, or its `url` or `socket`, is missing, an option is not known, or not of its kind. */
export function checkChat(options: ChatOptions): void {
  // It comes from anywhere: it may be nothing at all.
  const { via } = (options ?? {}) as Partial<ChatOptions>;
  check("createChat()", options, CHAT_KINDS, ["via", via === "socket.io" ? "socket" : "url"]);
}
