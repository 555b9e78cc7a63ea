"""Which ticks are sent, and which are skipped, of those that are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.project.schedule import CronSchedule
from motia_py.runtime.ticks import (
    MAX_COUNTED,
    MAX_LATEST_AGE_SECONDS,
    MAX_MADE_UP,
    MISSED_AFTER_SECONDS,
    Due,
    Misfire,
    Skipped,
    due_ticks,
)

EVERY_FIVE_MINUTES = CronSchedule("*/5 * * * *", "UTC")
EVERY_SECOND = CronSchedule("* * * * * *", "UTC")


def at(time: str) -> float:
    return datetime.fromisoformat(f"2026-03-01T{time}").replace(tzinfo=UTC).timestamp()


def ticks_between(schedule: CronSchedule, after: float, until: float) -> Iterator[float]:
    tick = schedule.next_after(after)
    while tick is not None and tick <= until:
        yield tick
        tick = schedule.next_after(tick)


@pytest.mark.parametrize(
    ("misfire", "now", "sent", "skipped"),
    [
        # Nothing is due yet; one is due, on time or a little late.
        ("latest", "12:04:59", "", ""),
        ("skip", "12:05:00", "12:05", ""),
        ("skip", "12:05:59", "12:05", ""),
        # A minute late is missed.
        ("skip", "12:06:00", "", "1 12:05 12:05"),
        ("latest", "12:06:00", "12:05", ""),
        ("all", "12:06:00", "12:05", ""),
        # Of several, the newest alone makes up for all of them.
        ("skip", "12:18:00", "", "3 12:05 12:15"),
        ("latest", "12:18:00", "12:15", "2 12:05 12:10"),
        ("all", "12:18:00", "12:05 12:10 12:15", ""),
        # One that is on time stands for those that were missed.
        ("skip", "12:15:30", "12:15", "2 12:05 12:10"),
        ("latest", "12:15:30", "12:15", "2 12:05 12:10"),
        ("all", "12:15:30", "12:05 12:10 12:15", ""),
        # The clock stands before what was dealt with.
        ("all", "11:00:00", "", ""),
    ],
)
def test_what_becomes_of_the_ticks_after_noon(
    misfire: Misfire, now: str, sent: str, skipped: str
) -> None:
    """P15."""
    due = due_ticks(EVERY_FIVE_MINUTES, misfire, after=at("12:00"), now=at(now))

    assert due.send == tuple(at(tick) for tick in sent.split())
    assert due.skipped == read_skipped(skipped)


def read_skipped(text: str) -> Skipped | None:
    if not text:
        return None
    count, first, last = text.split()
    return Skipped(count=int(count), first=at(first), last=at(last))


@pytest.mark.parametrize(("now", "is_sent"), [("13:05:00", True), ("13:05:01", False)])
def test_the_latest_is_made_up_for_within_an_hour(now: str, is_sent: bool) -> None:
    """P15."""
    schedule = CronSchedule("5 12 * * *", "UTC")

    due = due_ticks(schedule, "latest", after=at("12:00"), now=at(now))

    assert bool(due.send) is is_sent
    assert bool(due.skipped) is not is_sent


def test_of_very_many_the_newest_are_made_up_for_and_the_others_told() -> None:
    newest = at("12:00") + 4 * 86_400
    now = newest + MISSED_AFTER_SECONDS

    due = due_ticks(EVERY_FIVE_MINUTES, "all", after=at("12:00"), now=now)

    assert len(due.send) == MAX_MADE_UP
    assert due.send[-1] == newest
    assert due.skipped is not None
    assert due.skipped.first == at("12:05")
    assert due.skipped.last == due.send[0] - 300
    assert due.skipped.count + len(due.send) == 4 * 24 * 12


def test_a_year_of_missed_seconds_is_not_counted_to_its_end() -> None:
    now = at("12:00") + 365 * 86_400

    due = due_ticks(EVERY_SECOND, "skip", after=at("12:00"), now=now)

    border = now - MISSED_AFTER_SECONDS
    assert due.skipped == Skipped(count=MAX_COUNTED, first=at("12:00") + 1, last=border)
    assert len(due.send) == MISSED_AFTER_SECONDS


def test_a_schedule_that_has_no_more_ticks_has_none_due() -> None:
    over = CronSchedule("0 0 0 1 1 * 2020", "UTC")

    assert due_ticks(over, "all", after=at("12:00"), now=at("18:00")) == Due(skipped=None, send=())


#: Each with all its ticks of a night and the day before it; that they are right is tested elsewhere.
TICKS = {
    schedule: list(ticks_between(schedule, at("00:00"), at("12:00") + 86_400))
    for schedule in [
        CronSchedule("*/5 * * * *", "Europe/Berlin"),
        CronSchedule("*/40 * * * * *", "Europe/Berlin"),
        CronSchedule("7,8,40 */3 * * *", "Europe/Berlin"),
        CronSchedule("30 2 * * *", "Europe/Berlin"),
    ]
}


@settings(max_examples=50, deadline=None)
@given(
    schedule=st.sampled_from(list(TICKS)),
    misfire=st.sampled_from(["latest", "all", "skip"]),
    began=st.floats(0, 50_000),
    passed=st.floats(-5_000, 70_000),
)
def test_every_due_tick_is_either_sent_or_skipped(
    schedule: CronSchedule, misfire: Misfire, began: float, passed: float
) -> None:
    """P15."""
    after = at("00:00") + began
    now = after + passed
    ticks = [tick for tick in TICKS[schedule] if after < tick <= now]
    missed = [tick for tick in ticks if now - tick >= MISSED_AFTER_SECONDS]
    on_time = ticks[len(missed) :]
    made_up = missed[-MAX_MADE_UP:] if misfire == "all" else []
    is_recent = bool(missed) and now - missed[-1] <= MAX_LATEST_AGE_SECONDS
    if misfire == "latest" and is_recent and not on_time:
        made_up = missed[-1:]
    skipped = missed[: len(missed) - len(made_up)]

    due = due_ticks(schedule, misfire, after=after, now=now)

    assert list(due.send) == made_up + on_time
    assert due.skipped == (
        Skipped(count=len(skipped), first=skipped[0], last=skipped[-1]) if skipped else None
    )
