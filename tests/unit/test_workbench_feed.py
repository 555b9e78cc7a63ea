"""The feeds of the workbench: numbered, bounded, and honest about what is gone."""

from __future__ import annotations

import pytest

from motia_py.runtime.frames import Cursor
from motia_py.web.workbench.feed import UNKNOWN, Feed, cursor_of


def feed_of(count: int, size: int = 10) -> Feed[int]:
    feed: Feed[int] = Feed("e", size)
    for number in range(1, count + 1):
        feed.append(number)
    return feed


@pytest.mark.parametrize(
    ("count", "offset", "limit", "items", "dropped"),
    [
        (0, 0, 5, [], 0),
        (3, 0, 5, [1, 2, 3], 0),
        (3, 2, 5, [3], 0),
        (3, 3, 5, [], 0),
        (25, 20, 10, [21, 22, 23, 24, 25], 0),
        (25, 10, 10, list(range(16, 26)), 5),
        (25, 20, 2, [24, 25], 3),
        (25, 10, 2, [24, 25], 13),
        (3, 4, 5, [1, 2, 3], UNKNOWN),
    ],
)
def test_what_came_after_a_cursor(
    count: int, offset: int, limit: int, items: list[int], dropped: int
) -> None:
    missed = feed_of(count).since(Cursor("e", offset), limit)
    assert (missed.items, missed.dropped, missed.cursor) == (items, dropped, Cursor("e", count))


def test_a_cursor_of_another_process_gets_what_there_is() -> None:
    missed = feed_of(25).since(Cursor("other", 20), 4)
    assert (missed.items, missed.dropped) == ([22, 23, 24, 25], UNKNOWN)


def test_no_cursor_stands_for_now_and_nonsense_for_long_ago() -> None:
    feed = feed_of(3)
    assert cursor_of(None, feed) == Cursor("e", 3)
    assert cursor_of("e-2", feed) == Cursor("e", 2)
    assert feed.since(cursor_of("nonsense", feed), 5).dropped == UNKNOWN


def test_listeners_hear_of_each_item_until_they_end() -> None:
    feed = feed_of(0)
    heard: list[str] = []
    end = feed.listen(lambda: heard.append("a"))
    feed.listen(lambda: heard.append("b"))
    feed.append(1)
    end()
    feed.append(2)
    assert heard == ["a", "b", "b"]
