"""The upgrade of a real socket: what is taken, which paths, which pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from motia_py.settings import Mode
from tests.serving import Connector, Serving, api, stream

DEV = "http://localhost:5173"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        api("GET", "/taken", lambda request: "a page"),
        streams=[stream("chat")],
        mode="dev",
    ) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


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
        ("/streams/chat/room/a/b", 404),
        ("/stream/chat/%ff", 404),
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
    mode: Mode, origin: str | None, in_dev: bool, in_start: bool
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
