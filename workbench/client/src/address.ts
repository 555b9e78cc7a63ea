/** Where things are on the server. Pure. */

import { ADDRESS, told } from "./checks.js";
import type { Channel } from "./types.js";

/**
 * The server's HTTP address without a final slash. Without `url` it is the page's own.
 *
 * @throws TypeError `url` is no address, or there is no page that has one.
 */
export function baseAddress(url?: string | URL): string {
  const page = (globalThis as { location?: { href?: string; origin?: string } }).location;
  if (url === undefined) {
    if (page?.origin === undefined || page.origin === "null")
      throw new TypeError("connect() needs the server's address here: connect(\"http://localhost:3000\")");
    return page.origin;
  }
  if (!ADDRESS.fits(url)) throw new TypeError(`A server's address is text or a URL; got ${told(url)}`);
  const read = new URL(url, page?.href);
  const scheme = read.protocol.replace(/^ws/, "http");
  if (scheme !== "http:" && scheme !== "https:")
    throw new TypeError(`A server's address begins with http:// or ws://, not with ${read.protocol}`);
  return `${scheme}//${read.host}${read.pathname.replace(/\/+$/, "")}`;
}

/** Where the motia protocol is spoken. */
export function socketAddress(base: string): string {
  return `${base.replace(/^http/, "ws")}/`;
}

/** The address of a group or an item: JSON, SSE and bare items over WebSocket. */
export function streamAddress(base: string, channel: Channel): string {
  const parts = [channel.stream, channel.group, ...(channel.id === undefined ? [] : [channel.id])];
  return `${base}/streams/${parts.map(encodeURIComponent).join("/")}`;
}

/** `path` on the server, or `path` itself if it is a whole address. */
export function addressOf(base: string, path: string): string {
  return /^[a-z]+:\/\//i.test(path) ? path : `${base}${path.startsWith("/") ? "" : "/"}${path}`;
}

/** One text per channel. */
export function channelKey(channel: Channel): string {
  return JSON.stringify([channel.stream, channel.group, ...(channel.id === undefined ? [] : [channel.id])]);
}
