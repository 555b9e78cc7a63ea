"""What handlers see of Socket.IO: the client that sent an event, and everybody who is connected.

Knows no transport: who is connected and how they are reached is a matter of the web floor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from motia_py import encoding
from motia_py.errors import ConfigError, NotJSON
from motia_py.messages import JSON
from motia_py.project.declarations import RESERVED_EVENTS
from motia_py.runtime.calls import Calls
from motia_py.runtime.requests import Request
from motia_py.runtime.tracing import Observe

_BINARY = (bytes, bytearray, memoryview)


class SocketMessage(NamedTuple):
    """An event for clients of one namespace. `data` is JSON, and may hold bytes.

    It goes to those in `room`, or to the one whose sid is `to`, or else to all; never to the one
    whose sid is `without`.
    """

    namespace: str
    event: str
    data: JSON
    room: str | None = None
    to: str | None = None
    without: str | None = None


class SocketClient(Protocol):
    """One client in one namespace, as the web floor has it. Only for the main loop."""

    sid: str
    namespace: str
    #: What handlers keep about the client, as long as it is connected.
    session: dict[str, Any]
    #: The request that opened the connection.
    request: Request
    #: What `authenticate` said about it.
    auth_context: Any

    def rooms(self) -> list[str]:
        """The rooms that it is in; once it is gone, those that it was in."""
        ...

    def join(self, room: str) -> None: ...

    def leave(self, room: str) -> None: ...

    async def has_room(self) -> None:
        """Return once what waits for the client is little, or it is gone."""
        ...

    async def disconnect(self) -> None: ...


class Member(NamedTuple):
    """A client in a room. `session` is its own: what is changed there is changed for it."""

    sid: str
    session: dict[str, Any]


class SocketDirectory(Protocol):
    """Everybody who is connected, as the web floor has them. Only for the main loop."""

    def tell(self, message: SocketMessage) -> None:
        """Send an event. Never waits; who is gone gets nothing."""
        ...

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room, in the order of joining."""
        ...


class Sockets:
    """`context.sockets`: reaches clients from any step."""

    def __init__(self, directory: SocketDirectory, calls: Calls, observe: Observe) -> None:
        self._directory = directory
        self._calls = calls
        self._observe = observe

    def members(self, room: str, *, namespace: str = "/") -> list[Member]:
        """Who is in a room now, in the order of joining: each with `sid` and `session`."""
        return self._directory.members(namespace, room)

    def emit(
        self,
        event: str,
        data: Any = None,
        *,
        room: str | None = None,
        to: str | None = None,
        namespace: str = "/",
    ) -> Any:
        """Send an event to those in `room`, to the one client `to`, or else to all.

        The result is an awaitable that has already been started. Who is gone gets nothing.

        Raises:
            ConfigError: at the call, if nobody could listen to an event of this name.
            NotJSON: at the call, if `data` has no JSON form; bytes in it travel as they are.
        """
        message = _message(namespace, event, data, room=room, to=to)
        self._observe("emit", namespace, event)

        async def operation() -> None:
            self._directory.tell(message)

        return self._calls.write(operation)


class Socket:
    """`context.socket`: the client whose event is handled."""

    def __init__(
        self,
        client: SocketClient,
        directory: SocketDirectory,
        calls: Calls,
        observe: Observe,
    ) -> None:
        self._client = client
        self._directory = directory
        self._calls = calls
        self._observe = observe

    @property
    def sid(self) -> str:
        return self._client.sid

    @property
    def namespace(self) -> str:
        return self._client.namespace

    @property
    def session(self) -> dict[str, Any]:
        """A dict of your own, the same for all events of this client until it is gone."""
        return self._client.session

    @property
    def request(self) -> Request:
        """The request that opened the connection, with its headers and its query."""
        return self._client.request

    @property
    def auth_context(self) -> Any:
        """What `authenticate` in motia_config.py said about the client; None without that hook."""
        return self._client.auth_context

    def rooms(self) -> list[str]:
        """The rooms that the client is in; under `disconnect`, those that it was in."""
        return self._client.rooms()

    def emit(
        self,
        event: str,
        data: Any = None,
        *,
        room: str | None = None,
        to: str | None = None,
        skip_self: bool = False,
    ) -> Any:
        """Send an event to this client, or to those in `room`, or to the one whose sid is `to`.

        `skip_self` leaves this client out. Awaited, an event to this client waits while it reads
        slowly; others are never waited for. Else as `Sockets.emit`.
        """
        client = self._client
        is_own = room is None and to is None
        message = _message(
            client.namespace,
            event,
            data,
            room=room,
            to=client.sid if is_own else to,
            without=client.sid if skip_self else None,
        )
        self._observe("emit", client.namespace, event)

        async def operation() -> None:
            self._directory.tell(message)
            if is_own:
                await client.has_room()

        return self._calls.write(operation)

    def join(self, room: str) -> Any:
        """Put the client into a room. As `emit`, started at once."""
        return self._change("join", self._client.join, room)

    def leave(self, room: str) -> Any:
        """Take the client out of a room; nothing happens if it is not in it."""
        return self._change("leave", self._client.leave, room)

    def disconnect(self) -> Any:
        """Close the connection, after what was sent before."""
        self._observe("disconnect", self.namespace, self.sid)
        return self._calls.write(self._client.disconnect)

    def _change(self, name: str, change: Callable[[str], None], room: str) -> Any:
        if not isinstance(room, str) or not room:
            raise ConfigError(f"{name}: a room's name is text, got {room!r}")
        self._observe(name, self.namespace, room)

        async def operation() -> None:
            change(room)

        return self._calls.write(operation)


def with_bytes(value: Any) -> JSON:
    """A copy of JSON's own types, in which bytes stay bytes: Socket.IO sends them as they are.

    Raises:
        NotJSON: it holds something else, or nests too deeply.
    """
    try:
        return _copy(value) if holds_bytes(value) else encoding.plain(value)
    except RecursionError as error:
        raise NotJSON("cannot send: it contains itself or nests too deeply") from error


def holds_bytes(value: Any) -> bool:
    """Whether there are bytes in dicts and lists; those in a model are base64, as in any JSON."""
    kind = type(value)
    if kind is dict:
        return any(map(holds_bytes, value.values()))
    if kind is list or kind is tuple:
        return any(map(holds_bytes, value))
    return isinstance(value, _BINARY)


def _copy(value: Any) -> JSON:
    if isinstance(value, _BINARY):
        return bytes(value)
    if not holds_bytes(value):
        return encoding.plain(value)
    if isinstance(value, dict):
        return {_as_key(key): _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value]


def _as_key(key: Any) -> str:
    (name,) = encoding.plain({key: None})
    return str(name)


def _message(namespace: str, event: str, data: Any, **target: str | None) -> SocketMessage:
    if not isinstance(event, str) or not event or event in RESERVED_EVENTS:
        raise ConfigError(
            f"emit: {event!r} is no name for an event (text, and none of"
            f" {', '.join(sorted(RESERVED_EVENTS))}, which Socket.IO keeps for itself)"
        )
    for name, value in target.items():
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"emit: {name} is text, got {value!r}")
    return SocketMessage(namespace, event, with_bytes(data), **target)
