"""Who may join over real sockets, and that the project hears of who left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from motia_py.project.loader import Stream
from motia_py.runtime.access import Subscription
from motia_py.runtime.requests import Request
from tests.serving import Connector, Serving, stream, until

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        streams=[
            stream("chat"),
            stream("secret", can_access=lambda subscription, auth: auth == "member"),
            stream("broken", can_access=lambda: 1 / 0),
        ],
        max_subscriptions=3,
    ) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


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


# Hearing of who left


class Presence:
    """A stream whose hooks count who is there; a leave may be held up."""

    def __init__(self) -> None:
        self.groups: list[str] = []
        self.is_leaving = asyncio.Event()
        self.may_leave = asyncio.Event()
        self.may_leave.set()

    def stream(self) -> Stream:
        return stream("chat", on_join=self._joined, on_leave=self._left)

    def _joined(self, subscription: Subscription) -> None:
        self.groups.append(subscription.group_id)

    async def _left(self, subscription: Subscription) -> None:
        self.is_leaving.set()
        await self.may_leave.wait()
        self.groups.remove(subscription.group_id)


async def test_a_subscription_that_moves_leaves_where_it_was() -> None:
    presence = Presence()
    async with Serving(streams=[presence.stream()]) as serving, aiohttp.ClientSession() as session:
        client = await Connector(serving, session)()
        for group in ("a", "b", "b"):
            await client.join(group=group)
            await client.next()
        assert await client.is_silent()

        assert presence.groups == ["b"]
        await client.socket.close()
        await until(lambda: not presence.groups)


async def test_who_is_sent_away_because_the_store_fails_has_left() -> None:
    presence = Presence()

    async def fail() -> None:
        raise OSError("store is gone")

    async with Serving(streams=[presence.stream()]) as serving, aiohttp.ClientSession() as session:
        serving.before_snapshot = fail
        client = await Connector(serving, session)()
        await client.join()

        assert await client.close_code() == 1011
        await until(lambda: not presence.groups)


async def test_a_stop_closes_sockets_before_it_tells_anyone() -> None:
    """A hook that hangs holds up neither the goodbye nor the hooks for other groups."""
    presence = Presence()
    async with Serving(streams=[presence.stream()]) as serving, aiohttp.ClientSession() as session:
        client = await Connector(serving, session)()
        for group in ("a", "b"):
            await client.join(group=group, subscriptionId=group)
            await client.next()
        presence.may_leave.clear()
        stopping = asyncio.create_task(serving.server.stop(20.0))

        assert await client.close_code() == 1001
        await presence.is_leaving.wait()
        assert presence.groups == ["a", "b"]
        presence.may_leave.set()
        await stopping

    assert presence.groups == []


async def test_one_hook_that_hangs_holds_up_no_other() -> None:
    left: list[str] = []

    async def on_leave(subscription: Subscription) -> None:
        if subscription.group_id == "a":
            await asyncio.Event().wait()
        left.append(subscription.group_id)

    streams = [stream("chat", on_leave=on_leave)]
    async with Serving(streams=streams) as serving, aiohttp.ClientSession() as session:
        client = await Connector(serving, session)()
        for group in ("a", "b"):
            await client.join(group=group, subscriptionId=group)
            await client.next()

        await client.socket.close()

        await until(lambda: left == ["b"])
        await serving.server.stop(0.0)
