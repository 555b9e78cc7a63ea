"""python-socketio's server: packets and namespaces are its own; who is let in, what happens on an
event and who is told of one is ours.

Of the library's inner methods six are overridden; the tests with its own client and with npm's
would tell if one of them changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError

from motia_py.web.doors import Doors, WebSettings
from motia_py.web.reading import BodyLimits
from motia_py.web.socketio.clients import Client, Clients
from motia_py.web.socketio.door import VIEW, VISITOR
from motia_py.web.socketio.engine import Engine
from motia_py.web.socketio.packets import SocketPacket
from motia_py.web.socketio.steps import SocketSteps
from motia_py.web.socketio.streams import SocketStreams
from motia_py.web.watching import Watching

_log = logging.getLogger("motia_py.socketio")
# The library logs every packet, and what clients send amiss as if it were our fault.
_library_log = logging.getLogger("motia_py.socketio.library")
_library_log.setLevel(logging.CRITICAL)

#: How long steps of `disconnect` may take when the server has no time left.
FAREWELL_SECONDS = 0.25


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Hands what clients do to the steps that listen."""

    def __init__(self, doors: Doors, settings: WebSettings, watching: Watching) -> None:
        self.clients = Clients()
        #: What asks the steps whether to let somebody in, by connection.
        self._asking: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)
        self.steps = SocketSteps(
            doors.registry,
            doors.receive,
            self.clients,
            SocketStreams(watching, max_subscriptions=settings.max_subscriptions),
        )
        super().__init__(
            async_mode="aiohttp",
            serializer=SocketPacket,
            # Which there are is asked when a client comes: reloads change it.
            namespaces="*",
            # The guard has decided already.
            cors_allowed_origins=[],
            ping_interval=settings.ping_seconds,
            max_backlog_bytes=settings.max_backlog_bytes,
            close_seconds=settings.close_seconds,
            limits=BodyLimits(settings.max_frame_bytes, settings.body_timeout_seconds),
            clock=doors.clock,
            logger=_library_log,
            engineio_logger=_library_log,
        )
        self.on("connect", self._let_in, namespace="*")
        self.on("disconnect", self._let_go, namespace="*")

    async def finish(self) -> None:
        """Let what clients asked for end, take nothing more, and tell them to go."""
        await self.steps.finish()
        await self.eio.close_all()
        # That they go is for steps, too.
        await self.steps.finish()

    async def cut(self) -> None:
        """Cancel what did not end in time."""
        await self.steps.cut()
        await self.eio.close_all()
        # That they go is for steps, too, but for none that takes its time.
        await self.steps.cut(after_seconds=FAREWELL_SECONDS)

    async def _let_in(self, namespace: str, sid: str, environ: Any, auth: Any) -> None:
        """Ask the steps whether a client may come in.

        Raises:
            ConnectionRefusedError: it may not.
        """
        request = environ["aiohttp.request"]
        engine_sid = self.manager.eio_sid_from_sid(sid, namespace)
        backlog = self.eio.backlog(engine_sid)
        if backlog is None:
            raise ConnectionRefusedError("The connection was lost")
        client = Client(
            self.clients,
            sid,
            namespace,
            engine_sid,
            request=request[VIEW],
            visitor=request[VISITOR],
            backlog=backlog,
            handle=self.steps.handle,
            disconnect=lambda: self.disconnect(sid, namespace=namespace),
        )
        self.clients.add(client)
        try:
            problem = await self._ask(client, auth)
        except asyncio.CancelledError:
            # The library would take it for a yes.
            problem = {"error": "The connection was lost"}
        except Exception:
            # Never a TypeError: the library would take it for a handler of another form.
            _log.exception("a connection failed inside the server")
            problem = {"error": "Internal server error"}
        if problem is not None:
            self.clients.remove(client)
            told = {key: value for key, value in problem.items() if key not in ("error", "data")}
            raise ConnectionRefusedError(problem["error"], problem.get("data") or told or None)

    async def _ask(self, client: Client, auth: Any) -> dict[str, Any] | None:
        """Ask the steps of `connect`, for as long as the client is there.

        Raises:
            CancelledError: it is gone.
        """
        asking = asyncio.get_running_loop().create_task(self.steps.connect(client, auth))
        self._asking[client.engine_sid].add(asking)
        try:
            return await asking
        finally:
            self._asking[client.engine_sid].discard(asking)
            if not self._asking[client.engine_sid]:
                del self._asking[client.engine_sid]

    def _let_go(self, namespace: str, sid: str, reason: str) -> None:
        client = self.clients.find(namespace, sid)
        if client is not None:
            # What a step of the server's own asked for does not end that step.
            is_ours = reason == self.reason.SERVER_DISCONNECT and not self.eio.is_closing
            self.steps.gone(client, reason, cancels=not is_ours)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        await super()._handle_connect(eio_sid, namespace, data)
        client = self.clients.at(eio_sid, namespace)
        if client is None:
            return
        client.begin()
        if self.eio.backlog(eio_sid) is None:
            # It went while it was asked for, when the library did not count it as connected yet.
            await self._handle_disconnect(eio_sid, namespace, self.reason.TRANSPORT_CLOSE)
        elif client.is_to_go:
            await client.disconnect()

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, id: int | None, data: Any
    ) -> None:
        client = self.clients.at(eio_sid, namespace or "/")
        if client is None or not client.is_connected:
            return
        match data:
            case [str(name), *arguments]:
                self.steps.take(client, name, _folded(arguments), id)
            case _:
                raise ValueError("an event is a list that begins with its name")

    async def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        backlog = self.eio.backlog(eio_sid)
        if backlog is not None:
            backlog.on_overflow = lambda: self.eio.cut(eio_sid)

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception:
            # As Socket.IO's own server does: who speaks something else is not spoken with.
            _log.debug("a client's packet cannot be read", exc_info=True)
            self.eio.cut(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        for asking in self._asking.get(eio_sid, ()):
            asking.cancel()
        await super()._handle_eio_disconnect(eio_sid, reason)
        # The library forgets it with a namespace, and it may belong to one that let nobody in.
        self._binary_packet.pop(eio_sid, None)
        self.eio.forget(eio_sid)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine


def _folded(arguments: list[Any]) -> Any:
    """What a handler gets: nothing, the argument, or a list of several."""
    if len(arguments) > 1:
        return arguments
    return arguments[0] if arguments else None
