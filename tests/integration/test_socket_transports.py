"""Polling, and the way from it to a WebSocket, as clients do it packet by packet."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.serving import until
from tests.socket_steps import left_behind, step
from tests.socketio_client import POLLING, WEBSOCKET, connected

FILES = {
    "steps/echo_step.py": step("echo", "return data"),
    "steps/join_step.py": step("join", 'await ctx.socket.join("room")'),
    "steps/say_step.py": step("say", 'await ctx.socket.emit("said", data, room="room")'),
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


class Poller:
    """A client that polls, and is connected to the default namespace."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.address = f"{url}/socket.io/?EIO=4&transport=polling"

    async def come(self) -> None:
        opened = json.loads((await self.poll())[1:])
        self.address += f"&sid={opened['sid']}"
        await self.post("40")
        assert (await self.poll()).startswith("40")

    async def post(self, data: Any) -> int:
        async with asyncio.timeout(10), self._session.post(self.address, data=data) as response:
            return response.status

    async def poll(self) -> str:
        async with asyncio.timeout(10), self._session.get(self.address) as response:
            return await response.text()


@pytest.fixture
async def poller(motia: MotiaTester) -> AsyncIterator[Poller]:
    async with aiohttp.ClientSession() as session:
        coming = Poller(motia.url, session)
        await coming.come()
        yield coming


# What those who poll send


async def test_many_events_at_once_all_arrive(poller: Poller) -> None:
    """A client that polls sends all that has gathered in one body."""
    await poller.post("\x1e".join(f'42{n}["echo",{n}]' for n in range(90)))
    answers: list[str] = []
    while len(answers) < 90:
        answers += (await poller.poll()).split("\x1e")
    assert answers == [f"43{n}[{n}]" for n in range(90)]


async def test_a_large_event_arrives_whole(motia: MotiaTester) -> None:
    async with connected(motia.url, transports=POLLING) as client:
        assert await client.call("echo", "x" * 1_000_000) == "x" * 1_000_000


async def test_a_body_may_come_in_parts(poller: Poller) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b'427["ec'
        first.set()
        await second.wait()
        yield b'ho",5]'

    sending = asyncio.create_task(poller.post(parts()))
    await first.wait()
    await poller.post('426["echo",4]')
    assert await poller.poll() == "436[4]"
    second.set()
    assert await sending == 200
    assert await poller.poll() == "437[5]"


async def test_a_body_that_is_too_large_is_refused(poller: Poller) -> None:
    large = io.BytesIO(b'427["echo","' + b"x" * 1_100_000 + b'"]')
    assert await poller.post(large) == 413
    await poller.post('427["echo",5]')
    assert await poller.poll() == "437[5]"


NONSENSE: list[str | bytes] = ["", "6", "7", "9", "2", "2probe", "x", "b!", "bä", "d=", "4", "42"]
NONSENSE += ["42[1]", "4" + "[" * 100_000, b"\xff\xfe", '42["echo",1]\x1e', "1", "1\x1e3", "²"]


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_nonsense_ends_the_connection_of_who_sends_it(
    motia: MotiaTester, poller: Poller, nonsense: str | bytes
) -> None:
    """It is answered, too: the library would leave some of it waiting for ever."""
    async with connected(motia.url) as other:
        await poller.post(nonsense)
        await until(lambda: left_behind(motia)["sockets"] == 1)
        assert await poller.post('427["echo",5]') == 400
        assert await other.call("echo", 1) == 1
    await until(lambda: not left_behind(motia))


# Transports side by side


async def test_bytes_reach_clients_of_either_transport(motia: MotiaTester) -> None:
    async with (
        connected(motia.url, transports=POLLING) as polling,
        connected(motia.url, transports=WEBSOCKET) as other,
        connected(motia.url, transports=POLLING) as another,
    ):
        everybody = (polling, other, another)
        for client in everybody:
            await client.call("join")
        for client in everybody:
            await client.emit("say", {"content": b"\x00\xff"})
            for listener in everybody:
                assert await listener.next("said") == {"content": b"\x00\xff"}


async def test_bytes_of_those_who_poll_arrive(poller: Poller) -> None:
    content = base64.b64encode(b"\x00\xff").decode()
    await poller.post(f'451-7["echo",{{"_placeholder":true,"num":0}}]\x1eb{content}')
    assert await poller.poll() == f'461-7[{{"_placeholder":true,"num":0}}]\x1eb{content}'


# Upgrades


@pytest.fixture
async def upgrading(poller: Poller) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """The WebSocket to which `poller` is about to go over."""
    async with aiohttp.ClientSession() as session:
        address = poller.address.replace("polling", "websocket")
        async with session.ws_connect(address) as socket:
            yield socket


@pytest.mark.parametrize("sent", [None, "x", "2", "3probe", "5", '42["echo",1]', b"\x00"])
async def test_who_does_not_get_to_the_probe_goes_on_polling(
    poller: Poller, upgrading: aiohttp.ClientWebSocketResponse, sent: str | bytes | None
) -> None:
    if sent is not None:
        send = upgrading.send_bytes if isinstance(sent, bytes) else upgrading.send_str
        await send(sent)  # type: ignore[arg-type]
        assert (await upgrading.receive()).type is aiohttp.WSMsgType.CLOSE
    await upgrading.close()
    await poller.post('427["echo",5]')
    assert await poller.poll() == "437[5]"


async def test_who_breaks_off_after_the_probe_goes_on_polling(
    poller: Poller, upgrading: aiohttp.ClientWebSocketResponse
) -> None:
    await upgrading.send_str("2probe")
    assert await upgrading.receive_str() == "3probe"
    await upgrading.close()
    await poller.post('427["echo",5]')
    while (said := await poller.poll()) == "6":
        pass
    assert said.removeprefix("6\x1e") == "437[5]"


async def test_polls_are_answered_while_a_websocket_carries_nothing(
    poller: Poller, upgrading: aiohttp.ClientWebSocketResponse
) -> None:
    """As behind a proxy that lets WebSockets be opened, and then passes nothing on."""
    await poller.post('427["echo",5]')
    assert await poller.poll() == "437[5]"
    await upgrading.send_str("2probe")
    assert await upgrading.receive_str() == "3probe"
    await upgrading.send_str("5")
    await upgrading.send_str('428["echo",6]')
    while (said := await upgrading.receive_str()) == "6":
        pass
    assert said == "438[6]"


async def test_one_connection_upgrades_to_one_websocket(
    motia: MotiaTester, poller: Poller, upgrading: aiohttp.ClientWebSocketResponse
) -> None:
    """Else what is sent would go to either of them."""
    address = poller.address.replace("polling", "websocket")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(address)
    await upgrading.close()
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as another:
        await another.send_str("2probe")
        assert await another.receive_str() == "3probe"


async def test_an_upgrade_ends_with_its_connection(
    motia: MotiaTester, poller: Poller, upgrading: aiohttp.ClientWebSocketResponse
) -> None:
    await poller.post("1")
    await upgrading.receive()
    assert upgrading.closed
    await until(lambda: not left_behind(motia))


async def test_nothing_is_left_of_a_handshake_that_fails(motia: MotiaTester) -> None:
    async with connected(motia.url):
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "1"}
        answer = await motia.get("/socket.io/?EIO=4&transport=websocket", headers=headers)
        assert answer.status == 400
    await until(lambda: not left_behind(motia))
