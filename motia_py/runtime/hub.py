"""Who watches which channel. Pure: takes joins and changes, returns frames; never touches a socket.

A join subscribes first and reads the snapshot afterwards; what changes in between is held for that
member and follows the snapshot, so nothing falls into a gap. Whoever comes back with a cursor gets
what it missed instead, as far as the group's journal reaches.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Collection, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from motia_py.messages import JSON, StreamChange
from motia_py.runtime.frames import Announcement, Channel, Cursor, Form, StreamClock, message
from motia_py.runtime.growth import Growth
from motia_py.runtime.joining import Joining
from motia_py.runtime.journal import Journal

#: Whoever watches: told apart by identity, never called.
Member = TypeVar("Member", bound=Hashable)

#: Bytes in the journals of all groups. Past it, those that nobody watches go first.
MAX_JOURNAL_BYTES = 64 * 1024 * 1024
#: Groups whose journal is kept though nobody watches them, and for how long.
MAX_UNWATCHED = 1000
UNWATCHED_MS = 5 * 60 * 1000


class Publication(NamedTuple, Generic[Member]):
    """A change, encoded once for each form, and who is to get it now; nobody: it may be None."""

    announcement: Announcement | None
    audience: Sequence[tuple[Form, Collection[Member]]]


class _Room(Generic[Member]):
    """Who watches one group, and what happened there, if anybody could come back for it."""

    __slots__ = ("delta_readers", "journal", "of_group", "of_items")

    def __init__(self) -> None:
        #: By form; how many subscriptions each member has.
        self.of_group: dict[Form, dict[Member, int]] = {}
        self.of_items: dict[str, dict[Form, dict[Member, int]]] = {}
        self.journal: Journal | None = None
        self.delta_readers = 0

    @property
    def is_watched(self) -> bool:
        return bool(self.of_group or self.of_items)

    def audience(self, id: str | None) -> list[tuple[Form, Collection[Member]]]:
        # Lists, because whoever is told may leave while the rest are being told.
        told: list[tuple[Form, Collection[Member]]] = [
            (form, list(members)) for form, members in self.of_group.items()
        ]
        for form, members in self.of_items.get(id, {}).items() if id is not None else ():
            of_group = self.of_group.get(form, {})
            told.append((form, [member for member in members if member not in of_group]))
        return told

    def enter(self, member: Member, id: str | None, form: Form) -> None:
        forms = self.of_group if id is None else self.of_items.setdefault(id, {})
        members = forms.setdefault(form, {})
        members[member] = members.get(member, 0) + 1
        self.delta_readers += form is Form.DELTAS

    def leave(self, member: Member, id: str | None, form: Form) -> None:
        forms = self.of_group if id is None else self.of_items[id]
        members = forms[form]
        members[member] -= 1
        self.delta_readers -= form is Form.DELTAS
        if not members[member]:
            del members[member]
        if not members:
            del forms[form]
        if id is not None and not forms:
            del self.of_items[id]


class _Subscription(NamedTuple):
    channel: Channel
    form: Form


class StreamHub(Generic[Member]):
    """Every subscription of this process. A member that watches a channel twice in one form is told
    once.

    Changes are to be published in the order of their timestamps, which come from `clock`. `epoch`
    is a text that no other process had: cursors of another time are told by it.
    """

    def __init__(self, clock: StreamClock, epoch: str) -> None:
        self.clock = clock
        self._epoch = epoch
        self._epochs = itertools.count(1)
        self._refs = itertools.count(1)
        self._rooms: dict[tuple[str, str], _Room[Member]] = {}
        self._subscriptions: dict[Member, dict[Hashable, _Subscription]] = {}
        self._joining: dict[Member, Joining[Member]] = {}
        #: Groups that have a journal and no watchers, and the time since then in ms.
        self._unwatched: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._journal_bytes = 0

    def join(
        self,
        member: Member,
        channel: Channel,
        *,
        subscription_id: str | None,
        now_ms: int,
        form: Form = Form.MOTIA,
        cursor: Cursor | None = None,
    ) -> Joining[Member]:
        """Subscribe. With a `cursor` from which the member can resume it is live at once, and gets
        what it `missed`; else changes are held until `finish`. One join of a member at a time.

        A subscription id that the member uses already moves to the new channel. Without one the
        subscription lasts until the member is dropped.
        """
        if member in self._joining:
            raise RuntimeError("a member joins one channel at a time")
        key: Hashable = channel if subscription_id is None else subscription_id
        left = self._unsubscribe(member, key, now_ms)
        self._subscriptions.setdefault(member, {})[key] = _Subscription(channel, form)
        journal = self._enter(member, channel, form)
        missed = _missed(journal, cursor, channel)
        joining = Joining(
            member,
            channel,
            form,
            left=left,
            timestamp_ms=self.clock.next(now_ms),
            missed=missed,
            is_reset=cursor is not None and missed is None,
        )
        if missed is None:
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
        room = self._rooms[_group_of(joining.channel)]
        journal = room.journal if joining.form.has_cursors else None
        return joining.frames(snapshot, journal.cursor if journal is not None else None)

    def leave(self, member: Member, subscription_id: str, *, now_ms: int) -> Channel | None:
        """End one of the member's own subscriptions; the channel it was for, None if unknown."""
        return self._unsubscribe(member, subscription_id, now_ms)

    def drop(self, member: Member, *, now_ms: int) -> Sequence[Channel]:
        """End all that the member subscribed to; the channels, one per subscription."""
        self._joining.pop(member, None)
        keys = list(self._subscriptions.get(member, ()))
        return [channel for key in keys if (channel := self._unsubscribe(member, key, now_ms))]

    def publish(self, change: StreamChange) -> Publication[Member]:
        """Who is to be told of a change. Encodes nothing that nobody watches."""
        if self._unwatched:
            self._close_outdated(change.timestamp_ms)
        room = self._rooms.get((change.stream, change.group))
        # Motia's client crashes on a delete that carries null.
        if room is None or (change.type == "delete" and change.data is None):
            return _NOBODY
        audience = room.audience(change.id)
        if room.journal is not None:
            announcement = self._record(room, room.journal, change)
        elif audience:
            announcement = Announcement(change)
        else:
            return _NOBODY
        if self._joining:
            audience = [
                (form, [each for each in members if not self._hold(each, change, announcement)])
                for form, members in audience
            ]
        return Publication(announcement, audience)

    def refuse(self, channel: Channel, text: str, *, now_ms: int) -> bytes:
        """The frame that tells a member why it may not join."""
        error = {"code": "STREAM_ACCESS_DENIED", "message": text}
        event = {"type": "event", "event": {"type": "error", "data": error}}
        return message(channel, event, timestamp_ms=self.clock.next(now_ms))

    def count(self, member: Member) -> int:
        """How many subscriptions the member has."""
        return len(self._subscriptions.get(member, ()))

    def uses(self, member: Member, subscription_id: str | None) -> bool:
        """Whether the member has a subscription of this id."""
        return subscription_id in self._subscriptions.get(member, ())

    @property
    def member_count(self) -> int:
        """How many members have a subscription."""
        return len(self._subscriptions)

    @property
    def group_count(self) -> int:
        """How many groups are watched, or kept for those who may come back."""
        return len(self._rooms)

    def _hold(self, member: Member, change: StreamChange, announcement: Announcement) -> bool:
        # Also if another subscription of the member covers the change: a client drops a snapshot
        # that is older than a change it already saw.
        joining = self._joining.get(member)
        if joining is None or not joining.channel.covers(change):
            return False
        subscriptions = self._subscriptions[member].values()
        covering = sum(each.channel.covers(change) for each in subscriptions)
        joining.hold(change, announcement, is_shared=covering > 1)
        return True

    def _enter(self, member: Member, channel: Channel, form: Form) -> Journal | None:
        group = _group_of(channel)
        room = self._rooms.setdefault(group, _Room())
        room.enter(member, channel.id, form)
        self._unwatched.pop(group, None)
        if form.has_cursors and room.journal is None:
            epoch = f"{self._epoch}.{next(self._epochs)}"
            room.journal = Journal(epoch, Growth(lambda: next(self._refs)))
        return room.journal if form.has_cursors else None

    def _unsubscribe(self, member: Member, key: Hashable, now_ms: int) -> Channel | None:
        subscriptions = self._subscriptions.get(member)
        subscription = subscriptions.pop(key, None) if subscriptions is not None else None
        if subscription is None:
            return None
        if not subscriptions:
            del self._subscriptions[member]
        channel = subscription.channel
        group = _group_of(channel)
        room = self._rooms[group]
        room.leave(member, channel.id, subscription.form)
        if room.is_watched:
            return channel
        if room.journal is None:
            del self._rooms[group]
            return channel
        self._unwatched[group] = now_ms
        if len(self._unwatched) > MAX_UNWATCHED:
            self._close_oldest()
        return channel

    def _record(self, room: _Room[Member], journal: Journal, change: StreamChange) -> Announcement:
        before_bytes = journal.size_bytes
        announcement = journal.record(change, follows=room.delta_readers > 0)
        self._journal_bytes += journal.size_bytes - before_bytes
        while self._journal_bytes > MAX_JOURNAL_BYTES and self._unwatched:
            self._close_oldest()
        if self._journal_bytes > MAX_JOURNAL_BYTES:
            self._journal_bytes -= journal.size_bytes
            journal.clear()
        return announcement

    def _close_outdated(self, now_ms: int) -> None:
        """End the journals that nobody came back for."""
        while self._unwatched:
            if now_ms - next(iter(self._unwatched.values())) <= UNWATCHED_MS:
                return
            self._close_oldest()

    def _close_oldest(self) -> None:
        group, _ = self._unwatched.popitem(last=False)
        journal = self._rooms.pop(group).journal
        self._journal_bytes -= journal.size_bytes if journal is not None else 0


_NOBODY: Publication[Any] = Publication(None, ())


def _group_of(channel: Channel) -> tuple[str, str]:
    return channel.stream, channel.group


def _missed(
    journal: Journal | None, cursor: Cursor | None, channel: Channel
) -> Sequence[Announcement] | None:
    if journal is None or cursor is None:
        return None
    missed = journal.since(cursor)
    if missed is None or channel.id is None:
        return missed
    return [each for each in missed if each.id == channel.id]
