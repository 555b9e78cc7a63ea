"""The address of Socket.IO. python-socketio is loaded when the first client comes for a step."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from aiohttp import web

from motia_py.runtime.access import Visitor
from motia_py.runtime.requests import Request
from motia_py.runtime.sockets import Member, SocketMessage
from motia_py.runtime.tracing import new_trace_id
from motia_py.web.doors import Doors, WebSettings
from motia_py.web.responding import TRACE_ID, Refusal
from motia_py.web.watching import Watching

if TYPE_CHECKING:
    from motia_py.web.socketio.server import SocketServer

PATH = "/socket.io/"
METHODS = ("GET", "POST")
#: Who opened a connection and how, left on the request that did: the library keeps it as long as
#: the connection lasts.
VISITOR = web.RequestKey("motia_py.visitor", Visitor)
VIEW = web.RequestKey("motia_py.view", Request)


class SocketIo:
    """Serves those who come for socket steps, and reaches those who are connected."""

    def __init__(self, doors: Doors, settings: WebSettings, watching: Watching) -> None:
        self._doors = doors
        self._settings = settings
        self._watching = watching
        self._server: SocketServer | None = None
        self._is_closing = False

    @property
    def is_served(self) -> bool:
        """Whether any step listens."""
        return bool(self._doors.registry().namespaces)

    async def answer(self, request: web.BaseRequest, view: Request) -> web.StreamResponse:
        """Answer one request of a client: over a WebSocket, for as long as it is connected.

        Raises:
            Refusal: no step listens, or the visitor is refused.
        """
        query = parse_qs(request.query_string)
        if "j" in query:
            # A script element of any page could read the answer, and no current client asks so.
            raise Refusal(400, "JSONP is not served")
        if "sid" not in query:
            await self._admit(request, view)
        if self._server is None:
            raise Refusal(400, "There is no such connection")
        response: web.StreamResponse = await self._server.handle_request(request)
        if not response.prepared:
            response.headers[TRACE_ID] = new_trace_id()
        return response

    def tell(self, message: SocketMessage) -> None:
        """Send an event to clients. Never waits; nobody may be there."""
        if self._server is not None:
            self._server.clients.tell(message)

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room, in the order of joining."""
        return [] if self._server is None else self._server.clients.members(namespace, room)

    async def wait_idle(self) -> None:
        """Return once nothing runs for any client."""
        if self._server is not None:
            await self._server.steps.wait_idle()

    async def finish(self) -> None:
        """Let what clients asked for end, take nothing more, and tell them to go."""
        self._is_closing = True
        if self._server is not None:
            await self._server.finish()

    async def cut(self) -> None:
        """Cancel what did not end in time."""
        if self._server is not None:
            await self._server.cut()

    async def _admit(self, request: web.BaseRequest, view: Request) -> None:
        """Let somebody open a connection."""
        if not self.is_served:
            raise Refusal(404, "No step serves Socket.IO")
        visitor = await self._doors.access.authenticate(view)
        if visitor is None:
            raise Refusal(401, "Authentication failed")
        # Only now: asking takes its time.
        if self._is_closing:
            raise Refusal(503, "The server is going away")
        request[VISITOR], request[VIEW] = visitor, view
        if self._server is None:
            # On a thread: importing the library takes half a second, once.
            server = await asyncio.to_thread(import_module, "motia_py.web.socketio.server")
            # Another may have come meanwhile.
            self._server = self._server or server.SocketServer(
                self._doors, self._settings, self._watching
            )
