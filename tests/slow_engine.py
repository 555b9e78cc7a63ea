"""The memory engine, but each of its answers takes a few turns of the loop.

What a durable engine does all the time (suspend before and after it acts) shows what only works
because memory never does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from motia_py.backends.memory import MemoryEngine
from motia_py.clock import Clock
from motia_py.interfaces import DeliveriesOf, EventQueue, StateStore
from motia_py.messages import (
    DEFAULT_LEASE_SECONDS,
    JSON,
    Change,
    DeadLetter,
    Delivery,
    Finished,
    Lane,
    QueueCounts,
    Write,
)

_TURNS = 3


async def slowly(work: Any) -> Any:
    """Do `work` in the middle of a few turns of the loop; once begun it is carried through."""
    try:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        work.close()  # never begun, which Python would warn of
        raise
    done = await work
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    return done


class SlowQueue:
    def __init__(self, queue: EventQueue) -> None:
        self._queue = queue

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        stored: Sequence[Delivery] = await slowly(self._queue.push(deliveries))
        return stored

    async def claim(
        self, lane: Lane, *, limit: int, now: float, lease_seconds: float = DEFAULT_LEASE_SECONDS
    ) -> Sequence[Delivery]:
        claimed: Sequence[Delivery] = await slowly(
            self._queue.claim(lane, limit=limit, now=now, lease_seconds=lease_seconds)
        )
        return claimed

    async def recover(self) -> Sequence[Delivery]:
        recovered: Sequence[Delivery] = await slowly(self._queue.recover())
        return recovered

    async def renew(self, delivery: Delivery) -> bool:
        return bool(await slowly(self._queue.renew(delivery)))

    async def ack(self, delivery: Delivery) -> bool:
        return bool(await slowly(self._queue.ack(delivery)))

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        return bool(await slowly(self._queue.retry(delivery, due_at=due_at)))

    async def release(self, delivery: Delivery) -> bool:
        return bool(await slowly(self._queue.release(delivery)))

    async def bury(self, letter: DeadLetter) -> bool:
        return bool(await slowly(self._queue.bury(letter)))

    async def next_due(self, lane: Lane) -> float | None:
        due: float | None = await slowly(self._queue.next_due(lane))
        return due

    async def counts(self) -> Mapping[Lane, QueueCounts]:
        counts: Mapping[Lane, QueueCounts] = await slowly(self._queue.counts())
        return counts

    async def delayed(self, *, now: float) -> Mapping[Lane, int]:
        delayed: Mapping[Lane, int] = await slowly(self._queue.delayed(now=now))
        return delayed

    async def dead(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        dead: Sequence[DeadLetter] = await slowly(
            self._queue.dead(lane, limit=limit, offset=offset)
        )
        return dead

    async def dead_letter(self, delivery_id: str) -> DeadLetter | None:
        letter: DeadLetter | None = await slowly(self._queue.dead_letter(delivery_id))
        return letter

    async def finished(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[Finished]:
        finished: Sequence[Finished] = await slowly(
            self._queue.finished(lane, limit=limit, offset=offset)
        )
        return finished

    async def redrive(self, delivery_id: str, *, now: float) -> Lane | None:
        lane: Lane | None = await slowly(self._queue.redrive(delivery_id, now=now))
        return lane

    async def discard(self, delivery_id: str) -> bool:
        return bool(await slowly(self._queue.discard(delivery_id)))


class SlowState:
    def __init__(self, state: StateStore) -> None:
        self._state = state

    async def get(self, space: str, group: str, key: str) -> JSON:
        return await slowly(self._state.get(space, group, key))

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        items: Sequence[tuple[str, JSON]] = await slowly(self._state.list(space, group))
        return items

    async def keys(self, space: str, group: str) -> Sequence[str]:
        keys: Sequence[str] = await slowly(self._state.keys(space, group))
        return keys

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        oldest: Sequence[tuple[str, str, float]] = await slowly(
            self._state.oldest(space, limit=limit)
        )
        return oldest

    async def groups(self, space: str) -> Sequence[str]:
        groups: Sequence[str] = await slowly(self._state.groups(space))
        return groups

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        changes: Sequence[Change] = await slowly(self._state.write(writes))
        return changes

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        changes: Sequence[Change] = await slowly(self._state.write_behind(writes))
        return changes

    async def flush(self) -> None:
        await slowly(self._state.flush())


class SlowEngine:
    """An Engine around a MemoryEngine."""

    def __init__(self, clock: Clock) -> None:
        self._engine = MemoryEngine(clock)
        self.queue = SlowQueue(self._engine.queue)
        self.state = SlowState(self._engine.state)

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        committed: tuple[Sequence[Change], Sequence[Delivery]] = await slowly(
            self._engine.commit(writes=writes, deliveries=deliveries, acks=acks)
        )
        return committed

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._engine.__aexit__(kind, error, traceback)
