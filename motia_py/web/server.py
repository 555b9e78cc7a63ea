"""The server: binds, serves, stops. Between the socket and the dispatch it only speaks HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aiohttp import web

from motia_py.errors import ConfigError
from motia_py.web import binding
from motia_py.web.connection import Connection
from motia_py.web.dispatch import Dispatch
from motia_py.web.doors import Doors, WebSettings
from motia_py.web.guard import Guard
from motia_py.web.socketio.door import SocketIo
from motia_py.web.streams import Streams
from motia_py.web.watching import Watching

#: How long an answered connection may still send the body that nobody read.
LINGER_SECONDS = 2.0
#: How long what is cut off at the end may take to notice, in each of three steps.
ABORT_SECONDS = 0.25

_log = logging.getLogger("motia_py.web")


class _Protocols(web.Server):
    """Makes the connections."""

    def __call__(self) -> Connection:
        return Connection(self, **self._kwargs)


class HttpServer:
    """HTTP and WebSockets on every host and port of the settings.

    Raises:
        ConfigError: a setting would leave the server open, or is no origin or host.
    """

    def __init__(self, doors: Doors, settings: WebSettings) -> None:
        if settings.max_line_bytes == settings.max_header_bytes:
            raise ConfigError(
                "MOTIA_MAX_LINE_BYTES and MOTIA_MAX_HEADER_BYTES are the same",
                advice="make them differ, if only by 1: a refusal tells which limit was passed",
            )
        serves_own = settings.serves_pages or settings.serves_emit
        if serves_own and not settings.is_loopback and settings.token is None:
            raise ConfigError(
                "the server's own pages need a token where they can be reached from elsewhere",
                advice="bind to localhost, or set MOTIA_TOKEN",
            )
        self._settings = settings
        guard = Guard(
            mode=settings.mode,
            is_loopback=settings.is_loopback,
            allowed_hosts=settings.allowed_hosts,
            cors_origins=settings.cors_origins,
            token=settings.token,
        )
        watching = Watching(
            registry=doors.registry,
            snapshot=doors.snapshot,
            hub=doors.hub,
            access=doors.access,
            clock=doors.clock,
        )
        self._streams = Streams(doors, settings, watching)
        self.sockets = SocketIo(doors, settings, watching)
        self._dispatch = Dispatch(
            doors, settings, guard, streams=self._streams, socketio=self.sockets
        )
        self._protocols: _Protocols | None = None
        self._listeners: list[asyncio.Server] = []
        self._running = 0
        self._is_idle = asyncio.Event()
        self.ports: tuple[int, ...] = ()

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            CannotStart: a port is taken, or a host is not of this machine.
        """
        settings = self._settings
        bound = await binding.bind(settings.hosts, settings.ports)
        self.ports = tuple(dict.fromkeys(listener.getsockname()[1] for listener in bound))
        self._protocols = _Protocols(
            self._handle,
            access_log=None,
            logger=_log,
            max_line_size=settings.max_line_bytes,
            max_field_size=settings.max_header_bytes,
            max_headers=settings.max_headers,
            keepalive_timeout=settings.idle_seconds,
            header_seconds=settings.header_timeout_seconds,
            lingering_time=LINGER_SECONDS,
            # Done by `reading`, which counts what comes out.
            auto_decompress=False,
        )
        loop = asyncio.get_running_loop()
        for listener in bound:
            self._listeners.append(
                await loop.create_server(self._protocols, sock=listener, backlog=binding.BACKLOG)
            )

    @property
    def urls(self) -> tuple[str, ...]:
        """The server's own address on each port, as a program on this machine reaches it."""
        host = binding.host_in_url(self._settings.hosts[0])
        return tuple(f"http://{host}:{port}" for port in self.ports)

    async def stop(self, seconds: float) -> None:
        """Accept nothing more, close the sockets, wait for running handlers, then cut them off."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        protocols, self._protocols = self._protocols, None
        if protocols is None:
            return
        self._streams.close_all()
        self._dispatch.close_all()
        protocols.pre_shutdown()
        try:
            # The machine's own time, also under a test's clock: this is about ending for real.
            async with asyncio.timeout(seconds):
                await self.sockets.finish()
                await self._idle()
        except TimeoutError:
            await self.sockets.cut()
            _log.warning(
                "%d requests were still running after %g s and are cut off",
                self._running,
                seconds,
                extra={"action": "server.cut_off"},
            )
        await protocols.shutdown(ABORT_SECONDS)
        # The cut comes last in there, and cleaning up takes a few turns of the loop.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ABORT_SECONDS):
                await self._idle()

    async def _idle(self) -> None:
        while self._running:
            self._is_idle.clear()
            await self._is_idle.wait()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._running += 1
        try:
            return await self._dispatch.handle(request)
        finally:
            self._running -= 1
            if not self._running:
                self._is_idle.set()
