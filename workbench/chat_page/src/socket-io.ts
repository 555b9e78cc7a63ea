/** Socket.IO's own client, which the server hands out: loaded when it is first wanted. */

import type { io } from "socket.io-client";

const SCRIPT = "/__motia/socket.io.js";
let loading: Promise<typeof io> | null = null;

/** Rejects if it cannot be had now; the next call tries again. */
export function loadSocketIo(): Promise<typeof io> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

function load(): Promise<typeof io> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve((globalThis as unknown as { io: typeof io }).io);
    script.onerror = () => {
      script.remove();
      reject(new Error(`${SCRIPT} could not be loaded`));
    };
    document.head.append(script);
  });
}
