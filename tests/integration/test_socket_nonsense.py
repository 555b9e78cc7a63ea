"""What is no packet of Socket.IO harms nobody but who sends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.serving import until
from tests.socket_steps import left_behind, server_of, step
from tests.socketio_client import connected


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    files = {"steps/fine_step.py": step("fine", "return data")}
    async with MotiaTester(write_project(tmp_path, files)) as running:
        yield running


NONSENSE = [
    "",
    "9",
    "4",
    "42",
    "42[]",
    "42{}",
    "42[1]",
    '42[["a"],1]',
    '42["a"',
    '42["disconnect","x"]',
    '42["connect","x"]',
    "42/nowhere,[1]",
    '42/nowhere,["fine",1]',
    '451-["fine",{"_placeholder":true,"num":0}]',
    '459999999-["fine",{"_placeholder":true,"num":0}]',
    '42999999999999999999999999["fine",1]',
    "43[]",
    '430["x"]',
    "44{}",
    "46",
    "5",
    "6",
    "0{}",
    "x",
    "b42",
    "bä",
    "²",
    "٤2",
    "2" * 1000,
    "4" + "[" * 100_000,
    "42" + "[" * 100_000,
    '42["fine",' + "[" * 1000 + "]" * 1000 + "]",
    '42["fine",NaN]',
    '42["fine","\ud83d"]'.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    '42["fine","\\ud800"]',
    "40/nowhere,",
    "40{",
    "40",
    b"",
    b"\x00\x01",
    b"2",
]


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_nonsense_harms_nobody(motia: MotiaTester, nonsense: str | bytes) -> None:
    """S4.14, S4.18: whatever comes, others are served; and who sent it, unless it was cut off."""
    async with (
        connected(motia.url) as other,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{motia.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()
        await socket.send_str("40")
        await socket.receive()
        # It may be cut off before the second.
        with suppress(ConnectionError):
            send = socket.send_bytes if isinstance(nonsense, bytes) else socket.send_str
            await send(nonsense)  # type: ignore[arg-type]
            await socket.send_str('427["fine",2]')
        async with asyncio.timeout(10):
            while (message := await socket.receive()).type is WSMsgType.TEXT:
                if message.data == "437[2]":
                    break
        assert message.type in (WSMsgType.TEXT, WSMsgType.CLOSE, WSMsgType.CLOSED)
        assert await other.call("fine", 1) == 1
    await until(lambda: not left_behind(motia))


class Poller:
    """A client that polls and is connected, by hand."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._address = f"{url}/socket.io/?EIO=4&transport=polling"

    async def connect(self) -> None:
        opened = json.loads((await self.poll())[1:])
        self._address += f"&sid={opened['sid']}"
        await self.post("40")
        await self.poll()

    async def poll(self) -> str:
        async with self._session.get(self._address) as response:
            return await response.text()

    async def post(self, packets: str) -> None:
        async with self._session.post(self._address, data=packets) as response:
            assert response.status == 200


async def test_nothing_is_left_of_a_client_that_polls_and_is_cut_off(motia: MotiaTester) -> None:
    async with aiohttp.ClientSession() as session:
        client = Poller(session, motia.url)
        await client.connect()
        await client.post("42{}")
        await until(lambda: not left_behind(motia))


async def test_nothing_is_left_of_a_client_that_answers_a_ping_after_its_goodbye(
    motia: MotiaTester,
) -> None:
    async with connected(motia.url), aiohttp.ClientSession() as session:
        server_of(motia).eio.ping_interval = 0.05
        client = Poller(session, motia.url)
        await client.connect()
        assert await client.poll() == "2"
        await client.post("1\x1e3")
    await until(lambda: not left_behind(motia))


async def test_attachments_that_are_promised_are_bounded(motia: MotiaTester) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{motia.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()
        await socket.send_str("40")
        await socket.receive()
        await socket.send_str('45100-["fine",{"_placeholder":true,"num":0}]')
        with suppress(ConnectionError):
            for _ in range(30):
                await socket.send_bytes(b"x" * 900_000)
        await until(lambda: not left_behind(motia))
