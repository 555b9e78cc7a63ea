"""The open WebSockets: upgrades them, keeps them while a conversation lasts, closes them all.

What is said on a socket is the conversation's affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

from aiohttp import WSMsgType, hdrs, web

from motia_py.runtime.access import Visitor
from motia_py.runtime.frames import Channel, Form
from motia_py.web.connection import Connection
from motia_py.web.responding import TRACE_ID, is_token
from motia_py.web.socket import Socket
from motia_py.web.watching import GOING_AWAY, Watching

#: Speaks with one client until either side has said enough.
Conversation: TypeAlias = Callable[[web.WebSocketResponse, Socket], Awaitable[None]]


class SocketLimits(NamedTuple):
    """`max_backlog_bytes` is what may wait for one client before it is cut off, `close_seconds` how
    long it may take to answer a close."""

    max_frame_bytes: int
    max_backlog_bytes: int
    ping_seconds: float
    close_seconds: float


class StreamSockets:
    """Serves the sockets on which streams are watched."""

    def __init__(self, watching: Watching, limits: SocketLimits) -> None:
        self._watching = watching
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
        self,
        request: web.BaseRequest,
        response: web.WebSocketResponse,
        visitor: Visitor,
        converse: Conversation,
    ) -> None:
        """Answer the upgrade and serve the socket until either side closes it."""
        await response.prepare(request)
        connection, transport = request.protocol, request.transport
        if transport is None or not isinstance(connection, Connection):
            return
        socket = None
        try:
            # A socket is closed from outside by ending this block: fan-out has no task to wait in.
            async with asyncio.timeout(None) as interruption:
                socket = Socket(
                    connection,
                    transport,
                    interruption,
                    visitor,
                    max_backlog_bytes=self._limits.max_backlog_bytes,
                )
                self._open.add(socket)
                if self._is_closing:
                    socket.close(GOING_AWAY)
                await converse(response, socket)
                socket.finish()
        except TimeoutError:
            if socket is None or socket.close_code is None:
                raise
        finally:
            left = self._forget(socket)
        await _close(response, transport, socket)
        await self._watching.left(left, visitor)

    def _forget(self, socket: Socket | None) -> Sequence[Channel]:
        if socket is None:
            return ()
        socket.finish()
        self._open.discard(socket)
        return self._watching.hub.drop(socket, now_ms=self._watching.now_ms())


class BareItems:
    """The conversation on a stream's own address: the items of a channel, one per message.

    What the client says is nothing to us. Deletions are not told: a bare item cannot say it.
    """

    def __init__(self, watching: Watching, channel: Channel) -> None:
        self._watching = watching
        self._channel = channel
        self.has_begun = False

    async def __call__(self, response: web.WebSocketResponse, socket: Socket) -> None:
        self.has_begun = True
        await self._watching.join(socket, self._channel, form=Form.ITEMS)
        while socket.close_code is None:
            message = await response.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return


async def _close(
    response: web.WebSocketResponse, transport: asyncio.Transport, socket: Socket | None
) -> None:
    """Say goodbye; a client that does not read any more gets no more memory."""
    code = socket.close_code if socket is not None else None
    await response.close(code=code or GOING_AWAY, drain=False)
    if transport.get_write_buffer_size():
        transport.abort()
