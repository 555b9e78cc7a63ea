"""Motia's stream protocol over real sockets: joins, what they are told, bad messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.serving import Connector, Serving, stream, until


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
    assert serving.hub.group_count == 0


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
