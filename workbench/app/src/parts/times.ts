/** Times and durations as people read them. Pure; seconds since the epoch and milliseconds go in. */

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `14:02:11` */
export function clockTime(seconds: number): string {
  return CLOCK.format(seconds * 1000);
}

/** `14:02:11.042` */
export function exactTime(seconds: number): string {
  const milliseconds = Math.floor(seconds * 1000) % 1000;
  return `${clockTime(seconds)}.${String(milliseconds).padStart(3, "0")}`;
}

/** `0.4 ms`, `42 ms`, `1.24 s`, `2 min 5 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${Math.round(milliseconds * 10) / 10} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `now`, `12 s ago`, `5 min ago`, `3 h ago`, else the clock time. */
export function ago(seconds: number, nowSeconds: number): string {
  const passed = Math.max(0, nowSeconds - seconds);
  if (passed < 2) return "now";
  if (passed < 60) return `${Math.floor(passed)} s ago`;
  if (passed < 3600) return `${Math.floor(passed / 60)} min ago`;
  if (passed < 86_400) return `${Math.floor(passed / 3600)} h ago`;
  return new Date(seconds * 1000).toLocaleString("en-GB");
}

/** `1 run`, `2 runs`, `1.2k runs` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${short(count)} ${count === 1 ? one : many}`;
}

/** `999`, `1.2k`, `3.4M` */
export function short(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `now`, `in 12 s`, `in 5 min`, `in 3 h 12 min`, `in 2 d 4 h` */
export function until(seconds: number, nowSeconds: number): string {
  const left = Math.ceil(seconds - nowSeconds);
  if (left <= 0) return "now";
  if (left < 60) return `in ${left} s`;
  if (left < 3600) return `in ${Math.floor(left / 60)} min`;
  const [whole, rest, unit, part] = left < 86_400 ? [left / 3600, (left % 3600) / 60, "h", "min"] : [left / 86_400, (left % 86_400) / 3600, "d", "h"];
  return `in ${Math.floor(whole)} ${unit}${Math.floor(rest) === 0 ? "" : ` ${Math.floor(rest)} ${part}`}`;
}
