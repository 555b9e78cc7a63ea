"""What `EventQueue` says of keys that live as long as the delivery whose handler emitted them."""

from __future__ import annotations

from motia_py.clock import FakeClock
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery
from tests.contracts.deliveries import LANE, OTHER, claim_ids, claim_one, letter, new

KEY = "a hash of topic and data"


def child(id: str, clock: FakeClock, parent: Delivery, key: str = KEY) -> Delivery:
    return new(id, clock, lane=OTHER, dedupe_key=key, emitted_by=parent.id)


async def parent_in_flight(queue: EventQueue, clock: FakeClock) -> Delivery:
    await queue.push([new("parent", clock)])
    return await claim_one(queue, clock)


async def test_what_a_retried_run_emits_again_is_absorbed(
    queue: EventQueue, clock: FakeClock
) -> None:
    parent = await parent_in_flight(queue, clock)
    await queue.push([child("first", clock, parent)])
    (first,) = await queue.claim(OTHER, limit=1, now=clock.now())
    await queue.ack(first)
    await queue.retry(parent, due_at=clock.now())
    again = await claim_one(queue, clock)

    stored = await queue.push([child("second", clock, again), child("new", clock, again, "other")])

    assert [each.id for each in stored] == ["new"]


async def test_another_lane_and_another_parent_have_keys_of_their_own(
    queue: EventQueue, clock: FakeClock
) -> None:
    parent = await parent_in_flight(queue, clock)
    await queue.push([new("stranger", clock)])
    stranger = await claim_one(queue, clock)
    await queue.push([child("first", clock, parent)])

    stored = await queue.push(
        [
            new("sibling", clock, lane=LANE, dedupe_key=KEY, emitted_by=parent.id),
            child("theirs", clock, stranger),
        ]
    )

    assert [each.id for each in stored] == ["sibling", "theirs"]


async def test_a_key_lives_through_burial_and_redrive_and_ends_with_the_ack(
    queue: EventQueue, clock: FakeClock
) -> None:
    parent = await parent_in_flight(queue, clock)
    await queue.push([child("first", clock, parent)])
    await queue.bury(letter(parent))
    clock.advance(1_000_000)
    assert list(await queue.push([child("buried", clock, parent)])) == []

    await queue.redrive("parent", now=clock.now())
    again = await claim_one(queue, clock)
    assert list(await queue.push([child("redriven", clock, again)])) == []

    await queue.ack(again)
    assert [each.id for each in await queue.push([child("after", clock, again)])] == ["after"]


async def test_a_key_ends_with_the_discard(queue: EventQueue, clock: FakeClock) -> None:
    parent = await parent_in_flight(queue, clock)
    await queue.push([child("first", clock, parent)])
    await queue.bury(letter(parent))

    await queue.discard("parent")

    assert [each.id for each in await queue.push([child("after", clock, parent)])] == ["after"]
    assert await claim_ids(queue, clock, lane=OTHER) == ["first", "after"]
