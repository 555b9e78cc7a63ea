"""When cron expressions fire, above all where the clock changes."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.errors import ConfigError
from motia_py.project.schedule import SHORTHANDS, CronSchedule


def at(text: str) -> float:
    """An ISO time with its offset, as seconds since the epoch."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.timestamp()


def ticks(schedule: CronSchedule, after: float, until: float) -> list[float]:
    """Every tick later than `after` and not later than `until`."""
    found: list[float] = []
    tick = schedule.next_after(after)
    while tick is not None and tick <= until:
        found.append(tick)
        tick = schedule.next_after(tick)
    return found


def shown(timestamps: list[float], zone: str) -> list[str]:
    return [datetime.fromtimestamp(each, ZoneInfo(zone)).isoformat() for each in timestamps]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Wednesday, 2024-05-01 12:00:00 is where it starts.
        ("*/5 * * * *", "2024-05-01T12:05:00Z"),
        ("0 * * * *", "2024-05-01T13:00:00Z"),
        ("  30   9 * *  * ", "2024-05-02T09:30:00Z"),
        ("0 0 1 * *", "2024-06-01T00:00:00Z"),
        ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ("0 9-17/4 * * *", "2024-05-01T13:00:00Z"),
        ("5,35 13 * * *", "2024-05-01T13:05:00Z"),
        ("0 0 L * *", "2024-05-31T00:00:00Z"),
        ("0 0 * * fri#2", "2024-05-10T00:00:00Z"),
        # A day of the month or a day of the week: either is enough.
        ("0 0 13 * fri", "2024-05-03T00:00:00Z"),
        # Names, and both Sundays.
        ("0 0 * jul *", "2024-07-01T00:00:00Z"),
        ("0 0 * * MON-FRI", "2024-05-02T00:00:00Z"),
        ("0 0 * * sun", "2024-05-05T00:00:00Z"),
        ("0 0 * * 0", "2024-05-05T00:00:00Z"),
        ("0 0 * * 7", "2024-05-05T00:00:00Z"),
        ("0 0 * * 6-7", "2024-05-04T00:00:00Z"),
        # Six fields: seconds first.
        ("*/10 * * * * *", "2024-05-01T12:00:10Z"),
        ("30 5 * * * *", "2024-05-01T12:05:30Z"),
        ("15 30 9 * * 1", "2024-05-06T09:30:15Z"),
        # Seven: the year last.
        ("0 0 0 1 1 * 2030", "2030-01-01T00:00:00Z"),
        ("0 30 12 * * * 2024-2025", "2024-05-01T12:30:00Z"),
        # Shorthands.
        ("@hourly", "2024-05-01T13:00:00Z"),
        ("@daily", "2024-05-02T00:00:00Z"),
        ("@midnight", "2024-05-02T00:00:00Z"),
        ("@weekly", "2024-05-05T00:00:00Z"),
        ("@monthly", "2024-06-01T00:00:00Z"),
        ("@yearly", "2025-01-01T00:00:00Z"),
        (" @Annually ", "2025-01-01T00:00:00Z"),
    ],
)
def test_an_expression_names_its_next_tick(expression: str, expected: str) -> None:
    schedule = CronSchedule(expression, "UTC")

    assert schedule.next_after(at("2024-05-01T12:00:00Z")) == at(expected)


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 0 1 1 * 2020"])
def test_an_expression_that_never_fires_has_no_next_tick(expression: str) -> None:
    assert CronSchedule(expression, "UTC").next_after(at("2024-05-01T12:00:00Z")) is None


def test_the_next_tick_is_later_even_by_a_fraction() -> None:
    schedule = CronSchedule("* * * * * *", "UTC")

    assert schedule.next_after(100.0) == 101.0
    assert schedule.next_after(100.5) == 101.0
    assert schedule.next_after(99.999) == 100.0


BAD_EXPRESSIONS = """
* * * *, * * * * * * * *, 60 * * * *, * 24 * * *, * * 0 * *, * * * 13 *, * * * * 8, 60 * * * * *
*/0 * * * *, a * * * *, 1.5 * * * *, * * * frob *, @reboot, @fortnightly, every 5 minutes
H * * * *, R R * * *, R(0-30) 0 * * *
"""


@pytest.mark.parametrize("expression", ["", *re.split(r", |\n", BAD_EXPRESSIONS.strip())])
def test_a_bad_expression_is_refused_with_advice(expression: str) -> None:
    with pytest.raises(ConfigError, match="cron expression") as refusal:
        CronSchedule(expression)

    assert repr(expression) in str(refusal.value)
    assert "5 fields (minute hour" in refusal.value.advice
    assert all(shorthand in refusal.value.advice for shorthand in SHORTHANDS)


@pytest.mark.parametrize(
    ("tz", "suggestion"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("america/new_york", "America/New_York"),
        ("Europe", "Europe/"),
        ("../../etc/passwd", "IANA name"),
        ("", "IANA name"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_name(tz: str, suggestion: str) -> None:
    with pytest.raises(ConfigError, match="unknown time zone") as refusal:
        CronSchedule("@daily", tz)

    assert suggestion in refusal.value.advice


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("0123456789*/,-#?LWmonja ", max_size=5), min_size=5, max_size=7).map(" ".join)
)
def test_any_text_is_understood_or_refused(expression: str) -> None:
    try:
        schedule = CronSchedule(expression, "UTC")
    except ConfigError:
        return
    tick = schedule.next_after(1_700_000_000.0)
    assert tick is None or tick > 1_700_000_000.0


def test_schedules_are_equal_by_expression_and_zone() -> None:
    """A reload makes them anew; what compares equal keeps its timers."""
    schedule = CronSchedule("@daily", "UTC")

    assert schedule == CronSchedule("@daily", "UTC")
    assert hash(schedule) == hash(CronSchedule("@daily", "UTC"))
    assert schedule not in (CronSchedule("@daily"), CronSchedule("@hourly", "UTC"), "@daily")


BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"

#: Expression | after .. until (in 2024) | the ticks between them; a line with only a zone above.
CLOCK_CHANGES = """
Europe/Berlin
# 31 March: 02:00 becomes 03:00.
# A fixed time in the gap runs once right after it, and as always on the next day.
30 2 * * * | 03-30T12:00+01 .. 04-01T12:00+02 | 03-31T03:00+02 04-01T02:30+02
# Also when several of its times fall into the gap, and one right behind it.
0,40 2,3 * * * | 03-30T12:00+01 .. 03-31T12:00+02 | 03-31T03:00+02 03-31T03:40+02
*/20 30 2 * * * | 03-30T12:00+01 .. 03-31T12:00+02 | 03-31T03:00+02
# The first moment of the gap is in it; the moment behind it is not.
0 2 * * * | 03-30T12:00+01 .. 03-31T12:00+02 | 03-31T03:00+02
0 3 * * * | 03-30T12:00+01 .. 03-31T12:00+02 | 03-31T03:00+02
# A job of another day does not run after the gap.
30 2 * * mon | 03-30T12:00+01 .. 03-31T12:00+02 |
# Wildcards follow real time: each hour, and nothing in an hour that was not.
30 * * * * | 03-31T01:00+01 .. 03-31T04:00+02 | 03-31T01:30+01 03-31T03:30+02
*/30 2 * * * | 03-31T01:00+01 .. 03-31T12:00+02 |
# 27 October: 03:00 becomes 02:00.
# A fixed time in the overlap is not repeated.
30 2 * * * | 10-26T12:00+02 .. 10-28T12:00+01 | 10-27T02:30+02 10-28T02:30+01
# Nor if it is asked for between the passes, or in the second one.
30 2 * * * | 10-27T02:45+02 .. 10-28T12:00+01 | 10-28T02:30+01
30 2 * * * | 10-27T02:15+01 .. 10-28T12:00+01 | 10-28T02:30+01
# What the overlap ends with comes once, after both passes.
0 3 * * * | 10-26T12:00+02 .. 10-27T12:00+01 | 10-27T03:00+01
# Wildcards follow real time, in both passes.
*/30 * * * * | 10-27T01:45+02 .. 10-27T02:15+01 | 10-27T02:00+02 10-27T02:30+02 10-27T02:00+01
* 2 27 10 * | 10-27T02:58+02 .. 10-27T02:01+01 | 10-27T02:59+02 10-27T02:00+01 10-27T02:01+01
America/New_York
# 10 March: 02:00 becomes 03:00; 3 November: 02:00 becomes 01:00.
15 2 * * * | 03-09T12:00-05 .. 03-11T12:00-04 | 03-10T03:00-04 03-11T02:15-04
0 */2 * * * | 03-10T00:00-05 .. 03-10T06:00-04 | 03-10T04:00-04 03-10T06:00-04
15 1 * * * | 11-02T12:00-04 .. 11-04T12:00-05 | 11-03T01:15-04 11-04T01:15-05
15 * * * * | 11-03T01:00-04 .. 11-03T02:00-05 | 11-03T01:15-04 11-03T01:15-05
Australia/Lord_Howe
# By half an hour. 7 April: 02:00 becomes 01:30; 6 October: 02:00 becomes 02:30.
45 1 * * * | 04-06T12:00+11 .. 04-08T12:00+1030 | 04-07T01:45+11 04-08T01:45+1030
*/15 * * * * | 04-07T01:30+11 .. 04-07T01:40+1030 | 04-07T01:45+11 04-07T01:30+1030
10 2 * * * | 10-05T12:00+1030 .. 10-07T12:00+11 | 10-06T02:30+11 10-07T02:10+11
40 2 * * * | 10-05T12:00+1030 .. 10-06T12:00+11 | 10-06T02:40+11
*/20 * * * * | 10-06T01:30+1030 .. 10-06T02:50+11 | 10-06T01:40+1030 10-06T02:40+11
Asia/Beirut
# 31 March: midnight becomes 01:00. @daily runs all the same.
@daily | 03-30T12:00+02 .. 04-01T12:00+03 | 03-31T01:00+03 04-01T00:00+03
"""


def clock_changes() -> Iterator[tuple[str, str]]:
    zone = ""
    for line in CLOCK_CHANGES.splitlines():
        if "|" in line:
            yield zone, line
        elif line and not line.startswith("#"):
            zone = line


@pytest.mark.parametrize(("zone", "row"), list(clock_changes()))
def test_clock_changes_follow_vixie(zone: str, row: str) -> None:
    """P16."""
    expression, span, expected = row.split("|")
    after, until = (at(f"2024-{moment.strip()}") for moment in span.split(" .. "))

    found = ticks(CronSchedule(expression, zone), after, until)

    assert shown(found, zone) == shown([at(f"2024-{each}") for each in expected.split()], zone)


def test_a_job_of_a_day_that_was_skipped_runs_right_after_it() -> None:
    """Samoa went from 29 to 31 December 2011."""
    schedule = CronSchedule("0 12 * * *", "Pacific/Apia")

    found = ticks(schedule, at("2011-12-29T00:00-10:00"), at("2011-12-31T23:00+14:00"))

    assert shown(found, "Pacific/Apia") == [
        "2011-12-29T12:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T12:00:00+14:00",
    ]


# The oracle: a cron that wakes at each minute of real time and reads the clock on the wall, with
# a field reader of its own. It shares no code and no idea with the schedule it judges.

EXPRESSIONS = [
    "* * * * *",
    "*/7 * * * *",
    "30 * * * *",
    "0 */2 * * *",
    "*/20 2 * * *",
    "30 2 * * *",
    "0 2 * * *",
    "0 3 * * *",
    "15,45 1-3 * * *",
    "0-59/20 2,3 * * *",
    "45 1 * * 0",
    "0 0 * * *",
    "59 23 * * *",
    "10 2 1-7,25-31 3,4,10,11 *",
    "10 1 8 * 0",
]


def read_field(field: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start, end = (low, high) if span == "*" else (int(first), int(last or first))
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)


def wall_matcher(expression: str) -> Callable[[int], bool]:
    """Says whether a wall-clock time, in minutes as if it were UTC, matches."""
    minute, hour, day, month, weekday = expression.split()
    minutes, hours = read_field(minute, 0, 59), read_field(hour, 0, 23)
    days, months = read_field(day, 1, 31), read_field(month, 1, 12)
    weekdays = {value % 7 for value in read_field(weekday, 0, 7)}

    @cache
    def day_matches(number: int) -> bool:
        date = datetime.fromtimestamp(number * 86_400, UTC)
        on_day, on_weekday = date.day in days, date.isoweekday() % 7 in weekdays
        either = day != "*" and weekday != "*"
        return date.month in months and (
            (on_day or on_weekday) if either else (on_day and on_weekday)
        )

    def matches(wall: int) -> bool:
        return wall % 60 in minutes and wall // 60 % 24 in hours and day_matches(wall // 1440)

    return matches


def simulated(expression: str, walls: dict[int, int]) -> list[float]:
    """The ticks of a cron that looks at the wall in each minute of `walls` (instant -> wall)."""
    matches = wall_matcher(expression)
    minute, hour = expression.split()[:2]
    if "*" in minute or "*" in hour:
        return [instant * 60.0 for instant, wall in walls.items() if matches(wall)]
    found: list[float] = []
    latest = next(iter(walls.values())) - 1
    for instant, wall in walls.items():
        # What was skipped is made up for at once; what was there before is not done again.
        if any(matches(passed) for passed in range(latest + 1, wall + 1)):
            found.append(instant * 60.0)
        latest = max(latest, wall)
    return found


@cache
def wall_clock(zone: str, first: int, last: int) -> dict[int, int]:
    """What the wall shows in each minute from `first` to `last`, both in minutes."""
    info = ZoneInfo(zone)
    walls: dict[int, int] = {}
    for instant in range(first, last + 1):
        offset = datetime.fromtimestamp(instant * 60, info).utcoffset()
        assert offset is not None
        walls[instant] = instant + int(offset.total_seconds()) // 60
    return walls


@cache
def windows(zone: str) -> list[tuple[int, int]]:
    """Six hours on each side of each clock change from 2020 to 2029, in minutes."""
    info = ZoneInfo(zone)
    hours = range(int(at("2020-01-01T00:00Z")) // 3600, int(at("2030-01-01T00:00Z")) // 3600)
    offsets = {hour: datetime.fromtimestamp(hour * 3600, info).utcoffset() for hour in hours}
    changes = [late for early, late in pairwise(hours) if offsets[early] != offsets[late]]
    return [((hour - 6) * 60, (hour + 6) * 60) for hour in changes]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize(
    "zone", [BERLIN, NEW_YORK, LORD_HOWE, "Africa/Casablanca", "Asia/Beirut", "America/Santiago"]
)
def test_ten_years_of_clock_changes_agree_with_a_simulated_cron(zone: str, expression: str) -> None:
    """P16, A26."""
    schedule = CronSchedule(expression, zone)
    assert len(windows(zone)) >= 19

    for first, last in windows(zone):
        expected = simulated(expression, wall_clock(zone, first, last))
        found = ticks(schedule, first * 60.0 - 1, last * 60.0)

        assert shown(found, zone) == shown(expected, zone)


@pytest.mark.parametrize(
    "expression",
    ["0 */2 * * *", "30 2 * * *", "15,45 1-3 * * *", "10 2 1-7,25-31 3,4,10,11 *", "10 1 8 * 0"],
)
def test_a_whole_year_agrees_with_a_simulated_cron(expression: str) -> None:
    first, last = int(at("2023-01-01T00:00Z")) // 60, int(at("2024-01-01T00:00Z")) // 60
    schedule = CronSchedule(expression, BERLIN)

    expected = simulated(expression, wall_clock(BERLIN, first, last))

    assert ticks(schedule, first * 60.0 - 1, last * 60.0) == expected


@pytest.fixture
def machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", BERLIN)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("expression", ["30 2 * * *", "*/30 * * * *", "0 3 * * *"])
@pytest.mark.usefixtures("machine_in_berlin")
def test_without_a_zone_the_machines_own_counts(expression: str) -> None:
    span = (at("2024-03-29T00:00Z"), at("2024-11-01T00:00Z"))

    own, named = CronSchedule(expression), CronSchedule(expression, BERLIN)

    assert ticks(own, *span) == ticks(named, *span) != []


@pytest.mark.parametrize(
    ("expression", "timestamp", "expected"),
    [
        ("*/5 * * * *", "2024-05-01T12:04:59Z", "2024-05-01T12:00:00Z"),
        ("*/5 * * * *", "2024-05-01T12:05:00Z", "2024-05-01T12:05:00Z"),
        ("* * * * * *", "2024-05-01T12:04:59Z", "2024-05-01T12:04:59Z"),
        ("1,2 * * * * *", "2024-05-01T12:04:28Z", "2024-05-01T12:04:02Z"),
        ("1,2 * * * * *", "2024-05-01T12:04:29Z", "2024-05-01T12:04:02Z"),
        ("0 0 29 2 *", "2023-05-01T00:00:00Z", "2020-02-28T23:00:00Z"),
        ("0 0 0 1 1 * 2020", "2024-05-01T00:00:00Z", "2019-12-31T23:00:00Z"),
        ("30 2 * * *", "2024-03-31T12:00:00Z", "2024-03-31T01:00:00Z"),
        ("30 2 * * *", "2024-10-27T01:45:00Z", "2024-10-27T00:30:00Z"),
    ],
)
def test_the_previous_tick_is_the_last_one_until_then(
    expression: str, timestamp: str, expected: str
) -> None:
    schedule = CronSchedule(expression, BERLIN)

    assert schedule.previous_at_or_before(at(timestamp)) == at(expected)


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 0 1 1 * 2030"])
def test_before_the_first_tick_there_is_no_previous_one(expression: str) -> None:
    schedule = CronSchedule(expression, "UTC")

    assert schedule.previous_at_or_before(at("2024-05-01T12:00:00Z")) is None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_previous_and_next_ticks_agree_across_a_clock_change(expression: str) -> None:
    schedule = CronSchedule(expression, BERLIN)
    known = ticks(schedule, at("2024-10-01T00:00Z"), at("2024-10-29T00:00Z"))
    start, end = int(at("2024-10-26T12:00Z")), int(at("2024-10-28T00:00Z"))
    moments = range(start, end, 1_733)

    previous = [schedule.previous_at_or_before(moment) for moment in moments]

    assert previous == [known[bisect_right(known, moment) - 1] for moment in moments]


def test_the_wrong_number_of_fields_is_said_with_an_example() -> None:
    with pytest.raises(ConfigError, match=r"5, 6 or 7 fields, for example 0 9 \* \* \*"):
        CronSchedule("every 5 minutes")
