import { expect, test } from "vitest";
import { connect, createChat } from "../src/index.js";

const connecting = connect as (...parts: unknown[]) => unknown;
const chatting = createChat as (...parts: unknown[]) => unknown;

test.each([
  [{ transports: "sse" }, 'transports is a list of "websocket", "sse" and "polling", at least one; got "sse"'],
  [{ transports: ["carrier pigeon"] }, 'at least one; got ["carrier pigeon"]'],
  [{ transports: [] }, "at least one; got []"],
  [{ pollInterval: "fast" }, 'pollInterval is a number of milliseconds, 0 or more; got "fast"'],
  [{ linger: Number.NaN }, "linger is a number of milliseconds, 0 or more; got NaN"],
  [{ backoff: { first: 1 } }, "backoff is {first, longest}, each in milliseconds; got an object"],
  [{ protocols: "mine" }, "protocols is a list of texts"],
  [{ token: null }, "token is text; got null"],
  [{ headers: "X: y" }, "headers is an object or a function"],
  [{ WebSocket: {} }, "WebSocket is a function or null"],
  [{ transport: ["sse"] }, 'connect() has no option "transport"; is transports meant?'],
  [{ websocket: null }, 'connect() has no option "websocket"; is WebSocket meant?'],
  [{ toString: 1 }, 'connect() has no option "toString"; there are transports, backoff, '],
  [{ retries: 3 }, 'connect() has no option "retries"; there are transports, backoff, '],
  [null, "connect(): the options are an object; got null"],
])("connect() names the option that it cannot use: %j", (options, message) => {
  expect(() => connecting(undefined, options)).toThrow(TypeError);
  expect(() => connecting(undefined, options)).toThrow(message);
});

test.each([[null], [3], [{ transports: ["sse"] }]])("an address that is none is refused: %j", (url) => {
  expect(() => connecting(url)).toThrow("A server's address is text or a URL; got ");
});

test("an option that is undefined counts as left out", () => {
  connecting("http://x", { token: undefined, transports: undefined });
  chatting({ via: "plain", url: "/chat", server: new URL("http://x"), userId: undefined });
});

const VIA = 'via is how the answers come, "stream", "response", "messages", "plain" or "socket.io"';
const WHERE = 'url is where messages are posted, a path on the server as "/chat" or a whole address';
const SOCKET = "socket is a socket, as io() of socket.io-client gives one";

test.each([
  [undefined, `createChat(): the options are an object: ${VIA}; ${WHERE}; got undefined`],
  [{}, `createChat(): ${VIA}; got undefined`],
  [{ via: "streams", url: "/chat" }, `createChat(): ${VIA}; got "streams"`],
  [{ via: "toString", url: "/chat" }, `createChat(): ${VIA}; got "toString"`],
  [{ via: "stream" }, `createChat(): ${WHERE}; got undefined`],
  [{ via: "stream", url: "" }, `createChat(): ${WHERE}; got ""`],
  [{ via: "stream", url: "/chat", conversationId: "" }, "conversationId is text that is not empty"],
  [{ via: "stream", url: "/chat", conversationID: "c" }, 'createChat() has no option "conversationID"; is conversationId meant?'],
  [{ via: "stream", url: "/chat", connection: "http://x" }, 'connection is an object; got "http://x"'],
  [{ via: "socket.io" }, `createChat(): ${SOCKET}; got undefined`],
  [{ via: "socket.io", socket: "http://x" }, `createChat(): ${SOCKET}; got "http://x"`],
  [{ via: "socket.io", socket: new EventTarget() }, `createChat(): ${SOCKET}; got an object`],
])("createChat() says what it wants: %j", (options, message) => {
  expect(() => chatting(options)).toThrow(TypeError);
  expect(() => chatting(options)).toThrow(message);
});
