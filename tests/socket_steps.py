"""Steps with a socket trigger as text, and what a server still holds of their clients."""

from __future__ import annotations

from typing import Any

from motia_py.testing import MotiaTester


def step(event: str, body: str, *, more: str = "", trigger: str = "", head: str = "") -> str:
    """A step of this event whose handler has the lines of `body`."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return (
        "import asyncio\nfrom pydantic import BaseModel\n"
        f"from motia_py import ConnectionRefused, socket\n{head}\n"
        f'config = {{"name": "On {event}", "triggers": [socket("{event}"{trigger})], {more}}}\n\n'
        f"async def handler(data, ctx):\n{lines}\n"
    )


def server_of(motia: MotiaTester) -> Any:
    """The library's server, behind the door."""
    return motia.app._server.sockets._server


def left_behind(motia: MotiaTester) -> dict[str, int]:
    """Whatever the server still holds of its clients."""
    server = server_of(motia)
    engine = server.eio
    held = {
        "clients": len(server.clients),
        "rooms": len(server.clients.rooms),
        "by sid": len(server.clients._by_sid),
        "farewells": len(server.steps._farewells),
        "watchers": len(server.steps._streams._watchers),
        "sockets": len(engine.sockets),
        "environments": len(server.environ),
        "pings": len(engine._pings),
        "namespaces": len(server.manager.rooms),
        "pending": len(server.manager.pending_connect) + len(server.manager.pending_disconnect),
        "attachments": len(server._binary_packet),
        "asking": len(server._asking),
        # One looks after the connections of all, for as long as the server runs.
        "library tasks": len(engine._tasks) - 1,
    }
    return {name: count for name, count in held.items() if count}
