/** What a reload of the page keeps: the transport in the address, the conversation in the session. */

import { AUTOMATIC, TRANSPORTS, type Transport } from "./transports.js";

const PARAMETER = "transport";
const CONVERSATION = "chat-demo-conversation";

export function transportOfAddress(): Transport {
  const id = new URLSearchParams(location.search).get(PARAMETER);
  return TRANSPORTS.find((transport) => transport.id === id) ?? AUTOMATIC;
}

export function putIntoAddress(transport: Transport): void {
  history.replaceState(null, "", `?${new URLSearchParams({ [PARAMETER]: transport.id })}`);
}

export function keptConversation(): string {
  return sessionStorage.getItem(CONVERSATION) ?? newConversation();
}

export function newConversation(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem(CONVERSATION, id);
  return id;
}
