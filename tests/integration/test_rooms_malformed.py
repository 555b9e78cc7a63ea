"""Rooms: payloads that make no sense. Each is told why, and the connection stays usable."""

from __future__ import annotations

from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.integration.conftest import OpenTester
from tests.openai_server import OpenAIServer
from tests.rooms_chatting import NOW, chatting, said_in, saying
from tests.socketio_client import Heard


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


def said(role: Any, content: Any) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content}]}


ROLE = "messages.0.role: Input should be 'system', 'user' or 'assistant'"
CHATS: list[tuple[tuple[Any, ...], str]] = [
    ((), "messages: Field required"),
    ((None,), "messages: Field required"),
    (({},), "messages: Field required"),
    (("Hello",), "data: Input should be an object"),
    ((7,), "data: Input should be an object"),
    (([],), "data: Input should be an object"),
    ((saying(), saying()), "data: Input should be an object"),
    ((b"\x00",), "data: Input should be an object"),
    (({"messages": "x"},), "messages: Input should be a valid list"),
    (({"messages": {}},), "messages: Input should be a valid list"),
    (({"messages": []},), "messages: List should have at least 1 item after validation, not 0"),
    (({"messages": [None]},), "messages.0: Input should be an object"),
    ((said("robot", "Hello"),), ROLE),
    ((said(None, "Hello"),), ROLE),
    ((said("user", ""),), "messages.0.content: String should have at least 1 character"),
    ((said("user", None),), "messages.0.content: Input should be a valid string"),
    ((said("user", b"Hello"),), "messages.0.content: Input should be a valid string"),
    ((said("user", ["Hello"]),), "messages.0.content: Input should be a valid string"),
    (
        (saying("x" * 150_001),),
        "messages: Value error, they have more than 150000 characters",
    ),
]


@pytest.mark.parametrize(("data", "reason"), CHATS, ids=lambda value: repr(value)[:40])
async def test_a_bad_question_is_a_stream_error(
    motia: MotiaTester, upstream: OpenAIServer, data: tuple[Any, ...], reason: str
) -> None:
    """S4.14: no start, nobody is asked, the room hears nothing; then a good one is answered."""
    async with chatting(motia.url, room="tea") as ben, chatting(motia.url, room="tea") as ann:
        await ben.until("participant-joined")
        await ann.socket.emit("stream-chat", *data)
        heard = await ann.until("stream-error")
        silence = await ann.rest(), await ben.rest()
        asked = len(upstream.asked)
        await ann.ask()
        after = await ann.until("stream-complete")

    assert heard == [Heard("stream-error", {"error": reason, "timestamp": NOW})]
    assert silence == ([], [])
    assert asked == 0
    assert said_in(after) == "Hello there!"


async def test_a_bad_question_is_acknowledged_with_its_reason(motia: MotiaTester) -> None:
    """S4.14: every reason of it."""
    async with chatting(motia.url) as client:
        answer = await client.socket.call("stream-chat", {"messages": [{}]})

    reasons = "messages.0.role: Field required; messages.0.content: Field required"
    assert answer == {"success": False, "error": reasons}


NAMED = "roomName: Input should be a valid string"
OBJECT = "data: Input should be an object"
WISHES: list[tuple[str, tuple[Any, ...], str]] = [
    ("join-room", (), "roomName: Field required"),
    ("join-room", (None,), "roomName: Field required"),
    ("join-room", ({},), "roomName: Field required"),
    ("join-room", ("tea",), OBJECT),
    ("join-room", (["tea"],), OBJECT),
    ("join-room", ({"roomName": ""},), "roomName: String should have at least 1 character"),
    ("join-room", ({"roomName": None},), NAMED),
    ("join-room", ({"roomName": 7},), NAMED),
    ("join-room", ({"roomName": b"tea"},), NAMED),
    (
        "join-room",
        ({"roomName": "x" * 201},),
        "roomName: String should have at most 200 characters",
    ),
    (
        "join-room",
        ({"roomName": "tea", "participantName": {}},),
        "participantName: Input should be a valid string",
    ),
    ("leave-room", ("tea",), OBJECT),
    ("leave-room", ({"roomName": 7},), NAMED),
    ("leave-room", ({"roomName": "tea"},), "You are in no such room"),
    ("leave-room", (), "You are in no such room"),
    ("get-room-info", ("tea",), OBJECT),
    ("get-room-info", ({"roomName": []},), NAMED),
    ("get-room-info", (), "You are in no room: say which one"),
]


@pytest.mark.parametrize(("event", "data", "reason"), WISHES, ids=lambda value: repr(value)[:40])
async def test_a_bad_wish_about_rooms_is_a_room_error(
    motia: MotiaTester, event: str, data: tuple[Any, ...], reason: str
) -> None:
    """S4.18, S4.11: the event names which one it is about."""
    async with chatting(motia.url) as client:
        await client.socket.emit(event, *data)
        heard = await client.until("room-error")
        answer = await client.socket.call(event, *data)
        await client.until("room-error")
        silence = await client.rest()
        await client.join()
        people = await client.people()

    assert heard == [Heard("room-error", {"event": event, "error": reason, "timestamp": NOW})]
    assert answer == {"success": False, "error": reason}
    assert silence == []
    assert people == ["Anonymous"]
