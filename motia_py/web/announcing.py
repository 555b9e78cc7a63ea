"""Tells the watchers of streams what changed, at a time that no later change has.

The last timestamp outlives the process: should the machine's clock be set back until the next
start, clients that stayed would take what is new for old.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from motia_py.errors import StoreUnavailable
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, RUNTIME_SPACE, Change, ChangeType, StreamChange, Write
from motia_py.runtime.frames import StreamClock
from motia_py.runtime.hub import StreamHub
from motia_py.web.watching import Watcher, announce

#: Where the timestamp of the last change is kept, in milliseconds.
_LAST_STAMP = (RUNTIME_SPACE, "streams", "last stamp")


class Announcer:
    """`now` gives seconds since the epoch; `epoch` is a text that no other process had."""

    def __init__(self, last_ms: int, epoch: str, now: Callable[[], float]) -> None:
        self._clock = StreamClock(last_ms)
        self._now = now
        self.hub: StreamHub[Watcher] = StreamHub(self._clock, epoch)

    def announce(
        self, stream: str, group: str, id: str | None, kind: ChangeType, data: JSON
    ) -> StreamChange:
        """Tell the watchers at once; returns the change as they saw it."""
        change = StreamChange(
            stream=stream,
            group=group,
            id=id,
            type=kind,
            data=data,
            timestamp_ms=self.stamp_ms(),
        )
        announce(self.hub.publish(change))
        return change

    def announce_write(self, stream: str, change: Change) -> StreamChange:
        """Tell them of an item that was written past any handler."""
        kind: ChangeType = "update" if change.existed else "create"
        data = change.new_value
        if change.kind == "delete":
            kind, data = "delete", change.old_value
        return self.announce(stream, change.group, change.key, kind, data)

    def stamp_ms(self) -> int:
        return self._clock.next(int(self._now() * 1000))

    async def keep_last(self, store: StateStore) -> None:
        """For the next start."""
        space, group, key = _LAST_STAMP
        value = self._clock.last_ms
        write = Write(space=space, group=group, key=key, kind="set", value=value)
        with suppress(StoreUnavailable):
            await store.write([write])


async def last_stamp_ms(store: StateStore) -> int:
    """The timestamp that was kept at the last stop; 0 if there was none."""
    return await store.get(*_LAST_STAMP) or 0
