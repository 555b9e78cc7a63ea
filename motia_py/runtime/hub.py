"""Who watches which channel. Pure: takes joins and changes, returns frames; never touches a socket.

A join subscribes first and reads the snapshot afterwards; what changes in between is held for that
member and follows the snapshot, so nothing falls into a gap. Frames are Motia's, as UTF-8 JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from motia_py import encoding
from motia_py.messages import JSON, StreamChange

#: Whoever watches: told apart by identity, never called.
Member = TypeVar("Member", bound=Hashable)

#: Bytes of changes held for one join while its snapshot is read; past it the join has overflowed.
MAX_HELD_BYTES = 1024 * 1024


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


class Publication(NamedTuple, Generic[Member]):
    """A change's frame, encoded once, and who is to get it now; nobody: there is no frame."""

    frame: bytes
    members: Collection[Member]


class Joining(Generic[Member]):
    """A join between its subscription and its snapshot.

    `has_overflowed`: more changed meanwhile than is held; the member has to start anew. `left` is
    the channel that the subscription id was for until now.
    """

    __slots__ = (
        "_held",
        "_held_bytes",
        "channel",
        "has_overflowed",
        "left",
        "member",
        "timestamp_ms",
    )

    def __init__(
        self, member: Member, channel: Channel, *, left: Channel | None, timestamp_ms: int
    ) -> None:
        self.member = member
        self.channel = channel
        self.left = left
        self.timestamp_ms = timestamp_ms
        self.has_overflowed = False
        self._held: list[tuple[StreamChange, bytes]] = []
        self._held_bytes = 0

    def hold(self, change: StreamChange, frame: bytes) -> None:
        self._held_bytes += len(frame)
        if self._held_bytes > MAX_HELD_BYTES:
            self.has_overflowed = True
            self._held.clear()
        if not self.has_overflowed:
            self._held.append((change, frame))

    def frames(self, snapshot: JSON) -> list[bytes]:
        """The sync frame, if there is anything to show, and what was held."""
        group, id = self.channel.group, self.channel.id
        if id is None:
            shown = {item.get("id"): item for item in snapshot if isinstance(item, dict)}
        else:
            shown = {id: snapshot}
        frames = self._news(shown)
        if id is None or snapshot is not None:
            event = {"type": "sync", "data": _sent(snapshot)}
            frames.insert(0, _frame(self.timestamp_ms, self.channel.stream, group, id, event))
        return frames

    def _news(self, shown: Mapping[JSON, JSON]) -> list[bytes]:
        """What was held, without the changes of an item that only lead up to what is shown of it:
        sent after the snapshot, they would take a watcher back in time."""
        known: dict[str | None, int] = {}
        for index, (change, _) in enumerate(self._held):
            state = None if change.type == "delete" else change.data
            if change.type != "event" and _sent(state) == _sent(shown.get(change.id)):
                known[change.id] = index
        return [
            frame
            for index, (change, frame) in enumerate(self._held)
            if change.type == "event" or index > known.get(change.id, -1)
        ]


class StreamHub(Generic[Member]):
    """Every subscription of this process. A member that watches a channel twice is told once.

    Changes are to be published in the order of their timestamps, which come from `clock`.
    """

    def __init__(self, clock: StreamClock) -> None:
        self.clock = clock
        self._rooms: dict[Channel, dict[Member, int]] = {}
        self._subscriptions: dict[Member, dict[Hashable, Channel]] = {}
        self._joining: dict[Member, Joining[Member]] = {}

    def join(
        self, member: Member, channel: Channel, *, subscription_id: str | None, now_ms: int
    ) -> Joining[Member]:
        """Subscribe; changes are held until `finish`. One join of a member at a time.

        A subscription id that the member uses already moves to the new channel. Without one the
        subscription lasts until the member is dropped.
        """
        if member in self._joining:
            raise RuntimeError("a member joins one channel at a time")
        key: Hashable = channel if subscription_id is None else subscription_id
        left = self._unsubscribe(member, key)
        self._subscriptions.setdefault(member, {})[key] = channel
        room = self._rooms.setdefault(channel, {})
        room[member] = room.get(member, 0) + 1
        joining = Joining(member, channel, left=left, timestamp_ms=self.clock.next(now_ms))
        self._joining[member] = joining
        return joining

    def finish(self, joining: Joining[Member], snapshot: JSON) -> Sequence[bytes]:
        """The frames that the member gets now: the snapshot, then what was held; live from here on.

        `snapshot` is a list of items for a group, an item or None for an item. Empty if the member
        was dropped meanwhile.
        """
        if self._joining.get(joining.member) is not joining:
            return ()
        del self._joining[joining.member]
        return joining.frames(snapshot)

    def leave(self, member: Member, subscription_id: str) -> Channel | None:
        """End one of the member's own subscriptions; the channel it was for, None if unknown."""
        return self._unsubscribe(member, subscription_id)

    def drop(self, member: Member) -> Sequence[Channel]:
        """End all that the member subscribed to; the channels, one per subscription."""
        self._joining.pop(member, None)
        keys = list(self._subscriptions.get(member, ()))
        return [channel for key in keys if (channel := self._unsubscribe(member, key))]

    def publish(self, change: StreamChange) -> Publication[Member]:
        """Who is to be told of a change, and the frame. Encodes nothing that nobody watches."""
        members = self._watchers(change)
        if not members or (change.type == "delete" and change.data is None):
            # Motia's client crashes on a delete that carries null.
            return Publication(b"", ())
        frame = change_frame(change)
        if self._joining:
            members = [member for member in members if not self._hold(member, change, frame)]
        return Publication(frame, members)

    def refuse(self, channel: Channel, message: str, *, now_ms: int) -> bytes:
        """The frame that tells a member why it may not join."""
        error = {"code": "STREAM_ACCESS_DENIED", "message": message}
        event = {"type": "event", "event": {"type": "error", "data": error}}
        return _frame(self.clock.next(now_ms), *channel, event)

    def count(self, member: Member) -> int:
        """How many subscriptions the member has."""
        return len(self._subscriptions.get(member, ()))

    @property
    def member_count(self) -> int:
        """How many members have a subscription."""
        return len(self._subscriptions)

    @property
    def channel_count(self) -> int:
        """How many channels are watched."""
        return len(self._rooms)

    def _watchers(self, change: StreamChange) -> Collection[Member]:
        of_group = self._rooms.get(Channel(change.stream, change.group))
        if change.id is None:
            of_item = None
        else:
            of_item = self._rooms.get(Channel(change.stream, change.group, change.id))
        if of_group and of_item:
            return [*of_group, *(member for member in of_item if member not in of_group)]
        # A list, because whoever is told may leave while the rest are being told.
        return list(of_group or of_item or ())

    def _hold(self, member: Member, change: StreamChange, frame: bytes) -> bool:
        # Also if another subscription of the member covers the change: a client drops a snapshot
        # that is older than a change it already saw.
        joining = self._joining.get(member)
        if joining is None or not joining.channel.covers(change):
            return False
        joining.hold(change, frame)
        return True

    def _unsubscribe(self, member: Member, key: Hashable) -> Channel | None:
        subscriptions = self._subscriptions.get(member)
        channel = subscriptions.pop(key, None) if subscriptions is not None else None
        if channel is None:
            return None
        if not subscriptions:
            del self._subscriptions[member]
        room = self._rooms[channel]
        room[member] -= 1
        if not room[member]:
            del room[member]
        if not room:
            del self._rooms[channel]
        return channel


def change_frame(change: StreamChange) -> bytes:
    """The frame of one change."""
    event: dict[str, JSON] = {"type": change.type, "data": _sent(change.data)}
    if change.type == "event":
        event = {"type": "event", "event": change.data}
    return _frame(change.timestamp_ms, change.stream, change.group, change.id, event)


def _frame(timestamp_ms: int, stream: str, group: str, id: str | None, event: JSON) -> bytes:
    # The order of the keys is part of the protocol as it is published.
    frame: dict[str, JSON] = {"timestamp": timestamp_ms, "streamName": stream, "groupId": group}
    if id is not None:
        frame["id"] = id
    frame["event"] = event
    return encoding.dumps(frame)


def _sent(data: JSON) -> JSON:
    """Items as clients may see them: without the mark that says where an item lives."""
    if isinstance(data, list):
        return [_sent(item) for item in data]
    if isinstance(data, dict) and "__motia" in data:
        return {key: value for key, value in data.items() if key != "__motia"}
    return data
