"""Steps with a socket trigger, over real connections of python-socketio's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.socketio_client import TRANSPORTS, connected

ECHO = """
    from motia_py import socket

    config = {"name": "Echo", "triggers": [socket("echo")]}

    async def handler(data, ctx):
        await ctx.socket.emit("said", {"back": data, "sid": ctx.socket.sid})
        return {"ok": data}
"""


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, {"steps/echo_step.py": ECHO})) as motia:
        yield motia


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_an_event_runs_its_step_and_what_it_returns_is_the_acknowledgement(
    echo: MotiaTester, transport: str
) -> None:
    """S4.1."""
    async with connected(echo.url, transports=TRANSPORTS[transport]) as client:
        assert await client.call("echo", {"n": 1}) == {"ok": {"n": 1}}
        assert await client.next("said") == {"back": {"n": 1}, "sid": client.sid}
        await client.emit("echo", "twice")
        assert (await client.next("said"))["back"] == "twice"
        assert client.transport == ("polling" if transport == "polling" else "websocket")
