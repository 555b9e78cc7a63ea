"""Motia's stream protocol on a WebSocket: joins and leaves in, frames out.

A change is made into one message and written to each socket's transport without waiting: who does
not read is cut off once too much is waiting for him, and nobody else notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

from aiohttp import WSMsgType, hdrs, web

from motia_py import encoding
from motia_py.clock import Clock
from motia_py.errors import NotJSON
from motia_py.messages import JSON, StreamChange
from motia_py.project.registry import Registry
from motia_py.runtime.access import StreamAccess, Visitor
from motia_py.runtime.hub import Channel, Joining, StreamHub
from motia_py.web.responding import TRACE_ID, is_token

#: Close codes; the 4000s are for applications to define.
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TOO_SLOW = 4008
TOO_MANY_BAD_MESSAGES = 4400

#: Messages that make no sense, before the socket is closed.
MAX_BAD_MESSAGES = 10
#: Characters of a stream's, group's, item's or subscription's name.
MAX_NAME_LENGTH = 1024

_log = logging.getLogger("motia_py.websocket")


class SocketLimits(NamedTuple):
    """`max_backlog_bytes` is what may wait for one client before it is cut off, `close_seconds` how
    long it may take to answer a close."""

    max_frame_bytes: int
    max_backlog_bytes: int
    max_subscriptions: int
    ping_seconds: float
    close_seconds: float


class Socket:
    """One open WebSocket, as the hub's member. Writing to it never waits."""

    __slots__ = ("_interruption", "_max_backlog_bytes", "_transport", "close_code", "visitor")

    def __init__(
        self,
        transport: asyncio.Transport,
        interruption: asyncio.Timeout,
        visitor: Visitor,
        *,
        max_backlog_bytes: int,
    ) -> None:
        self._transport = transport
        self._interruption = interruption
        self._max_backlog_bytes = max_backlog_bytes
        self.visitor = visitor
        self.close_code: int | None = None

    def send(self, text: bytes) -> None:
        """Write one text message; it is lost if the socket is closing."""
        self.write(text_message(text))

    def write(self, message: bytes) -> None:
        """Write a message that is framed already, as `text_message` does."""
        transport = self._transport
        if self.close_code is not None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self._max_backlog_bytes:
            self.close(TOO_SLOW)
            return
        transport.write(message)

    def close(self, code: int) -> None:
        """Have the socket closed by the task that serves it; the first code counts."""
        if self.close_code is None:
            self.close_code = code
            self._interruption.reschedule(0)

    def finish(self) -> None:
        """Nothing is written from here on; called by the task that serves the socket."""
        if self.close_code is None:
            self.close_code = GOING_AWAY


class _Join(NamedTuple):
    """A join as a client sent it."""

    channel: Channel
    subscription_id: str | None


class StreamSockets:
    """Serves the sockets that speak Motia's protocol, and closes them all at the end."""

    def __init__(
        self,
        *,
        registry: Callable[[], Registry],
        snapshot: Callable[[str, str, str | None], Awaitable[JSON]],
        hub: StreamHub[Socket],
        access: StreamAccess,
        clock: Clock,
        limits: SocketLimits,
    ) -> None:
        self._registry = registry
        self._snapshot = snapshot
        self._hub = hub
        self._access = access
        self._clock = clock
        self._limits = limits
        self._open: set[Socket] = set()
        self._is_closing = False

    def close_all(self) -> None:
        """Tell every client, also one that is just coming, that the server goes away; their tasks
        end soon after."""
        self._is_closing = True
        for socket in self._open:
            socket.close(GOING_AWAY)

    def response_for(self, request: web.BaseRequest, trace_id: str) -> web.WebSocketResponse | None:
        """The upgrade for this request; None if its handshake is wrong.

        The first sub-protocol that is offered is taken: browsers fail the handshake otherwise, and
        Motia's clients put a token in the second.
        """
        offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").partition(",")[0].strip()
        response = web.WebSocketResponse(
            timeout=self._limits.close_seconds,
            heartbeat=self._limits.ping_seconds,
            protocols=(offered,) if is_token(offered) else (),
            compress=False,
            max_msg_size=self._limits.max_frame_bytes,
        )
        response.headers[TRACE_ID] = trace_id
        return response if response.can_prepare(request) else None

    async def serve(
        self, request: web.BaseRequest, response: web.WebSocketResponse, visitor: Visitor
    ) -> None:
        """Answer the upgrade and serve the socket until either side closes it."""
        await response.prepare(request)
        transport = request.transport
        if transport is None:
            return
        socket = None
        try:
            # A socket is closed from outside by ending this block: fan-out has no task to wait in.
            async with asyncio.timeout(None) as interruption:
                socket = Socket(
                    transport,
                    interruption,
                    visitor,
                    max_backlog_bytes=self._limits.max_backlog_bytes,
                )
                self._open.add(socket)
                if self._is_closing:
                    socket.close(GOING_AWAY)
                await self._converse(response, socket)
                socket.finish()
        except TimeoutError:
            if socket is None or socket.close_code is None:
                raise
        finally:
            left = self._forget(socket)
        await _close(response, transport, socket)
        await self._tell_left(left, visitor)

    def _forget(self, socket: Socket | None) -> Sequence[Channel]:
        if socket is None:
            return ()
        socket.finish()
        self._open.discard(socket)
        return self._hub.drop(socket)

    async def _converse(self, response: web.WebSocketResponse, socket: Socket) -> None:
        """Handle messages one by one, so that a leave never overtakes its join."""
        bad_messages = 0
        while socket.close_code is None:
            message = await response.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            problem = await self._handle(socket, message.data)
            if problem is None:
                continue
            bad_messages += 1
            socket.send(self._bad_message(problem))
            if bad_messages == MAX_BAD_MESSAGES:
                socket.close(TOO_MANY_BAD_MESSAGES)

    async def _handle(self, socket: Socket, data: str | bytes) -> str | None:
        """Do what a message asks; what is wrong with it, None if nothing is."""
        try:
            message = encoding.loads(data if isinstance(data, str) else data.decode())
        except (NotJSON, UnicodeDecodeError):
            return "a message is JSON text"
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str):
            return 'a message is {"type": "join" or "leave", "data": {...}}'
        if kind == "join":
            return await self._join(socket, message.get("data"))
        if kind == "leave":
            return await self._leave(socket, message.get("data"))
        # Motia ignores what it does not know, so clients may send more.
        return None

    async def _leave(self, socket: Socket, data: Any) -> str | None:
        if not isinstance(data, Mapping):
            return "the data of a leave is what was sent to join"
        subscription_id = data.get("subscriptionId")
        if isinstance(subscription_id, str):
            channel = self._hub.leave(socket, subscription_id)
            if channel is not None:
                await self._tell_left([channel], socket.visitor)
        return None

    async def _join(self, socket: Socket, data: Any) -> str | None:
        join = _read_join(data)
        if join is None:
            return "the data of a join is streamName, groupId, id? and subscriptionId, all text"
        channel = join.channel
        refusal = await self._refusal(socket, channel)
        if refusal is not None:
            socket.send(self._hub.refuse(channel, refusal, now_ms=self._now_ms()))
            return None
        joining = self._hub.join(
            socket, channel, subscription_id=join.subscription_id, now_ms=self._now_ms()
        )
        await self._show(socket, joining)
        if joining.left is not None:
            await self._tell_left([joining.left], socket.visitor)
        return None

    async def _show(self, socket: Socket, joining: Joining[Socket]) -> None:
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
            # Motia's clients come back by themselves and join again.
            socket.close(INTERNAL_ERROR)
            return
        if joining.has_overflowed:
            socket.close(TOO_SLOW)
            return
        for frame in self._hub.finish(joining, snapshot):
            socket.send(frame)

    async def _refusal(self, socket: Socket, channel: Channel) -> str | None:
        stream = self._registry().streams.get(channel.stream)
        if stream is None:
            return f"Stream {channel.stream} not found"
        if self._hub.count(socket) >= self._limits.max_subscriptions:
            return f"More than {self._limits.max_subscriptions} subscriptions on one socket"
        return await self._access.may_join(stream.config, channel, socket.visitor)

    async def _tell_left(self, channels: Sequence[Channel], visitor: Visitor) -> None:
        """Side by side: all of it takes no longer than one hook may."""
        streams = self._registry().streams
        async with asyncio.TaskGroup() as tasks:
            for channel in channels:
                stream = streams.get(channel.stream)
                if stream is not None and stream.config.on_leave is not None:
                    tasks.create_task(self._access.left(stream.config, channel, visitor))

    def _bad_message(self, problem: str) -> bytes:
        error = {"code": "BAD_MESSAGE", "message": problem}
        event = {"type": "event", "event": {"type": "error", "data": error}}
        return encoding.dumps({"timestamp": self._hub.clock.next(self._now_ms()), "event": event})

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)


def announce(hub: StreamHub[Socket], change: StreamChange) -> None:
    """Tell everyone who watches; returns at once, whoever reads slowly."""
    publication = hub.publish(change)
    if publication.members:
        message = text_message(publication.frame)
        for socket in publication.members:
            socket.write(message)


def text_message(payload: bytes) -> bytes:
    """A whole text message as the server sends it: unmasked, uncompressed, in one frame.

    Source: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    """
    length = len(payload)
    if length < 126:
        return bytes((0x81, length)) + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2) + payload
    return b"\x81\x7f" + length.to_bytes(8) + payload


async def _close(
    response: web.WebSocketResponse, transport: asyncio.Transport, socket: Socket | None
) -> None:
    """Say goodbye; a client that does not read any more gets no more memory."""
    code = socket.close_code if socket is not None else None
    await response.close(code=code or GOING_AWAY, drain=False)
    if transport.get_write_buffer_size():
        transport.abort()


def _read_join(data: Any) -> _Join | None:
    if not isinstance(data, Mapping):
        return None
    stream, group, id = data.get("streamName"), data.get("groupId"), data.get("id")
    subscription_id = data.get("subscriptionId")
    if not _is_name(stream) or not _is_name(group):
        return None
    if not all(name is None or _is_name(name) for name in (id, subscription_id)):
        return None
    return _Join(Channel(stream, group, id), subscription_id)


def _is_name(text: Any) -> TypeGuard[str]:
    if not isinstance(text, str) or len(text) > MAX_NAME_LENGTH:
        return False
    # Half a character has no UTF-8 form: it could not be sent back.
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
