"""Sockets that stay, go, are cut off or never read."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
import uvloop
from aiohttp import WSMsgType

from tests.serving import Client, Connector, Serving, stream, until


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        streams=[stream("chat")],
        max_frame_bytes=10_000,
    ) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


async def test_pings_are_sent_and_answered() -> None:
    async with (
        Serving(streams=[stream("chat")], ping_seconds=0.05) as serving,
        aiohttp.ClientSession() as session,
    ):
        silent = await session.ws_connect(serving.url, autoping=False)
        ping = await silent.receive(timeout=5.0)
        lively = Client(await session.ws_connect(serving.url))
        receiving = asyncio.create_task(lively.next())
        async with asyncio.timeout(5.0):
            while (await silent.receive()).type is WSMsgType.PING:
                pass
        await lively.join()

        assert ping.type is WSMsgType.PING
        assert (await receiving)["event"]["type"] == "sync"


async def test_a_stop_closes_every_socket_with_1001() -> None:
    """SX.7."""
    async with aiohttp.ClientSession() as session, Serving(streams=[stream("chat")]) as serving:
        connect = Connector(serving, session)
        clients = [await connect(), await connect()]
        await clients[0].join()
        await clients[0].next()
        codes = [asyncio.create_task(client.close_code()) for client in clients]

        async with asyncio.timeout(5.0):
            await serving.server.stop(20.0)

        assert [await code for code in codes] == [1001, 1001]
        assert serving.hub.member_count == 0


async def test_a_socket_that_opens_during_a_stop_is_closed_at_once() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def authenticate() -> None:
        entered.set()
        await leave.wait()

    async with aiohttp.ClientSession() as session, Serving(authenticate=authenticate) as serving:
        connecting = asyncio.create_task(Connector(serving, session)())
        await entered.wait()
        stopping = asyncio.create_task(serving.server.stop(20.0))
        await asyncio.sleep(0)
        leave.set()

        code = await (await connecting).close_code()

        assert code == 1001
        await stopping


async def raw_socket(port: int, *, receive_buffer: int) -> tuple[Any, Any]:
    """An upgraded connection that only reads when asked to."""
    import socket

    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def masked(payload: bytes) -> bytes:
    """A text frame as a client sends it, with a mask of zeros."""
    return b"\x81" + bytes((0x80 | len(payload),)) + b"\0\0\0\0" + payload


async def one_slow_among_quick() -> None:
    """The quick client sees every change while the slow one is cut off."""
    async with (
        Serving(streams=[stream("chat")], max_backlog_bytes=200_000, close_seconds=0.5) as serving,
        aiohttp.ClientSession() as session,
    ):
        quick = Client(await session.ws_connect(serving.url))
        await quick.join()
        await quick.next()
        slow_reader, slow_writer = await raw_socket(serving.port, receive_buffer=4096)
        slow_writer.transport.pause_reading()
        join = b'{"type":"join","data":{"streamName":"chat","groupId":"room"}}'
        slow_writer.write(masked(join))
        await until(lambda: serving.hub.member_count == 2)

        seen = 0
        for n in range(2000):
            # Of one item the changes would be merged: that is another test.
            serving.set("chat", "room", f"m{n}", n=n, text="x" * 4000)
            assert (await quick.event())["data"]["n"] == n
            seen += 1
            if serving.hub.member_count == 1:
                break

        assert 0 < seen < 2000
        slow_writer.transport.resume_reading()
        received = b""
        async with asyncio.timeout(10.0):
            while chunk := await slow_reader.read(65536):
                received += chunk
        slow_writer.close()
        assert received.endswith(b"\x88\x02" + (4008).to_bytes(2))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_who_does_not_read_is_cut_off_and_holds_nobody_back(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    """SP.18, A15: on both event loops, whose transports differ."""
    run(one_slow_among_quick())


async def one_that_never_reads() -> None:
    """A client that never reads again costs its memory only until its close has timed out."""
    async with Serving(
        streams=[stream("chat")], max_backlog_bytes=50_000, close_seconds=0.1
    ) as serving:
        reader, writer = await raw_socket(serving.port, receive_buffer=4096)
        writer.transport.pause_reading()
        writer.write(masked(b'{"type":"join","data":{"streamName":"chat","groupId":"room"}}'))
        await until(lambda: serving.hub.member_count)
        number = 0
        while serving.hub.member_count:
            number += 1
            serving.set("chat", "room", f"m{number}", text="x" * 100_000)
            await asyncio.sleep(0)
        await until(lambda: serving.lines)

        writer.transport.resume_reading()
        received = b""
        with suppress(ConnectionResetError):
            while chunk := await reader.read(65536):
                received += chunk
        writer.close()
        assert not received.endswith(b"\x88\x02" + (4008).to_bytes(2))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_who_never_reads_again_is_forgotten(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    run(one_that_never_reads())


async def one_that_asks_and_does_not_read() -> None:
    """It is not read either, so that what it asks for does not pile up; when it reads, all comes."""
    asked, joins = 0, 60

    async def count() -> None:
        nonlocal asked
        asked += 1

    async with (
        Serving(streams=[stream("chat")], max_backlog_bytes=200_000) as serving,
        aiohttp.ClientSession() as session,
    ):
        serving.set("chat", "room", "m1", text="x" * 300_000)
        reader, writer = await raw_socket(serving.port, receive_buffer=4096)
        writer.transport.pause_reading()
        quick = Client(await session.ws_connect(serving.url))
        serving.before_snapshot = count
        for _ in range(joins):
            writer.write(masked(b'{"type":"join","data":{"streamName":"chat","groupId":"room"}}'))
        for _ in range(2 * joins):  # time enough for the server to read them all
            await quick.join(group="empty")
            await quick.next()
        asked_unread = asked - 2 * joins

        writer.transport.resume_reading()
        syncs, received = 0, b""
        async with asyncio.timeout(20.0):
            while syncs < joins:
                received = received[1 - len(b'"sync"') :] + await reader.read(65536)
                syncs += received.count(b'"sync"')
        writer.close()
        assert asked_unread < joins / 2


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_who_asks_and_does_not_read_costs_no_more_memory(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    run(one_that_asks_and_does_not_read())


async def test_no_socket_error_reaches_the_log(
    serving: Serving, connect: Connector, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            client = await connect()
            await client.join()
            transport = client.socket._writer.transport
            assert transport is not None
            transport.abort()
            for n in range(20):
                serving.set("chat", "room", "m1", n=n)
        await until(lambda: not serving.hub.member_count)

    assert not caplog.records
