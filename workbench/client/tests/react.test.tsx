// @vitest-environment happy-dom
import { act, StrictMode, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect, type Connection, type StreamEvent, type WebSocketMaker } from "../src/index.js";
import { StreamProvider, useChat, useConnectionStatus, useStreamGroup, useStreamItem, type UseChat } from "../src/react.js";
import { Scripted, until } from "./scripted.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const sockets = WebSocket as unknown as WebSocketMaker;
const group = { streamName: "s", groupId: "g" };
let server: Scripted;
let connection: Connection;
let root: Root;
let page: HTMLElement;

beforeEach(async () => {
  server = await Scripted.start();
  connection = connect(server.url, { WebSocket: sockets, linger: 0 });
  page = document.createElement("div");
  root = createRoot(page);
});
afterEach(async () => {
  await act(async () => root.unmount());
  connection.close();
  await server.stop();
});

const shows = async (text: string): Promise<void> => act(async () => until(() => page.textContent === text));
const render = async (node: ReactNode): Promise<void> =>
  act(async () => root.render(<StrictMode><StreamProvider connection={connection}>{node}</StreamProvider></StrictMode>));

function Group({ name, onEvent }: { name: string | null; onEvent?: (event: StreamEvent) => void }): ReactNode {
  const { items, status } = useStreamGroup("s", name, onEvent === undefined ? {} : { onEvent });
  return `${status}:${items.map(({ id }) => id).join(",")}`;
}

function Item({ id }: { id: string | null }): ReactNode {
  const { item, status } = useStreamItem<{ id: string; n?: number }>("s", "g", id);
  return `${status}:${item?.n ?? "none"}`;
}

test("a group is shown as it changes, through the double effects of StrictMode", async () => {
  await render(<Group name="g" />);
  expect(page.textContent).toBe("loading:");
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [{ id: "a" }] });
  await shows("live:a");
  line.frame(group, { type: "create", data: { id: "b" } });
  await shows("live:a,b");
});

test("two components share a channel, and one that comes later sees at once what there is", async () => {
  await render(<Group name="g" />);
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [{ id: "a" }] });
  await shows("live:a");
  const joins = line.joins.size;

  await render(<><Group name="g" /><Group name="g" /></>);
  expect(page.textContent).toBe("live:alive:a");
  expect(line.joins.size).toBe(joins);
});

test("another group is another subscription; the old one is left", async () => {
  await render(<Group name="g" />);
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [{ id: "a" }] });
  await shows("live:a");

  await render(<Group name="h" />);
  expect(page.textContent).toBe("loading:");
  await until(() => line.leaves.size > 0);
  line.frame({ ...group, groupId: "h" }, { type: "sync", data: [{ id: "z" }] });
  await shows("live:z");
});

test("without a group nothing is watched", async () => {
  await render(<><Group name={null} /><Item id={null} /></>);

  expect(page.textContent).toBe("loading:loading:none");
  expect(connection.status).toBe("idle");
});

test("an item is shown as it changes", async () => {
  await render(<Item id="a" />);
  const line = await server.lines.next();
  line.frame({ ...group, id: "a" }, { type: "sync", data: null }, { cursor: "e-0" });
  await shows("live:none");
  line.frame({ ...group, id: "a" }, { type: "create", data: { id: "a", n: 5 } }, { cursor: "e-1" });
  await shows("live:5");
});

test("events go to the newest handler", async () => {
  const heard: string[] = [];
  await render(<Group name="g" onEvent={() => heard.push("old")} />);
  await render(<Group name="g" onEvent={({ type }) => heard.push(type)} />);
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [] });
  line.frame(group, { type: "event", event: { type: "typing", data: 1 } });
  await shows("live:");
  await until(() => heard.length);

  expect(heard).toEqual(["typing"]);
});

test("a page that is gone closes its connection", async () => {
  await render(<Group name="g" />);
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [] });
  await shows("live:");

  await render(null);
  await line.closed;

  expect(connection.status).toBe("idle");
});

test("the state of the connection is shown", async () => {
  function Status(): ReactNode {
    const { status, transport } = useConnectionStatus();
    return `${status} ${transport ?? "-"} `;
  }
  await render(<><Status /><Group name="g" /></>);
  await server.lines.next();
  await shows("open websocket loading:");
});

function Chat({ onChat, via }: { onChat: (chat: UseChat) => void; via: "stream" | "response" }): ReactNode {
  const chat = useChat({ via, url: "/chat", server: server.url, conversationId: "c1", ...(via === "stream" ? { connection } : {}) });
  onChat(chat);
  return chat.messages.map(({ text, status }) => `${text}(${status})`).join(" ");
}

test("a chat says, shows and is the same from render to render", async () => {
  const opened = server.events("/chat");
  let chat = null as UseChat | null;
  await render(<Chat via="response" onChat={(now) => (chat = now)} />);
  const before = chat;
  await render(<Chat via="response" onChat={(now) => (chat = now)} />);
  expect(chat).toBe(before);

  await act(async () => void chat?.send("Hi"));
  const response = await opened.next();
  response.write('event: chunk\ndata: {"content":"Hel"}\n\n');
  await shows("Hi(complete) Hel(streaming)");
  response.end('event: chunk\ndata: {"content":"lo"}\n\nevent: complete\ndata: {}\n\n');
  await shows("Hi(complete) Hello(complete)");
});

test("a chat whose page is gone is stopped, and the server hears it", async () => {
  const opened = server.events("/chat");
  let chat = null as UseChat | null;
  await render(<Chat via="response" onChat={(now) => (chat = now)} />);
  await act(async () => void chat?.send("Hi"));
  const response = await opened.next();

  await render(null);
  await until(() => response.destroyed);
});

test("a chat over a stream shows what was said before", async () => {
  await render(<Chat via="stream" onChat={() => undefined} />);
  const line = await server.lines.next();
  line.frame({ streamName: "conversation", groupId: "c1" }, { type: "sync", data: [{ id: "1", from: "user", message: "Old", status: "completed" }] });
  await shows("Old(complete)");
});
