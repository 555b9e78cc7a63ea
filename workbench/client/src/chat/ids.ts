/** Names for messages and conversations that nobody else has. */

export function newId(): string {
  // `randomUUID` is missing on pages that came without TLS from elsewhere than this machine.
  if (typeof globalThis.crypto?.randomUUID === "function") return crypto.randomUUID();
  return Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}
