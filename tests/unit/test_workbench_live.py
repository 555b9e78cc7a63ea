"""What the live sockets tell of a topic: written once for all who heard as much so far."""

from __future__ import annotations

import json
from typing import Any

from motia_py.runtime.frames import Cursor
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.live import News, Source
from motia_py.web.workbench.views import ReloadView


def reload_of(revision: int) -> ReloadView:
    return ReloadView(
        revision=revision, added=[], changed=[], removed=[], failures=[], seconds=0.0, at=0.0
    )


def told(news: News) -> list[int]:
    """The revisions in it."""
    return (
        [] if news.text is None else [each["revision"] for each in json.loads(news.text)["reloads"]]
    )


def test_clients_that_heard_the_same_are_told_the_same_text_until_there_is_more() -> None:
    written: list[list[int]] = []

    def shown(items: list[int]) -> dict[str, list[Any]]:
        written.append(items)
        return {"reloads": [reload_of(item) for item in items]}

    feed: Feed[int] = Feed("e", 10)
    source = Source(feed, shown)
    for number in (1, 2):
        feed.append(number)
    start = Cursor("e", 0)

    first, second = source.news("project", start), source.news("project", start)
    assert (told(first), second.text, written) == ([1, 2], first.text, [[1, 2]])

    feed.append(3)
    assert told(source.news("project", start)) == [1, 2, 3]
    assert told(source.news("project", first.until)) == [3]
    assert told(source.news("project", feed.cursor)) == []
