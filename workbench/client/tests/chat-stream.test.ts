import { describe, expect, test } from "vitest";
import type { CommonChatOptions } from "../src/chat/types.js";
import type { Chat } from "../src/index.js";
import { chatting, clock, sent, server, shown } from "./chatting.js";
import { until, type Line } from "./scripted.js";

const item = (id: string, from: string, message: string, status: string) => ({ id, from, message, status });

describe("answers as items of a stream", () => {
  const group = { streamName: "conversation", groupId: "c1" };
  const asked = item("q1", "user", "Hi", "completed");

  async function opened(options: Partial<CommonChatOptions> = {}): Promise<{ chat: Chat; line: Line }> {
    server.json("/chat", { conversationId: "c1", assistantMessageId: "a1", message: "received", status: "streaming" });
    const chat = chatting({ via: "stream", ...options });
    chat.subscribe(() => undefined);
    return { chat, line: await server.lines.next() };
  }

  test("what was said before is there, and answers grow with their item", async () => {
    const { chat, line } = await opened();
    line.frame(group, { type: "sync", data: [item("q0", "user", "Old", "completed"), item("a0", "assistant", "Older", "completed")] });
    await until(() => chat.messages.length === 2);
    const [old] = chat.messages;

    const turn = chat.send("Hi");
    expect(shown(chat).at(-1)).toBe("user: Hi (sending)");
    line.frame(group, { type: "create", data: asked });
    line.frame(group, { type: "create", data: item("a1", "assistant", "", "created") });
    await until(() => chat.messages.length === 4);
    line.frame(group, { type: "update", data: item("a1", "assistant", "Hel", "streaming") });
    await until(() => chat.status === "streaming");
    expect(shown(chat).slice(2)).toEqual(["user: Hi (complete)", "assistant: Hel (streaming)"]);
    line.frame(group, { type: "update", data: item("a1", "assistant", "Hello", "completed") });
    await turn;

    expect(chat.status).toBe("idle");
    expect(chat.messages[0]).toBe(old);
    expect(await sent()).toEqual({ message: "Hi", conversationId: "c1" });
  });

  test("a lost connection in mid-answer costs nothing", async () => {
    const { chat, line } = await opened();
    line.frame(group, { type: "sync", data: [] }, { cursor: "e-0" });
    const turn = chat.send("Hi");
    line.frame(group, { type: "create", data: asked }, { cursor: "e-1" });
    line.frame(group, { type: "create", data: item("a1", "assistant", "Hel", "streaming") }, { cursor: "e-2" });
    await until(() => chat.status === "streaming");

    line.cut();
    await until(() => clock.waits.includes(500));
    clock.advance(500);
    const next = await server.lines.next();
    expect((await next.joins.next()).cursor).toBe("e-2");
    next.frame(group, { type: "resumed" }, { cursor: "e-2" });
    next.frame(group, { type: "update", data: item("a1", "assistant", "Hello", "completed") }, { cursor: "e-3" });
    await turn;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hello (complete)"]);
  });

  test("the server may give the conversation its id", async () => {
    const chat = chatting({ via: "stream" });
    server.json("/chat", { conversationId: "theirs", id: "a1" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    await line.joins.next();
    const join = await line.joins.next();
    line.frame(join, { type: "sync", data: [asked, item("a1", "assistant", "Hello", "completed")] });
    await turn;

    expect(join.groupId).toBe("theirs");
    expect(chat.conversationId).toBe("theirs");
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hello (complete)"]);
  });

  test("an answer whose item says that it failed is an error", async () => {
    const { chat, line } = await opened();
    const turn = chat.send("Hi");
    line.frame(group, { type: "sync", data: [asked, item("a1", "assistant", "", "error")] });
    await turn;

    expect(chat.error?.code).toBe("FAILED");
  });

  test("a conversation that may not be watched is an error", async () => {
    const { chat, line } = await opened();
    const turn = chat.send("Hi");
    line.frame(group, { type: "event", event: { type: "error", data: { code: "STREAM_ACCESS_DENIED", message: "Access denied" } } });
    await turn;

    expect(chat.error).toEqual({ code: "REFUSED", message: "Access denied" });
  });

  test("a stopped answer stays as it was, though the server goes on", async () => {
    const { chat, line } = await opened();
    const turn = chat.send("Hi");
    line.frame(group, { type: "sync", data: [asked, item("a1", "assistant", "Hel", "streaming")] });
    await until(() => chat.status === "streaming");
    chat.stop();
    await turn;
    line.frame(group, { type: "update", data: item("a1", "assistant", "Hello", "completed") });
    line.frame(group, { type: "create", data: item("q2", "user", "More", "completed") });
    await until(() => chat.messages.length === 3);

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hel (stopped)", "user: More (complete)"]);
  });

  test("an answer that was given up and comes after all is no error any more", async () => {
    const { chat, line } = await opened({ timeout: 5000 });
    line.frame(group, { type: "sync", data: [] });
    const turn = chat.send("Hi");
    line.frame(group, { type: "create", data: item("a1", "assistant", "Hel", "streaming") });
    await until(() => chat.status === "streaming");
    clock.advance(5000);
    await turn;
    expect(chat.error?.code).toBe("TIMEOUT");

    line.frame(group, { type: "update", data: item("a1", "assistant", "Hello", "completed") });
    await until(() => chat.status === "idle");

    expect(chat.error).toBeNull();
  });

  test("closed and opened again it shows what it knew until the server says more", async () => {
    const { chat, line } = await opened();
    line.frame(group, { type: "sync", data: [asked] });
    await until(() => chat.messages.length === 1);
    chat.close();
    await line.closed;
    const before = chat.messages;

    chat.subscribe(() => undefined);
    const next = await server.lines.next();
    expect(chat.messages).toBe(before);
    next.frame(group, { type: "sync", data: [asked, item("a1", "assistant", "Hello", "completed")] });
    await until(() => chat.messages.length === 2);
  });
});
