/** When a schedule fires, as people read it. Pure; seconds since the epoch. */

/** `today 09:00`, `tomorrow 09:00`, `Fri 27 Nov, 09:00`, with the seconds only if there are any. In this zone; null: the browser's. */
export function tickTime(seconds: number, nowSeconds: number, zone: string | null): string {
  const days = dayNumber(seconds, zone) - dayNumber(nowSeconds, zone);
  const clock = clockIn(seconds, zone);
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `tomorrow ${clock}`;
  const isThisYear = parts(seconds, zone, { year: "numeric" }) === parts(nowSeconds, zone, { year: "numeric" });
  return `${dayIn(seconds, zone, !isThisYear)}, ${clock}`;
}

/** `09:00` in a zone where the calendar shows the browser's day, else `Fri 27 Nov, 09:00`. */
export function zoneTime(seconds: number, zone: string): string {
  const clock = clockIn(seconds, zone);
  return dayNumber(seconds, zone) === dayNumber(seconds, null) ? clock : `${dayIn(seconds, zone, false)}, ${clock}`;
}

/** Whether a zone is known here, and tells another time than the browser's. */
export function isOtherZone(zone: string | null, seconds: number): zone is string {
  if (zone === null) return false;
  try {
    const shape = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    return parts(seconds, zone, shape) !== parts(seconds, null, shape);
  } catch {
    return false;
  }
}

function clockIn(seconds: number, zone: string | null): string {
  return parts(seconds, zone, { hour: "2-digit", minute: "2-digit", ...(seconds % 60 === 0 ? {} : { second: "2-digit" }) });
}

function dayIn(seconds: number, zone: string | null, hasYear: boolean): string {
  return parts(seconds, zone, { weekday: "short", day: "numeric", month: "short", ...(hasYear ? { year: "numeric" } : {}) }).replaceAll(",", "");
}

/** Days since some day, as the calendar of the zone has them. */
function dayNumber(seconds: number, zone: string | null): number {
  const [day = "", month = "", year = ""] = parts(seconds, zone, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/");
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
}

function parts(seconds: number, zone: string | null, shape: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...shape, hourCycle: "h23", ...(zone === null ? {} : { timeZone: zone }) }).format(seconds * 1000);
}
