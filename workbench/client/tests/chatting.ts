/** What tests of chats have before them: a scripted server, a clock that stands still. */

import { afterEach, beforeEach } from "vitest";
import { WebSocket } from "ws";
import type { CommonChatOptions } from "../src/chat/types.js";
import { createChat, type Chat, type PostedChatOptions, type WebSocketMaker } from "../src/index.js";
import { FakeClock, Scripted } from "./scripted.js";

const sockets = WebSocket as unknown as WebSocketMaker;
export let server: Scripted;
export let clock: FakeClock;
let chats: Chat[];

beforeEach(async () => {
  server = await Scripted.start();
  clock = new FakeClock();
  chats = [];
});
afterEach(async () => {
  for (const chat of chats) chat.close();
  await server.stop();
});

/** A chat with the scripted server; the test's end closes it. */
export function chatting(options: Partial<CommonChatOptions> & Pick<PostedChatOptions, "via">): Chat {
  const chat = createChat({ url: "/chat", server: server.url, conversationId: "c1", clock, WebSocket: sockets, ...options });
  chats.push(chat);
  return chat;
}

/** What is shown: who, what, and how it is. */
export const shown = (chat: Chat): string[] => chat.messages.map(({ role, text, status }) => `${role}: ${text} (${status})`);

/** The body of the next request. */
export const sent = async (): Promise<Record<string, unknown>> =>
  JSON.parse((await server.requests.next()).body) as Record<string, unknown>;
