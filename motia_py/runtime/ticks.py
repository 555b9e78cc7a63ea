"""Which ticks of a schedule are due, and what becomes of those that were missed.

Pure: the time is handed in; nothing is stored or sent here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias, assert_never

from motia_py.project.schedule import CronSchedule

Misfire: TypeAlias = Literal["latest", "all", "skip"]

#: A tick that is this late or later was missed; any other is sent. Longer than an awake server ever
#: takes to notice that its clock was set, and than a restart: neither shall cost a tick.
MISSED_AFTER_SECONDS = 60.0
#: How old a missed tick may be for `latest`: last hour's report is worth it, yesterday's is not.
MAX_LATEST_AGE_SECONDS = 3600.0
#: How many missed ticks `all` makes up for, the newest: one for each second is soon too many.
MAX_MADE_UP = 1000
#: How far skipped ticks are counted: a year of minutes would take half a minute to count.
MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Missed ticks, one after the other, that are not sent.

    There are more than `count` if that is MAX_COUNTED.
    """

    count: int
    first: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done: `skipped` to be told, then `send` to be sent, oldest first."""

    skipped: Skipped | None
    send: tuple[float, ...]


def has_missed(next_at: float, now: float) -> bool:
    """Whether a tick was missed, not only late."""
    return now - next_at >= MISSED_AFTER_SECONDS


def due_ticks(schedule: CronSchedule, misfire: Misfire, *, after: float, now: float) -> Due:
    """What becomes of all ticks later than `after` and not later than `now`.

    `latest` makes up with one tick: the newest, unless one that is on time stands for it. May take
    a second where many were missed.
    """
    border = now - MISSED_AFTER_SECONDS
    on_time = tuple(_ticks(schedule, max(after, border), now))
    newest = _newest(schedule, after, border)
    if newest is None:
        return Due(skipped=None, send=on_time)
    made_up: tuple[float, ...] = ()
    match misfire:
        case "latest":
            if not on_time and now - newest <= MAX_LATEST_AGE_SECONDS:
                made_up = (newest,)
        case "all":
            made_up = tuple(islice(_backwards(schedule, newest, after), MAX_MADE_UP))[::-1]
        case "skip":
            pass
        case _:
            assert_never(misfire)
    until = _before(schedule, made_up[0]) if made_up else newest
    return Due(skipped=_skipped(schedule, after, until), send=(*made_up, *on_time))


def _newest(schedule: CronSchedule, after: float, until: float) -> float | None:
    first = schedule.next_after(after)
    # Asked first, for nearly always there is none and the search backwards takes a while.
    if first is None or first > until:
        return None
    return schedule.previous_at_or_before(until)


def _skipped(schedule: CronSchedule, after: float, until: float | None) -> Skipped | None:
    """The ticks later than `after`, up to the tick `until`."""
    first = schedule.next_after(after)
    if first is None or until is None or first > until:
        return None
    count = sum(1 for _ in islice(_ticks(schedule, after, until), MAX_COUNTED))
    return Skipped(count=count, first=first, last=until)


def _ticks(schedule: CronSchedule, after: float, until: float) -> Iterator[float]:
    tick = schedule.next_after(after)
    while tick is not None and tick <= until:
        yield tick
        tick = schedule.next_after(tick)


def _backwards(schedule: CronSchedule, newest: float, after: float) -> Iterator[float]:
    tick: float | None = newest
    while tick is not None and tick > after:
        yield tick
        tick = _before(schedule, tick)


def _before(schedule: CronSchedule, tick: float) -> float | None:
    # Ticks are whole seconds.
    return schedule.previous_at_or_before(tick - 1)
