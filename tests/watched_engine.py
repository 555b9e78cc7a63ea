"""The memory engine, which notes what it is asked for, and takes no writes while it is told so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from motia_py.backends.memory import MemoryEngine, MemoryState
from motia_py.backends.memory_queue import MemoryQueue
from motia_py.clock import Clock
from motia_py.errors import StoreUnavailable
from motia_py.interfaces import DeliveriesOf
from motia_py.messages import (
    DEFAULT_LEASE_SECONDS,
    RUNTIME_SPACE,
    Change,
    DeadLetter,
    Delivery,
    Lane,
    Write,
)


class WatchedEngine(MemoryEngine):
    """`asked` has the writing calls in their order; while `is_full` each of them fails."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked: list[str] = []
        self.is_full = False
        self._queue = WatchedQueue(clock, self._note)
        self._state = WatchedState(clock, self._note)

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        self._note("commit")
        return await super().commit(writes=writes, deliveries=deliveries, acks=acks)

    def _note(self, call: str) -> None:
        self.asked.append(call)
        if self.is_full:
            raise StoreUnavailable("the disk is full")


class WatchedQueue(MemoryQueue):
    def __init__(self, clock: Clock, note: Callable[[str], None]) -> None:
        super().__init__(clock, 0.0)
        self._note = note

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        self._note("push")
        return await super().push(deliveries)

    async def claim(
        self, lane: Lane, *, limit: int, now: float, lease_seconds: float = DEFAULT_LEASE_SECONDS
    ) -> Sequence[Delivery]:
        self._note("claim")
        return await super().claim(lane, limit=limit, now=now, lease_seconds=lease_seconds)

    async def renew(self, delivery: Delivery) -> bool:
        self._note("renew")
        return await super().renew(delivery)

    async def ack(self, delivery: Delivery) -> bool:
        self._note("ack")
        return await super().ack(delivery)

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        self._note("retry")
        return await super().retry(delivery, due_at=due_at)

    async def release(self, delivery: Delivery) -> bool:
        self._note("release")
        return await super().release(delivery)

    async def bury(self, letter: DeadLetter) -> bool:
        self._note("bury")
        return await super().bury(letter)


class WatchedState(MemoryState):
    def __init__(self, clock: Clock, note: Callable[[str], None]) -> None:
        super().__init__(clock)
        self._note = note

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        # What the runtime remembers for itself comes when it likes.
        if writes[0].space != RUNTIME_SPACE:
            self._note("write")
        return await super().write(writes)

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        self._note("write behind")
        # Not by way of `write`, which would be noted.
        return await MemoryState.write(self, writes)

    async def flush(self) -> None:
        self._note("flush")
