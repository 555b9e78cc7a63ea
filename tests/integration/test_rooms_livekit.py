"""Rooms with LiveKit: what a room sees comes to LiveKit's room of that name as data packets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.livekit_server import SECRET, LiveKitServer, serve_livekit
from tests.openai_server import Failure, OpenAIServer
from tests.rooms_chatting import NOW, chatting, said_in, saying

MISSED = "LiveKit does not get this answer"


@pytest.fixture
async def livekit() -> AsyncIterator[LiveKitServer]:
    async with serve_livekit() as server:
        yield server


@pytest.fixture
async def motia(upstream: OpenAIServer, livekit: LiveKitServer) -> AsyncIterator[MotiaTester]:
    env = {**NO_MODEL, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": upstream.url, **livekit.env}
    async with MotiaTester(ROOT, env=env) as tester:
        yield tester


def text_of(livekit: LiveKitServer) -> str:
    packets = (packet.data for packet in livekit.packets)
    return "".join(data["content"] for data in packets if data["event"] == "stream-chunk")


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelname == "WARNING"]


async def test_the_room_of_the_same_name_gets_the_answer(
    motia: MotiaTester, livekit: LiveKitServer
) -> None:
    """S4.29, S4.10: in order, and all of it by the time that the question is done with."""
    async with chatting(motia.url, room="tea", name="Ann") as ann:
        await ann.socket.call("stream-chat", saying())

    events = [packet.data["event"] for packet in livekit.packets]
    assert {(packet.room, packet.topic) for packet in livekit.packets} == {("tea", "stream-chat")}
    assert (events[0], events[-1]) == ("stream-start", "stream-complete")
    assert set(events[1:-1]) == {"stream-chunk"}
    assert text_of(livekit) == "Hello there!"
    assert livekit.packets[-2].data["isComplete"] is True
    assert livekit.packets[-1].data == {
        "event": "stream-complete",
        "message": "AI response completed",
        "participantName": "Ann",
        "timestamp": NOW,
    }


async def test_while_a_packet_is_sent_the_text_that_comes_is_one_more(
    motia: MotiaTester, upstream: OpenAIServer, livekit: LiveKitServer
) -> None:
    """S4.29: a slow LiveKit does not hold up the chat, and little waits for it."""
    upstream.default = tuple(f"{number} " for number in range(200))
    livekit.gate.clear()

    async with chatting(motia.url, room="tea") as client:
        await client.ask()
        heard = await client.until("stream-complete")
        taken = len(livekit.packets)
        livekit.gate.set()
        await client.socket.call("stream-chat", {})  # comes after it

    assert taken == 0
    assert [packet.data["event"] for packet in livekit.packets] == [
        "stream-start",
        "stream-chunk",
        "stream-complete",
    ]
    assert text_of(livekit) == said_in(heard)


async def test_no_packet_is_larger_than_livekit_takes(
    motia: MotiaTester, upstream: OpenAIServer, livekit: LiveKitServer
) -> None:
    """S4.29: 15 KiB, whatever the model says at once."""
    upstream.default = ("🚀\x01" * 5000, "!")

    async with chatting(motia.url, room="tea") as client:
        answer = await client.socket.call("stream-chat", saying())

    chunks = [packet for packet in livekit.packets if packet.data["event"] == "stream-chunk"]
    assert text_of(livekit) == answer["fullResponse"]
    assert max(packet.size_bytes for packet in livekit.packets) <= 15 * 1024
    assert [chunk.data["isComplete"] for chunk in chunks[:-1]] == [False] * (len(chunks) - 1)


async def test_a_failure_comes_to_livekit_as_well(
    motia: MotiaTester, upstream: OpenAIServer, livekit: LiveKitServer
) -> None:
    """S4.9, S4.29."""
    upstream.default = Failure(status=401)

    async with chatting(motia.url, room="tea") as client:
        await client.socket.call("stream-chat", saying())

    assert [packet.data["event"] for packet in livekit.packets] == ["stream-start", "stream-error"]


async def test_who_disconnects_ends_the_answer_in_livekit_as_well(
    motia: MotiaTester, upstream: OpenAIServer, livekit: LiveKitServer
) -> None:
    """S4.16, S4.29."""
    upstream.default = ("Hel", asyncio.Event())

    async with chatting(motia.url, room="tea") as ben:
        async with chatting(motia.url, room="tea", name="Ann") as ann:
            await ann.ask()
            await ann.until("stream-chunk")
        await ben.until("participant-left")

    assert livekit.packets[-1].data["error"] == "The participant has left"


async def test_livekit_that_fails_is_logged_once_and_does_not_hurt_the_chat(
    motia: MotiaTester,
    upstream: OpenAIServer,
    livekit: LiveKitServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """S4.29, SX.12: once per answer, without a key or a token; then it is left alone."""
    upstream.default = ("Hel", livekit.was_asked, "lo", " there")
    livekit.refusal = "unavailable"

    async with chatting(motia.url, room="tea") as client:
        answers = [await client.socket.call("stream-chat", saying()) for _ in range(2)]

    assert answers == [{"success": True, "fullResponse": "Hello there"}] * 2
    assert warnings_in(caplog) == [MISSED] * 2
    assert livekit.requests == 2
    logs = repr([vars(record) for record in caplog.records])
    assert "Bearer" not in logs
    assert SECRET not in logs


async def test_a_room_without_anybody_in_livekit_is_no_failure(
    motia: MotiaTester, livekit: LiveKitServer, caplog: pytest.LogCaptureFixture
) -> None:
    """S4.29: most rooms are not in LiveKit."""
    livekit.refusal = "not_found"

    async with chatting(motia.url, room="tea") as client:
        answer = await client.socket.call("stream-chat", saying())

    assert answer["success"] is True
    assert livekit.requests == 1
    assert warnings_in(caplog) == []


async def test_livekit_that_is_not_there_does_not_hurt_the_chat(
    upstream: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    """S4.29."""
    async with serve_livekit() as gone:
        env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url, **gone.env}

    async with MotiaTester(ROOT, env=env) as motia, chatting(motia.url, room="tea") as client:
        answer = await client.socket.call("stream-chat", saying())

    assert answer["success"] is True
    assert warnings_in(caplog) == [MISSED]


async def test_who_is_in_no_room_is_nothing_for_livekit(
    motia: MotiaTester, livekit: LiveKitServer
) -> None:
    """S4.29."""
    async with chatting(motia.url) as client:
        await client.socket.call("stream-chat", saying())

    assert livekit.requests == 0
