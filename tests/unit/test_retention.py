"""The arithmetic of `ttl` and `maxItems`."""

from __future__ import annotations

import pytest

from motia_py.runtime.retention import slack_seconds, surplus, wait_seconds

DAY = 86_400.0


@pytest.mark.parametrize(
    ("ttl_seconds", "slack"), [(0.1, 1), (5, 1), (10, 1), (60, 6), (600, 60), (DAY, 60)]
)
def test_an_item_may_outlive_its_time_by_a_tenth_within_bounds(
    ttl_seconds: float, slack: float
) -> None:
    assert slack_seconds(ttl_seconds) == slack


@pytest.mark.parametrize(("max_items", "too_many"), [(1, ["a", "b"]), (2, ["a"]), (3, []), (4, [])])
def test_the_first_ones_are_too_many(max_items: int, too_many: list[str]) -> None:
    assert surplus(["a", "b", "c"], max_items) == too_many


@pytest.mark.parametrize(
    ("ttl_seconds", "oldest_at", "seconds"),
    [
        (40.0, 980.0, 20.0),  # until the oldest is due
        (40.0, None, 40.0),  # what is written now is due in a whole ttl
        (40.0, 960.5, 2.0),  # those that fall due soon go together
        (40.0, 100.0, 2.0),
        (DAY, None, 60.0),  # the wall clock may be set meanwhile
        (1.0, None, 1.0),
        (0.1, None, 0.5),
    ],
)
def test_the_next_look_comes_when_something_may_be_due(
    ttl_seconds: float, oldest_at: float | None, seconds: float
) -> None:
    assert wait_seconds(ttl_seconds, now=1000.0, oldest_at=oldest_at) == seconds


@pytest.mark.parametrize("ttl_seconds", [0.1, 1.0, 7.0, 40.0, 1000.0, DAY])
@pytest.mark.parametrize("age", [0.0, 0.3, 0.99, 0.9999])
def test_no_look_comes_later_than_the_slack_allows(ttl_seconds: float, age: float) -> None:
    oldest_at = 1000.0 - age * ttl_seconds

    looks_at = 1000.0 + wait_seconds(ttl_seconds, now=1000.0, oldest_at=oldest_at)

    assert looks_at < oldest_at + ttl_seconds + slack_seconds(ttl_seconds)
