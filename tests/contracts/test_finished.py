"""What `EventQueue` says of deliveries that ran to their end."""

from __future__ import annotations

from collections.abc import Callable

from motia_py.clock import Clock, FakeClock
from motia_py.interfaces import Engine, EventQueue
from tests.contracts.deliveries import LANE, OTHER, claim_one, new


async def finish(queue: EventQueue, clock: FakeClock, *ids: str) -> None:
    for id in ids:
        await queue.push([new(id, clock, data={"id": id})])
        await queue.ack(await claim_one(queue, clock))
        clock.advance(1)


async def test_nothing_is_kept_unless_asked(queue: EventQueue, clock: FakeClock) -> None:
    await finish(queue, clock, "a")

    assert list(await queue.finished()) == []


async def test_what_is_kept_comes_newest_first_and_goes_after_its_time(
    make_keeping_engine: Callable[[Clock, float], Engine], clock: FakeClock
) -> None:
    start = clock.now()
    async with make_keeping_engine(clock, 60.0) as engine:
        await finish(engine.queue, clock, "a", "b", "c")
        await engine.queue.push([new("other", clock, lane=OTHER, attempt=1)])
        await engine.queue.ack(new("other", clock, lane=OTHER, attempt=1))

        kept = await engine.queue.finished(LANE, limit=2)
        assert [(each.delivery.id, each.delivery.data, each.finished_at) for each in kept] == [
            ("c", {"id": "c"}, start + 2),
            ("b", {"id": "b"}, start + 1),
        ]
        assert [each.delivery.id for each in await engine.queue.finished(LANE, offset=2)] == ["a"]
        assert [each.delivery.id for each in await engine.queue.finished(limit=1)] == ["other"]

        clock.advance(58)
        assert [each.delivery.id for each in await engine.queue.finished()] == ["other", "c"]
