/** What tests of a connection have before them: a scripted server, a clock that stands still. */

import { afterEach, beforeEach } from "vitest";
import { WebSocket } from "ws";
import { connect, type Connection, type ConnectOptions, type WebSocketMaker } from "../src/index.js";
import { FakeClock, Scripted } from "./scripted.js";

const sockets = WebSocket as unknown as WebSocketMaker;
/** What frames of the group that is watched say of it. */
export const group = { streamName: "s", groupId: "g" };
export let server: Scripted;
export let clock: FakeClock;
let open: Connection[];

beforeEach(async () => {
  server = await Scripted.start();
  clock = new FakeClock();
  open = [];
});
afterEach(async () => {
  for (const connection of open) connection.close();
  await server.stop();
});

/** A connection to the scripted server; the test's end closes it. */
export function connected(options: ConnectOptions = {}): Connection {
  const connection = connect(server.url, { WebSocket: sockets, clock, linger: 50, ...options });
  open.push(connection);
  return connection;
}
