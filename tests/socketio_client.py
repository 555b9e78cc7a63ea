"""python-socketio's own client, with what it hears kept in order, for tests of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import socketio
from socketio.exceptions import ConnectionError

POLLING, WEBSOCKET, UPGRADE = ["polling"], ["websocket"], ["polling", "websocket"]
TRANSPORTS = {"polling": POLLING, "websocket": WEBSOCKET, "upgrade": UPGRADE}


class Heard(NamedTuple):
    event: str
    data: Any


class Refused(Exception):
    """The server does not let the client in; its argument is what it said."""


class SocketClient:
    """One client in one namespace. `heard` has all that came and was not asked for yet."""

    def __init__(self, namespace: str, session: aiohttp.ClientSession) -> None:
        self._namespace = namespace
        self._client = socketio.AsyncClient(reconnection=False, http_session=session)
        self.heard: asyncio.Queue[Heard] = asyncio.Queue()
        self.has_left = asyncio.Event()
        self._refusal: Any = None
        self._client.on("connect_error", self._refuse, namespace=namespace)
        self._client.on("*", self._hear, namespace=namespace)
        self._client.on("disconnect", self._leave, namespace=namespace)

    @property
    def sid(self) -> str:
        sid: str = self._client.get_sid(self._namespace)
        return sid

    @property
    def transport(self) -> str:
        name: str = self._client.transport()
        return name

    async def connect(self, url: str, **options: Any) -> None:
        """Connect, or raise Refused with what the server said."""
        try:
            await self._client.connect(
                url, namespaces=[self._namespace], wait_timeout=10, **options
            )
        except ConnectionError as error:
            raise Refused(self._refusal or str(error)) from error

    async def emit(self, event: str, *data: Any) -> None:
        """Send an event with these arguments, and ask for no acknowledgement."""
        await self._client.emit(event, data, namespace=self._namespace)

    async def call(self, event: str, *data: Any) -> Any:
        """Send an event and give its acknowledgement."""
        return await self._client.call(event, data, namespace=self._namespace, timeout=10)

    async def next(self, event: str | None = None) -> Any:
        """The next event; the data of the next one called `event`, if given, past all others."""
        async with asyncio.timeout(10):
            while True:
                heard = await self.heard.get()
                if event is None:
                    return heard
                if heard.event == event:
                    return heard.data

    async def leave(self) -> None:
        await self._client.disconnect()

    async def _hear(self, event: str, *data: Any) -> None:
        self.heard.put_nowait(Heard(event, data[0] if len(data) == 1 else list(data) or None))

    async def _refuse(self, said: Any = None) -> None:
        self._refusal = said

    async def _leave(self, reason: str) -> None:
        self.has_left.set()


@asynccontextmanager
async def connected(
    url: str, namespace: str = "/", *, transports: list[str] = WEBSOCKET, **options: Any
) -> AsyncIterator[SocketClient]:
    """A client that is connected while entered."""
    async with aiohttp.ClientSession() as session:
        client = SocketClient(namespace, session)
        await client.connect(url, transports=transports, **options)
        try:
            yield client
        finally:
            await client.leave()
