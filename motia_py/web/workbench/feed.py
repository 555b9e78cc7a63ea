"""What happened lately in one topic, numbered, for those who come and go. Pure.

The ring is the only buffer: whoever reads slowly finds that some is gone, and is told how much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from motia_py.runtime.frames import Cursor, read_cursor

T = TypeVar("T")

#: Nobody knows how many are missing: the cursor is of another process.
UNKNOWN = -1


class Missed(NamedTuple, Generic[T]):
    """What came after a cursor: the items, how many are missing before them, where it is now."""

    items: list[T]
    dropped: int
    cursor: Cursor


class Feed(Generic[T]):
    """The last `size` items. `epoch` is a text that no other process had."""

    __slots__ = ("_count", "_epoch", "_items", "_listeners")

    def __init__(self, epoch: str, size: int) -> None:
        self._epoch = epoch
        self._items: deque[T] = deque(maxlen=size)
        self._count = 0
        self._listeners: list[Callable[[], object]] = []

    def append(self, item: T) -> None:
        self._items.append(item)
        self._count += 1
        for listener in self._listeners:
            listener()

    def items(self) -> list[T]:
        """All that is kept, oldest first."""
        return list(self._items)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self._epoch, self._count)

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call `listener` whenever there is something new; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, cursor: Cursor, limit: int) -> Missed[T]:
        """What came after `cursor`, the newest `limit` of it."""
        kept = self._count - len(self._items)
        if cursor.epoch != self._epoch or cursor.offset > self._count:
            after, dropped = kept, UNKNOWN
        else:
            after = max(cursor.offset, kept)
            dropped = after - cursor.offset
        if self._count - after > limit:
            skipped = self._count - after - limit
            after += skipped
            dropped = dropped if dropped == UNKNOWN else dropped + skipped
        items = list(islice(self._items, after - kept, None))
        return Missed(items, dropped, self.cursor)


def cursor_of(text: str | None, feed: Feed[T]) -> Cursor:
    """The cursor that a client sent; null stands for now, what is none of ours for long ago."""
    if text is None:
        return feed.cursor
    return read_cursor(text) or Cursor("", 0)
