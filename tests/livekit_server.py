"""A local server that takes LiveKit's data packets as its RoomService does, and remembers them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web
from livekit import api

from motia_py.messages import JSON

KEY = "key"
SECRET = "a secret of at least 32 characters"


class Packet(NamedTuple):
    room: str
    topic: str
    data: JSON
    size_bytes: int


class LiveKitServer:
    """Takes packets while `gate` is set; with a `refusal`, a Twirp error code, takes none."""

    def __init__(self) -> None:
        self.url = ""
        self.gate = asyncio.Event()
        self.gate.set()
        self.refusal: str | None = None
        self.requests = 0
        self.packets: list[Packet] = []
        #: Set at each request.
        self.was_asked = asyncio.Event()

    @property
    def env(self) -> dict[str, str]:
        return {
            "LIVEKIT_URL": self.url.replace("http:", "ws:"),
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
        }

    async def send_data(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.was_asked.set()
        sent = api.SendDataRequest.FromString(await request.read())
        claims = api.TokenVerifier(KEY, SECRET).verify(
            request.headers["Authorization"].removeprefix("Bearer ")
        )
        assert claims.video is not None
        assert (claims.video.room_admin, claims.video.room) == (True, sent.room)
        await self.gate.wait()
        if self.refusal is not None:
            error = {"code": self.refusal, "msg": f"refused: {request.headers['Authorization']}"}
            return web.json_response(error, status=404 if self.refusal == "not_found" else 500)
        packet = Packet(sent.room, sent.topic, json.loads(sent.data), len(sent.data))
        self.packets.append(packet)
        body = api.SendDataResponse().SerializeToString()
        return web.Response(body=body, content_type="application/protobuf")


@asynccontextmanager
async def serve_livekit() -> AsyncIterator[LiveKitServer]:
    """The server on a free port of the loopback; `env` makes the rooms use it."""
    server = LiveKitServer()
    app = web.Application()
    app.router.add_post("/twirp/livekit.RoomService/SendData", server.send_data)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
