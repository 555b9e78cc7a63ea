"""A stream's own address as a WebSocket: bare items (seed 003)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from tests.serving import Connector, Serving, stream, until


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    streams = [stream("chat-messages"), stream("closed", can_access=lambda: False)]
    async with Serving(streams=streams) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


async def received(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [await socket.receive_json(timeout=5) for _ in range(count)]


@pytest.mark.parametrize(
    "path",
    [
        "/streams/chat-messages/user:1",
        "/streams/chat-messages/user%3A1",
        "/stream/chat-messages/user:1/",
    ],
)
async def test_connecting_is_subscribing(serving: Serving, connect: Connector, path: str) -> None:
    """S3.1, S3.2, S3.3, S3.12: stored items first, in order, then each as it comes."""
    serving.set("chat-messages", "user:1", "t-1", type="token", content="Hel")
    serving.set("chat-messages", "user:1", "t-2", type="token", content="lo")
    serving.set("chat-messages", "user:2", "t-3", type="token", content="another user's")

    socket = (await connect(path)).socket
    stored = await received(socket, 2)
    serving.set("chat-messages", "user:1", "t-4", type="complete", response="Hello")
    serving.set("chat-messages", "user:1", "t-4", type="complete", response="Hello!")

    assert stored == [
        {"type": "token", "content": "Hel", "id": "t-1"},
        {"type": "token", "content": "lo", "id": "t-2"},
    ]
    assert await received(socket, 2) == [
        {"type": "complete", "response": "Hello", "id": "t-4"},
        {"type": "complete", "response": "Hello!", "id": "t-4"},
    ]


async def test_what_is_sent_without_being_stored_comes_as_it_is(
    serving: Serving, connect: Connector
) -> None:
    socket = (await connect("/streams/chat-messages/user:1")).socket
    await until(lambda: serving.hub.member_count)
    serving.set("chat-messages", "user:1", "m1", n=1)
    serving.tell("chat-messages", "user:1", "m1", "delete", {"id": "m1"})
    serving.tell("chat-messages", "user:1", None, "event", {"type": "typing", "data": {}})

    assert await received(socket, 2) == [{"n": 1, "id": "m1"}, {"type": "typing", "data": {}}]


async def test_one_item_has_an_address_too(serving: Serving, connect: Connector) -> None:
    socket = (await connect("/streams/chat-messages/user:1/m1")).socket
    await until(lambda: serving.hub.member_count)
    serving.set("chat-messages", "user:1", "m2", n=2)
    serving.set("chat-messages", "user:1", "m1", n=1)

    assert await received(socket, 1) == [{"n": 1, "id": "m1"}]


async def test_whatever_the_client_says_is_ignored(serving: Serving, connect: Connector) -> None:
    """S3.22."""
    socket = (await connect("/streams/chat-messages/user:1")).socket
    for said in ("garbage", "{}", '{"type": "join", "data": {}}'):
        await socket.send_str(said)
    for _ in range(20):
        await socket.send_bytes(b"\xff\x00")
    serving.set("chat-messages", "user:1", "m1", n=1)

    assert await received(socket, 1) == [{"n": 1, "id": "m1"}]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/streams/chat-mesages/user:1", 404),
        ("/streams/chat-messages", 404),
        ("/streams/closed/user:1", 403),
    ],
)
async def test_a_typo_or_a_refusal_is_an_answer_and_no_silent_socket(
    serving: Serving, connect: Connector, path: str, status: int
) -> None:
    """S3.24."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(path)

    assert refused.value.status == status
    assert not serving.hub.member_count


async def test_a_stop_closes_with_1001(connect: Connector, serving: Serving) -> None:
    """S3.20: anything but 1000, after which the seed's client does not come back."""
    client = await connect("/streams/chat-messages/user:1")
    code = asyncio.create_task(client.close_code())
    await serving.server.stop(20.0)

    assert await code == 1001


async def test_who_leaves_is_told_to_on_leave() -> None:
    present: list[Any] = []
    counted = stream(
        "chat",
        on_join=lambda subscription: present.append(subscription.group_id),
        on_leave=lambda subscription: present.remove(subscription.group_id),
    )
    async with Serving(streams=[counted]) as serving, aiohttp.ClientSession() as session:
        client = await Connector(serving, session)("/streams/chat/room")
        assert present == ["room"]
        await client.socket.close()

        await until(lambda: not present)


async def test_two_watch_one_group_and_neither_the_others(
    serving: Serving, connect: Connector
) -> None:
    """S3.18, S3.29."""
    serving.set("chat-messages", "user:9", "m0", n=0)  # nobody is there
    sockets = [(await connect("/streams/chat-messages/user:1")).socket for _ in range(2)]
    other = (await connect("/streams/chat-messages/user:12")).socket
    await until(lambda: serving.hub.member_count == 3)
    serving.set("chat-messages", "user:1", "m1", n=1)
    serving.set("chat-messages", "user:12", "m2", n=2)

    assert [await received(socket, 1) for socket in sockets] == [[{"n": 1, "id": "m1"}]] * 2
    assert await received(other, 1) == [{"n": 2, "id": "m2"}]
