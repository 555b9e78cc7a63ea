"""What `EventQueue` says of claims that end, and of those who lost theirs."""

from __future__ import annotations

import pytest

from motia_py.clock import FakeClock
from motia_py.interfaces import EventQueue
from motia_py.messages import QueueCounts
from tests.contracts.deliveries import LANE, claim_ids, claim_one, letter, new


async def test_a_claim_holds_until_its_lease_ends(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock)])
    (first,) = await queue.claim(LANE, limit=1, now=clock.now(), lease_seconds=20)

    clock.advance(19.9)
    assert await claim_ids(queue, clock) == []

    clock.advance(0.1)
    second = await claim_one(queue, clock)
    assert (first.lease_seconds, second.id, second.attempt) == (20, "a", 2)


async def test_a_lease_that_is_renewed_begins_anew(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock)])
    (claimed,) = await queue.claim(LANE, limit=1, now=clock.now(), lease_seconds=20)

    for _ in range(5):
        clock.advance(15)
        assert await queue.renew(claimed)

    assert await claim_ids(queue, clock) == []
    assert await queue.ack(claimed)


async def test_one_pushed_as_claimed_has_its_own_lease(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, attempt=1, lease_seconds=40)])

    clock.advance(39)
    assert await claim_ids(queue, clock) == []
    clock.advance(1)
    assert await claim_ids(queue, clock) == ["a"]


async def test_who_comes_back_after_the_lease_was_lost_is_refused(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new("a", clock)])
    (late,) = await queue.claim(LANE, limit=1, now=clock.now(), lease_seconds=1)
    clock.advance(1)
    current = await claim_one(queue, clock)

    assert not await queue.renew(late)
    assert not await queue.ack(late)
    assert not await queue.retry(late, due_at=clock.now())
    assert not await queue.release(late)
    assert not await queue.bury(letter(late))

    assert await queue.counts() == {LANE: QueueCounts(running=1)}
    assert await queue.ack(current)


async def test_a_lease_that_ended_can_be_settled_while_nobody_took_it(
    queue: EventQueue, clock: FakeClock
) -> None:
    """The handler did its work: running it again would help nobody."""
    await queue.push([new("a", clock)])
    (late,) = await queue.claim(LANE, limit=1, now=clock.now(), lease_seconds=1)

    clock.advance(60)

    assert await queue.ack(late)
    assert await claim_ids(queue, clock) == []


@pytest.mark.parametrize("seconds", [3600.0, 86_400.0, -3600.0, -86_400.0])
async def test_no_jump_of_the_wall_clock_ends_a_lease(
    queue: EventQueue, clock: FakeClock, seconds: float
) -> None:
    """A25."""
    await queue.push([new("a", clock)])
    claimed = await claim_one(queue, clock)

    clock.jump(seconds)

    assert await claim_ids(queue, clock) == []
    assert await queue.ack(claimed)


async def test_a_lost_head_keeps_its_group_waiting(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, group="g"), new("b", clock, group="g")])
    await queue.claim(LANE, limit=1, now=clock.now(), lease_seconds=1)

    clock.advance(1)

    assert await claim_ids(queue, clock) == ["a"]
    assert await claim_ids(queue, clock) == []
