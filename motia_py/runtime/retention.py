"""How long a stream keeps its items, and how many of a group: what `ttl` and `maxItems` say.

Judges by what stands in the store, whoever wrote it. Deletes as a handler would: triggers are set
off and watchers are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from motia_py.clock import Clock, Timer
from motia_py.interfaces import StateStore
from motia_py.messages import Change, Write, stream_space
from motia_py.project.registry import Registry
from motia_py.runtime.outages import RETRY_SECONDS, Outages
from motia_py.runtime.state import Commit
from motia_py.runtime.streams import Announce

#: Items that are deleted in one commit.
PAGE = 200
#: Look again at least this often: timers run on the monotonic clock, items age by the wall clock.
LOOK_AGAIN_SECONDS = 60.0
#: Groups of which it is remembered how many items they may still take.
MAX_GROUPS = 10_000


def slack_seconds(ttl_seconds: float) -> float:
    """How long after its time an item may still be there."""
    return max(1.0, min(60.0, ttl_seconds / 10))


def surplus(keys: Sequence[str], max_items: int) -> Sequence[str]:
    """The keys that are too many; `keys` are in the order of their first writes."""
    return keys[: max(0, len(keys) - max_items)]


def wait_seconds(ttl_seconds: float, *, now: float, oldest_at: float | None) -> float:
    """How long nothing needs to be looked at; `oldest_at` is when the oldest item was written.

    What is written from now on is due a whole ttl later. A little is waited in any case, so that
    items that fall due one after the other go together.
    """
    due_at = now + ttl_seconds if oldest_at is None else oldest_at + ttl_seconds
    return max(slack_seconds(ttl_seconds) / 2, min(due_at - now, LOOK_AGAIN_SECONDS))


class Retention:
    """Follows the streams of the registry, from `begin` to `stop`.

    `commit` applies writes from outside of any step, and sets off what watches them. `spawn` makes
    the tasks and owns them.
    """

    def __init__(
        self,
        *,
        store: StateStore,
        clock: Clock,
        registry: Callable[[], Registry],
        commit: Callable[[Sequence[Write]], Awaitable[Sequence[Change]]],
        announce: Announce,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        outages: Outages,
    ) -> None:
        self.store = store
        self.clock = clock
        self.outages = outages
        self.spawn = spawn
        self._registry = registry
        self._commit = commit
        self._announce = announce
        self._max_items: Mapping[str, int] = {}
        self._expiries: dict[str, _Expiry] = {}
        #: By stream and group: items that may certainly be created before there are too many.
        self._room: dict[tuple[str, str], int] = {}
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def begin(self) -> None:
        """Delete what fell due while nobody served it; before anybody looks."""
        self._follow_max_items()
        await asyncio.gather(*(expiry.look() for expiry in self._follow_ttl()))

    def follow(self) -> None:
        """Keep to what the registry says now."""
        self._follow_max_items()
        for expiry in self._follow_ttl():
            self.spawn(expiry.look())

    def stop(self) -> None:
        """Begin nothing more by itself."""
        for expiry in self._expiries.values():
            expiry.stop()
        self._expiries.clear()

    def created(self, stream: str, group: str, commit: Commit) -> Awaitable[None] | None:
        """To be called once an item was created: what to wait for until the surplus is gone.

        None if there can be none. `commit` is that of the run that created it.
        """
        max_items = self._max_items.get(stream)
        if max_items is None:
            return None
        place = (stream, group)
        room = self._room.get(place, 0)
        if room > 0:
            # Some of these are counted twice, by whoever looked meanwhile: then somebody looks
            # sooner than he would have to.
            self._room[place] = room - 1
            return None
        return self._trim(stream, group, commit)

    async def restored(self, writes: Sequence[Write]) -> None:
        """Do the same for what was written past the streams."""
        for stream in self._max_items:
            space = stream_space(stream)
            for group in {write.group for write in writes if write.space == space}:
                await self._trim(stream, group, self._commit)

    async def delete(self, stream: str, writes: Sequence[Write], commit: Commit) -> None:
        """Do these deletes, and tell the watchers of those that took effect."""
        for change in await commit(writes):
            if change.existed:
                self._announce(stream, change.group, change.key, "delete", change.old_value)

    async def expire(self, stream: str, items: Sequence[tuple[str, str, float]]) -> None:
        """Delete items by group, key and when they were written, but for those written since."""
        space = stream_space(stream)
        writes = [
            Write(space=space, group=group, key=key, kind="delete", unless_written_after=at)
            for group, key, at in items
        ]
        await self.delete(stream, writes, self._commit)

    async def _trim(self, stream: str, group: str, commit: Commit) -> None:
        """Delete the oldest items of a group that are too many; one at a time for each group."""
        place = (stream, group)
        lock = self._locks.get(place)
        if lock is None:
            lock = self._locks[place] = asyncio.Lock()
        async with lock:
            max_items = self._max_items.get(stream)
            if max_items is None:
                return
            # Who creates while the keys are read may or may not be among them: he looks himself.
            self._room.pop(place, None)
            space = stream_space(stream)
            keys = await self.store.keys(space, group)
            self._remember_room(place, max_items - len(keys))
            writes = [
                Write(space=space, group=group, key=key, kind="delete")
                for key in surplus(keys, max_items)
            ]
            for start in range(0, len(writes), PAGE):
                await self.delete(stream, writes[start : start + PAGE], commit)

    def _remember_room(self, place: tuple[str, str], room: int) -> None:
        self._room.pop(place, None)
        if room > 0:
            if len(self._room) >= MAX_GROUPS:
                # Whoever is forgotten is looked at again.
                del self._room[next(iter(self._room))]
            self._room[place] = room

    def _follow_max_items(self) -> None:
        older = self._max_items
        streams = self._registry().streams.values()
        self._max_items = {
            each.config.name: each.config.max_items
            for each in streams
            if each.config.max_items is not None
        }
        self._room.clear()
        for stream, max_items in self._max_items.items():
            if stream not in older or max_items < older[stream]:
                self.spawn(self._trim_all(stream))

    async def _trim_all(self, stream: str) -> None:
        """Every group of a stream: it may hold more from before."""
        try:
            for group in await self.store.groups(stream_space(stream)):
                await self._trim(stream, group, self._commit)
        except Exception as error:
            # The next item of each group makes up for it.
            self.outages.tell(error)

    def _follow_ttl(self) -> Sequence[_Expiry]:
        """End what is gone or changed, and give what is new."""
        current = {
            each.config.name: each.config.ttl_seconds
            for each in self._registry().streams.values()
            if each.config.ttl_seconds is not None
        }
        for stream, expiry in list(self._expiries.items()):
            if current.get(stream) != expiry.ttl_seconds:
                self._expiries.pop(stream).stop()
        new = [
            _Expiry(self, stream, ttl_seconds)
            for stream, ttl_seconds in current.items()
            if stream not in self._expiries
        ]
        self._expiries.update((expiry.stream, expiry) for expiry in new)
        return new


class _Expiry:
    """The ttl of one stream, and the timer until its next item falls due."""

    def __init__(self, owner: Retention, stream: str, ttl_seconds: float) -> None:
        self.stream = stream
        self.ttl_seconds = ttl_seconds
        self._owner = owner
        self._timer: Timer | None = None
        self._is_stopped = False

    def stop(self) -> None:
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()

    async def look(self) -> None:
        """Delete what is due, and look again when the next one is, or soon after a failure."""
        try:
            seconds = await self._work_off()
        except Exception as error:
            self._owner.outages.tell(error)
            seconds = RETRY_SECONDS
        if not self._is_stopped:
            self._timer = self._owner.clock.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._owner.spawn(self.look())

    async def _work_off(self) -> float:
        """Delete what is due; how long to wait for more."""
        space = stream_space(self.stream)
        while True:
            oldest = await self._owner.store.oldest(space, limit=PAGE)
            now = self._owner.clock.now()
            due = [each for each in oldest if each[2] + self.ttl_seconds <= now]
            if due and not self._is_stopped:
                await self._owner.expire(self.stream, due)
            if len(due) < PAGE or self._is_stopped:
                next_at = oldest[len(due)][2] if len(due) < len(oldest) else None
                return wait_seconds(self.ttl_seconds, now=now, oldest_at=next_at)
