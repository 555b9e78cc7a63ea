"""python-engineio's server: transports, upgrades and pings are its own; what waits for a client is
ours to bound, and nothing of a client that is gone stays behind.

Source: https://socket.io/docs/v4/engine-io-protocol/
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket
from engineio.async_socket import AsyncSocket

from motia_py.web.socketio.backlog import Backlog
from motia_py.web.watching import GOING_AWAY

#: What Socket.IO's clients send as text: its own packets, or a few characters about the connection.
_TEXT_PACKET = re.compile(r"4[0-6]|[12356].{0,15}\Z")


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """`max_backlog_bytes` is what may wait for one client."""

    def __init__(self, *, max_backlog_bytes: int, close_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._max_backlog_bytes = max_backlog_bytes
        self.close_seconds = close_seconds
        self.is_closing = False
        #: The library's parts for aiohttp; no option names another WebSocket.
        self._async: dict[str, Any] = {**self._async, "websocket": _WebSocket}
        #: What the library leaves running: it keeps no hold of it.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pings: dict[str, asyncio.Task[Any]] = {}

    def create_queue(self, *_: Any, **__: Any) -> Backlog:
        return Backlog(self._max_backlog_bytes)

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().start_background_task(target, *args, **kwargs)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        socket = getattr(target, "__self__", None)
        if isinstance(socket, AsyncSocket) and socket.sid in self.sockets:
            # All that a socket starts is its pings: one sleeps for most of its life, whether its
            # client is still there or not.
            self._pings[socket.sid] = task
        return task

    def backlog(self, sid: str) -> Backlog | None:
        """What waits for a connection; None if it is gone."""
        socket = self.sockets.get(sid)
        return None if socket is None else socket.queue

    def cut(self, sid: str) -> None:
        """End a connection without another word. Returns at once."""
        socket = self.sockets.get(sid)
        if socket is None:
            return
        transport = socket.queue.transport
        if transport is not None:
            transport.abort()
        if not socket.upgraded:
            self.start_background_task(self._abort, socket)

    def forget(self, sid: str) -> None:
        """A connection has ended: leave nothing of it."""
        ping = self._pings.pop(sid, None)
        if ping is not None and ping is not asyncio.current_task():
            ping.cancel()
        socket = self.sockets.pop(sid, None)
        if socket is not None:
            socket.queue.close()
            # A poll that waits would do so for the rest of its time.
            socket.queue.put_nowait(None)

    async def _abort(self, socket: AsyncSocket) -> None:
        await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_ERROR)

    async def close_all(self) -> None:
        """Tell every client that the server goes away; they come back by themselves."""
        self.is_closing = True
        for socket in list(self.sockets.values()):
            await socket.close(wait=False)
            # Ends the task that writes to a WebSocket, and with it the WebSocket.
            socket.queue.put_nowait(None)
        await self.shutdown()


class _WebSocket(WebSocket):  # type: ignore[misc]
    """One WebSocket, uncompressed: a thousand compressors cost more than what they save."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request = environ["aiohttp.request"]
        self.environ = environ
        self._sock = web.WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size,
            compress=False,
            timeout=self.server.close_seconds,
        )
        await self._sock.prepare(request)
        # The handler is the method by which the engine's socket speaks.
        socket = self.handler.__self__
        socket.queue.attach(socket, request.transport)
        await self.handler(self)
        return self._sock

    async def wait(self) -> str | bytes:
        """The next message.

        Raises:
            OSError: there is none, or what came is no packet, which the library would stumble over.
        """
        message: str | bytes = await super().wait()
        if isinstance(message, str) and _TEXT_PACKET.match(message) is None:
            raise OSError("not a packet of Engine.IO")
        return message

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._sock.send_bytes(message)
        else:
            await self._sock.send_str(message)

    async def close(self) -> None:
        await self._sock.close(code=GOING_AWAY if self.server.is_closing else 1000)
