"""What watchers are told, as text in each form that they read. Pure: takes changes, returns bytes.

A change's data becomes JSON once, whoever reads it in whatever form.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from motia_py import encoding
from motia_py.messages import JSON, ChangeType, StreamChange


class Channel(NamedTuple):
    """What is watched: a stream's group, or with `id` one item of it."""

    stream: str
    group: str
    id: str | None = None

    def covers(self, change: StreamChange) -> bool:
        return (
            self.stream == change.stream
            and self.group == change.group
            and (self.id is None or self.id == change.id)
        )


class StreamClock:
    """Timestamps in milliseconds that rise strictly, whatever the machine's clock does.

    Motia's clients drop a frame that is not newer than the last, so each server has one of these,
    started at the last timestamp that it may have sent before a restart.
    """

    __slots__ = ("_lock", "last_ms")

    def __init__(self, last_ms: int = 0) -> None:
        # Changes that set off triggers get theirs on the thread of the store that commits them.
        self._lock = Lock()
        self.last_ms = last_ms

    def next(self, now_ms: int) -> int:
        with self._lock:
            self.last_ms = max(now_ms, self.last_ms + 1)
            return self.last_ms


class Form(IntEnum):
    """How a watcher reads: see `docs/reference/stream-protocol.md`. Counts from 0, as an index."""

    #: Motia's frames, as its npm clients know them.
    MOTIA = 0
    #: The same with a cursor in each, from which a client can resume.
    CURSORS = 1
    #: The same, and text that grows is sent short.
    DELTAS = 2
    #: Server-sent events.
    EVENTS = 3
    #: Bare items, one per message.
    ITEMS = 4

    @property
    def has_cursors(self) -> bool:
        return self in (Form.CURSORS, Form.DELTAS, Form.EVENTS)


#: Asked once: an enumeration counts its members anew each time.
_FORMS = len(Form)


class Cursor(NamedTuple):
    """A place in what happened to one group: how many changes of an epoch came before."""

    epoch: str
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}"


#: Stands for a cursor that is none of ours: nothing is kept for it.
NOWHERE = Cursor("", 0)


def read_cursor(text: object) -> Cursor | None:
    """The cursor that a client sent back; None if it is none of ours."""
    if not isinstance(text, str) or len(text) > 80:
        return None
    epoch, _, offset = text.rpartition("-")
    if not epoch or not offset.isascii() or not offset.isdigit():
        return None
    return Cursor(epoch, int(offset))


class Delta(NamedTuple):
    """A change of an item of which a text only grew: `ref` stands for the item's `field`.

    `change` is what happened since the last change: the text that came, and the other fields that
    are new. None: this change is the one that says what `ref` stands for.
    """

    ref: int
    field: str
    change: tuple[str, Mapping[str, JSON]] | None


class Announcement:
    """One change, ready to be told. `cursor` is None where nobody could resume from it."""

    __slots__ = (
        "_frames",
        "_messages",
        "_short",
        "cursor",
        "data",
        "delta",
        "group",
        "id",
        "stream",
        "timestamp_ms",
        "type",
    )

    def __init__(
        self, change: StreamChange, *, cursor: Cursor | None = None, delta: Delta | None = None
    ) -> None:
        self.stream = change.stream
        self.group = change.group
        self.id = change.id
        self.type = change.type
        self.timestamp_ms = change.timestamp_ms
        self.data = encoding.dumps(sendable(change.data))
        self.cursor = cursor
        self.delta = delta
        # Made when first asked for: most of those that a journal keeps never are.
        self._frames: list[bytes | None] | None = None
        self._messages: list[bytes | None] | None = None
        self._short: bytes | None = None

    def frame(self, form: Form) -> bytes:
        """The change whole, as `form` has it; empty if that form does not tell it."""
        frames = self._frames
        if frames is None:
            frames = self._frames = [None] * _FORMS
        frame = frames[form]
        if frame is None:
            frame = frames[form] = self.framed(form, self.type)
        return frame

    def framed(self, form: Form, type: ChangeType, cursor: Cursor | None = None) -> bytes:
        """As `frame`, under another type or with a later cursor; made anew each time."""
        cursor = cursor or self.cursor
        match form:
            case Form.ITEMS:
                return b"" if type == "delete" else self.data
            case Form.EVENTS:
                return self._as_event(type, cursor)
            case _:
                return self._as_message(form, type, cursor)

    def message(self, form: Form) -> bytes:
        """As `frame`, as a WebSocket's text message."""
        messages = self._messages
        if messages is None:
            messages = self._messages = [None] * _FORMS
        message = messages[form]
        if message is None:
            message = messages[form] = text_message(self.frame(form))
        return message

    @property
    def short_message(self) -> bytes | None:
        """What is new since the last change, as a text message; None if only the whole will do."""
        if self._short is None and self.delta is not None and self.delta.change is not None:
            text, fields = self.delta.change
            offset = self.cursor.offset if self.cursor is not None else 0
            parts: list[JSON] = [self.delta.ref, offset, text]
            self._short = text_message(encoding.dumps([*parts, fields] if fields else parts))
        return self._short

    def forget(self) -> None:
        """Let go of the frames; they can be made again."""
        self._frames = self._messages = self._short = self.delta = None

    def _as_message(self, form: Form, type: ChangeType, cursor: Cursor | None) -> bytes:
        parts = [
            b'{"timestamp":%d,' % self.timestamp_ms,
            _address(self.stream, self.group, self.id),
            b'"event":{"type":"%b","%b":'
            % (type.encode(), b"event" if type == "event" else b"data"),
            self.data,
            b"}",
        ]
        if form is not Form.MOTIA and cursor is not None:
            parts.append(b',"cursor":"%b"' % str(cursor).encode())
            if form is Form.DELTAS and self.delta is not None:
                grows = {self.id: [self.delta.ref, self.delta.field]}
                parts.append(b',"grows":%b' % encoding.dumps(grows))
        parts.append(b"}")
        return b"".join(parts)

    def _as_event(self, type: ChangeType, cursor: Cursor | None) -> bytes:
        data = self.data
        if type == "event" and self.id is not None:
            data = data[:-1] + b',"id":%b}' % encoding.dumps(self.id)
        return event(type, data, cursor)


def message(
    channel: Channel, event: JSON, *, timestamp_ms: int, cursor: Cursor | None = None
) -> bytes:
    """A frame of Motia's protocol that is no change: what a join is answered."""
    # The order of the keys is part of the protocol as it is published.
    tail = b"" if cursor is None else b',"cursor":"%b"' % str(cursor).encode()
    return b"".join(
        (
            b'{"timestamp":%d,' % timestamp_ms,
            _address(*channel),
            b'"event":',
            encoding.dumps(event),
            tail,
            b"}",
        )
    )


def event(type: str, data: bytes, cursor: Cursor | None = None) -> bytes:
    """A server-sent event whose data is one line."""
    id = b"" if cursor is None else b"id: %b\n" % str(cursor).encode()
    return b"event: %b\ndata: %b\n%b\n" % (type.encode(), data, id)


def sendable(data: JSON) -> JSON:
    """Items as clients may see them: without the mark that says where an item lives."""
    if isinstance(data, list):
        return [sendable(item) for item in data]
    if isinstance(data, dict) and "__motia" in data:
        return {key: value for key, value in data.items() if key != "__motia"}
    return data


def text_message(payload: bytes) -> bytes:
    """A whole text message as a WebSocket server sends it: unmasked, uncompressed, in one frame.

    Source: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    """
    return b"\x81" + _length(payload) + payload


def binary_message(payload: bytes) -> bytes:
    """As `text_message`, of bytes."""
    return b"\x82" + _length(payload) + payload


def _length(payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((length,))
    return b"\x7e" + length.to_bytes(2) if length < 65536 else b"\x7f" + length.to_bytes(8)


@lru_cache(maxsize=4096)
def _address(stream: str, group: str, id: str | None) -> bytes:
    names: dict[str, JSON] = {"streamName": stream, "groupId": group}
    if id is not None:
        names["id"] = id
    return encoding.dumps(names)[1:-1] + b","
