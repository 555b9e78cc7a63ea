"""Every sentence of `Engine`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from motia_py.clock import FakeClock
from motia_py.errors import NotJSON, UpdateFailed
from motia_py.interfaces import Engine
from motia_py.messages import (
    JSON,
    STATE_SPACE,
    Change,
    DeadLetter,
    Delivery,
    Lane,
    QueueCounts,
    Write,
)

LANE = Lane("audit", "state")


def new(id: str, **fields: Any) -> Delivery:
    return Delivery(**{"id": id, "lane": LANE, "topic": "t", "data": {}, "trace_id": "t", **fields})


def setting(key: str, value: JSON) -> Write:
    return Write(space=STATE_SPACE, group="g", key=key, kind="set", value=value)


async def claim(engine: Engine, clock: FakeClock) -> Sequence[Delivery]:
    return await engine.queue.claim(LANE, limit=100, now=clock.now())


async def claim_one(engine: Engine, clock: FakeClock) -> Delivery:
    (claimed,) = await claim(engine, clock)
    return claimed


async def reopen(engine: Engine) -> None:
    await engine.__aexit__(None, None, None)
    await engine.__aenter__()


async def test_a_commit_writes_pushes_and_acks(engine: Engine, clock: FakeClock) -> None:
    await engine.queue.push([new("done")])
    done = await claim_one(engine, clock)

    changes, stored = await engine.commit(
        writes=[setting("a", 1), setting("b", 2)],
        deliveries=lambda changes: [new(f"on-{change.key}") for change in changes],
        acks=[done],
    )

    assert [(change.key, change.new_value) for change in changes] == [("a", 1), ("b", 2)]
    assert [each.id for each in stored] == ["on-a", "on-b"]
    assert await engine.state.get(STATE_SPACE, "g", "b") == 2
    assert [each.id for each in await claim(engine, clock)] == ["on-a", "on-b"]
    assert not await engine.queue.ack(done)


async def test_deliveries_follow_from_what_the_writes_did(engine: Engine) -> None:
    await engine.state.write([setting("k", "old")])
    seen: list[tuple[JSON, JSON]] = []

    def follow(changes: Sequence[Change]) -> Sequence[Delivery]:
        seen.extend((change.old_value, change.new_value) for change in changes)
        return []

    await engine.commit(writes=[setting("k", "new"), setting("k", "newer")], deliveries=follow)

    assert seen == [("old", "new"), ("new", "newer")]


async def test_each_part_of_a_commit_may_be_missing(engine: Engine, clock: FakeClock) -> None:
    assert [list(part) for part in await engine.commit()] == [[], []]

    changes, stored = await engine.commit(deliveries=lambda changes: [new("a")])
    assert (list(changes), [each.id for each in stored]) == ([], ["a"])

    await engine.commit(acks=[await claim_one(engine, clock)])
    assert dict(await engine.queue.counts()) == {}


async def test_a_commit_returns_only_the_deliveries_it_stored(
    engine: Engine, clock: FakeClock
) -> None:
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 60}
    await engine.queue.push([new("first", **key)])

    _, stored = await engine.commit(deliveries=lambda changes: [new("again", **key), new("other")])

    assert [each.id for each in stored] == ["other"]


async def test_a_commit_stores_a_claimed_delivery_as_running(
    engine: Engine, clock: FakeClock
) -> None:
    _, (running,) = await engine.commit(deliveries=lambda changes: [new("a", attempt=1)])

    assert list(await claim(engine, clock)) == []
    assert await engine.queue.ack(running)


async def test_an_ack_lets_the_next_of_its_group_go(engine: Engine, clock: FakeClock) -> None:
    await engine.queue.push([new("a", group="g"), new("b", group="g")])

    await engine.commit(acks=[await claim_one(engine, clock)])

    assert (await claim_one(engine, clock)).id == "b"


async def test_a_stale_ack_changes_nothing_and_undoes_nothing(
    engine: Engine, clock: FakeClock
) -> None:
    await engine.queue.push([new("a")])
    stale = await claim_one(engine, clock)
    await engine.queue.retry(stale, due_at=clock.now())
    current = await claim_one(engine, clock)

    await engine.commit(writes=[setting("k", 1)], acks=[stale])

    assert await engine.state.get(STATE_SPACE, "g", "k") == 1
    assert await engine.queue.ack(current)


def misfit(changes: Sequence[Change]) -> Sequence[Delivery]:
    return [new("ok"), new("bad", data=object())]


def broken(changes: Sequence[Change]) -> Sequence[Delivery]:
    raise ZeroDivisionError


BAD_UPDATE = Write(
    space=STATE_SPACE, group="g", key="k", kind="update", operations=[{"type": "bump"}]
)


@pytest.mark.parametrize(
    ("commit", "error"),
    [
        ({"writes": [setting("new", 1), BAD_UPDATE]}, UpdateFailed),
        ({"writes": [setting("new", 1), setting("k", object())]}, NotJSON),
        ({"writes": [setting("new", 1)], "deliveries": misfit}, NotJSON),
        ({"writes": [setting("new", 1)], "deliveries": broken}, ZeroDivisionError),
    ],
    ids=["update", "value", "delivery", "callable"],
)
async def test_a_commit_that_fails_did_nothing(
    engine: Engine, clock: FakeClock, commit: dict[str, Any], error: type[Exception]
) -> None:
    await engine.state.write([setting("k", 1)])
    await engine.queue.push([new("running")])
    running = await claim_one(engine, clock)

    with pytest.raises(error):
        await engine.commit(**commit, acks=[running])

    assert list(await engine.state.list(STATE_SPACE, "g")) == [("k", 1)]
    assert list(await claim(engine, clock)) == []
    assert await engine.queue.ack(running)


async def test_what_was_stored_is_there_when_it_is_opened_again(
    engine: Engine, clock: FakeClock
) -> None:
    await engine.state.write([setting("b", 1), setting("a", None)])
    await engine.queue.push([new("dead")])
    buried = DeadLetter(
        delivery=await claim_one(engine, clock), error="boom", traceback="", died_at=1.0
    )
    await engine.queue.bury(buried)
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 60}
    await engine.queue.push([new("a", group="g", **key), new("b", group="g")])

    await reopen(engine)

    assert list(await engine.state.list(STATE_SPACE, "g")) == [("b", 1), ("a", None)]
    assert [each.delivery.id for each in await engine.queue.dead()] == ["dead"]
    assert list(await engine.queue.push([new("again", **key)])) == []
    assert (await claim_one(engine, clock)).id == "a"


async def test_what_was_in_flight_is_nobodys_until_it_is_recovered(
    engine: Engine, clock: FakeClock
) -> None:
    """A handler that took the process down with it has used up an attempt."""
    await engine.queue.push([new("a", group="g"), new("b", group="g"), new("c", attempt=1)])
    lost = await claim_one(engine, clock)

    await reopen(engine)

    assert not await engine.queue.ack(lost)
    assert list(await claim(engine, clock)) == []
    assert (await engine.queue.counts())[LANE] == QueueCounts(waiting=1, running=2)
    recovered = {each.id: each for each in await engine.queue.recover()}
    assert {id: each.attempt for id, each in recovered.items()} == {"a": 1, "c": 1}
    assert list(await engine.queue.recover()) == []
    assert await engine.queue.ack(recovered["c"])
    assert await engine.queue.retry(recovered["a"], due_at=clock.now())
    again = await claim_one(engine, clock)
    assert (again.id, again.attempt, again.data) == ("a", 2, {})
    assert await engine.queue.ack(again)


async def test_what_is_recovered_has_a_lease(engine: Engine, clock: FakeClock) -> None:
    await engine.queue.push([new("a", attempt=1)])
    await reopen(engine)
    clock.advance(3600)
    assert list(await claim(engine, clock)) == []

    await engine.queue.recover()
    clock.advance(29)
    assert list(await claim(engine, clock)) == []

    clock.advance(1)
    assert (await claim_one(engine, clock)).attempt == 2


async def test_what_is_in_flight_is_not_recovered(engine: Engine, clock: FakeClock) -> None:
    await engine.queue.push([new("left", attempt=1)])
    await reopen(engine)
    await engine.queue.push([new("running", attempt=1)])

    assert [each.id for each in await engine.queue.recover()] == ["left"]
