"""Motia's stream protocol over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
import uvloop
from aiohttp import WSMsgType, WSServerHandshakeError

from motia_py.runtime.requests import Request
from tests.serving import Serving, api, stream, until

DEV = "http://localhost:5173"


class Client:
    """One WebSocket that keeps what it got."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, kind: str, **data: Any) -> None:
        await self.socket.send_json({"type": kind, "data": data})

    async def join(self, name: str = "chat", group: str = "room", **more: Any) -> None:
        await self.send("join", streamName=name, groupId=group, **{"subscriptionId": "s1", **more})

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=5.0))
        return frame

    async def event(self) -> Any:
        return (await self.next())["event"]

    async def is_silent(self) -> bool:
        """Nothing is on its way: the answer to a refused join is the next thing to come."""
        await self.join("no such stream", "probe", subscriptionId="probe")
        return bool((await self.next())["groupId"] == "probe")

    async def close_code(self) -> int | None:
        """Read until the server closes."""
        async with asyncio.timeout(5.0):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


class Connector:
    def __init__(self, serving: Serving, session: aiohttp.ClientSession) -> None:
        self.serving = serving
        self.session = session

    async def __call__(self, path: str = "/", **parts: Any) -> Client:
        return Client(await self.session.ws_connect(self.serving.url + path, **parts))


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    streams = [
        stream("chat"),
        stream("secret", can_access=lambda subscription, auth: auth == "member"),
        stream("broken", can_access=lambda: 1 / 0),
    ]
    async with Serving(
        api("GET", "/taken", lambda request: "a page"),
        streams=streams,
        mode="dev",
        serves_pages=True,
        max_subscriptions=3,
        max_frame_bytes=10_000,
    ) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


# Joining and being told


async def test_a_group_join_gets_a_sync_and_then_what_changes(
    serving: Serving, connect: Connector
) -> None:
    """SP.2: SP.3, SP.5, SP.6, S0.26."""
    serving.set("chat", "room", "m1", text="a")
    client = await connect()
    await client.join()

    sync = await client.next()
    serving.set("chat", "room", "m1", text="b")
    serving.set("chat", "room", "m2", text="c")
    serving.tell("chat", "room", "m1", "delete", {"id": "m1", "text": "b"})
    serving.tell("chat", "room", None, "event", {"type": "typing", "data": 1})
    frames = [await client.next() for _ in range(4)]

    assert sync["event"] == {"type": "sync", "data": [{"text": "a", "id": "m1"}]}
    assert "id" not in sync
    assert [(frame.get("id"), frame["event"]["type"]) for frame in frames] == [
        ("m1", "update"),
        ("m2", "create"),
        ("m1", "delete"),
        (None, "event"),
    ]
    stamps = [frame["timestamp"] for frame in (sync, *frames)]
    assert stamps == sorted(set(stamps))


async def test_a_frame_on_the_wire_is_byte_for_byte_motias(
    serving: Serving, connect: Connector
) -> None:
    """SP.3: key order, no spaces, text frames."""
    client = await connect()
    await client.join()

    message = await client.socket.receive()

    stamp = json.loads(message.data)["timestamp"]
    assert message.type is WSMsgType.TEXT
    assert message.data == (
        f'{{"timestamp":{stamp},"streamName":"chat","groupId":"room",'
        '"event":{"type":"sync","data":[]}}'
    )


async def test_an_item_join_gets_the_item_only_if_it_exists(
    serving: Serving, connect: Connector
) -> None:
    """SP.4."""
    serving.set("chat", "room", "m1", text="a")
    client = await connect()

    await client.join(id="m1")
    sync = await client.next()
    await client.join(id="m2", subscriptionId="s2")

    assert (sync["id"], sync["event"]["data"]["text"]) == ("m1", "a")
    assert await client.is_silent()
    serving.set("chat", "room", "m2", text="b")
    assert (await client.event())["type"] == "create"


async def test_changes_while_the_snapshot_is_read_come_after_it(
    serving: Serving, connect: Connector
) -> None:
    """SP.12, A17."""

    async def change_meanwhile() -> None:
        serving.tell("chat", "room", "m9", "create", {"id": "m9"})

    serving.before_snapshot = change_meanwhile
    client = await connect()
    await client.join()

    first, second = await client.next(), await client.next()

    assert (first["event"]["type"], second["event"]["type"]) == ("sync", "create")
    assert first["timestamp"] < second["timestamp"]


async def test_updates_within_one_millisecond_all_have_their_own_timestamp(
    serving: Serving, connect: Connector
) -> None:
    """SP.10: Motia's client drops a frame that is not newer than the last."""
    client = await connect()
    await client.join()
    await client.next()

    for n in range(500):
        serving.set("chat", "room", "m1", n=n)
    frames = [await client.next() for _ in range(500)]

    stamps = [frame["timestamp"] for frame in frames]
    assert stamps == sorted(set(stamps))
    assert frames[-1]["event"]["data"]["n"] == 499


async def test_two_clients_see_the_same(serving: Serving, connect: Connector) -> None:
    """S0.23."""
    clients = [await connect(), await connect("/any/path?x=1")]
    for client in clients:
        await client.join()
        await client.next()

    serving.set("chat", "room", "m1", text="a")

    first, second = [await client.next() for client in clients]
    assert first == second


async def test_leaving_ends_a_subscription(serving: Serving, connect: Connector) -> None:
    """SP.9, SP.13: a leave that follows its join at once comes after it."""
    client = await connect()
    await client.join()
    await client.send("leave", streamName="chat", groupId="room", subscriptionId="s1")
    await client.next()

    assert await client.is_silent()
    serving.set("chat", "room", "m1")
    assert await client.is_silent()


async def test_a_leave_without_subscription_id_is_ignored(
    serving: Serving, connect: Connector
) -> None:
    """SP.9."""
    client = await connect()
    await client.join()
    await client.next()
    await client.send("leave", streamName="chat", groupId="room")
    await client.send("leave", streamName="chat", groupId="room", subscriptionId=7)
    assert await client.is_silent()

    serving.set("chat", "room", "m1")

    assert (await client.event())["type"] == "create"


async def test_a_closed_socket_leaves_nothing_behind(serving: Serving, connect: Connector) -> None:
    client = await connect()
    await client.join()
    await client.next()

    await client.socket.close()

    await until(lambda: not serving.hub.member_count)
    assert serving.hub.channel_count == 0


async def test_a_cut_socket_leaves_nothing_behind(serving: Serving, connect: Connector) -> None:
    client = await connect()
    await client.join()
    await client.next()

    transport = client.socket._writer.transport
    assert transport is not None
    transport.abort()

    await until(lambda: not serving.hub.member_count)


async def test_who_joined_again_with_the_same_id_outlives_the_old_socket(
    serving: Serving, connect: Connector
) -> None:
    """S0.27: Motia's client comes back with the ids of its old socket."""
    old, new = await connect(), await connect()
    for client in (old, new):
        await client.join()
        await client.next()

    await old.socket.close()
    await until(lambda: serving.hub.member_count == 1)
    serving.set("chat", "room", "m1")

    assert (await new.event())["type"] == "create"


# Access


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "Stream nothing not found"),
        ("secret", "Access denied"),
        ("broken", "Access denied"),
    ],
)
async def test_a_join_that_is_refused_says_so(connect: Connector, name: str, message: str) -> None:
    """SP.14, SP.16."""
    client = await connect()
    await client.join(name, "g", id="i")

    frame = await client.next()

    assert frame["timestamp"] > 0
    assert frame["event"] == {
        "type": "event",
        "event": {"type": "error", "data": {"code": "STREAM_ACCESS_DENIED", "message": message}},
    }
    assert list(frame) == ["timestamp", "streamName", "groupId", "id", "event"]


async def test_a_refused_join_is_told_nothing_later(serving: Serving, connect: Connector) -> None:
    client = await connect()
    await client.join("secret")
    await client.next()

    serving.set("secret", "room", "m1")

    assert await client.is_silent()


async def test_the_subscriptions_of_one_socket_are_bounded(connect: Connector) -> None:
    """S12."""
    client = await connect()
    for n in range(4):
        await client.join(group=f"g{n}", subscriptionId=f"s{n}")

    events = [await client.event() for _ in range(4)]

    assert [event["type"] for event in events] == ["sync", "sync", "sync", "event"]
    assert "More than 3" in events[3]["event"]["data"]["message"]


async def test_authenticate_decides_the_upgrade() -> None:
    """SP.16, SP.1: by query or by the second sub-protocol, as Motia's clients send it."""
    left: list[Any] = []

    def authenticate(request: Request) -> Any:
        token = (
            request.query_params.get("authToken")
            or request["headers"].get("sec-websocket-protocol", ",").split(",")[1].strip()
        )
        if token != "right":
            raise PermissionError("wrong token")
        assert "url" in request
        return "member"

    async def on_leave(subscription: Any, context: Any, auth: Any) -> None:
        left.append((dict(subscription), auth))

    secret = stream("secret", can_access=lambda _, auth: auth == "member", on_leave=on_leave)
    async with (
        Serving(streams=[secret], authenticate=authenticate) as serving,
        aiohttp.ClientSession() as session,
    ):
        connect = Connector(serving, session)
        for path in ("/", "/?authToken=wrong"):
            with pytest.raises(WSServerHandshakeError) as refused:
                await connect(path)
            assert refused.value.status == 401
        async with session.get(serving.url, headers=UPGRADE) as got:
            assert (got.status, await got.text()) == (401, "Authentication failed")
            assert got.content_type == "text/html"
        for path, protocols in [("/?authToken=right", ()), ("/", ("Authorization", "right"))]:
            client = await connect(path, protocols=protocols)
            await client.join("secret")
            assert (await client.event())["type"] == "sync"
            await client.socket.close()
        await until(lambda: len(left) == 2)

    assert left == [({"groupId": "room"}, "member")] * 2


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


# The upgrade


async def test_the_first_sub_protocol_that_is_offered_is_taken(connect: Connector) -> None:
    """SP.1: browsers fail the handshake otherwise."""
    client = await connect(protocols=("Authorization", "token"))

    assert client.socket.protocol == "Authorization"


async def test_compression_is_not_taken(connect: Connector) -> None:
    """S11."""
    assert (await connect(compress=15)).socket.compress == 0


@pytest.mark.parametrize("path", ["/", "/taken", "/any/thing", "/streamsx", "/emit"])
async def test_every_other_path_speaks_motias_protocol(connect: Connector, path: str) -> None:
    """SP.1: whatever route stands there."""
    client = await connect(path)
    await client.join()

    assert (await client.event())["type"] == "sync"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/__motia/anything", 404),
        ("/socket.io/?EIO=4&transport=websocket", 404),
        ("/streams/nothing/g", 404),
        ("/stream/nothing/g/", 404),
        ("/streams/chat", 404),
        ("/streams/chat/room", 501),
        ("/stream/chat/room/", 501),
    ],
)
async def test_some_paths_belong_to_other_transports(
    connect: Connector, path: str, status: int
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(path)

    assert refused.value.status == status


@pytest.mark.parametrize("mode", ["dev", "start"])
@pytest.mark.parametrize(
    ("origin", "in_dev", "in_start"),
    [
        (None, True, True),
        ("http://127.0.0.1:{port}", True, True),
        ("http://localhost:{port}", True, False),
        (DEV, True, False),
        ("https://app.example.com", True, True),
        ("https://app.example.com.evil.test", False, False),
        ("https://other.example.com", False, False),
        ("http://evil.test", False, False),
        ("http://localhost.evil.test:{port}", False, False),
        ("http://127.0.0.1.evil.test", False, False),
        ("file://", False, False),
        ("null", False, False),
    ],
)
async def test_pages_of_foreign_origins_may_not_connect(
    mode: str, origin: str | None, in_dev: bool, in_start: bool
) -> None:
    """S1: before anything is subscribed."""
    listed = ("https://app.example.com",)
    async with (
        Serving(streams=[stream("chat")], mode=mode, cors_origins=listed) as serving,
        aiohttp.ClientSession() as session,
    ):
        sent = None if origin is None else origin.format(port=serving.port)
        status = 101
        try:
            await Connector(serving, session)(origin=sent)
        except WSServerHandshakeError as error:
            status = error.status

    assert status == (101 if (in_dev if mode == "dev" else in_start) else 403)


async def test_a_socket_under_our_own_pages_is_guarded_before_it_is_not_found(
    connect: Connector,
) -> None:
    """S5."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect("/__motia/anything", origin=DEV)

    assert refused.value.status == 403


@pytest.mark.parametrize(
    "change",
    [
        {"Sec-WebSocket-Version": "1"},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": "!"},
        {"Connection": "close"},
    ],
)
async def test_a_wrong_handshake_is_a_400(
    serving: Serving, connect: Connector, change: dict[str, str]
) -> None:
    async with connect.session.get(serving.url, headers={**UPGRADE, **change}) as got:
        assert got.status == 400
        assert "error" in await got.json()


async def test_a_host_that_is_not_ours_is_refused(connect: Connector) -> None:
    """S2."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(headers={"Host": "evil.test"})

    assert refused.value.status == 421


# Bad messages


BAD = [
    "",
    "no json",
    "{}",
    "[]",
    "null",
    "7",
    '{"type": 7}',
    '{"type": "join"}',
    '{"type": "join", "data": null}',
    '{"type": "join", "data": []}',
    '{"type": "join", "data": {}}',
    '{"type": "join", "data": {"streamName": "chat"}}',
    '{"type": "join", "data": {"streamName": 7, "groupId": "g"}}',
    '{"type": "join", "data": {"streamName": "chat", "groupId": ["g"]}}',
    '{"type": "join", "data": {"streamName": "chat", "groupId": "g", "id": 7}}',
    '{"type": "join", "data": {"streamName": "chat", "groupId": "g", "subscriptionId": {}}}',
    '{"type": "join", "data": {"streamName": "\\ud800", "groupId": "g"}}',
    '{"type": "join", "data": {"streamName": "chat", "groupId": "' + "g" * 2000 + '"}}',
    '{"type": "leave", "data": 7}',
    "[" * 5000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("bad", BAD)
async def test_a_bad_message_is_answered_and_harms_nobody(
    serving: Serving, connect: Connector, bad: str | bytes
) -> None:
    """SP.15."""
    client = await connect()
    await (client.socket.send_str(bad) if isinstance(bad, str) else client.socket.send_bytes(bad))

    event = await client.event()
    await client.join()

    assert event["type"] == "event"
    assert event["event"]["data"]["code"] == "BAD_MESSAGE"
    assert (await client.event())["type"] == "sync"


async def test_a_message_of_an_unknown_type_is_ignored(connect: Connector) -> None:
    """As in Motia, so that clients may send more."""
    client = await connect()
    for _ in range(20):
        await client.send("ping")

    await client.join()

    assert (await client.event())["type"] == "sync"


async def test_a_binary_message_is_read_as_text(connect: Connector) -> None:
    client = await connect()
    join = {"type": "join", "data": {"streamName": "chat", "groupId": "room"}}
    await client.socket.send_bytes(json.dumps(join).encode())

    assert (await client.event())["type"] == "sync"


async def test_ten_bad_messages_close_the_socket(connect: Connector) -> None:
    """S12."""
    client = await connect()
    for _ in range(9):
        await client.socket.send_str("{")
    for _ in range(9):
        await client.next()
    await client.join()
    assert (await client.event())["type"] == "sync"

    await client.socket.send_str("{")

    assert await client.close_code() == 4400


async def test_a_frame_above_the_limit_closes_the_socket(connect: Connector) -> None:
    """S12."""
    client = await connect()
    await client.socket.send_str("x" * 20_000)

    assert await client.close_code() == 1009


async def test_a_snapshot_that_fails_closes_the_socket_so_that_the_client_comes_back(
    serving: Serving, connect: Connector, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise OSError("store is gone")

    serving.before_snapshot = fail
    client = await connect()
    await client.join()

    assert await client.close_code() == 1011
    assert "store is gone" in caplog.text
    assert serving.hub.member_count == 0


# Staying and going


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
            serving.set("chat", "room", "m1", n=n, text="x" * 4000)
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
        while serving.hub.member_count:
            serving.set("chat", "room", "m1", text="x" * 100_000)
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
