"""What waits for one slow reader."""

from __future__ import annotations

import json

import pytest

from motia_py.messages import JSON, ChangeType, StreamChange
from motia_py.runtime.frames import Announcement, Form
from motia_py.runtime.outbox import Outbox


def told(kind: ChangeType, number: int, *, id: str | None = "m1") -> Announcement:
    data: JSON = {"n": number, "id": id}
    return Announcement(
        StreamChange(stream="chat", group="room", id=id, type=kind, data=data, timestamp_ms=number)
    )


def taken(outbox: Outbox) -> list[str]:
    """The type and number of each frame, in order."""
    frames = []
    while outbox:
        event = json.loads(outbox.take())["event"]
        data = event.get("data") or event["event"]
        frames.append(f"{event['type']} {data['n']}")
    return frames


def put(outbox: Outbox, *announcements: Announcement) -> None:
    for announcement in announcements:
        outbox.put(announcement, Form.MOTIA)


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ("create", "update", ["create 2"]),
        ("create", "delete", []),
        ("update", "update", ["update 2"]),
        ("update", "delete", ["delete 2"]),
        ("delete", "create", ["update 2"]),
    ],
)
def test_two_changes_of_one_item_become_one(
    first: ChangeType, second: ChangeType, merged: list[str]
) -> None:
    outbox = Outbox(merges_above=-1)

    put(outbox, told(first, 1), told(second, 2))

    assert taken(outbox) == merged
    assert outbox.size_bytes == 0


def test_what_was_said_and_other_items_are_never_merged() -> None:
    outbox = Outbox(merges_above=-1)

    put(outbox, told("event", 1), told("event", 2), told("event", 3, id=None))
    put(outbox, told("update", 4, id="m1"), told("update", 5, id="m2"))

    assert taken(outbox) == ["event 1", "event 2", "event 3", "update 4", "update 5"]


def test_a_merged_change_takes_the_place_of_the_later() -> None:
    """Else it would be told before what is older than it."""
    outbox = Outbox(merges_above=-1)

    put(outbox, told("update", 1), told("event", 2, id=None), told("update", 3))

    assert taken(outbox) == ["event 2", "update 3"]


def test_a_little_waits_in_order() -> None:
    outbox = Outbox(merges_above=10_000)

    put(outbox, *(told("update", number) for number in range(20)))

    assert taken(outbox) == [f"update {number}" for number in range(20)]


def test_above_the_bound_only_the_last_of_an_item_stays() -> None:
    outbox = Outbox(merges_above=1000)

    put(outbox, *(told("update", number) for number in range(500)))

    assert outbox.size_bytes < 1300
    assert taken(outbox)[-1] == "update 499"


def test_what_is_no_change_does_not_count() -> None:
    outbox = Outbox(merges_above=-1)

    outbox.put_frame(b"x" * 1000)

    assert outbox.size_bytes == 0
    assert outbox.take() == b"x" * 1000


def test_a_deletion_leaves_nothing_of_a_bare_item() -> None:
    outbox = Outbox(merges_above=-1)

    for announcement in (told("update", 1), told("delete", 2)):
        outbox.put(announcement, Form.ITEMS)

    assert not outbox
