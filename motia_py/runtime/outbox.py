"""What waits for one watcher who reads more slowly than things change. Pure.

A little waits in order. Above that, changes of one item become one, so that whoever lags jumps to
what is true now; what `send` says and changes of other items are never merged.
"""

from __future__ import annotations

from typing import NamedTuple

from motia_py.messages import ChangeType
from motia_py.runtime.frames import Announcement, Form

#: Bytes that may wait before changes of one item are merged.
MERGE_ABOVE_BYTES = 64 * 1024


class _Item(NamedTuple):
    stream: str
    group: str
    id: str


class _Waiting(NamedTuple):
    """`type` is None for what is no change."""

    item: _Item | None
    type: ChangeType | None
    frame: bytes

    @property
    def counted_bytes(self) -> int:
        return len(self.frame) if self.type is not None else 0


class Outbox:
    """`merges_above` is how many bytes of changes wait in order; `size_bytes` is how many wait, and
    `frame_count` how many frames that are no changes."""

    __slots__ = ("_latest", "_merges_above", "_next", "_waiting", "frame_count", "size_bytes")

    def __init__(self, *, merges_above: int = MERGE_ABOVE_BYTES) -> None:
        self._merges_above = merges_above
        #: In the order in which they will be told.
        self._waiting: dict[int, _Waiting] = {}
        #: Where the last change of each item is.
        self._latest: dict[_Item, int] = {}
        self._next = 0
        self.size_bytes = 0
        self.frame_count = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, announcement: Announcement, form: Form) -> None:
        """Have a change wait, whole."""
        if announcement.id is None or announcement.type == "event":
            self._append(_Waiting(None, announcement.type, announcement.frame(form)))
            return
        item = _Item(announcement.stream, announcement.group, announcement.id)
        earlier = self._latest.get(item) if self.size_bytes > self._merges_above else None
        if earlier is None:
            self._append(_Waiting(item, announcement.type, announcement.frame(form)))
            return
        untold = self._remove(earlier)
        merged = _merged(untold.type, announcement.type)
        if merged is not None:
            # At the end, not in the old place: what is told in between is older than this.
            is_same = merged == announcement.type
            frame = announcement.frame(form) if is_same else announcement.framed(form, merged)
            self._append(_Waiting(item, merged, frame))

    def put_frame(self, frame: bytes) -> None:
        """Have a frame wait that is no change, as what there was at a join: it does not count."""
        self._append(_Waiting(None, None, frame))

    def take(self) -> bytes:
        """The next frame. There must be one."""
        return self._remove(next(iter(self._waiting))).frame

    def _append(self, waiting: _Waiting) -> None:
        if not waiting.frame:
            return
        self._waiting[self._next] = waiting
        if waiting.item is not None:
            self._latest[waiting.item] = self._next
        self._next += 1
        self.size_bytes += waiting.counted_bytes
        self.frame_count += waiting.type is None

    def _remove(self, place: int) -> _Waiting:
        waiting = self._waiting.pop(place)
        self.size_bytes -= waiting.counted_bytes
        self.frame_count -= waiting.type is None
        if waiting.item is not None and self._latest.get(waiting.item) == place:
            del self._latest[waiting.item]
        return waiting


def _merged(untold: ChangeType | None, later: ChangeType) -> ChangeType | None:
    """What two changes of one item come to, of which the first was never told; None: to nothing."""
    match untold, later:
        case "create", "update":
            return "create"
        case "create", "delete":
            return None
        case "delete", "create":
            return "update"
        case _:
            return later
