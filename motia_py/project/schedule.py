"""When a cron expression fires. Pure: asks no clock; the times are handed in.

The clock changes follow Vixie cron: a job at a fixed time that falls into the gap runs once right
after it and is not repeated in the overlap; one with `*` in its hour or minute follows real time.
"""

from __future__ import annotations

import difflib
import re
import time
import zoneinfo
from collections.abc import Callable
from datetime import datetime

from croniter import CroniterBadDateError, CroniterError, croniter

from motia_py.errors import ConfigError

#: What the shorthands stand for. `@reboot` is not among them: a restart is not a time.
SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_ADVICE = (
    "write 5 fields (minute hour day-of-month month day-of-week), 6 (seconds first) or 7 "
    f"(seconds first, year last), or one of {', '.join(SHORTHANDS)}"
)
#: croniter's `h` and `r`: ticks that differ from start to start, so a missed one cannot be named.
_RANDOM_FIELD = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)
#: Seconds. No zone is a day away from UTC, and none changes its clock twice within two days.
_DAY = 86_400

#: Seconds east of UTC at an instant.
_OffsetAt = Callable[[int], int]


class CronSchedule:
    """The ticks of one expression; `tz` is an IANA name, None the machine's own zone.

    Equal to another of the same expression and zone.

    Raises:
        ConfigError: the expression or the zone cannot be understood.
    """

    def __init__(self, expression: str, tz: str | None = None) -> None:
        self.expression = expression
        self.tz = tz
        fields = SHORTHANDS.get(expression.strip().lower(), expression).split()
        self._iterator = _parse(expression, fields)
        minute, hour = fields[:2] if len(fields) == 5 else fields[1:3]
        self._is_fixed = "*" not in minute and "*" not in hour
        self._offset_at = _local_offset if tz is None else _offset_in(tz)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CronSchedule):
            return NotImplemented
        return (self.expression, self.tz) == (other.expression, other.tz)

    def __hash__(self) -> int:
        return hash((self.expression, self.tz))

    def next_after(self, timestamp: float) -> float | None:
        """The first tick later than `timestamp`, in seconds since the epoch.

        None if there is none in the next 50 years.
        """
        start = int(timestamp // 1)
        tick = self._next_fixed(start) if self._is_fixed else self._next_in_real_time(start)
        return None if tick is None else float(tick)

    def previous_at_or_before(self, timestamp: float) -> float | None:
        """The last tick not later than `timestamp`; None if there is none since 1970."""
        # A window that is doubled until it holds a tick; then the last point that still has one
        # ahead of it is the second before the last tick.
        high, width = int(timestamp // 1), 1
        while not self._ticks_between(high - width, timestamp):
            if width > high:
                return None
            width *= 2
        low, high = high - width, high - width // 2
        while high - low > 1:
            middle = (low + high) // 2
            if self._ticks_between(middle, timestamp):
                low = middle
            else:
                high = middle
        return self.next_after(low)

    def _ticks_between(self, after: int, until: float) -> bool:
        tick = self.next_after(after)
        return tick is not None and tick <= until

    def _next_fixed(self, start: int) -> int | None:
        """Wall-clock times in their order, each turned into the one instant at which it fires."""
        wall = self._next_wall(start + self._offset_at(start))
        while wall is not None:
            tick = _first_instant(wall, self._offset_at)
            if tick > start:
                return tick
            wall = self._next_wall(wall)
        return None

    def _next_in_real_time(self, start: int) -> int | None:
        """The instants at which the wall clock shows a matching time, offset by offset."""
        offset = self._offset_at(start)
        wall = self._next_wall(start + offset)
        while wall is not None:
            tick = wall - offset
            change = _first_change(start, tick, self._offset_at)
            if change is None:
                return tick
            start, offset = change, self._offset_at(change)
            wall = self._next_wall(start + offset - 1)
        return None

    def _next_wall(self, wall: int) -> int | None:
        """The next matching wall-clock time, written as if it were UTC."""
        try:
            return int(self._iterator.get_next(float, start_time=float(wall)))
        except CroniterBadDateError:
            return None


def _parse(expression: str, fields: list[str]) -> croniter:
    if any(_RANDOM_FIELD.search(field) for field in fields):
        raise ConfigError(f"cron expression {expression!r} asks for random times", advice=_ADVICE)
    if len(fields) not in (5, 6, 7):
        raise ConfigError(
            f"cron expression {expression!r} must have 5, 6 or 7 fields, for example 0 9 * * *",
            advice=_ADVICE,
        )
    try:
        # A start in seconds makes it count in UTC, so that it sees no clock change: those are ours.
        return croniter(" ".join(fields), 0.0, second_at_beginning=True)
    except (CroniterError, ValueError) as error:
        raise ConfigError(f"cron expression {expression!r}: {error}", advice=_ADVICE) from error


def _local_offset(instant: int) -> int:
    return time.localtime(instant).tm_gmtoff


def _offset_in(tz: str) -> _OffsetAt:
    try:
        zone = zoneinfo.ZoneInfo(tz)
    # A name that is a folder of the zone database gives OSError, one with `..` ValueError.
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"unknown time zone {tz!r}", advice=_nearest_zone(tz)) from error

    def offset_at(instant: int) -> int:
        offset = datetime.fromtimestamp(instant, zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    return offset_at


def _nearest_zone(tz: str) -> str:
    names = {name.lower(): name for name in zoneinfo.available_timezones()}
    nearest = difflib.get_close_matches(tz.lower(), names, n=1)
    example = names[nearest[0]] if nearest else "Europe/Berlin"
    return f"use an IANA name such as {example!r}, or leave it out for the machine's own zone"


def _first_instant(wall: int, offset_at: _OffsetAt) -> int:
    """When the wall clock shows `wall` for the first time, or is moved past it."""
    low, high = wall - _DAY, wall + _DAY
    before, after = offset_at(low), offset_at(high)
    change = _first_change(low, high, offset_at) if before != after else None
    if change is None or wall - before < change:
        return wall - before
    return max(change, wall - after)


def _first_change(low: int, high: int, offset_at: _OffsetAt) -> int | None:
    """The first instant after `low`, up to `high`, that has another offset than `low`."""
    offset = offset_at(low)
    while offset_at(min(low + _DAY, high)) == offset:
        low += _DAY
        if low >= high:
            return None
    high = min(low + _DAY, high)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(middle) == offset:
            low = middle
        else:
            high = middle
    return high
