"""Carries an answer to LiveKit's room of the same name, beside the chat that it never slows."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import aiohttp

from motia_py import Context
from steps.rooms.livekit_server import LiveKitServer, configured_server, library

TOPIC = "stream-chat"
#: A packet may have 15 KiB; a character has at most 6 bytes in JSON.
PACKET_CHARACTERS = 2000
#: How long LiveKit may take for a packet, and for what is left at the end of an answer.
REQUEST_SECONDS = 2.0
REST_SECONDS = 1.0


class Packets:
    """One answer on its way. While a packet is sent, the next one takes up all text that comes."""

    def __init__(self, server: LiveKitServer, room: str, context: Context) -> None:
        self._server = server
        self._room = room
        self._context = context
        self._waiting: deque[dict[str, Any]] = deque()
        self._has_more = asyncio.Event()
        self._is_over = False

    def add(self, event: str, data: dict[str, Any]) -> None:
        """Take an event along; returns at once."""
        packet = {"event": event, **data}
        # The whole answer would soon outgrow a packet: clients join the contents themselves.
        packet.pop("fullResponse", None)
        if event == "stream-chunk" and self._waiting and self._waiting[-1]["event"] == event:
            packet["content"] = self._waiting.pop()["content"] + packet["content"]
        self._waiting.append(packet)
        self._has_more.set()

    def end(self) -> None:
        self._is_over = True
        self._has_more.set()

    async def send(self) -> None:
        """Send what is added until the end. The first failure is logged and ends it, too."""
        try:
            await self._send()
        except Exception as error:  # of any kind: the chat goes on without LiveKit
            # If nobody is in LiveKit's room, there is none.
            if getattr(error, "code", None) != "not_found":
                fields = {"room": self._room, "error": type(error).__name__}
                self._context.logger.warning("LiveKit does not get this answer", fields)

    async def _send(self) -> None:
        api = await asyncio.to_thread(library)
        server, limit = self._server, aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with api.LiveKitAPI(
            server.url, server.key, server.secret, timeout=limit, failover=False
        ) as livekit:
            while self._waiting or not self._is_over:
                await self._has_more.wait()
                self._has_more.clear()
                while self._waiting:
                    await livekit.room.send_data(self._next_request(api))

    def _next_request(self, api: ModuleType) -> Any:
        packet = self._waiting.popleft()
        content = packet.get("content", "")
        if len(content) > PACKET_CHARACTERS:
            self._waiting.appendleft({**packet, "content": content[PACKET_CHARACTERS:]})
            packet = {**packet, "content": content[:PACKET_CHARACTERS], "isComplete": False}
        return api.SendDataRequest(
            room=self._room,
            data=json.dumps(packet, ensure_ascii=False).encode(),
            kind=api.DataPacket.Kind.RELIABLE,
            topic=TOPIC,
        )


@asynccontextmanager
async def packets_to(room: str | None, context: Context) -> AsyncIterator[Packets | None]:
    """Packets that are sent while this is entered; None without a room or without LiveKit.

    Leaving waits a moment for what is still to be sent.
    """
    server = configured_server()
    if room is None or server is None:
        yield None
        return
    packets = Packets(server, room, context)
    sending = asyncio.create_task(packets.send())
    try:
        yield packets
    finally:
        packets.end()
        try:
            await asyncio.wait({sending}, timeout=REST_SECONDS)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
