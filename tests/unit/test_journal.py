"""What happened lately in one group, and which texts only grew."""

from __future__ import annotations

import itertools

import pytest

from motia_py.messages import JSON, ChangeType, StreamChange
from motia_py.runtime import hub as hubs
from motia_py.runtime.frames import Channel, Cursor, Delta, Form, StreamClock, read_cursor
from motia_py.runtime.growth import MAX_FOLLOWED, Growth
from motia_py.runtime.hub import StreamHub
from motia_py.runtime.journal import CHANGE_BYTES, MAX_BYTES, MAX_CHANGES, Journal

NOW = 1_766_000_000_000


def change(
    number: int, *, text: str = "", kind: ChangeType = "update", group: str = "room", at: int = 0
) -> StreamChange:
    data: JSON = {"n": number, "text": text, "id": "m1"}
    return StreamChange(
        stream="chat", group=group, id="m1", type=kind, data=data, timestamp_ms=NOW + at + number
    )


def make_growth() -> Growth:
    refs = itertools.count(1)
    return Growth(lambda: next(refs))


@pytest.fixture
def journal() -> Journal:
    return Journal("now.1", make_growth())


def missed(journal: Journal, offset: int, epoch: str = "now.1") -> list[int] | None:
    """The offsets that come after a cursor."""
    found = journal.since(Cursor(epoch, offset))
    return None if found is None else [each.cursor.offset for each in found if each.cursor]


def test_a_cursor_is_followed_by_what_came_after_it(journal: Journal) -> None:
    for number in range(3):
        journal.record(change(number), follows=False)

    assert missed(journal, 0) == [1, 2, 3]
    assert missed(journal, 2) == [3]
    assert missed(journal, 3) == []


def test_a_cursor_of_another_time_or_of_the_future_is_none(journal: Journal) -> None:
    journal.record(change(1), follows=False)

    assert missed(journal, 1, epoch="now.2") is None
    assert missed(journal, 2) is None


def test_only_so_many_changes_are_kept(journal: Journal) -> None:
    for number in range(MAX_CHANGES + 5):
        journal.record(change(number), follows=False)

    assert missed(journal, 4) is None
    assert missed(journal, 5) == list(range(6, MAX_CHANGES + 6))


def test_only_so_many_bytes_are_kept(journal: Journal) -> None:
    for number in range(5):
        journal.record(change(number, text="x" * (MAX_BYTES // 3)), follows=False)

    assert journal.size_bytes <= MAX_BYTES + 2 * CHANGE_BYTES
    assert missed(journal, 3) == [4, 5]


def test_cursors_are_read_back() -> None:
    assert read_cursor(str(Cursor("a-b.1", 7))) == Cursor("a-b.1", 7)
    assert {read_cursor(text) for text in ("", "-1", "a-", "a-x", "a-²", None)} == {None}


def watch(hub: StreamHub[str], group: str, *, cursor: Cursor | None = None) -> Cursor | None:
    """Join as a reader of events; where the group is then, if there is nothing to resume."""
    channel = Channel("chat", group)
    joining = hub.join(
        "a", channel, subscription_id=group, now_ms=NOW, form=Form.EVENTS, cursor=cursor
    )
    if joining.missed is not None:
        return None
    (frame,) = [each for each in hub.finish(joining, []) if b"sync" in each]
    return read_cursor(frame.decode().rpartition("id: ")[2].strip())


def test_a_journal_outlives_its_watchers_for_a_while() -> None:
    hub: StreamHub[str] = StreamHub(StreamClock(), "now")
    cursor = watch(hub, "room")
    hub.drop("a", now_ms=NOW)
    hub.publish(change(1))

    assert watch(hub, "room", cursor=cursor) is None  # it resumes
    hub.drop("a", now_ms=NOW)
    hub.publish(change(2, at=hubs.UNWATCHED_MS + 10))
    assert hub.group_count == 0
    assert watch(hub, "room", cursor=cursor) != cursor


def test_that_while_begins_when_the_last_watcher_goes_however_long_nothing_changed() -> None:
    hub: StreamHub[str] = StreamHub(StreamClock(), "now")
    cursor = watch(hub, "room")
    hub.drop("a", now_ms=NOW + 2 * hubs.UNWATCHED_MS)
    hub.publish(change(1, at=2 * hubs.UNWATCHED_MS + 10, group="other"))

    assert watch(hub, "room", cursor=cursor) is None  # it resumes


def test_a_journal_that_begins_anew_knows_no_old_cursors() -> None:
    hub: StreamHub[str] = StreamHub(StreamClock(), "now")
    first = watch(hub, "room")
    hub.drop("a", now_ms=NOW)
    hub.publish(change(1, at=hubs.UNWATCHED_MS + 10, group="other"))

    second = watch(hub, "room", cursor=first)

    assert first is not None and second is not None
    assert first.epoch != second.epoch


def test_unwatched_journals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MAX_UNWATCHED", 3)
    hub: StreamHub[str] = StreamHub(StreamClock(), "now")
    for number in range(10):
        watch(hub, f"room {number}")
        hub.drop("a", now_ms=NOW)

    assert hub.group_count == 3


def test_all_journals_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that nobody watches go first; then what happened where most happens."""
    monkeypatch.setattr(hubs, "MAX_JOURNAL_BYTES", 3000 + 2 * CHANGE_BYTES)
    hub: StreamHub[str] = StreamHub(StreamClock(), "now")
    unwatched = watch(hub, "unwatched")
    hub.publish(change(1, text="x" * 1000, group="unwatched"))
    hub.drop("a", now_ms=NOW)
    cursor = watch(hub, "room")

    hub.publish(change(2, text="x" * 2500))
    hub.publish(change(3, text="x" * 1000))
    resumed = hub.join(
        "b",
        Channel("chat", "room"),
        subscription_id="s",
        now_ms=NOW,
        form=Form.EVENTS,
        cursor=cursor,
    )

    assert resumed.is_reset
    assert watch(hub, "unwatched", cursor=unwatched) is not None


@pytest.mark.parametrize(
    ("before", "now", "delta"),
    [
        ({"text": "a"}, {"text": "ab"}, ("b", {})),
        ({"text": "a", "n": 1}, {"text": "ab", "n": 2}, ("b", {"n": 2})),
        ({"text": "a"}, {"text": "a", "new": None}, ("", {"new": None})),
        ({"text": "a", "tags": [1]}, {"text": "ab", "tags": [1, 2]}, ("b", {"tags": [1, 2]})),
        ({"text": "a"}, {"text": "b"}, None),
        ({"text": "a"}, {"text": None}, None),
        ({"text": "a", "n": 1}, {"text": "ab"}, None),
    ],
)
def test_a_change_is_short_if_a_text_grew_and_nothing_is_gone(
    before: JSON, now: JSON, delta: tuple[str, JSON] | None
) -> None:
    growth = make_growth()
    first = {"text": ""} | {key: before[key] for key in before if key != "text"}
    growth.follow("m1", first)
    growth.follow("m1", before)

    assert growth.follow("m1", now) == (None if delta is None else Delta(1, "text", delta))


def test_the_first_growth_only_says_what_will_grow() -> None:
    growth = make_growth()
    growth.follow("m1", {"text": "", "short": "x"})

    assert growth.follow("m1", {"text": "long text", "short": "xy"}) == Delta(1, "text", None)


def test_a_text_that_was_replaced_grows_under_another_number() -> None:
    growth = make_growth()
    for text in ("", "a", "other"):
        growth.follow("m1", {"text": text})

    assert growth.follow("m1", {"text": "other!"}) == Delta(2, "text", None)


def test_a_list_that_its_owner_changes_later_counts_as_changed() -> None:
    growth = make_growth()
    tags = [1]
    growth.follow("m1", {"text": "", "tags": tags})
    growth.follow("m1", {"text": "a", "tags": tags})
    tags.append(2)

    assert growth.follow("m1", {"text": "ab", "tags": tags}) == Delta(
        1, "text", ("b", {"tags": [1, 2]})
    )


def test_only_so_many_items_are_followed() -> None:
    growth = make_growth()
    growth.follow("first", {"text": ""})
    for number in range(MAX_FOLLOWED):
        growth.follow(str(number), {"text": ""})

    assert growth.follow("first", {"text": "a"}) is None


@pytest.mark.parametrize(("old", "new"), [(1, True), (False, 0), (True, 1.0)])
def test_a_flag_and_a_number_are_two_values(old: object, new: object) -> None:
    growth = make_growth()
    growth.follow("m1", {"text": "", "n": old})
    growth.follow("m1", {"text": "a", "n": old})

    delta = growth.follow("m1", {"text": "ab", "n": new})

    assert delta is not None and delta.change is not None
    assert [type(value) for value in delta.change[1].values()] == [type(new)]
