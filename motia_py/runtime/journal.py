"""What happened lately in one group, for those who come back to it. Pure.

Offsets count the group's changes from the journal's beginning; its epoch is its own, so that a
cursor never means another journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from motia_py.messages import StreamChange
from motia_py.runtime.frames import Announcement, Cursor, Delta
from motia_py.runtime.growth import Growth

#: Changes that are kept for those who come back.
MAX_CHANGES = 1000
#: And the size of their data: as much as may wait for a client that reads slowly.
MAX_BYTES = 1024 * 1024
#: What a change takes in memory besides its data, as measured.
CHANGE_BYTES = 512


class Journal:
    __slots__ = ("_changes", "_data_bytes", "_floor", "_offset", "epoch", "growth")

    def __init__(self, epoch: str, growth: Growth) -> None:
        self.epoch = epoch
        self.growth = growth
        self._data_bytes = 0
        self._offset = 0
        #: The offset after which every change is kept.
        self._floor = 0
        self._changes: deque[Announcement] = deque()

    @property
    def size_bytes(self) -> int:
        """The memory that it takes, roughly."""
        return self._data_bytes + CHANGE_BYTES * len(self._changes)

    @property
    def cursor(self) -> Cursor:
        """Where the group is now."""
        return Cursor(self.epoch, self._offset)

    def record(self, change: StreamChange, *, follows: bool) -> Announcement:
        """Count a change and keep it. `follows`: somebody wants text that grows sent short."""
        self._offset += 1
        delta = None
        if follows:
            delta = self._delta(change)
        else:
            self.growth.clear()
        announcement = Announcement(change, cursor=self.cursor, delta=delta)
        self._changes.append(announcement)
        self._data_bytes += len(announcement.data)
        while len(self._changes) > MAX_CHANGES or self._data_bytes > MAX_BYTES:
            self._drop_oldest()
        return announcement

    def since(self, cursor: Cursor) -> Sequence[Announcement] | None:
        """The changes after a cursor, in order; None if they are not all here any more."""
        if cursor.epoch != self.epoch or not self._floor <= cursor.offset <= self._offset:
            return None
        missed = self._offset - cursor.offset
        return list(self._changes)[len(self._changes) - missed :]

    def clear(self) -> None:
        """Keep nothing of what happened so far."""
        while self._changes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        dropped = self._changes.popleft()
        self._data_bytes -= len(dropped.data)
        self._floor += 1

    def _delta(self, change: StreamChange) -> Delta | None:
        if change.id is None or change.type == "event":
            return None
        if change.type == "delete":
            self.growth.forget(change.id)
            return None
        return self.growth.follow(change.id, change.data)
