"""What `EventQueue` says of groups: one at a time, in push order."""

from __future__ import annotations

from motia_py.clock import FakeClock
from motia_py.interfaces import EventQueue
from tests.contracts.deliveries import OTHER, SIBLING, claim, claim_ids, claim_one, letter, new


async def test_a_group_runs_one_at_a_time_in_push_order(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new(id, clock, group="g") for id in "abc"])

    order = []
    while claimed := await claim(queue, clock):
        (only,) = claimed
        assert await claim_ids(queue, clock) == []
        order.append(only.id)
        await queue.ack(only)

    assert order == ["a", "b", "c"]


async def test_groups_and_the_ungrouped_do_not_wait_for_each_other(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push(
        [
            new("a1", clock, group="a"),
            new("a2", clock, group="a"),
            new("b1", clock, group="b"),
            new("u1", clock),
            new("u2", clock),
            new("empty", clock, group=""),
        ]
    )

    assert await claim_ids(queue, clock) == ["a1", "b1", "u1", "u2", "empty"]


async def test_a_group_is_a_steps_own(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, group="g"), new("b", clock, group="g", lane=OTHER)])

    assert await claim_ids(queue, clock) == ["a"]
    assert await claim_ids(queue, clock, lane=OTHER) == ["b"]


async def test_the_triggers_of_a_step_share_its_groups(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push(
        [
            new("a", clock, group="g"),
            new("b", clock, group="g", lane=SIBLING),
            new("c", clock, group="g"),
        ]
    )

    first = await claim_one(queue, clock)
    assert await claim_ids(queue, clock, lane=SIBLING) == []

    await queue.ack(first)
    assert await claim_ids(queue, clock) == []
    (second,) = await claim(queue, clock, lane=SIBLING)
    await queue.bury(letter(second))
    assert [first.id, second.id, *await claim_ids(queue, clock)] == ["a", "b", "c"]


async def test_a_head_that_waits_for_its_time_holds_its_group_back(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new("a", clock, group="g", due_at=clock.now() + 10)])
    await queue.push([new("b", clock, group="g")])

    assert await claim_ids(queue, clock) == []

    clock.advance(10)
    claimed = await claim_one(queue, clock)
    assert claimed.id == "a"
    await queue.ack(claimed)
    assert await claim_ids(queue, clock) == ["b"]


async def test_a_retrying_head_holds_its_group_and_keeps_its_place(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new("a", clock, group="g"), new("b", clock, group="g")])

    await queue.retry(await claim_one(queue, clock), due_at=clock.now() + 10)
    assert await claim_ids(queue, clock) == []

    clock.advance(10)
    assert await claim_ids(queue, clock) == ["a"]


async def test_a_released_head_goes_first_again(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, group="g"), new("b", clock, group="g")])

    await queue.release(await claim_one(queue, clock))

    assert await claim_ids(queue, clock) == ["a"]


async def test_a_buried_head_releases_its_group(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, group="g"), new("b", clock, group="g")])

    await queue.bury(letter(await claim_one(queue, clock)))

    assert await claim_ids(queue, clock) == ["b"]
