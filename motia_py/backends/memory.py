"""The engine that needs nothing: a queue and state in this process, gone with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import nsmallest
from types import TracebackType
from typing import Self, TypeAlias

from motia_py.backends.memory_queue import MemoryQueue
from motia_py.backends.staging import MISSING, Place, Staged, stage
from motia_py.clock import Clock
from motia_py.encoding import plain
from motia_py.interfaces import DeliveriesOf
from motia_py.messages import JSON, Change, Delivery, Write

#: A value, and when it was written.
_Kept: TypeAlias = tuple[JSON, float]


class MemoryEngine:
    """A queue and a state store that live as long as this object.

    Closing keeps what they hold; what was in flight is then nobody's.
    `keep_finished_seconds` is how long acked deliveries can be looked at.
    """

    def __init__(self, clock: Clock, *, keep_finished_seconds: float = 0.0) -> None:
        self._queue = MemoryQueue(clock, keep_finished_seconds)
        self._state = MemoryState(clock)

    @property
    def queue(self) -> MemoryQueue:
        return self._queue

    @property
    def state(self) -> MemoryState:
        return self._state

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        staged = stage(writes, self._state.value_at, self._state.written_at)
        changes = [each.change for each in staged]
        following = deliveries(changes) if deliveries is not None else ()
        copies = self._queue.copy_in(following)
        # Whatever can fail has not; from here on all of it happens.
        self._state.apply(staged)
        for delivery in acks:
            self._queue.finish(delivery)
        return changes, self._queue.store(following, copies)

    async def __aenter__(self) -> Self:
        self._queue.let_go()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


class MemoryState:
    """A StateStore on nested dicts, which keep the order of first writes by themselves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spaces: dict[str, dict[str, dict[str, _Kept]]] = {}

    async def get(self, space: str, group: str, key: str) -> JSON:
        kept = self._items(space, group).get(key)
        return None if kept is None else plain(kept[0])

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        return [(key, plain(kept[0])) for key, kept in self._items(space, group).items()]

    async def keys(self, space: str, group: str) -> Sequence[str]:
        return [*self._items(space, group)]

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        written = (
            (group, key, at)
            for group, items in self._spaces.get(space, {}).items()
            for key, (_, at) in items.items()
        )
        return nsmallest(limit, written, key=lambda each: each[2])

    async def groups(self, space: str) -> Sequence[str]:
        return sorted(self._spaces.get(space, {}))

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        staged = stage(writes, self.value_at, self.written_at)
        self.apply(staged)
        return [each.change for each in staged]

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        return await self.write(writes)

    async def flush(self) -> None:
        return None

    def value_at(self, place: Place) -> JSON:
        space, group, key = place
        kept = self._items(space, group).get(key)
        return MISSING if kept is None else kept[0]

    def written_at(self, place: Place) -> float:
        """When a value that is there was last written."""
        space, group, key = place
        return self._items(space, group)[key][1]

    def apply(self, staged: Sequence[Staged]) -> None:
        """Make staged writes happen; cannot fail."""
        now = self._clock.now()
        # One by one and not only the last of each key, so that the order of keys comes out right.
        for change, value in staged:
            if value is not MISSING:
                groups = self._spaces.setdefault(change.space, {})
                groups.setdefault(change.group, {})[change.key] = (value, now)
            elif change.existed:
                self._delete(change.space, change.group, change.key)

    def _items(self, space: str, group: str) -> Mapping[str, _Kept]:
        groups = self._spaces.get(space)
        return _NOTHING if groups is None else groups.get(group, _NOTHING)

    def _delete(self, space: str, group: str, key: str) -> None:
        groups = self._spaces[space]
        del groups[group][key]
        if not groups[group]:
            del groups[group]


_NOTHING: Mapping[str, _Kept] = {}
