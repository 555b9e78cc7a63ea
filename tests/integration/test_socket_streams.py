"""Streams watched over Socket.IO: the same hub, the same rules, the same frames."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.serving import until
from tests.socket_steps import left_behind, server_of, step
from tests.socketio_client import TRANSPORTS, connected

FILES = {
    "steps/chat_stream.py": """
        config = {"name": "chat", "schema": None, "baseConfig": {"storageType": "default"}}
    """,
    "steps/private_stream.py": """
        config = {
            "name": "private",
            "canAccess": lambda subscription, auth: auth == subscription.group_id,
        }
    """,
    "steps/set_step.py": """
        config = {"type": "api", "name": "Set", "method": "POST", "path": "/set", "emits": []}

        async def handler(req, context):
            body = req["body"]
            stream = context.streams[body.get("stream", "chat")]
            if body.get("value") is None:
                await stream.delete(body["group"], body["id"])
            else:
                await stream.set(body["group"], body["id"], body["value"])
    """,
    "steps/a_step.py": step("a", "return 1"),
    "motia_config.py": """
        def authenticate(request):
            return request.query_params.get("user")
    """,
}
ROOM = {"streamName": "chat", "groupId": "room"}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


async def put(motia: MotiaTester, id: str, value: Any, **more: Any) -> None:
    answer = await motia.post("/set", json={"group": "room", "id": id, "value": value, **more})
    assert answer.status == 204


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_a_join_gets_what_there_is_and_each_change(
    motia: MotiaTester, transport: str
) -> None:
    await put(motia, "m1", {"text": "ä"})
    async with connected(motia.url, transports=TRANSPORTS[transport]) as client:
        assert await client.call("stream:join", ROOM) == {"subscriptionId": "chat/room"}
        sync = await client.next("stream:event")
        assert sync["event"] == {"type": "sync", "data": [{"text": "ä", "id": "m1"}]}

        await put(motia, "m1", {"text": "b"})
        await put(motia, "m2", {"text": "c"})
        await put(motia, "m1", None)
        frames = [await client.next("stream:event") for _ in range(3)]
        assert [(frame["id"], frame["event"]["type"]) for frame in frames] == [
            ("m1", "update"),
            ("m2", "create"),
            ("m1", "delete"),
        ]
        assert frames[0].keys() == {"timestamp", "streamName", "groupId", "id", "event"}


async def test_one_item_may_be_watched_and_left_again(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        await client.call("stream:join", {**ROOM, "id": "m1", "subscriptionId": "s"})
        await put(motia, "m2", {"text": "other"})
        await put(motia, "m1", {"text": "mine"})
        assert (await client.next("stream:event"))["id"] == "m1"

        assert await client.call("stream:leave", {"subscriptionId": "s"}) is None
        await put(motia, "m1", {"text": "unheard"})
        assert await client.call("a") == 1
        assert client.heard.empty()


async def test_a_leave_may_repeat_what_was_joined(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        await client.call("stream:join", ROOM)
        await client.call("stream:leave", ROOM)
        await client.next("stream:event")
        await put(motia, "m1", {"text": "unheard"})
        assert await client.call("a") == 1
        assert client.heard.empty()


async def test_a_group_whose_name_has_a_slash_is_not_an_item(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        item = await client.call("stream:join", {**ROOM, "id": "m1"})
        group = await client.call("stream:join", {**ROOM, "groupId": "room/m1"})
        assert (await client.next("stream:event"))["event"] == {"type": "sync", "data": []}
        await put(motia, "m1", {"text": "heard"})

        assert item != group
        assert (await client.next("stream:event"))["id"] == "m1"


async def test_who_comes_back_with_a_cursor_gets_what_it_missed(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        await client.call("stream:join", {**ROOM, "cursor": None})
        cursor = (await client.next("stream:event"))["cursor"]
    await put(motia, "m1", {"text": "missed"})
    async with connected(motia.url) as client:
        await client.call("stream:join", {**ROOM, "cursor": cursor})
        told = [(await client.next("stream:event"))["event"] for _ in range(2)]
        assert [event["type"] for event in told] == ["resumed", "create"]


async def test_access_rules_hold(motia: MotiaTester) -> None:
    mine = {"streamName": "private", "groupId": "u1"}
    async with (
        connected(f"{motia.url}?user=u1") as client,
        connected(motia.url) as stranger,
    ):
        assert await client.call("stream:join", mine) == {"subscriptionId": "private/u1"}
        assert await stranger.call("stream:join", mine) == {"error": "Access denied"}
        await put(motia, "m1", {"text": "secret"}, group="u1", stream="private")
        await client.next("stream:event")
        assert (await client.next("stream:event"))["event"]["data"]["text"] == "secret"
        assert await stranger.call("a") == 1
        assert stranger.heard.empty()


@pytest.mark.parametrize(
    ("event", "data", "error"),
    [
        ("stream:join", None, "the data of a join is"),
        ("stream:join", {"streamName": "chat"}, "the data of a join is"),
        ("stream:join", {"streamName": "chat", "groupId": 5}, "the data of a join is"),
        ("stream:join", {**ROOM, "streamName": "none"}, "Stream none not found"),
        ("stream:leave", 5, "the data of a leave is"),
        ("stream:leave", {"subscriptionId": 5}, "the data of a leave is"),
    ],
)
async def test_a_bad_join_is_told(motia: MotiaTester, event: str, data: Any, error: str) -> None:
    async with connected(motia.url) as client:
        assert (await client.call(event, data))["error"].startswith(error)
        await client.emit(event, data)
        told = await client.next("error")
        assert (told["event"], told["error"][: len(error)]) == (event, error)


async def test_a_step_cannot_take_these_names(tmp_path: Path) -> None:
    files = {"steps/a_step.py": step("stream:join", "return 1")}
    async with MotiaTester(write_project(tmp_path, files), may_fail_to_load=True) as motia:
        (failure,) = motia.app.registry.failures
        assert "none of connect_error" in failure.message


async def test_a_client_that_goes_watches_no_more(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        await client.call("stream:join", ROOM)
    await until(lambda: not left_behind(motia))
    assert not motia.app._announcer.hub._subscriptions


async def test_who_lags_jumps_to_what_is_true_now(motia: MotiaTester) -> None:
    address = f"{motia.url}/socket.io/?EIO=4&transport=websocket"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address, max_msg_size=0) as slow,
        connected(motia.url) as quick,
    ):
        await slow.receive()
        await slow.send_str("40")
        await slow.receive()
        await slow.send_str('420["stream:join",{"streamName":"chat","groupId":"room"}]')
        assert "sync" in (await slow.receive()).data
        assert (await slow.receive()).data.startswith("430")
        await quick.call("stream:join", ROOM)
        assert slow._conn is not None and slow._conn.transport is not None
        slow._conn.transport.pause_reading()
        for n in range(300):
            await put(motia, "m1", {"n": n, "text": "x" * 100_000})
        for _ in range(301):
            await quick.next("stream:event")
        slow._conn.transport.resume_reading()
        told = 0
        while '"n":299' not in (await slow.receive()).data:
            told += 1
        # Whatever the machine's buffers held, and then the last.
        assert told < 299


async def test_who_comes_back_on_the_same_connection_hears_what_it_joined_since(
    tmp_path: Path,
) -> None:
    """The farewell of who it was waits for what runs, and must not take the new one's along."""
    body = (
        "try:\n    await asyncio.Event().wait()\nfinally:\n"
        '    await ctx.state.set("going", "n", 1)\n'
        '    while await ctx.state.get("going", "n") == 1:\n        await asyncio.sleep(0.01)'
    )
    go = """
        config = {"type": "api", "name": "Go", "method": "POST", "path": "/go", "emits": []}

        async def handler(req, context):
            await context.state.set("going", "n", 2)
    """
    files = {**FILES, "steps/long_step.py": step("long", body), "steps/go_step.py": go}
    async with (
        MotiaTester(write_project(tmp_path, files)) as motia,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{motia.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()

        async def come_and_join(group: str) -> None:
            await socket.send_str("40")
            await socket.send_str(f'420["stream:join",{{"streamName":"chat","groupId":"{group}"}}]')
            while not (await socket.receive_str()).startswith("430"):
                pass

        await come_and_join("old")
        await socket.send_str('42["long"]')
        await socket.send_str('421["a"]')
        assert await socket.receive_str() == "431[1]"
        await socket.send_str("41")
        await come_and_join("room")
        server = server_of(motia)
        (client,) = server.clients.all()
        assert len(server.steps._farewells) == 1

        await put(motia, "m1", {"text": "unheard"}, group="old")
        await put(motia, "m1", {"text": "heard"})
        assert '"text":"heard"' in await socket.receive_str()

        await motia.post("/go")
        await until(lambda: not server.steps._farewells)
        assert client.backlog.on_drained is not None
        await put(motia, "m2", {"text": "still"})
        assert '"text":"still"' in await socket.receive_str()
