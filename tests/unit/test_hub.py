"""Who watches which channel: rooms, frames, and joins without a gap."""

from __future__ import annotations

import json
from typing import Any

import pytest

from motia_py.messages import JSON, ChangeType, StreamChange
from motia_py.runtime.frames import Channel, Form, StreamClock
from motia_py.runtime.hub import Publication, StreamHub
from motia_py.runtime.joining import MAX_HELD_BYTES

NOW = 1_766_000_000_000
GROUP = Channel("todo", "inbox")
ITEM = Channel("todo", "inbox", "t1")


def make_hub() -> StreamHub[str]:
    return StreamHub(StreamClock(), "now")


def change(
    kind: ChangeType,
    data: JSON,
    *,
    id: str | None = "t1",
    group: str = "inbox",
    timestamp_ms: int = NOW + 1000,
) -> StreamChange:
    return StreamChange(
        stream="todo", group=group, id=id, type=kind, data=data, timestamp_ms=timestamp_ms
    )


def join(
    hub: StreamHub[str],
    member: str,
    channel: Channel = GROUP,
    *,
    snapshot: JSON = (),
    subscription_id: str | None = "s1",
) -> list[dict[str, Any]]:
    """Join and finish at once; the frames that the member gets."""
    joining = hub.join(member, channel, subscription_id=subscription_id, now_ms=NOW)
    shown = list(snapshot) if snapshot == () else snapshot
    return [json.loads(frame) for frame in hub.finish(joining, shown)]


def told(publication: Publication[str]) -> list[str]:
    """Who is told at once."""
    return [member for _, members in publication.audience for member in members]


def test_a_group_sync_is_byte_for_byte_what_motia_sends() -> None:
    """SP.3: no `id`, and never the mark that says where an item lives (S0.35)."""
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)

    frames = hub.finish(joining, [{"id": "t1", "description": "x", "__motia": {"id": "t1"}}])

    assert frames == [
        b'{"timestamp":1766000000000,"streamName":"todo","groupId":"inbox",'
        b'"event":{"type":"sync","data":[{"id":"t1","description":"x"}]}}'
    ]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            change("create", {"id": "t1", "text": "é"}),
            b'"id":"t1","event":{"type":"create","data":{"id":"t1","text":"\xc3\xa9"}}}',
        ),
        (
            change("update", {"id": "t1", "__motia": {}}),
            b'"id":"t1","event":{"type":"update","data":{"id":"t1"}}}',
        ),
        (
            change("delete", {"id": "t1"}),
            b'"id":"t1","event":{"type":"delete","data":{"id":"t1"}}}',
        ),
        (
            change("event", {"type": "typing", "data": {"by": "u1"}}),
            b'"id":"t1","event":{"type":"event","event":{"type":"typing","data":{"by":"u1"}}}}',
        ),
        (
            change("event", {"type": "typing", "data": None}, id=None),
            b'"event":{"type":"event","event":{"type":"typing","data":null}}}',
        ),
    ],
)
def test_a_change_is_byte_for_byte_what_motia_sends(sent: StreamChange, expected: bytes) -> None:
    """SP.5, SP.6, SP.7."""
    hub = make_hub()
    join(hub, "a")

    publication = hub.publish(sent)

    head = b'{"timestamp":1766000001000,"streamName":"todo","groupId":"inbox",'
    assert publication.announcement is not None
    assert publication.announcement.frame(Form.MOTIA) == head + expected
    assert told(publication) == ["a"]


def test_a_refusal_is_byte_for_byte_what_motia_sends() -> None:
    """SP.14, SP.16: streamName, groupId and id are echoed, the subscription id is not."""
    frame = make_hub().refuse(Channel("rbac", "g", "i"), "Access denied", now_ms=NOW)

    assert frame == (
        b'{"timestamp":1766000000000,"streamName":"rbac","groupId":"g","id":"i","event":'
        b'{"type":"event","event":{"type":"error","data":'
        b'{"code":"STREAM_ACCESS_DENIED","message":"Access denied"}}}}'
    )


def test_a_delete_with_nothing_to_show_is_not_sent() -> None:
    """Motia's client crashes on it."""
    hub = make_hub()
    join(hub, "a")

    assert told(hub.publish(change("delete", None))) == []


def test_an_empty_group_syncs_with_an_empty_list() -> None:
    """SP.3, S0.29."""
    (frame,) = join(make_hub(), "a")

    assert frame["event"] == {"type": "sync", "data": []}


def test_a_missing_item_sends_no_sync() -> None:
    """SP.4."""
    assert join(make_hub(), "a", ITEM, snapshot=None) == []


def test_an_item_syncs_with_its_id() -> None:
    """SP.4."""
    (frame,) = join(make_hub(), "a", ITEM, snapshot={"id": "t1"})

    assert frame["id"] == "t1"
    assert frame["event"] == {"type": "sync", "data": {"id": "t1"}}


def test_an_items_change_reaches_the_watchers_of_group_and_item() -> None:
    """SP.8."""
    hub = make_hub()
    join(hub, "of group")
    join(hub, "of item", ITEM, snapshot=None)
    join(hub, "of another item", Channel("todo", "inbox", "t2"), snapshot=None)

    publication = hub.publish(change("create", {"id": "t1"}))

    assert told(publication) == ["of group", "of item"]


def test_a_member_that_watches_group_and_item_is_told_once() -> None:
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id="s1")
    join(hub, "a", ITEM, subscription_id="s2", snapshot=None)
    join(hub, "a", GROUP, subscription_id="s3")

    assert told(hub.publish(change("create", {"id": "t1"}))) == ["a"]


@pytest.mark.parametrize("group", ["inbo", "inbox2", "INBOX", ""])
def test_groups_are_told_apart_exactly(group: str) -> None:
    """S0.25: a group whose name begins with another's is not that group."""
    hub = make_hub()
    join(hub, "a", GROUP)
    join(hub, "b", ITEM, snapshot=None)

    assert told(hub.publish(change("create", {"id": "t1"}, group=group))) == []


def test_an_event_to_a_whole_group_does_not_reach_watchers_of_an_item() -> None:
    hub = make_hub()
    join(hub, "a", ITEM, snapshot=None)

    assert told(hub.publish(change("event", {"type": "x", "data": 1}, id=None))) == []


def test_who_never_joined_is_told_nothing() -> None:
    """SP.17."""
    assert told(make_hub().publish(change("create", {"id": "t1"}))) == []


def test_leaving_ends_one_subscription_and_no_other() -> None:
    """SP.9."""
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id="s1")
    join(hub, "a", GROUP, subscription_id="s2")

    assert hub.leave("a", "s1", now_ms=NOW) == GROUP
    assert told(hub.publish(change("create", {"id": "t1"}))) == ["a"]
    assert hub.leave("a", "s2", now_ms=NOW) == GROUP
    assert told(hub.publish(change("update", {"id": "t1"}))) == []


def test_leaving_what_was_never_joined_does_nothing() -> None:
    hub = make_hub()
    join(hub, "a")

    assert hub.leave("a", "unknown", now_ms=NOW) is None
    assert hub.leave("b", "s1", now_ms=NOW) is None
    assert hub.count("a") == 1


def test_another_sockets_subscription_id_is_its_own() -> None:
    """A client that reconnects before its old socket is gone uses the same ids again."""
    hub = make_hub()
    join(hub, "old socket")
    join(hub, "new socket")

    hub.drop("old socket", now_ms=NOW)

    assert told(hub.publish(change("create", {"id": "t1"}))) == ["new socket"]


def test_a_subscription_id_that_is_used_again_moves_to_the_new_channel() -> None:
    hub = make_hub()
    join(hub, "a", GROUP)
    join(hub, "a", Channel("todo", "other"))

    assert told(hub.publish(change("create", {"id": "t1"}))) == []
    assert told(hub.publish(change("create", {"id": "t1"}, group="other"))) == ["a"]
    assert hub.count("a") == 1


def test_a_join_without_subscription_id_lasts_until_the_member_is_dropped() -> None:
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id=None)
    join(hub, "a", ITEM, subscription_id=None, snapshot=None)
    join(hub, "a", GROUP, subscription_id=None)

    assert hub.count("a") == 2
    assert list(hub.drop("a", now_ms=NOW)) == [ITEM, GROUP]


def test_nothing_of_a_dropped_member_is_left() -> None:
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id="s1")
    join(hub, "a", ITEM, subscription_id="s2", snapshot=None)
    hub.join("a", Channel("todo", "other"), subscription_id="s3", now_ms=NOW)

    hub.drop("a", now_ms=NOW)

    assert (hub.member_count, hub.group_count) == (0, 0)


def test_changes_during_a_join_follow_its_snapshot() -> None:
    """SP.12: no gap between the snapshot and what comes live."""
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)

    while_joining = hub.publish(change("create", {"id": "t1"}))
    frames = [json.loads(frame) for frame in hub.finish(joining, [])]
    later = hub.publish(change("update", {"id": "t1", "n": 1}))

    assert told(while_joining) == []
    assert [frame["event"]["type"] for frame in frames] == ["sync", "create"]
    assert frames[0]["timestamp"] < frames[1]["timestamp"]
    assert told(later) == ["a"]


def test_a_join_holds_back_only_what_it_covers() -> None:
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id="s1")
    joining = hub.join("a", ITEM, subscription_id="s2", now_ms=NOW)

    of_another_item = hub.publish(change("create", {"id": "t2"}, id="t2"))
    of_the_item = hub.publish(change("create", {"id": "t1"}))

    assert told(of_another_item) == ["a"]
    assert told(of_the_item) == []
    assert len(hub.finish(joining, None)) == 1


def test_what_a_running_subscription_covers_is_held_too_while_the_group_is_joined() -> None:
    """Motia's client drops a group's snapshot that is older than a change of it that it saw."""
    hub = make_hub()
    join(hub, "a", ITEM, subscription_id="s1", snapshot={"id": "t1"})
    joining = hub.join("a", GROUP, subscription_id="s2", now_ms=NOW)

    while_joining = hub.publish(change("update", {"id": "t1", "n": 1}))

    assert told(while_joining) == []
    types = [json.loads(frame)["event"]["type"] for frame in hub.finish(joining, [{"id": "t1"}])]
    assert types == ["sync", "update"]


@pytest.mark.parametrize(
    ("watched", "joined", "snapshot"),
    [(ITEM, GROUP, [{"id": "t1", "n": 2}]), (GROUP, ITEM, {"id": "t1", "n": 2})],
)
def test_what_a_snapshot_shows_is_still_told_to_the_members_other_subscription(
    watched: Channel, joined: Channel, snapshot: JSON
) -> None:
    """The snapshot of a group is nothing to a watcher of its item, nor the other way round."""
    hub = make_hub()
    join(hub, "a", watched, subscription_id="s1", snapshot=[] if watched is GROUP else None)
    joining = hub.join("a", joined, subscription_id="s2", now_ms=NOW)
    hub.publish(change("update", {"id": "t1", "n": 1}))
    hub.publish(change("update", {"id": "t1", "n": 2}))

    frames = [json.loads(frame)["event"] for frame in hub.finish(joining, snapshot)]

    assert [event["type"] for event in frames] == ["sync", "update"]
    assert frames[1]["data"] == {"id": "t1", "n": 2}


def test_a_member_that_reads_a_group_in_two_forms_is_told_what_was_held_once() -> None:
    hub = make_hub()
    join(hub, "a", GROUP, subscription_id="s1")
    joining = hub.join("a", GROUP, subscription_id="s2", now_ms=NOW, form=Form.CURSORS)
    hub.publish(change("create", {"id": "t1"}))

    assert len(hub.finish(joining, [])) == 2


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        ([], ["create 1", "update 2", "update 3"]),
        ([{"id": "t1", "n": 1}], ["update 2", "update 3"]),
        ([{"id": "t1", "n": 2}], ["update 3"]),
        ([{"id": "t1", "n": 3}], []),
        ([{"id": "t1", "n": 0}], ["create 1", "update 2", "update 3"]),
    ],
)
def test_a_watcher_is_never_taken_back_behind_its_snapshot(
    snapshot: JSON, expected: list[str]
) -> None:
    """S0.11: the snapshot may already show some of what was held while it was read."""
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)
    hub.publish(change("create", {"id": "t1", "n": 1}))
    hub.publish(change("update", {"id": "t1", "n": 2}))
    hub.publish(change("update", {"id": "t1", "n": 3}))

    frames = [json.loads(frame)["event"] for frame in hub.finish(joining, snapshot)]

    assert [f"{event['type']} {event['data']['n']}" for event in frames[1:]] == expected


def test_a_held_delete_that_the_snapshot_shows_is_dropped_and_events_never_are() -> None:
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)
    hub.publish(change("event", {"type": "bye", "data": None}))
    hub.publish(change("delete", {"id": "t1"}))

    frames = [json.loads(frame)["event"] for frame in hub.finish(joining, [])]

    assert [event["type"] for event in frames] == ["sync", "event"]


def test_a_subscription_that_moves_tells_which_channel_it_left() -> None:
    hub = make_hub()
    first = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)
    hub.finish(first, [])

    second = hub.join("a", ITEM, subscription_id="s1", now_ms=NOW)

    assert (first.left, second.left) == (None, GROUP)
    assert hub.drop("a", now_ms=NOW) == [ITEM]


def test_a_member_that_went_during_its_join_gets_nothing() -> None:
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)
    hub.drop("a", now_ms=NOW)

    assert hub.finish(joining, []) == ()


def test_a_member_joins_one_channel_at_a_time() -> None:
    hub = make_hub()
    hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)

    with pytest.raises(RuntimeError, match="one channel at a time"):
        hub.join("a", ITEM, subscription_id="s2", now_ms=NOW)


def test_what_is_held_for_a_join_is_bounded() -> None:
    hub = make_hub()
    joining = hub.join("a", GROUP, subscription_id="s1", now_ms=NOW)

    for n in range(3):
        hub.publish(change("update", {"id": "t1", "n": n, "text": "x" * (MAX_HELD_BYTES // 2)}))

    assert joining.has_overflowed


def test_timestamps_rise_strictly_whatever_the_clock_does() -> None:
    """SP.10: Motia's clients drop a frame that is not newer than the last."""
    clock = StreamClock(last_ms=500)

    stamps = [clock.next(now) for now in (100, 100, 501, 1000, 1000, 900, 2000)]

    assert stamps == [501, 502, 503, 1000, 1001, 1002, 2000]
