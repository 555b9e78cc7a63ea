/** A Socket.IO server on this machine that says what a test tells it to. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { Queue } from "./scripted.js";

/** A question, and whoever asked it. */
export interface Question {
  readonly socket: Socket;
  readonly body: Readonly<Record<string, unknown>>;
  acknowledge(said?: unknown): void;
}

export class Rooms {
  readonly sockets = new Queue<Socket>();
  readonly questions = new Queue<Question>();
  /** What is said to who is refused; null: nobody is. */
  refusal: string | null = null;
  readonly #http = createServer();
  readonly #server = new Server(this.#http);

  static async start(): Promise<Rooms> {
    const rooms = new Rooms();
    rooms.#server.use((_, next) => next(rooms.refusal === null ? undefined : new Error(rooms.refusal)));
    rooms.#server.on("connection", (socket) => {
      rooms.sockets.push(socket);
      socket.on("stream-chat", (body: Question["body"], acknowledge: Question["acknowledge"]) =>
        rooms.questions.push({ socket, body, acknowledge }),
      );
    });
    rooms.#http.listen(0, "127.0.0.1");
    await once(rooms.#http, "listening");
    return rooms;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }
}
