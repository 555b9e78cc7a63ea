"""State in the file, as its loop sees it. What is written behind is answered from memory."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from motia_py.backends.sqlite.deliveries import Push
from motia_py.backends.sqlite.items import SELECT_VALUE, Commit, Committed, Items
from motia_py.backends.sqlite.overlay import Overlay, Unsaved
from motia_py.backends.sqlite.reading import Reader
from motia_py.backends.sqlite.writer import Writer
from motia_py.backends.staging import MISSING, Place, stage
from motia_py.clock import Clock, Timer
from motia_py.encoding import loads, plain
from motia_py.errors import StoreUnavailable
from motia_py.messages import JSON, Change, Write

#: How long a value that was written behind may wait for its way to the file.
BEHIND_SECONDS = 0.1
#: How long after a failure it is tried again.
AGAIN_SECONDS = 1.0

_LIST = 'SELECT key, value FROM items WHERE space = ? AND "group" = ? ORDER BY seq'
_GROUPS = 'SELECT DISTINCT "group" FROM items WHERE space = ?'

_log = logging.getLogger("motia_py.store")


class SqliteState:
    """A StateStore. Places that a write is under way for are not written behind."""

    def __init__(self, clock: Clock, writer: Writer, reader: Reader, items: Items) -> None:
        self._clock = clock
        self._writer = writer
        self._reader = reader
        self._bulks = items
        self._overlay = Overlay()
        self._busy: Counter[Place] = Counter()
        self._saving: set[asyncio.Future[Any]] = set()
        self._timer: Timer | None = None

    async def get(self, space: str, group: str, key: str) -> JSON:
        value = self._value_at((space, group, key))
        return None if value is MISSING else plain(value)

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        # Taken first: what is saved meanwhile is then in the file, or in here, or in both.
        unsaved = dict(self._overlay.items(space, group))
        rows = await self._reader.all(_LIST, (space, group))
        stored = [
            (key, plain(unsaved.pop(key)) if key in unsaved else loads(text)) for key, text in rows
        ]
        return [*stored, *((key, plain(value)) for key, value in unsaved.items())]

    async def groups(self, space: str) -> Sequence[str]:
        unsaved = self._overlay.groups(space)
        rows = await self._reader.all(_GROUPS, (space,))
        return sorted(unsaved.union(row[0] for row in rows))

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        committed: Committed = await self.commit(Commit(writes, _nothing, ()))
        return committed.changes

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        places = _places(writes)
        if any(write.kind == "delete" for write in writes) or any(map(self._busy.get, places)):
            return await self.write(writes)
        staged = stage(writes, self._value_at)
        for place, (_, value) in zip(places, staged, strict=True):
            self._overlay.put(place, value)
        self._arm(BEHIND_SECONDS)
        return [each.change for each in staged]

    async def flush(self) -> None:
        self._save()
        if self._saving:
            await asyncio.gather(*(asyncio.shield(each) for each in self._saving))

    async def commit(
        self,
        commit: Commit,
        *,
        keep: Callable[[Committed], Any] | None = None,
        lose: Callable[[], None] | None = None,
    ) -> Any:
        """Do it on the writer's thread, after what was written behind in its groups.

        (In its places it must see it, in its groups the new keys must come in their order.)

        `keep` turns what was done into the result, `lose` hears that it was not.
        """
        places = _places(commit.writes)
        if any(self._overlay.items(space, group) for space, group, _ in places):
            self._save()
        self._busy.update(places)

        def done(_: Commit, committed: Committed) -> Any:
            for place in places:
                self._overlay.drop(place)
            self._leave(places)
            return committed if keep is None else keep(committed)

        def not_done(_: Commit) -> None:
            self._leave(places)
            if lose is not None:
                lose()

        return await self._writer.submit(self._bulks.commit, commit, keep=done, lose=not_done)

    async def close(self) -> None:
        """Save what was written behind, if it can be."""
        try:
            await self.flush()
        except StoreUnavailable as error:
            _log.error(
                "the newest stream items are lost: %s", error, extra={"action": "store.lost"}
            )
        if self._timer is not None:
            self._timer.cancel()

    def _value_at(self, place: Place) -> JSON:
        unsaved = self._overlay.value_at(place)
        if unsaved is not MISSING:
            return unsaved
        row = self._reader.one(SELECT_VALUE, place)
        return MISSING if row is None else loads(row[0])

    def _leave(self, places: Sequence[Place]) -> None:
        self._busy.subtract(places)
        for place in places:
            if not self._busy[place]:
                del self._busy[place]

    def _arm(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._save()

    def _save(self) -> None:
        """Begin to save what nobody has begun to save yet."""
        if not self._overlay.is_dirty:
            return
        unsaved = self._overlay.take_dirty()
        future = self._writer.submit(self._bulks.save, unsaved)
        self._saving.add(future)
        future.add_done_callback(lambda done: self._saved(unsaved, done))

    def _saved(self, unsaved: Sequence[Unsaved], done: asyncio.Future[Any]) -> None:
        self._saving.discard(done)
        error = done.exception()
        if error is None:
            self._overlay.saved(unsaved)
            return
        self._overlay.not_saved(unsaved)
        self._arm(AGAIN_SECONDS)
        _log.error("stream items wait in memory: %s", error, extra={"action": "store.unavailable"})


def _nothing(changes: Sequence[Change]) -> Sequence[Push]:
    """What follows from a write that no trigger watches."""
    return ()


def _places(writes: Sequence[Write]) -> Sequence[Place]:
    """Where the writes go."""
    return [(write.space, write.group, write.key) for write in writes]
