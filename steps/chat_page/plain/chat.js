// A chat over every transport of the server. Copy this folder; it needs nothing but the next line, and /__motia/socket.io.js.
import { connect, createChat } from "/__motia/client.js";
import { openLine } from "./room.js";

const STREAM = { via: "stream", url: "/chat" };
const TRANSPORTS = {
  automatic: {
    name: "Automatic",
    about: "The best that works: WebSocket, else server-sent events, else polling.",
    chat: STREAM,
    connects: { pollInterval: 200 },
  },
  websocket: {
    name: "WebSocket",
    about: "POST /chat; the answer grows in the stream “conversation”, watched over a WebSocket.",
    chat: STREAM,
    connects: { transports: ["websocket"] },
  },
  sse: {
    name: "Server-sent events",
    about: "POST /chat; the answer grows in the stream “conversation”, watched as server-sent events.",
    chat: STREAM,
    connects: { transports: ["sse"] },
  },
  polling: {
    name: "Polling",
    about: "POST /chat; the stream “conversation” is looked at five times a second.",
    chat: STREAM,
    connects: { transports: ["polling"], pollInterval: 200 },
  },
  response: {
    name: "Streaming response",
    about: "POST /chat/stream; its own response brings the answer as events.",
    chat: { via: "response", url: "/chat/stream" },
  },
  messages: {
    name: "Raw WebSocket",
    about: "POST /api/chat/stream; each token is a frame of a bare WebSocket.",
    chat: { via: "messages", url: "/api/chat/stream" },
  },
  plain: {
    name: "Plain POST",
    about: "POST /api/chat/stream without streaming; the whole answer is shown word by word.",
    chat: { via: "plain", url: "/api/chat/stream" },
  },
  "socket.io": {
    name: "Socket.IO",
    about: "The event “stream-chat”; who is in the same room sees the answer, too.",
    chat: { via: "socket.io" },
  },
};
// What the automatic one has come to.
const IN_USE = { websocket: "Now: WebSocket.", sse: "Now: server-sent events.", polling: "Now: polling." };

const $ = (id) => document.getElementById(id);
const list = $("conversation");

// What people and models wrote is only ever set as text, never as HTML.
function element(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}

// The chat over the transport that is chosen.

let transport = TRANSPORTS[new URLSearchParams(location.search).get("transport")] ?? TRANSPORTS.automatic;
let conversationId = sessionStorage.getItem("chat-demo-conversation") ?? newConversation();
let connection = null;
// What `connection` is to streams, it is to Socket.IO.
let line = null;
// By a button that is gone, and the focus with it.
let wasRetried = false;
let chat = null;
let socketState = "closed";
// What was said over transports for which the server tells no messages.
const said = new Map();

function newConversation() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("chat-demo-conversation", id);
  return id;
}

function open() {
  chat?.close();
  chat = null;
  connection?.close();
  line?.close();
  socketState = "closed";
  connection = transport.connects ? connect(undefined, transport.connects) : null;
  connection?.onStatus(showState);
  const usesSocket = transport.chat.via === "socket.io";
  $("room").hidden = !usesSocket;
  line = usesSocket ? openLine($("room"), { opened: begin, changed: show }) : null;
  // Only a connection that is meant to last is worth telling of.
  $("state").role = connection || line ? "status" : null;
  $("react").search = location.search;
  clear();
  if (line) show();
  else begin();
}

// A new conversation over what is open.
function begin() {
  chat?.close();
  clear();
  chat = createChat({ ...transport.chat, ...own(), conversationId });
  chat.subscribe(show);
  show();
  if (wasRetried) $("message").focus({ preventScroll: true });
  wasRetried = false;
}

function own() {
  if (connection) return { connection };
  const messages = (said.get(transport) ?? []).map(ended);
  return line ? { messages, socket: line.socket } : { messages, WebSocket: watchedSocket() };
}

function clear() {
  bubbles.forEach((bubble) => bubble.remove());
  bubbles.clear();
  growing.clear();
  follow();
}

// Nobody hears the rest of it any more.
function ended(message) {
  return message.status === "sending" || message.status === "streaming" ? { ...message, status: "stopped" } : message;
}

// A WebSocket that lives as long as an answer, and tells how it is.
function watchedSocket() {
  let newest;
  return class extends WebSocket {
    constructor(...address) {
      super(...address);
      newest = this;
      const tell = (state) => {
        if (newest !== this) return;
        socketState = state;
        showState();
      };
      this.addEventListener("open", () => tell("open"));
      this.addEventListener("close", () => tell("closed"));
      tell("connecting");
    }
  };
}

function state() {
  if (connection) return connection.status === "idle" ? "closed" : connection.status;
  if (line) return line.state;
  // Nothing is open because nothing is asked.
  if (!isBusy()) return "ready";
  if (transport.chat.via === "messages") return socketState === "closed" ? "reconnecting" : socketState;
  // The request is the connection; it is open once the server has taken the message.
  return chat.messages.at(-1)?.status === "sending" ? "connecting" : "open";
}

function isBusy() {
  return chat !== null && (chat.status === "sending" || chat.status === "streaming");
}

// What is seen of it.

const bubbles = new Map();
const typing = element("span", "typing", element("span", "unseen", "The answer is being written"), ...[1, 2, 3].map(() => element("i", "")));
const awaited = element("li", "assistant");
let wasBusy = false;

function show() {
  $("main").className = chat ? "" : "waiting";
  showProblem(chat?.error ?? (line?.trouble ? { message: line.trouble } : null));
  showBusy();
  showState();
  if (chat) showChat();
}

function showChat() {
  const { messages } = chat;
  if (!connection) said.set(transport, messages);
  const ids = new Set(messages.map(({ id }) => id));
  for (const [id, bubble] of bubbles) if (!ids.has(id)) bubble.remove(), bubbles.delete(id);
  messages.forEach((message, at) => {
    const bubble = bubbleOf(message);
    if (list.children[at] !== bubble) list.insertBefore(bubble, list.children[at] ?? null);
  });
  // Where the answer has no message of its own yet, its place is shown.
  if (chat.status === "sending" && messages.findLast(({ name }) => !name)?.role === "user") {
    awaited.replaceChildren(typing.cloneNode(true));
    list.append(awaited);
  } else awaited.remove();
  speak(messages);
  if (isFollowing) toEnd();
}

function bubbleOf(message) {
  const known = bubbles.get(message.id);
  if (known?.message === message) return known;
  const { role, status, text, name } = message;
  const who = name ? element("small", "name", answerTo(name)) : element("span", "unseen", role === "user" ? "You: " : "Answer: ");
  const bubble = known ?? element("li", "", who, element("span", "text"), element("small", "note"));
  const [, shown, note] = bubble.children;
  bubble.className = `${role} ${status}`;
  if (status === "streaming" && text === "") shown.replaceChildren(typing.cloneNode(true));
  // Only what came to it: a text node that is selected stays selected.
  else if (shown.firstChild instanceof Text && text.startsWith(shown.textContent)) shown.firstChild.appendData(text.slice(shown.textContent.length));
  else shown.textContent = text;
  note.textContent = noteOf(message);
  note.hidden = note.textContent === "";
  bubble.message = message;
  bubbles.set(message.id, bubble);
  return bubble;
}

// What stands above an answer to somebody else in the room.
function answerTo(name) {
  return `Answer to ${name}`;
}

// A word under a message that did not go as it should.
function noteOf({ role, status, error }) {
  if (status === "stopped") return role === "user" ? "stopped" : "stopped here";
  if (status !== "error") return "";
  if (role === "assistant") return "incomplete";
  const code = error?.status ?? 0;
  // A 503 is a server that takes nothing now. Whether a question without any answer has reached the server, nobody knows.
  return (code >= 400 && code < 500) || code === 503 ? "refused" : "no answer";
}

function showProblem(error) {
  const wait = error?.retryAfter === undefined ? "" : ` Wait ${error.retryAfter} seconds.`;
  $("problem").hidden = error === null;
  $("problem").firstChild.textContent = error === null ? "" : error.message.replace(/[.!]?$/, ".") + wait;
}

function showBusy() {
  if (isBusy() === wasBusy) return;
  wasBusy = isBusy();
  // The button that has the focus is about to go, and the focus would go with it.
  const hadFocus = document.activeElement === $("send") || document.activeElement === $("stop") || document.activeElement === $("retry");
  $("stop").hidden = !wasBusy;
  $("send").hidden = wasBusy;
  if (hadFocus) $("message").focus({ preventScroll: true });
}

function showState() {
  const word = state();
  const inUse = transport === TRANSPORTS.automatic && connection?.transport ? ` ${IN_USE[connection.transport]}` : "";
  const about = transport.about + inUse;
  if ($("about").textContent !== about) $("about").textContent = about;
  if ($("state").textContent === word) return;
  $("state").textContent = word;
  $("state").className = `state ${word}`;
}

// A screen reader hears an answer once it is whole, not each token.
const growing = new Set();
let statusBefore = "idle";
function speak(messages) {
  const answers = messages.filter(({ role }) => role === "assistant");
  let finished;
  for (const answer of answers) {
    if (answer.status === "streaming") growing.add(answer.id);
    else if (growing.delete(answer.id) && answer.status === "complete") finished = answer;
  }
  // One that came so fast that it was never seen to grow.
  const hasEnded = (statusBefore === "sending" || statusBefore === "streaming") && chat.status === "idle";
  statusBefore = chat.status;
  const last = answers.findLast(({ name }) => !name);
  if (hasEnded && last?.status === "complete") finished ??= last;
  if (finished && $("spoken").answerId !== finished.id) {
    $("spoken").answerId = finished.id;
    $("spoken").replaceChildren(element("p", "", finished.name ? `${answerTo(finished.name)}: ${finished.text}` : finished.text));
  }
}

// The list stays at its end while it grows, until the reader scrolls up.

const AT_END = 8; // pixels: zoomed pages stop at fractions
let isFollowing = true;
let lastTop = 0;

function toEnd() {
  list.scrollTop = list.scrollHeight;
  lastTop = list.scrollTop;
}

function setFollowing(wanted) {
  isFollowing = wanted;
  $("jump").hidden = wanted;
}

function follow() {
  setFollowing(true);
  toEnd();
}

list.addEventListener("scroll", () => {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight <= AT_END;
  // Only upwards is the reader's wish: the list itself moves down, and at its end when it shrinks.
  if (isAtEnd) setFollowing(true);
  else if (list.scrollTop < lastTop) setFollowing(false);
  lastTop = list.scrollTop;
});
new ResizeObserver(() => isFollowing && toEnd()).observe(list);
$("jump").addEventListener("click", () => {
  list.focus();
  follow();
});

// What the user does.

function send() {
  const text = $("message").value;
  if (!chat || isBusy() || text.trim() === "") return;
  $("message").value = "";
  follow();
  chat.send(text);
}

$("form").addEventListener("submit", (submission) => {
  submission.preventDefault();
  send();
});
$("message").addEventListener("keydown", (pressed) => {
  // While an input method composes, Enter chooses what it offers.
  if (pressed.key !== "Enter" || pressed.shiftKey || pressed.isComposing) return;
  pressed.preventDefault();
  send();
});
$("stop").addEventListener("click", () => chat.stop());
$("retry").addEventListener("click", () => {
  if (chat?.error) {
    chat.retry();
    return;
  }
  wasRetried = true;
  open();
});
$("anew").addEventListener("click", () => {
  said.clear();
  conversationId = newConversation();
  if (chat) begin();
});
$("transport").append(...Object.entries(TRANSPORTS).map(([id, { name }]) => new Option(name, id)));
$("transport").value = Object.keys(TRANSPORTS).find((id) => TRANSPORTS[id] === transport);
$("transport").addEventListener("change", () => {
  const id = $("transport").value;
  transport = TRANSPORTS[id];
  history.replaceState(null, "", `?transport=${id}`);
  open();
});
open();
