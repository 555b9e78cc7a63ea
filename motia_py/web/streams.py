"""Streams at the door: one address for JSON, events and bare items, and Motia's protocol elsewhere.

The same rules hold on all: who it is, whether the stream is there, whether it may be watched.
"""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from motia_py.messages import JSON
from motia_py.runtime.access import DENIED, Visitor
from motia_py.runtime.frames import Channel
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.runtime.tracing import new_trace_id
from motia_py.web.conversation import MotiaProtocol
from motia_py.web.doors import Doors, WebSettings
from motia_py.web.events import EventReaders, wants_events
from motia_py.web.responding import Refusal, Sent, build
from motia_py.web.streaming import Opening
from motia_py.web.watching import Watching
from motia_py.web.websocket import BareItems, SocketLimits, StreamSockets

METHODS = ("GET", "HEAD")
#: Where upgrades find a stream by its address; the second is Motia 1.0's.
UPGRADE_PREFIXES = ("/streams/", "/stream/")


def read_address(path: str, *, prefixes: tuple[str, ...] = ("/streams/",)) -> Channel | None:
    """The channel of `/streams/{name}/{group}[/{id}]`, each part percent-decoded once; else None.

    `path` is as it was sent.
    """
    prefix = next((prefix for prefix in prefixes if path.startswith(prefix)), None)
    if prefix is None:
        return None
    try:
        parts = [
            unquote(part, errors="strict")
            for part in path.removeprefix(prefix).removesuffix("/").split("/")
        ]
    except UnicodeDecodeError:
        return None
    return Channel(*parts) if len(parts) in (2, 3) and all(parts) else None


class Streams:
    """Everything that watches streams from outside."""

    def __init__(self, doors: Doors, settings: WebSettings, watching: Watching) -> None:
        self._doors = doors
        self._watching = watching
        backlog_bytes = settings.max_backlog_bytes
        self._protocol = MotiaProtocol(self._watching, max_subscriptions=settings.max_subscriptions)
        self._readers = EventReaders(self._watching, max_backlog_bytes=backlog_bytes)
        self._sockets = StreamSockets(
            self._watching,
            SocketLimits(
                max_frame_bytes=settings.max_frame_bytes,
                max_backlog_bytes=backlog_bytes,
                ping_seconds=settings.ping_seconds,
                close_seconds=settings.close_seconds,
            ),
        )

    def close_all(self) -> None:
        """Tell every watcher, also one that is just coming, that the server goes away."""
        self._sockets.close_all()
        self._readers.close_all()

    def has(self, name: str) -> bool:
        return name in self._doors.registry().streams

    async def answer(self, opening: Opening, channel: Channel, view: Request) -> ApiResponse:
        """What the channel holds; to whoever asks for events, that and each change.

        Raises:
            Refusal: the stream or the item does not exist, or the visitor may not watch it.
        """
        if not self.has(channel.stream):
            raise Refusal(404, f"Stream {channel.stream} not found")
        visitor = await self._doors.access.authenticate(view)
        if visitor is None:
            raise Refusal(401, "Authentication failed")
        await self._let_in(channel, visitor)
        if wants_events(opening.request):
            trace_id = new_trace_id()
            sent = await self._readers.serve(opening, channel, visitor, trace_id=trace_id)
            return ApiResponse(body=Sent(sent, trace_id))
        try:
            found: JSON = await self._doors.snapshot(*channel)
        finally:
            # `onJoin` was told: whoever counts who is there hears of both.
            await self._watching.left([channel], visitor)
        if found is None and channel.id is not None:
            raise Refusal(404, f"Item {channel.id} not found")
        return ApiResponse(body=found)

    async def upgrade(
        self, request: web.BaseRequest, path: str, view: Request
    ) -> web.StreamResponse:
        """Serve a WebSocket: bare items at a stream's address, Motia's protocol at any other.

        Raises:
            Refusal: there is no such stream, the visitor may not watch it, the handshake is wrong.
        """
        channel = None
        if path.startswith(UPGRADE_PREFIXES):
            channel = read_address(path, prefixes=UPGRADE_PREFIXES)
            if channel is None or not self.has(channel.stream):
                raise Refusal(404, "There is no such stream")
        trace_id = new_trace_id()
        visitor = await self._doors.access.authenticate(view)
        if visitor is None:
            # As Motia answers it.
            refused = ApiResponse(status=401, body="Authentication failed")
            return build(refused, trace_id=trace_id)
        response = self._sockets.response_for(request, trace_id)
        if response is None:
            raise Refusal(
                400, "The WebSocket handshake is not valid", headers={"Sec-WebSocket-Version": "13"}
            )
        if channel is None:
            await self._sockets.serve(request, response, visitor, self._protocol)
            return response
        await self._let_in(channel, visitor)
        items = BareItems(self._watching, channel)
        try:
            await self._sockets.serve(request, response, visitor, items)
        finally:
            if not items.has_begun:
                await self._watching.left([channel], visitor)
        return response

    async def _let_in(self, channel: Channel, visitor: Visitor) -> None:
        if await self._watching.refusal(channel, visitor) is not None:
            raise Refusal(403, DENIED)
