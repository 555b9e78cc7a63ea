"""What `EventQueue` says of dead letters."""

from __future__ import annotations

from collections.abc import Sequence

from motia_py.clock import FakeClock
from motia_py.interfaces import EventQueue
from motia_py.messages import DeadLetter, Delivery, Lane, QueueCounts
from tests.contracts.deliveries import LANE, OTHER, claim, claim_ids, claim_one, letter, new


async def bury_all(queue: EventQueue, clock: FakeClock, *deliveries: Delivery) -> None:
    """Bury them one after the other, a second apart."""
    for delivery in deliveries:
        await queue.push([delivery])
        (claimed,) = await claim(queue, clock, lane=delivery.lane)
        await queue.bury(letter(claimed, died_at=clock.now()))
        clock.advance(1)


def ids(letters: Sequence[DeadLetter]) -> list[str]:
    return [each.delivery.id for each in letters]


async def test_dead_letters_come_newest_first_and_in_pages(
    queue: EventQueue, clock: FakeClock
) -> None:
    await bury_all(queue, clock, *(new(id, clock) for id in "abcd"))

    assert ids(await queue.dead()) == ["d", "c", "b", "a"]
    assert ids(await queue.dead(limit=2)) == ["d", "c"]
    assert ids(await queue.dead(limit=2, offset=2)) == ["b", "a"]
    assert ids(await queue.dead(limit=2, offset=4)) == []


async def test_dead_letters_can_be_asked_for_by_lane(queue: EventQueue, clock: FakeClock) -> None:
    await bury_all(queue, clock, new("a", clock), new("b", clock, lane=OTHER), new("c", clock))

    assert ids(await queue.dead(LANE)) == ["c", "a"]
    assert ids(await queue.dead(LANE, limit=1, offset=1)) == ["a"]
    assert ids(await queue.dead(OTHER)) == ["b"]
    assert ids(await queue.dead(Lane("greet", "gone"))) == []


async def test_a_dead_letter_that_is_read_is_a_copy(queue: EventQueue, clock: FakeClock) -> None:
    await bury_all(queue, clock, new("a", clock, data={"n": 1}))

    (dead,) = await queue.dead()
    dead.delivery.data["n"] = 2

    assert (await queue.dead())[0].delivery.data == {"n": 1}


async def test_a_dead_letter_holds_the_data_that_was_pushed(
    queue: EventQueue, clock: FakeClock
) -> None:
    """Whatever its handler made of it, a redrive starts from there."""
    await queue.push([new("a", clock, data={"n": 1})])
    claimed = await claim_one(queue, clock)
    claimed.data["n"] = 2

    await queue.bury(letter(claimed))

    assert (await queue.dead())[0].delivery.data == {"n": 1}


async def test_a_redriven_letter_runs_again_and_its_attempts_go_on_counting(
    queue: EventQueue, clock: FakeClock
) -> None:
    await bury_all(queue, clock, new("a", clock, data={"n": 1}))
    clock.advance(60)

    assert await queue.redrive("a", now=clock.now())

    assert list(await queue.dead()) == []
    assert await queue.counts() == {LANE: QueueCounts(waiting=1)}
    again = await claim_one(queue, clock)
    assert (again.id, again.attempt, again.spent, again.data) == ("a", 2, 1, {"n": 1})
    assert again.due_at == clock.now()


async def test_who_held_a_letter_before_its_redrive_is_fenced_off(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new("a", clock)])
    stale = await claim_one(queue, clock)
    await queue.bury(letter(stale))
    await queue.redrive("a", now=clock.now())
    current = await claim_one(queue, clock)

    assert not await queue.ack(stale)
    assert await queue.ack(current)


async def test_a_dead_letter_is_found_by_its_id(queue: EventQueue, clock: FakeClock) -> None:
    await bury_all(queue, clock, new("a", clock, data={"n": 1}), new("b", clock))

    found = await queue.dead_letter("a")

    assert found is not None
    assert (found.delivery.id, found.delivery.data, found.error) == ("a", {"n": 1}, "ValueError")
    assert found.traceback == "File ..."
    assert found.delivery.attempt == 1
    assert await queue.dead_letter("c") is None


async def test_a_redriven_letter_goes_to_the_tail(queue: EventQueue, clock: FakeClock) -> None:
    await bury_all(queue, clock, new("a", clock, group="g"))
    await queue.push([new("b", clock, group="g"), new("c", clock, group="g")])

    await queue.redrive("a", now=clock.now())

    order = []
    while claimed := await claim(queue, clock):
        order.extend([each.id for each in claimed])
        await queue.ack(claimed[0])
    assert order == ["b", "c", "a"]


async def test_a_redriven_letter_is_not_absorbed_by_its_own_key(
    queue: EventQueue, clock: FakeClock
) -> None:
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 3600}
    await bury_all(queue, clock, new("a", clock, **key))

    assert await queue.redrive("a", now=clock.now())

    assert await claim_ids(queue, clock) == ["a"]


async def test_a_discarded_letter_is_gone(queue: EventQueue, clock: FakeClock) -> None:
    await bury_all(queue, clock, new("a", clock), new("b", clock))

    assert await queue.discard("a")

    assert ids(await queue.dead()) == ["b"]
    assert await queue.counts() == {LANE: QueueCounts(dead=1)}
    assert not await queue.redrive("a", now=clock.now())


async def test_only_dead_letters_can_be_redriven_or_discarded(
    queue: EventQueue, clock: FakeClock
) -> None:
    await queue.push([new("waiting", clock)])

    for id in ("waiting", "unknown"):
        assert not await queue.redrive(id, now=clock.now())
        assert not await queue.discard(id)

    assert await claim_ids(queue, clock) == ["waiting"]
