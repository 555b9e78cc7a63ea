"""Who is connected, and in which rooms. Only for the server's own loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from motia_py.runtime.access import Visitor
from motia_py.runtime.requests import Request
from motia_py.runtime.sockets import Member, SocketMessage
from motia_py.web.socketio.backlog import Backlog
from motia_py.web.socketio.inbox import Inbox, Received
from motia_py.web.socketio.packets import Piece, event


class Client:
    """One client in one namespace; what `context.socket` stands for.

    `engine_sid` names its connection, which its clients in other namespaces share. What is sent to
    it before the library has said that it is connected is held back until then.
    """

    def __init__(
        self,
        clients: Clients,
        sid: str,
        namespace: str,
        engine_sid: str,
        *,
        request: Request,
        visitor: Visitor,
        backlog: Backlog,
        handle: Callable[[Client, Received], Awaitable[None]],
        disconnect: Callable[[], Awaitable[None]],
    ) -> None:
        self.sid = sid
        self.namespace = namespace
        self.engine_sid = engine_sid
        self.request = request
        self.visitor = visitor
        self.auth_context: Any = visitor.context
        self.session: dict[str, Any] = {}
        self.backlog = backlog
        self.inbox = Inbox(lambda received: handle(self, received))
        self.is_gone = False
        self._clients = clients
        self._disconnect = disconnect
        self._held: list[Piece] | None = []
        self._held_bytes = 0
        #: Whether a step of `connect` has sent it away: once it has been told that it is connected.
        self.is_to_go = False
        #: In the order of joining.
        self._rooms: dict[str, None] = {}

    @property
    def is_connected(self) -> bool:
        return self._held is None and not self.is_gone

    def begin(self) -> None:
        """It has been told that it is connected."""
        held, self._held = self._held, None
        self.post(held or ())

    def post(self, pieces: Sequence[Piece]) -> None:
        """Send a packet, all of its pieces in one go. Never waits."""
        if self._held is not None:
            self._hold(pieces)
        elif not self.is_gone:
            for piece in pieces:
                self.backlog.post(piece)

    def _hold(self, pieces: Sequence[Piece]) -> None:
        assert self._held is not None
        self._held.extend(pieces)
        self._held_bytes += sum(piece.size_bytes for piece in pieces)
        if self._held_bytes > self.backlog.max_bytes:
            # Its connect step takes so long that others have filled what a client may have waiting.
            self.backlog.overflow()

    def rooms(self) -> list[str]:
        return list(self._rooms)

    def join(self, room: str) -> None:
        if not self.is_gone:
            self._rooms[room] = None
            self._clients.put_in(room, self)

    def leave(self, room: str) -> None:
        if not self.is_gone and room in self._rooms:
            del self._rooms[room]
            self._clients.take_out(room, self)

    async def has_room(self) -> None:
        if self.is_connected:
            await self.backlog.has_room()

    async def disconnect(self) -> None:
        if self._held is not None:
            self.is_to_go = True
        elif not self.is_gone:
            await self._disconnect()


class Clients:
    """Every client of this server."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], Client] = {}
        self._by_sid: defaultdict[str, dict[str, Client]] = defaultdict(dict)
        self.rooms: defaultdict[tuple[str, str], dict[Client, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._at)

    def at(self, engine_sid: str, namespace: str) -> Client | None:
        """The client of a connection in a namespace."""
        return self._at.get((engine_sid, namespace))

    def find(self, namespace: str, sid: str) -> Client | None:
        return self._by_sid[namespace].get(sid) if namespace in self._by_sid else None

    def all(self) -> list[Client]:
        return list(self._at.values())

    def add(self, client: Client) -> None:
        self._at[client.engine_sid, client.namespace] = client
        self._by_sid[client.namespace][client.sid] = client

    def remove(self, client: Client) -> None:
        """It is gone: it gets nothing more, and goes on to know which rooms it was in."""
        if client.is_gone:
            return
        client.is_gone = True
        del self._at[client.engine_sid, client.namespace]
        del self._by_sid[client.namespace][client.sid]
        if not self._by_sid[client.namespace]:
            del self._by_sid[client.namespace]
        for room in client.rooms():
            self.take_out(room, client)

    def put_in(self, room: str, client: Client) -> None:
        self.rooms[client.namespace, room][client] = None

    def take_out(self, room: str, client: Client) -> None:
        """A room without anybody is none."""
        members = self.rooms[client.namespace, room]
        members.pop(client, None)
        if not members:
            del self.rooms[client.namespace, room]

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room, in the order of joining."""
        clients = list(self.rooms.get((namespace, room), ()))
        return [Member(client.sid, client.session) for client in clients]

    def tell(self, message: SocketMessage) -> None:
        """Send an event to all for whom it is. Never waits."""
        audience = [each for each in self._audience(message) if each.sid != message.without]
        if audience:
            pieces = event(message.namespace, message.event, message.data)
            for client in audience:
                client.post(pieces)

    def _audience(self, message: SocketMessage) -> Collection[Client]:
        if message.to is not None:
            client = self.find(message.namespace, message.to)
            return () if client is None else (client,)
        if message.room is not None:
            return list(self.rooms.get((message.namespace, message.room), ()))
        return list(self._by_sid.get(message.namespace, {}).values())
