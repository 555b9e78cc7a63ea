"""python-engineio's server: polls, WebSockets, upgrades and pings are its own. Ours is to read what
clients that poll send, to bound what waits for a client and how long an upgrade may take, and to
leave nothing of a client that is gone.

Source: https://socket.io/docs/v4/engine-io-protocol/
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError

from motia_py.clock import Clock
from motia_py.web.reading import BodyLimits, read_body
from motia_py.web.socketio.backlog import Backlog
from motia_py.web.socketio.packets import is_text_packet, polled_packet
from motia_py.web.watching import GOING_AWAY

#: What is between two packets of one body.
_SEPARATOR = "\x1e"
#: Packets of one body that are handled before others have their turn.
_PACKETS_PER_TURN = 100
#: How long each step of an upgrade may take.
UPGRADE_SECONDS = 10.0


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """`max_backlog_bytes` is what may wait for one client."""

    def __init__(
        self,
        *,
        max_backlog_bytes: int,
        close_seconds: float,
        limits: BodyLimits,
        clock: Clock,
        **options: Any,
    ) -> None:
        super().__init__(max_http_buffer_size=limits.max_bytes, **options)
        self._max_backlog_bytes = max_backlog_bytes
        self._limits = limits
        self._clock = clock
        self.close_seconds = close_seconds
        self.is_closing = False
        #: The library's parts for aiohttp; no option names another WebSocket.
        self._async: dict[str, Any] = {**self._async, "websocket": _WebSocket}
        #: What the library leaves running: it keeps no hold of it.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pings: dict[str, asyncio.Task[Any]] = {}

    async def handle_request(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request of a client.

        Raises:
            Refusal: its body is too large, or does not come.
        """
        if request.method == "POST":
            return await self._take(request)
        response: web.StreamResponse = await super().handle_request(request)
        return response

    async def _take(self, request: web.BaseRequest) -> web.Response:
        """Take what a client that polls has to say.

        The library would take what of it has come so far for the whole, drop all of it if it is
        more than 16 packets, and leave unanswered whoever sends one that it does not know.
        """
        sid = request.query.get("sid", "")
        body = await read_body(request, self._limits, self._clock)
        socket = self.sockets.get(sid)
        if socket is None or not socket.connected or socket.upgraded:
            return web.Response(status=400, text="There is no such connection, or none that polls")
        try:
            for n, encoded in enumerate(body.decode().split(_SEPARATOR)):
                if n % _PACKETS_PER_TURN == _PACKETS_PER_TURN - 1:
                    await asyncio.sleep(0)
                if socket.closed:
                    break
                await socket.receive(polled_packet(encoded))
        except (ValueError, EngineIOError):
            self.cut(sid)
            return web.Response(status=400, text="That is no packet of Engine.IO")
        return web.Response(text="ok")

    def create_queue(self, *_: Any, **__: Any) -> Backlog:
        return Backlog(self._max_backlog_bytes)

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().start_background_task(target, *args, **kwargs)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        socket = getattr(target, "__self__", None)
        if isinstance(socket, AsyncSocket) and target == socket._send_ping:
            # It sleeps for most of its life, whether its client is still there or not.
            if socket.sid in self.sockets:
                self._pings[socket.sid] = task
            else:
                task.cancel()
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
            if not socket.upgraded and socket.queue.transport is not None:
                # So would an upgrade.
                socket.queue.transport.abort()

    async def _abort(self, socket: AsyncSocket) -> None:
        await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_ERROR)

    async def close_all(self) -> None:
        """Tell every client that the server goes away; they come back by themselves."""
        self.is_closing = True
        for socket in list(self.sockets.values()):
            await socket.close(wait=False)
            # Ends the task that writes to a WebSocket, and with it the WebSocket.
            socket.queue.put_nowait(None)
        # The library would fail the second time.
        if self.service_task_handle is not None:
            await self.shutdown()


class _WebSocket(WebSocket):  # type: ignore[misc]
    """One WebSocket, uncompressed: a thousand compressors cost more than what they save."""

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        request = environ["aiohttp.request"]
        # The handler is the method by which the engine's socket speaks.
        socket = self.handler.__self__
        backlog = socket.queue
        if backlog.transport is not None:
            return web.Response(status=400, text="Another WebSocket is there already")
        backlog.attach(socket, request.transport)
        self._first: str | bytes | None = None
        self._is_upgrade = socket.connected
        self._sock = web.WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size,
            compress=False,
            timeout=self.server.close_seconds,
        )
        try:
            await self._sock.prepare(request)
            # If it breaks off, the client goes on polling.
            with suppress(OSError):
                if self._is_upgrade:
                    # In the handler polls would get nothing: not before the WebSocket has shown
                    # that it carries anything.
                    self._first = await self._within_time()
                await self.handler(self)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=error.text)
        finally:
            if not socket.upgraded:
                socket.upgrading = False
                backlog.attach(socket, None)
                if not self._is_upgrade:
                    self.server.cut(socket.sid)
        return self._sock

    async def wait(self) -> str | bytes:
        """The next message.

        Raises:
            OSError: there is none, or what came is no packet, which the library would stumble over.
        """
        first, self._first = self._first, None
        if first is not None:
            return first
        if self.handler.__self__.upgrading:
            return await self._within_time()
        return await self._receive()

    async def _within_time(self) -> str | bytes:
        # A TimeoutError is an OSError.
        async with asyncio.timeout(UPGRADE_SECONDS):
            return await self._receive()

    async def _receive(self) -> str | bytes:
        message: str | bytes = await super().wait()
        if isinstance(message, str) and not is_text_packet(message):
            raise OSError("not a packet of Engine.IO")
        return message

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._sock.send_bytes(message)
        else:
            await self._sock.send_str(message)

    async def close(self) -> None:
        await self._sock.close(code=GOING_AWAY if self.server.is_closing else 1000)
