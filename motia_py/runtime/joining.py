"""One join, from its subscription to its first frames. Pure.

A client is shown what there is, or what it missed since its cursor; never both, and no change that
only leads up to what it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from motia_py import encoding
from motia_py.messages import JSON, StreamChange
from motia_py.runtime.frames import Announcement, Channel, Cursor, Form, event, message, sendable

Member = TypeVar("Member")

#: Bytes of changes held for one join while its snapshot is read; past it the join has overflowed.
MAX_HELD_BYTES = 1024 * 1024


class _Held(NamedTuple):
    """`is_shared`: another subscription of the member has to hear of it, too."""

    change: StreamChange
    announcement: Announcement
    is_shared: bool


class Joining(Generic[Member]):
    """`missed` is what a client with a cursor gets instead of a snapshot; None: read one.

    `is_reset`: there was a cursor, and what it missed is not kept any more. `left` is the channel
    that the subscription id was for until now.
    `has_overflowed`: more changed meanwhile than is held; the member has to start anew.
    """

    __slots__ = (
        "_held",
        "_held_bytes",
        "channel",
        "form",
        "has_overflowed",
        "is_reset",
        "left",
        "member",
        "missed",
        "timestamp_ms",
    )

    def __init__(
        self,
        member: Member,
        channel: Channel,
        form: Form,
        *,
        left: Channel | None,
        timestamp_ms: int,
        missed: Sequence[Announcement] | None = None,
        is_reset: bool = False,
    ) -> None:
        self.member = member
        self.channel = channel
        self.form = form
        self.left = left
        self.timestamp_ms = timestamp_ms
        self.missed = missed
        self.is_reset = is_reset
        self.has_overflowed = False
        self._held: list[_Held] = []
        self._held_bytes = 0

    def hold(
        self, change: StreamChange, announcement: Announcement, *, is_shared: bool = False
    ) -> None:
        """Have a change follow the snapshot; once, however many forms the member reads it in."""
        if self._held and self._held[-1].announcement is announcement:
            return
        self._held_bytes += len(announcement.data)
        if self._held_bytes > MAX_HELD_BYTES:
            self.has_overflowed = True
            self._held.clear()
        if not self.has_overflowed:
            self._held.append(_Held(change, announcement, is_shared))

    def resumed(self) -> Sequence[bytes]:
        """What says that the missed changes follow."""
        if self.form is Form.EVENTS:
            return ()
        # No cursor: the client is not there before it has read what follows.
        return (self._message({"type": "resumed"}, None),)

    def frames(self, snapshot: JSON, cursor: Cursor | None) -> list[bytes]:
        """What there is, as the form has it, and what was held; `cursor` is where the group is."""
        news = self._news(self._shown(snapshot))
        frames = self._reset() if self.is_reset else []
        frames += self._sync(sendable(snapshot), _before(news, cursor))
        # Held changes that are left out count as seen: the last frame stands for them.
        last = len(news) - 1
        frames += [
            each.announcement.framed(self.form, each.change.type, cursor if index == last else None)
            for index, each in enumerate(news)
        ]
        return [frame for frame in frames if frame]

    def _shown(self, snapshot: JSON) -> Mapping[JSON, JSON]:
        if self.channel.id is not None:
            return {self.channel.id: snapshot}
        return {item.get("id"): item for item in snapshot if isinstance(item, dict)}

    def _reset(self) -> list[bytes]:
        reason = {"reason": "what was missed is not kept any more"}
        if self.form is Form.EVENTS:
            return [event("reset", encoding.dumps(reason))]
        return [self._message({"type": "reset", "data": reason}, None)]

    def _sync(self, snapshot: JSON, cursor: Cursor | None) -> list[bytes]:
        match self.form:
            case Form.EVENTS:
                return [event("sync", encoding.dumps(snapshot), cursor)]
            case Form.ITEMS:
                items = snapshot if self.channel.id is None else [snapshot]
                return [encoding.dumps(item) for item in items if item is not None]
            case Form.MOTIA if self.channel.id is not None and snapshot is None:
                return []  # Motia's client waits for the item to come
            case _:
                return [self._message({"type": "sync", "data": snapshot}, cursor)]

    def _message(self, event: JSON, cursor: Cursor | None) -> bytes:
        return message(self.channel, event, timestamp_ms=self.timestamp_ms, cursor=cursor)

    def _news(self, shown: Mapping[JSON, JSON]) -> list[_Held]:
        """What was held, without the changes of an item that only lead up to what is shown of it:
        sent after the snapshot, they would take a watcher back in time. The last of them is kept
        for other subscriptions: a snapshot of this channel says nothing to them."""
        known: dict[str | None, int] = {}
        for index, (change, _, is_shared) in enumerate(self._held):
            state = None if change.type == "delete" else change.data
            if change.type != "event" and sendable(state) == sendable(shown.get(change.id)):
                known[change.id] = index - is_shared
        return [
            held
            for index, held in enumerate(self._held)
            if held.change.type == "event" or index > known.get(held.change.id, -1)
        ]


def _before(news: Sequence[_Held], cursor: Cursor | None) -> Cursor | None:
    """Where the group was before the first of these."""
    first = news[0].announcement.cursor if news else None
    return cursor if first is None else first._replace(offset=first.offset - 1)
