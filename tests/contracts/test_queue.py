"""What `EventQueue` says of pushing, claiming and settling, group or no group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from motia_py.clock import FakeClock
from motia_py.errors import NotJSON
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery, Lane, QueueCounts
from tests.contracts.deliveries import LANE, OTHER, claim, claim_ids, claim_one, letter, new

# push


async def test_push_returns_what_it_stored(queue: EventQueue, clock: FakeClock) -> None:
    pushed = [new("a", clock), new("b", clock)]

    stored = await queue.push(pushed)

    assert [each.id for each in stored] == ["a", "b"]
    assert await claim_ids(queue, clock) == ["a", "b"]


async def test_pushing_nothing_is_nothing(queue: EventQueue) -> None:
    assert list(await queue.push([])) == []
    assert dict(await queue.counts()) == {}


async def test_a_delivery_comes_out_as_it_went_in(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push(
        [
            new(
                "a",
                clock,
                topic="order.placed",
                data={"n": [1, None, "é", 0.5]},
                trace_id="trace",
                parent_id="parent",
                group="user:1",
            )
        ]
    )

    claimed = await claim_one(queue, clock)

    assert (claimed.id, claimed.lane, claimed.topic) == ("a", LANE, "order.placed")
    assert claimed.data == {"n": [1, None, "é", 0.5]}
    assert (claimed.trace_id, claimed.parent_id, claimed.group) == ("trace", "parent", "user:1")
    assert (claimed.due_at, claimed.created_at) == (clock.now(), clock.now())
    assert (claimed.attempt, claimed.spent) == (1, 0)


async def test_data_is_shared_with_nobody(queue: EventQueue, clock: FakeClock) -> None:
    data = {"n": [1]}
    await queue.push([new("a", clock, data=data), new("b", clock, data=data, lane=OTHER)])
    data["n"].append(2)

    first = await claim_one(queue, clock)
    first.data["n"].append(3)
    await queue.retry(first, due_at=clock.now())
    second = await claim_one(queue, clock)
    (other,) = await claim(queue, clock, lane=OTHER)

    assert second.data == other.data == {"n": [1]}


async def test_data_without_a_json_form_stores_none(queue: EventQueue, clock: FakeClock) -> None:
    with pytest.raises(NotJSON):
        await queue.push([new("a", clock), new("b", clock, data={"x": object()})])

    assert dict(await queue.counts()) == {}


async def test_a_delivery_with_an_attempt_is_already_claimed(
    queue: EventQueue, clock: FakeClock
) -> None:
    (running,) = await queue.push([new("a", clock, attempt=1)])

    assert running.attempt == 1
    assert await claim_ids(queue, clock) == []
    assert await queue.counts() == {LANE: QueueCounts(running=1)}

    assert await queue.retry(running, due_at=clock.now())
    again = await claim_one(queue, clock)
    assert again.attempt == 2
    assert await queue.ack(again)


async def test_what_runs_on_the_callers_own_object_keeps_its_data(
    queue: EventQueue, clock: FakeClock
) -> None:
    (running,) = await queue.push([new("a", clock, data={"n": 1}, attempt=1)])

    running.data["n"] = 2
    await queue.retry(running, due_at=clock.now())

    assert (await claim_one(queue, clock)).data == {"n": 1}


# dedupe


async def test_a_second_one_of_a_key_is_absorbed(queue: EventQueue, clock: FakeClock) -> None:
    until = clock.now() + 60
    await queue.push([new("a", clock, dedupe_key="k", dedupe_until=until)])

    stored = await queue.push(
        [new("b", clock, dedupe_key="k", dedupe_until=until), new("c", clock)]
    )

    assert [each.id for each in stored] == ["c"]
    assert await claim_ids(queue, clock) == ["a", "c"]


async def test_a_key_is_absorbed_within_one_push_too(queue: EventQueue, clock: FakeClock) -> None:
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 60}

    stored = await queue.push([new("a", clock, **key), new("b", clock, **key)])

    assert [each.id for each in stored] == ["a"]


async def test_a_key_counts_per_lane(queue: EventQueue, clock: FakeClock) -> None:
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 60}

    stored = await queue.push([new("a", clock, **key), new("b", clock, lane=OTHER, **key)])

    assert [each.id for each in stored] == ["a", "b"]


@pytest.mark.parametrize("end", ["ack", "bury", "discard"])
async def test_a_key_outlives_its_delivery(queue: EventQueue, clock: FakeClock, end: str) -> None:
    key = {"dedupe_key": "k", "dedupe_until": clock.now() + 60}
    await queue.push([new("a", clock, **key)])
    claimed = await claim_one(queue, clock)
    await (queue.ack(claimed) if end == "ack" else queue.bury(letter(claimed)))
    if end == "discard":
        await queue.discard("a")

    assert list(await queue.push([new("b", clock, **key)])) == []


async def test_a_key_is_forgotten_at_its_time(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, dedupe_key="k", dedupe_until=clock.now() + 60)])

    for seconds, expected in [(59.0, []), (1.0, ["d1.0"]), (30.0, []), (70.0, ["d70.0"])]:
        clock.advance(seconds)
        key = {"dedupe_key": "k", "dedupe_until": clock.now() + 100}
        stored = await queue.push([new(f"d{seconds}", clock, **key)])
        assert [each.id for each in stored] == expected


async def test_a_key_whose_time_has_passed_absorbs_nothing(
    queue: EventQueue, clock: FakeClock
) -> None:
    stored = await queue.push([new("a", clock, dedupe_key="k"), new("b", clock, dedupe_key="k")])

    assert [each.id for each in stored] == ["a", "b"]


# claim, without groups


async def test_claim_counts_the_attempt(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock)])

    attempts = []
    for _ in range(3):
        claimed = await claim_one(queue, clock)
        attempts.append(claimed.attempt)
        await queue.retry(claimed, due_at=clock.now())

    assert attempts == [1, 2, 3]


async def test_claim_hands_out_no_more_than_asked_for(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new(id, clock) for id in "abc"])

    assert await claim_ids(queue, clock, limit=0) == []
    assert await claim_ids(queue, clock, limit=2) == ["a", "b"]
    assert await claim_ids(queue, clock, limit=2) == ["c"]
    assert await claim_ids(queue, clock, limit=2) == []


async def test_claim_takes_only_its_own_lane(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock), new("b", clock, lane=OTHER)])

    assert await claim_ids(queue, clock, lane=Lane("greet", "queue(other)")) == []
    assert await claim_ids(queue, clock) == ["a"]
    assert await claim_ids(queue, clock, lane=OTHER) == ["b"]


async def test_what_is_not_due_waits(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, due_at=clock.now() + 10)])

    clock.advance(9.75)
    assert await claim_ids(queue, clock) == []

    clock.advance(0.25)
    assert await claim_ids(queue, clock) == ["a"]


async def test_the_earlier_due_goes_first_then_the_earlier_pushed(
    queue: EventQueue, clock: FakeClock
) -> None:
    now = clock.now()
    await queue.push([new("late", clock, due_at=now + 2), new("second", clock, due_at=now + 1)])
    await queue.push([new("third", clock, due_at=now + 1), new("first", clock, due_at=now)])
    clock.advance(5)

    assert await claim_ids(queue, clock) == ["first", "second", "third", "late"]


# ack, retry, release, bury


async def test_an_acked_delivery_is_gone(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock)])

    assert await queue.ack(await claim_one(queue, clock))

    clock.advance(1e9)
    assert await claim_ids(queue, clock) == []
    assert dict(await queue.counts()) == {}


async def test_a_retry_comes_back_at_its_time(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock)])

    assert await queue.retry(await claim_one(queue, clock), due_at=clock.now() + 5)

    assert await claim_ids(queue, clock) == []
    clock.advance(5)
    again = await claim_one(queue, clock)
    assert (again.id, again.attempt, again.due_at) == ("a", 2, clock.now())


async def test_a_retry_keeps_its_place_among_equals(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock), new("b", clock)])

    await queue.retry(await claim_one(queue, clock), due_at=clock.now())

    assert await claim_ids(queue, clock) == ["a", "b"]


async def test_a_release_gives_the_attempt_back(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock), new("b", clock)])
    due_at = clock.now()
    clock.advance(10)

    assert await queue.release(await claim_one(queue, clock))

    again = await claim_one(queue, clock)
    assert (again.id, again.attempt, again.due_at) == ("a", 1, due_at)


async def test_one_pushed_as_claimed_can_be_released(queue: EventQueue, clock: FakeClock) -> None:
    (running,) = await queue.push([new("a", clock, attempt=1)])

    assert await queue.release(running)

    assert (await claim_one(queue, clock)).attempt == 1


async def test_a_buried_delivery_is_a_dead_letter(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new("a", clock, data={"n": 1}, group="g", parent_id="p")])
    claimed = await claim_one(queue, clock)

    assert await queue.bury(letter(claimed, died_at=5.0, error="boom"))

    (dead,) = await queue.dead()
    assert (dead.error, dead.traceback, dead.died_at) == ("boom", "File ...", 5.0)
    assert (dead.delivery.id, dead.delivery.lane, dead.delivery.attempt) == ("a", LANE, 1)
    assert (dead.delivery.data, dead.delivery.group) == ({"n": 1}, "g")
    assert await claim_ids(queue, clock) == []


Settle = Callable[[EventQueue, Delivery], Awaitable[bool]]

SETTLES: dict[str, Settle] = {
    "ack": lambda queue, delivery: queue.ack(delivery),
    "retry": lambda queue, delivery: queue.retry(delivery, due_at=0.0),
    "release": lambda queue, delivery: queue.release(delivery),
    "bury": lambda queue, delivery: queue.bury(letter(delivery)),
}


@pytest.mark.parametrize("settle", SETTLES.values(), ids=SETTLES)
async def test_a_call_with_another_attempt_changes_nothing(
    queue: EventQueue, clock: FakeClock, settle: Settle
) -> None:
    """The attempt is the fencing token: whoever lost its claim can do no harm."""
    await queue.push([new("a", clock)])
    stale = await claim_one(queue, clock)
    await queue.retry(stale, due_at=clock.now())
    current = await claim_one(queue, clock)

    for attempt in (0, 1, 3):
        assert not await settle(queue, replace(current, attempt=attempt))

    assert await queue.counts() == {LANE: QueueCounts(running=1)}
    assert list(await queue.dead()) == []
    assert await queue.ack(current)


@pytest.mark.parametrize("settle", SETTLES.values(), ids=SETTLES)
async def test_a_call_about_what_is_not_in_flight_changes_nothing(
    queue: EventQueue, clock: FakeClock, settle: Settle
) -> None:
    waiting, retrying, gone, unknown = (new(id, clock) for id in "wrgu")
    await queue.push([retrying, gone])
    retrying, gone = await claim(queue, clock)
    await queue.retry(retrying, due_at=clock.now() + 10)
    await queue.ack(gone)
    await queue.push([waiting])

    outcomes = [await settle(queue, each) for each in (waiting, retrying, gone, unknown)]
    outcomes.append(await settle(queue, new("u", clock, lane=OTHER)))

    assert outcomes == [False] * 5
    assert await queue.counts() == {LANE: QueueCounts(waiting=2)}
    assert await claim_ids(queue, clock) == ["w"]


# next_due and counts


async def test_next_due_is_the_earliest_that_can_be_claimed(
    queue: EventQueue, clock: FakeClock
) -> None:
    now = clock.now()
    assert await queue.next_due(LANE) is None

    await queue.push([new("late", clock, due_at=now + 20)])
    assert await queue.next_due(LANE) == now + 20

    await queue.push([new("head", clock, group="g", due_at=now + 10)])
    await queue.push([new("held", clock, group="g", due_at=now + 5)])
    assert await queue.next_due(LANE) == now + 10
    assert await queue.next_due(OTHER) is None

    clock.advance(10)
    head = await claim_one(queue, clock)
    assert await queue.next_due(LANE) == now + 20

    await queue.ack(head)
    assert await queue.next_due(LANE) == now + 5


async def test_next_due_follows_retry_and_release(queue: EventQueue, clock: FakeClock) -> None:
    now = clock.now()
    await queue.push([new("a", clock)])

    claimed = await claim_one(queue, clock)
    assert await queue.next_due(LANE) is None

    await queue.release(claimed)
    assert await queue.next_due(LANE) == now

    await queue.retry(await claim_one(queue, clock), due_at=now + 7)
    assert await queue.next_due(LANE) == now + 7


async def test_counts_say_what_waits_runs_and_is_dead(queue: EventQueue, clock: FakeClock) -> None:
    await queue.push([new(id, clock) for id in "abcd"])
    await queue.push([new("delayed", clock, due_at=clock.now() + 60)])
    await queue.push([new("g1", clock, group="g"), new("g2", clock, group="g")])
    await queue.push([new("other", clock, lane=OTHER)])

    first, second, *_ = await claim(queue, clock, limit=3)
    await queue.bury(letter(first))
    await queue.ack(second)

    assert await queue.counts() == {
        LANE: QueueCounts(waiting=4, running=1, dead=1),
        OTHER: QueueCounts(waiting=1),
    }
    assert await queue.delayed(now=clock.now()) == {LANE: 1}
    assert await queue.delayed(now=clock.now() + 60) == {}
