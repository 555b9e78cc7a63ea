"""State in the file, as its loop sees it. What is written behind is answered from memory."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from motia_py.backends.sqlite.deliveries import Push
from motia_py.backends.sqlite.flight import Claim
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
_KEYS = 'SELECT key FROM items WHERE space = ? AND "group" = ? ORDER BY seq'
_OLDEST = 'SELECT "group", key, written_at FROM items WHERE space = ? ORDER BY written_at LIMIT ?'
_GROUPS = 'SELECT DISTINCT "group" FROM items WHERE space = ?'

_log = logging.getLogger("motia_py.store")


class SqliteState:
    """A StateStore. Groups that a write is under way for are not written behind."""

    def __init__(self, clock: Clock, writer: Writer, reader: Reader, items: Items) -> None:
        self._clock = clock
        self._writer = writer
        self._reader = reader
        self._bulks = items
        self._overlay = Overlay()
        self._busy: Counter[tuple[str, str]] = Counter()
        #: The write under way that takes along what was written behind in a group.
        self._taking: dict[tuple[str, str], asyncio.Future[Any]] = {}
        #: What takes to the file what was written behind.
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

    async def keys(self, space: str, group: str) -> Sequence[str]:
        unsaved = self._overlay.items(space, group)
        stored = [row[0] for row in await self._reader.all(_KEYS, (space, group))]
        known = set(stored) if unsaved else ()
        return [*stored, *(key for key in unsaved if key not in known)]

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        # As in `list`: what the file says of these may be old by now.
        unsaved = self._overlay.written(space)
        rows = await self._reader.all(_OLDEST, (space, limit + len(unsaved)))
        found = [(group, key, at) for group, key, at in rows if (group, key) not in unsaved]
        found += [(*place, at) for place, at in unsaved.items()]
        return sorted(found, key=lambda each: each[2])[:limit]

    async def groups(self, space: str) -> Sequence[str]:
        unsaved = self._overlay.groups(space)
        rows = await self._reader.all(_GROUPS, (space,))
        return sorted(unsaved.union(row[0] for row in rows))

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        committed: Committed = await self.commit(writes, _nothing, ())
        return committed.changes

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        if any(write.kind == "delete" or _group(write) in self._busy for write in writes):
            return await self.write(writes)
        # Nothing asks when: deletes are not done behind.
        staged = stage(writes, self._value_at, lambda place: 0.0)
        now = self._clock.now()
        for write, (_, value) in zip(writes, staged, strict=True):
            self._overlay.put((*_group(write), write.key), value, now)
        self._arm(BEHIND_SECONDS)
        return [each.change for each in staged]

    async def flush(self) -> None:
        must_look_again = True
        while must_look_again:
            self._save()
            if not self._saving:
                return
            done, _ = await asyncio.wait(self._saving)
            errors = [error for each in done if (error := each.exception()) is not None]
            for error in errors:
                if isinstance(error, StoreUnavailable):
                    raise error
            # A write that was refused has not saved what it was to take along.
            must_look_again = bool(errors)

    async def commit(
        self,
        writes: Sequence[Write],
        follow: Callable[[Sequence[Change]], Sequence[Push]],
        acked: Sequence[Claim],
        *,
        keep: Callable[[Committed], Any] | None = None,
        lose: Callable[[], None] | None = None,
        abandon: Callable[[Any], None] | None = None,
    ) -> Any:
        """Do it on the writer's thread, with what was written behind in the groups of the writes.

        `keep` turns what was done into the result, `lose` hears that it was not; for `abandon` see
        the writer.
        """
        groups = dict.fromkeys(map(_group, writes))
        self._busy.update(groups.keys())
        try:
            await self._others_land(groups)
        except asyncio.CancelledError:
            self._leave(groups)
            if lose is not None:
                lose()
            raise
        unsaved = [each for group in groups for each in self._overlay.take_group(*group)]
        taken = {each.place[:2] for each in unsaved}

        def land() -> None:
            self._leave(groups)
            for group in taken:
                del self._taking[group]

        def done(commit: Commit, committed: Committed) -> Any:
            land()
            self._overlay.saved(unsaved)
            return committed if keep is None else keep(committed)

        def not_done(_: Commit) -> None:
            land()
            self._overlay.not_saved(unsaved)
            if self._overlay.is_dirty:
                self._arm(AGAIN_SECONDS)
            if lose is not None:
                lose()

        commit = Commit(unsaved, writes, follow, acked, self._clock.now())
        future = self._writer.submit(
            self._bulks.commit, commit, keep=done, lose=not_done, abandon=abandon
        )
        if unsaved:
            self._saving.add(future)
            self._taking.update(dict.fromkeys(taken, future))
            future.add_done_callback(self._saving.discard)
        return await future

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

    async def _others_land(self, groups: Iterable[tuple[str, str]]) -> None:
        """Return once no other write takes along what was written behind in these groups.

        It may write over that: who took it along once more would bring the old value back.
        """
        while taking := [self._taking[group] for group in groups if group in self._taking]:
            await asyncio.wait(taking)

    def _leave(self, groups: Iterable[tuple[str, str]]) -> None:
        for group in groups:
            self._busy[group] -= 1
            if not self._busy[group]:
                del self._busy[group]

    def _arm(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._save()

    def _save(self) -> None:
        """Begin to save what nobody has begun to save yet."""
        unsaved = self._overlay.take_dirty(but=self._busy)
        if not unsaved:
            return
        future = self._writer.submit(self._bulks.save, unsaved)
        self._saving.add(future)
        future.add_done_callback(lambda done: self._saved(unsaved, done))

    def _saved(self, unsaved: Sequence[Unsaved], done: asyncio.Future[Any]) -> None:
        self._saving.discard(done)
        if done.exception() is None:
            self._overlay.saved(unsaved)
            return
        # Told by whoever flushes, as each run does before it reports anything.
        self._overlay.not_saved(unsaved)
        self._arm(AGAIN_SECONDS)


def _nothing(changes: Sequence[Change]) -> Sequence[Push]:
    """What follows from a write that no trigger watches."""
    return ()


def _group(write: Write) -> tuple[str, str]:
    return (write.space, write.group)
