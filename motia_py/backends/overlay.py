"""A store on top of another one: reads fall through, writes stay here and are gone with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from motia_py.backends.staging import MISSING, Place, stage
from motia_py.clock import Clock
from motia_py.encoding import plain
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, Change, Write


class OverlayState:
    """A StateStore that changes nothing below it. For one run: two that write at once may not see
    each other."""

    def __init__(self, below: StateStore, clock: Clock) -> None:
        self._below = below
        self._clock = clock
        #: What was written, in the order of first writes; MISSING where it was deleted.
        self._own: dict[Place, JSON] = {}

    async def get(self, space: str, group: str, key: str) -> JSON:
        place = (space, group, key)
        if place in self._own:
            value = self._own[place]
            return None if value is MISSING else plain(value)
        return await self._below.get(space, group, key)

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        own = self._own_in(space, group)
        # What is below keeps its place, what is new comes after it.
        merged = {**dict(await self._below.list(space, group)), **own}
        return [(key, plain(value)) for key, value in merged.items() if value is not MISSING]

    async def keys(self, space: str, group: str) -> Sequence[str]:
        return [key for key, _ in await self.list(space, group)]

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        return await self._below.oldest(space, limit=limit)

    async def groups(self, space: str) -> Sequence[str]:
        names = {*await self._below.groups(space)}
        names.update(group for each, group, _ in self._own if each == space)
        return sorted([name for name in names if await self.keys(space, name)])

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        values = {
            (write.space, write.group, write.key): await self._value_at(write) for write in writes
        }
        now = self._clock.now()
        staged = stage(writes, values.__getitem__, lambda _: now)
        for change, value in staged:
            self._own[change.space, change.group, change.key] = value
        return [each.change for each in staged]

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        return await self.write(writes)

    async def flush(self) -> None:
        return None

    async def _value_at(self, write: Write) -> JSON:
        place = (write.space, write.group, write.key)
        if place in self._own:
            return self._own[place]
        value = await self._below.get(*place)
        if value is None and write.key not in await self._below.keys(write.space, write.group):
            return MISSING
        return value

    def _own_in(self, space: str, group: str) -> Mapping[str, JSON]:
        return {
            key: value
            for (each, name, key), value in self._own.items()
            if (each, name) == (space, group)
        }
