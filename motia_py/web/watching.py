"""How anybody comes to watch a channel, over whatever transport, and goes again: asked at the door,
subscribed, shown what there is or what was missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from motia_py.clock import Clock
from motia_py.messages import JSON
from motia_py.project.registry import Registry
from motia_py.runtime.access import StreamAccess, Visitor
from motia_py.runtime.frames import Announcement, Channel, Cursor, Form
from motia_py.runtime.hub import Publication, StreamHub
from motia_py.runtime.joining import Joining

#: Close codes; the 4000s are for applications to define.
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TOO_SLOW = 4008

_log = logging.getLogger("motia_py.streams")


class Watcher(Protocol):
    """The hub's member. None of these waits; whoever is closed is told nothing more."""

    def __hash__(self) -> int: ...

    @property
    def visitor(self) -> Visitor: ...

    def tell(self, announcement: Announcement, form: Form) -> None:
        """Tell a change."""
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame that answers the client, after what waits."""
        ...

    def close(self, code: int) -> None: ...


def announce(publication: Publication[Watcher]) -> None:
    """Tell everyone who watches; returns at once, whoever reads slowly."""
    announcement = publication.announcement
    if announcement is None:
        return
    for form, watchers in publication.audience:
        # A bare item cannot say that it is gone.
        if form is not Form.ITEMS or announcement.type != "delete":
            for watcher in watchers:
                watcher.tell(announcement, form)
    announcement.forget()


class Watching:
    """`snapshot` takes stream, group and id, as in `Doors`."""

    def __init__(
        self,
        *,
        registry: Callable[[], Registry],
        snapshot: Callable[[str, str, str | None], Awaitable[JSON]],
        hub: StreamHub[Watcher],
        access: StreamAccess,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._snapshot = snapshot
        self.hub = hub
        self._access = access
        self._clock = clock

    async def refusal(self, channel: Channel, visitor: Visitor) -> str | None:
        """Why the visitor may not watch; None if it may, and `onJoin` was told that it does."""
        stream = self._registry().streams.get(channel.stream)
        if stream is None:
            return f"Stream {channel.stream} not found"
        return await self._access.may_join(stream.config, channel, visitor)

    async def join(
        self,
        watcher: Watcher,
        channel: Channel,
        *,
        form: Form,
        subscription_id: str | None = None,
        cursor: Cursor | None = None,
    ) -> None:
        """Subscribe a watcher that was let in, and show it what there is; it is closed if that
        cannot be read."""
        joining = self.hub.join(
            watcher,
            channel,
            form=form,
            subscription_id=subscription_id,
            cursor=cursor,
            now_ms=self.now_ms(),
        )
        if joining.missed is not None:
            for frame in joining.resumed():
                watcher.send(frame)
            # As frames, which do not count: the journal bounds them, and however fast the client
            # reads, it has not read any of them yet.
            for announcement in joining.missed:
                watcher.send(announcement.framed(form, announcement.type))
        else:
            await self._show(watcher, joining)
        if joining.left is not None:
            await self.left([joining.left], watcher.visitor)

    async def left(self, channels: Sequence[Channel], visitor: Visitor) -> None:
        """Tell `onLeave` of each, side by side: all of it takes no longer than one hook may."""
        streams = self._registry().streams
        async with asyncio.TaskGroup() as tasks:
            for channel in channels:
                stream = streams.get(channel.stream)
                if stream is not None and stream.config.on_leave is not None:
                    tasks.create_task(self._access.left(stream.config, channel, visitor))

    def now_ms(self) -> int:
        return int(self._clock.now() * 1000)

    async def _show(self, watcher: Watcher, joining: Joining[Watcher]) -> None:
        """Read what the channel holds and send it, and what changed while it was read."""
        channel = joining.channel
        try:
            snapshot = await self._snapshot(*channel)
        except Exception:
            _log.exception(
                "cannot read what stream %r holds",
                channel.stream,
                extra={"action": "stream.snapshot_failed", "stream": channel.stream},
            )
            # Clients come back by themselves and join again.
            watcher.close(INTERNAL_ERROR)
            return
        if joining.has_overflowed:
            watcher.close(TOO_SLOW)
            return
        for frame in self.hub.finish(joining, snapshot):
            watcher.send(frame)
