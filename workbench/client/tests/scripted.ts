/** A server on this machine that says what a test tells it to: HTTP routes, and joins over WebSocket. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, WebSocket } from "ws";

export interface Join {
  readonly streamName: string;
  readonly groupId: string;
  readonly id?: string;
  readonly subscriptionId: string;
  readonly cursor: string | null;
  readonly deltas: boolean;
}

/** Things that come one by one, and can be waited for. */
export class Queue<T> {
  readonly #things: T[] = [];
  #wake: (() => void) | null = null;

  push(thing: T): void {
    this.#things.push(thing);
    this.#wake?.();
  }

  get size(): number {
    return this.#things.length;
  }

  async next(): Promise<T> {
    while (this.#things.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#things.shift() as T;
  }
}

/** One WebSocket of a client. */
export class Line {
  readonly joins = new Queue<Join>();
  readonly leaves = new Queue<Join>();
  readonly closed: Promise<number>;
  readonly path: string;
  readonly protocols: string | undefined;
  readonly #socket: WebSocket;
  #timestamp = 0;

  constructor(socket: WebSocket, path: string, protocols: string | undefined) {
    this.#socket = socket;
    this.path = path;
    this.protocols = protocols;
    this.closed = new Promise((resolve) => socket.on("close", (code) => resolve(code)));
    socket.on("message", (text) => {
      const { type, data } = JSON.parse(String(text)) as { type: "join" | "leave"; data: Join };
      (type === "join" ? this.joins : this.leaves).push(data);
    });
  }

  /** A frame for the channel of a join. */
  frame(join: Pick<Join, "streamName" | "groupId" | "id">, event: object, more: object = {}): void {
    const { streamName, groupId, id } = join;
    this.say({ timestamp: ++this.#timestamp, streamName, groupId, ...(id === undefined ? {} : { id }), event, ...more });
  }

  say(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** As a server that is killed ends it. */
  cut(): void {
    this.#socket.terminate();
  }
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export class Scripted {
  readonly lines = new Queue<Line>();
  readonly requests = new Queue<{ readonly path: string; readonly headers: IncomingMessage["headers"]; readonly body: string }>();
  readonly routes = new Map<string, Handler>();
  /** Whether WebSockets may be opened. */
  takesUpgrades = true;
  readonly #sockets = new Set<Duplex>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #upgrades = new WebSocketServer({ noServer: true });

  static async start(): Promise<Scripted> {
    const scripted = new Scripted();
    scripted.#server.on("connection", (socket: Socket) => {
      scripted.#sockets.add(socket);
      socket.on("close", () => scripted.#sockets.delete(socket));
    });
    scripted.#server.on("upgrade", (request, socket, head) => {
      if (!scripted.takesUpgrades) socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
      else
        scripted.#upgrades.handleUpgrade(request, socket, head, (opened) =>
          scripted.lines.push(new Line(opened, request.url ?? "", request.headers["sec-websocket-protocol"])),
        );
    });
    scripted.#server.listen(0, "127.0.0.1");
    await once(scripted.#server, "listening");
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  json(path: string, body: unknown, status = 200): void {
    this.routes.set(path, (_, response) => {
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
  }

  /** Answers with events; what is written to it later is said to whoever asks then. */
  events(path: string): Queue<ServerResponse> {
    const opened = new Queue<ServerResponse>();
    this.routes.set(path, (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      opened.push(response);
    });
    return opened;
  }

  /** Cut every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** End it; a second time does nothing. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const path = request.url ?? "";
    // Pages come from elsewhere, and ask before they send.
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Headers", "content-type, last-event-id, authorization, x-call");
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    this.requests.push({ path, headers: request.headers, body });
    const route = this.routes.get(path);
    if (route === undefined) response.writeHead(404).end('{"error": "Nothing is served here"}');
    else route(request, response, body);
  }
}

/** Resolves once `isSo()`; the test's time limit ends it otherwise. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A clock that moves when it is told to. */
export class FakeClock {
  #now = 0;
  #next = 0;
  readonly #timers = new Map<number, { due: number; callback: () => void }>();

  setTimeout(callback: () => void, milliseconds: number): number {
    this.#timers.set(++this.#next, { due: this.#now + milliseconds, callback });
    return this.#next;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  random(): number {
    return 1;
  }

  /** Milliseconds until each timer that is set, the next first. */
  get waits(): number[] {
    return [...this.#timers.values()].map(({ due }) => due - this.#now).sort((a, b) => a - b);
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].due;
      due[1].callback();
    }
    this.#now = end;
  }
}
