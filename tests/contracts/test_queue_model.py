"""Whatever happens to a queue, it hands out and counts what a plain list would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.clock import Clock, FakeClock
from motia_py.interfaces import Engine, EventQueue
from motia_py.messages import DEFAULT_LEASE_SECONDS, Delivery, Lane, QueueCounts
from tests.contracts.deliveries import LANE, OTHER, SIBLING, letter, new

LANES = (LANE, SIBLING, OTHER)
KEY_SECONDS = 4.0
LEASE_SECONDS = 6.0
#: Names that a store which joins them could mix up.
GROUPS = ("", "g", "g:h", "g/h", "g%")


class Push(NamedTuple):
    lane: Lane
    group: str | None
    delay: int
    key: str | None


class Claim(NamedTuple):
    lane: Lane
    limit: int


class Settle(NamedTuple):
    """Ends a run, counted from the oldest claim; `is_stale` does it with an old attempt first."""

    which: int
    how: Literal["ack", "retry", "release", "bury"]
    is_stale: bool


class Resurrect(NamedTuple):
    which: int
    how: Literal["redrive", "discard"]


class Advance(NamedTuple):
    seconds: int


class Reopen(NamedTuple):
    pass


class Recover(NamedTuple):
    pass


Command: TypeAlias = Push | Claim | Settle | Resurrect | Advance | Reopen | Recover


@dataclass
class Item:
    """A delivery in the model."""

    id: str
    lane: Lane
    group: str | None
    due_at: float
    attempt: int = 0
    is_running: bool = False
    lease_end: float = 0.0

    @property
    def line(self) -> tuple[str, str | None]:
        return self.lane.step, self.group


class Model:
    """A queue written for the eye: lists that are searched from the front."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.dead: list[Item] = []
        self.keys: dict[tuple[Lane, str], float] = {}

    def push(self, item: Item, key: str | None, now: float) -> bool:
        if key is not None:
            if self.keys.get((item.lane, key), 0.0) > now:
                return False
            self.keys[item.lane, key] = now + KEY_SECONDS
        self.items.append(item)
        return True

    def claimable(self, lane: Lane) -> list[Item]:
        lines: set[tuple[str, str | None]] = set()
        free: list[Item] = []
        for item in self.items:
            is_head = item.group is None or item.line not in lines
            lines.add(item.line)
            if item.lane == lane and is_head and not item.is_running:
                free.append(item)
        return sorted(free, key=lambda item: item.due_at)

    def lose(self, lane: Lane, now: float) -> None:
        """End the claims of a lane whose lease is over."""
        for item in self.items:
            if item.lane == lane and item.is_running and item.lease_end <= now:
                item.is_running = False

    def claim(self, lane: Lane, limit: int, now: float) -> list[Item]:
        self.lose(lane, now)
        claimed = [item for item in self.claimable(lane) if item.due_at <= now][:limit]
        for item in claimed:
            item.is_running = True
            item.attempt += 1
            item.lease_end = now + LEASE_SECONDS
        return claimed

    def settle(self, item: Item, how: str, due_at: float) -> None:
        item.is_running = False
        if how == "release":
            item.attempt -= 1
        elif how == "retry":
            item.due_at = due_at
        else:
            self.items.remove(item)
            self.dead += [item] if how == "bury" else []

    def resurrect(self, item: Item, how: str, now: float) -> None:
        self.dead.remove(item)
        if how == "redrive":
            self.items.append(Item(item.id, item.lane, item.group, now, item.attempt))

    def counts(self) -> dict[Lane, QueueCounts]:
        counts = {
            lane: QueueCounts(
                waiting=sum(not each.is_running for each in self.items if each.lane == lane),
                running=sum(each.is_running for each in self.items if each.lane == lane),
                dead=sum(each.lane == lane for each in self.dead),
            )
            for lane in LANES
        }
        return {lane: count for lane, count in counts.items() if count != QueueCounts()}


class Play:
    """One run of commands over a queue and the model; they must agree after each."""

    def __init__(self, engine: Engine, clock: FakeClock) -> None:
        self.engine = engine
        self.clock = clock
        self.model = Model()
        self.in_flight: list[tuple[Delivery, Item]] = []
        self.pushed = 0

    @property
    def queue(self) -> EventQueue:
        return self.engine.queue

    async def do(self, command: Command) -> None:
        match command:
            case Push():
                await self.push(command)
            case Claim():
                await self.claim(command)
            case Settle() if self.in_flight:
                await self.settle(command)
            case Resurrect() if self.model.dead:
                await self.resurrect(command)
            case Advance():
                self.clock.advance(command.seconds)
            case Reopen():
                await self.reopen()
            case Recover():
                await self.recover()
        await self.compare()

    async def push(self, command: Push) -> None:
        now, self.pushed = self.clock.now(), self.pushed + 1
        item = Item(f"d{self.pushed}", command.lane, command.group, now + command.delay)
        delivery = new(
            item.id,
            self.clock,
            lane=item.lane,
            group=item.group,
            due_at=item.due_at,
            dedupe_key=command.key,
            dedupe_until=now + KEY_SECONDS,
        )
        assert len(await self.queue.push([delivery])) == self.model.push(item, command.key, now)

    async def claim(self, command: Claim) -> None:
        now = self.clock.now()
        claimed = await self.queue.claim(
            command.lane, limit=command.limit, now=now, lease_seconds=LEASE_SECONDS
        )
        expected = self.model.claim(command.lane, command.limit, now)
        assert [(each.id, each.attempt, each.due_at) for each in claimed] == [
            (each.id, each.attempt, each.due_at) for each in expected
        ]
        self.in_flight += zip(claimed, expected, strict=True)

    async def settle(self, command: Settle) -> None:
        delivery, item = self.in_flight.pop(command.which % len(self.in_flight))
        if command.is_stale:
            delivery.attempt -= 1
            assert not await self.call(delivery, command.how)
            delivery.attempt += 1
        is_ours = item.is_running and item.attempt == delivery.attempt
        assert await self.call(delivery, command.how) == is_ours
        if is_ours:
            self.model.settle(item, command.how, self.clock.now() + 2)

    async def call(self, delivery: Delivery, how: str) -> bool:
        if how == "ack":
            return await self.queue.ack(delivery)
        if how == "retry":
            return await self.queue.retry(delivery, due_at=self.clock.now() + 2)
        if how == "release":
            return await self.queue.release(delivery)
        return await self.queue.bury(letter(delivery, died_at=self.clock.now()))

    async def resurrect(self, command: Resurrect) -> None:
        item = self.model.dead[command.which % len(self.model.dead)]
        if command.how == "redrive":
            assert await self.queue.redrive(item.id, now=self.clock.now())
        else:
            assert await self.queue.discard(item.id)
        self.model.resurrect(item, command.how, self.clock.now())

    async def reopen(self) -> None:
        await self.engine.__aexit__(None, None, None)
        await self.engine.__aenter__()
        for delivery, _ in self.in_flight:
            assert not await self.queue.ack(delivery)
        self.in_flight.clear()
        for item in self.model.items:
            item.lease_end = inf  # nobody's, until it is recovered

    async def recover(self) -> None:
        orphans = {
            item.id: item for item in self.model.items if item.is_running and item.lease_end == inf
        }
        recovered = {each.id: each for each in await self.queue.recover()}
        assert {id: each.attempt for id, each in recovered.items()} == {
            id: item.attempt for id, item in orphans.items()
        }
        for id, item in orphans.items():
            item.lease_end = self.clock.now() + DEFAULT_LEASE_SECONDS
            self.in_flight.append((recovered[id], item))

    async def compare(self) -> None:
        assert dict(await self.queue.counts()) == self.model.counts()
        now = self.clock.now()
        late = {
            lane: sum(each.due_at > now for each in self.model.claimable(lane)) for lane in LANES
        }
        assert dict(await self.queue.delayed(now=now)) == {
            lane: number for lane, number in late.items() if number
        }
        for lane in LANES:
            free = self.model.claimable(lane)
            assert await self.queue.next_due(lane) == (free[0].due_at if free else None)
        # Of one time of death any order will do.
        dead = {each.delivery.id for each in await self.queue.dead()}
        assert dead == {each.id for each in self.model.dead}


_lanes = st.sampled_from(LANES)
_commands = st.one_of(
    st.builds(Push, _lanes, st.sampled_from([None, None, *GROUPS]), st.integers(0, 3), st.none()),
    st.builds(Push, _lanes, st.none(), st.just(0), st.sampled_from(["k", "l"])),
    st.builds(Claim, _lanes, st.integers(1, 4)),
    st.builds(
        Settle,
        st.integers(0, 5),
        st.sampled_from(["ack", "retry", "release", "bury"]),
        st.booleans(),
    ),
    st.builds(Resurrect, st.integers(0, 5), st.sampled_from(["redrive", "discard"])),
    st.builds(Advance, st.integers(1, 3)),
    st.just(Reopen()),
    st.just(Recover()),
)


@settings(max_examples=200, deadline=None)
@given(commands=st.lists(_commands, max_size=50))
def test_a_queue_does_what_a_list_would(
    make_engine: Callable[[Clock], Engine], commands: Sequence[Command]
) -> None:
    """A20."""
    asyncio.run(_play(make_engine, commands))


async def _play(make_engine: Callable[[Clock], Engine], commands: Sequence[Command]) -> None:
    clock = FakeClock()
    async with make_engine(clock) as engine:
        play = Play(engine, clock)
        for command in commands:
            await play.do(command)
