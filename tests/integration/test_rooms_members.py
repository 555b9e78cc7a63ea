"""Rooms: who is in them, and what their members hear of each other."""

from __future__ import annotations

import asyncio

import pytest

from motia_py.testing import MotiaTester
from steps.rooms.join_room_step import MAX_ROOMS
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.rooms_chatting import NOW, chatting, names, said_in
from tests.socketio_client import Heard

HAS_LEFT = {"error": "The participant has left", "participantName": "Ann", "timestamp": NOW}


async def test_who_joins_is_told_and_so_are_the_others(motia: MotiaTester) -> None:
    """S4.3."""
    async with (
        chatting(motia.url, room="tea", name="Ann") as ann,
        chatting(motia.url, room="coffee") as other,
        chatting(motia.url) as ben,
    ):
        await ben.socket.emit("join-room", {"roomName": "tea", "participantName": "Ben"})
        heard = await ben.until("room-joined"), await ann.until("participant-joined")
        silence = await ben.rest(), await other.rest()

    message = "Joined room: tea"
    told = {"roomName": "tea", "participantName": "Ben", "message": message}
    assert heard[0] == [Heard("room-joined", told)]
    told = {"roomName": "tea", "participantName": "Ben", "message": "Ben joined the room"}
    assert heard[1] == [Heard("participant-joined", told)]
    assert silence == ([], [])


async def test_a_name_is_not_needed(motia: MotiaTester) -> None:
    """S4.3: `participantName` is optional."""
    async with chatting(motia.url) as client:
        answer = await client.socket.call("join-room", {"roomName": "tea"})

    assert answer == {
        "success": True,
        "roomName": "tea",
        "participantName": "Anonymous",
        "message": "Joined room: tea",
    }


async def test_the_room_sees_the_answer_with_the_askers_name(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.10: start, chunks and complete, in the same order; who is elsewhere sees nothing."""
    upstream.default = ("Hel", "lo")

    async with (
        chatting(motia.url, room="tea", name="Ben") as ben,
        chatting(motia.url, room="coffee", name="Eve") as eve,
        chatting(motia.url, room="tea", name="Ann") as ann,
    ):
        await ben.until("participant-joined")
        await ann.ask()
        asker, member = await ann.until("stream-complete"), await ben.until("stream-complete")
        silence = await ann.rest(), await ben.rest(), await eve.rest()

    assert said_in(asker) == "Hello"
    assert all("participantName" not in heard.data for heard in asker)
    assert member == [
        Heard(heard.event, {**heard.data, "participantName": "Ann"}) for heard in asker
    ]
    assert silence == ([], [], [])


async def test_nobody_else_hears_who_is_in_no_room(motia: MotiaTester) -> None:
    """S4.10."""
    async with chatting(motia.url, room="tea") as member, chatting(motia.url) as alone:
        await alone.ask()
        await alone.until("stream-complete")

        assert await member.rest() == []


@pytest.mark.parametrize("reply", [Failure(status=401), ("Hel", Oddity.CUT)], ids=str)
async def test_the_room_is_told_of_a_failure(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply
) -> None:
    """S4.9: else its members would see somebody type for ever."""
    upstream.default = reply

    async with (
        chatting(motia.url, room="tea") as ben,
        chatting(motia.url, room="tea", name="Ann") as ann,
    ):
        await ben.until("participant-joined")
        await ann.ask()
        asker, member = await ann.until("stream-error"), await ben.until("stream-error")
        silence = await ann.rest(), await ben.rest()

    assert names(member) == names(asker)
    assert member[-1].data == {**asker[-1].data, "participantName": "Ann"}
    assert silence == ([], [])


async def test_answers_go_to_the_room_that_was_joined_last(motia: MotiaTester) -> None:
    """S4.12: in the others the client still listens."""
    async with (
        chatting(motia.url, room="tea") as tea,
        chatting(motia.url, room="coffee") as coffee,
        chatting(motia.url, room="tea", name="Ann") as ann,
    ):
        await ann.join("coffee", "Ann of coffee")
        await tea.until("participant-joined")
        await coffee.until("participant-joined")
        await ann.ask()
        await ann.until("stream-complete")
        heard = await coffee.until("stream-complete")
        silence = await tea.rest()
        await tea.ask()
        also = await ann.until("stream-complete")

    assert {each.data["participantName"] for each in heard} == {"Ann of coffee"}
    assert silence == []
    assert {each.data["participantName"] for each in also} == {"Anonymous"}


async def test_a_room_that_is_joined_again_is_the_last_one(motia: MotiaTester) -> None:
    """S4.12: and in which it is there once, under the new name (S4.3)."""
    async with chatting(motia.url, room="tea") as ben, chatting(motia.url, room="tea") as ann:
        await ann.join("coffee")
        await ann.join("tea", "Ann")
        await ann.ask()
        heard = await ben.until("stream-complete")
        people = await ben.people()

    assert heard[-1].data["participantName"] == "Ann"
    assert people == ["Anonymous", "Ann"]


async def test_a_client_is_in_fifty_rooms_at_most(motia: MotiaTester) -> None:
    """S4.19."""
    async with chatting(motia.url) as client:
        for number in range(MAX_ROOMS):
            await client.join(f"room {number}")
        refused = await client.socket.call("join-room", {"roomName": "one more"})
        await client.join("room 0")
        await client.socket.call("leave-room")
        await client.join("one more")

    error = "You are in 50 rooms: leave one first"
    assert refused == {"success": False, "error": error}


async def test_who_leaves_hears_nothing_more_and_the_others_are_told(motia: MotiaTester) -> None:
    """S4.11."""
    async with (
        chatting(motia.url, room="tea", name="Ann") as ann,
        chatting(motia.url, room="tea", name="Ben") as ben,
    ):
        await ann.until("participant-joined")
        answer = await ben.socket.call("leave-room", {"roomName": "tea"})
        left = await ben.until("room-left")
        told = await ann.until("participant-left")
        await ann.ask()
        await ann.until("stream-complete")
        await ben.ask()
        await ben.until("stream-complete")
        silence = await ann.rest(), await ben.rest()
        people = await ann.people()

    data = {"roomName": "tea", "participantName": "Ben", "message": "Left room: tea"}
    assert left == [Heard("room-left", data)]
    assert answer == {"success": True, **data}
    assert told == [Heard("participant-left", {**data, "message": "Ben left the room"})]
    assert silence == ([], [])
    assert people == ["Ann"]


async def test_without_a_name_the_last_room_is_left(motia: MotiaTester) -> None:
    """S4.11, S4.12: then the one before is the last one."""
    async with chatting(motia.url, room="tea") as client:
        await client.join("coffee")
        left = [(await client.socket.call("leave-room"))["roomName"] for _ in range(2)]
        refused = await client.socket.call("leave-room")

    assert left == ["coffee", "tea"]
    assert refused == {"success": False, "error": "You are in no such room"}


async def test_who_leaves_while_the_model_speaks_goes_on_alone(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.11: for the room the answer ends, for who asked it does not."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with (
        chatting(motia.url, room="tea") as ben,
        chatting(motia.url, room="tea", name="Ann") as ann,
    ):
        await ann.ask()
        await ben.until("stream-chunk")
        await ann.socket.call("leave-room", {"roomName": "tea"})
        gate.set()
        asker, member = await ann.until("stream-complete"), await ben.until("stream-error")
        silence = await ben.rest()

    assert asker[-1].data["fullResponse"] == "Hello"
    assert member[-1].data == HAS_LEFT
    assert silence == []


async def test_who_disconnects_while_the_model_speaks_ends_its_work(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.16: at once, and the room is told that nothing more comes."""
    upstream.default = ("Hel", asyncio.Event(), "lo")

    async with chatting(motia.url, room="tea") as ben:
        async with chatting(motia.url, room="tea", name="Ann") as ann:
            await ann.ask()
            await ben.until("stream-chunk")
        async with asyncio.timeout(5):
            await upstream.has_lost_its_client.wait()
        heard = await ben.until("participant-left")
        upstream.default = ("Hello",)
        await ben.ask()
        after = await ben.until("stream-complete")

    assert names(heard) == ["stream-error", "participant-left"]
    assert heard[0].data == HAS_LEFT
    assert heard[1].data["participantName"] == "Ann"
    assert said_in(after) == "Hello"


async def test_a_room_can_be_looked_at(motia: MotiaTester) -> None:
    """S4.11: by name from anywhere, without one the room that was joined last."""
    async with (
        chatting(motia.url, room="tea", name="Ann") as ann,
        chatting(motia.url, room="tea", name="Ben"),
        chatting(motia.url) as eve,
    ):
        await ann.until("participant-joined")
        await ann.socket.emit("get-room-info")
        (own,) = await ann.until("room-info")
        answer = await eve.socket.call("get-room-info", {"roomName": "tea"})
        nobody = await eve.people("nowhere")
        refused = await eve.socket.call("get-room-info", {})

    info = {"roomName": "tea", "participants": ["Ann", "Ben"], "count": 2}
    assert own == Heard("room-info", info)
    assert answer == {"success": True, **info}
    assert nobody == []
    assert refused == {"success": False, "error": "You are in no room: say which one"}


async def test_a_client_that_goes_is_in_no_room_any_more(motia: MotiaTester) -> None:
    """S4.19: each of its rooms is told."""
    async with chatting(motia.url, room="tea") as tea, chatting(motia.url, room="coffee") as coffee:
        async with chatting(motia.url, room="tea", name="Ann") as ann:
            await ann.join("coffee", "Ann")
        heard = await tea.until("participant-left"), await coffee.until("participant-left")
        people = await tea.people("tea"), await tea.people("coffee")

    assert [each[-1].data["roomName"] for each in heard] == ["tea", "coffee"]
    assert people == (["Anonymous"], ["Anonymous"])


async def test_nobody_gets_into_what_is_said_to_another(motia: MotiaTester) -> None:
    """S4.17: in Socket.IO's own server a client's id is a room as well."""
    async with chatting(motia.url) as ann, chatting(motia.url) as eve:
        await eve.join(ann.socket.sid)
        await ann.ask()
        await ann.until("stream-complete")

        assert await eve.rest() == []


@pytest.mark.parametrize("room", ["你好 🚀", "a/b:c", " ", "x" * 200, "__proto__", "\x00"])
async def test_a_room_may_have_any_name(motia: MotiaTester, room: str) -> None:
    """S4.3."""
    async with (
        chatting(motia.url, room=room, name="Ann") as ann,
        chatting(motia.url, room=room, name="Ben") as ben,
    ):
        await ann.ask()
        await ben.until("stream-complete")

        assert await ben.people(room) == ["Ann", "Ben"]
