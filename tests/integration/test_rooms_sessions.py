"""The rooms' sessions: a conversation is left with the server, its answer fetched by a GET."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.openai_server import Failure, OpenAIServer
from tests.rooms_chatting import COMPLETION, NOW, START, refusal, saying, start, text_of
from tests.sse_chatting import Frame, frames_of

UNKNOWN = refusal(
    404, "Session not found: start it, then fetch it once within ten minutes", "Not Found"
)


async def waiting(motia: MotiaTester) -> list[str]:
    """The ids of the sessions that nobody has fetched."""
    return [item["id"] for item in await motia.stream("chat-sessions", "waiting")]


async def test_a_session_is_started_and_then_streamed(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.21, S4.22: connected, chunk..., complete, and the end."""
    upstream.default = ("Hel", "lo")

    session = await start(motia, "unique-session-id")
    asked_before = len(upstream.asked)
    answer = await motia.get(session["streamUrl"])

    assert session == {
        "sessionId": "unique-session-id",
        "streamUrl": "/openai/chatCompletion/stream/unique-session-id",
        "message": "Session created. Connect to streamUrl for real-time responses.",
    }
    assert asked_before == 0
    assert answer.headers["Content-Type"] == "text/event-stream"
    connected, *frames = frames_of(answer.body)
    assert connected == Frame(
        "connected",
        {"message": "Connected to stream", "sessionId": "unique-session-id", "timestamp": NOW},
    )
    assert [frame.event for frame in frames] == ["chunk", "chunk", "complete"]
    assert text_of(frames) == frames[-1].data["fullResponse"] == "Hello"
    assert upstream.asked[0].messages == [("user", "Hello")]


@pytest.mark.parametrize("id", ["a/b c", "会话", "%2e%2e", "x" * 200])
async def test_the_address_leads_to_the_session(motia: MotiaTester, id: str) -> None:
    """S4.21: whatever the client calls it."""
    session = await start(motia, id)

    answer = await motia.get(session["streamUrl"])

    assert frames_of(answer.body)[0].data["sessionId"] == id


@pytest.mark.parametrize("named", [{}, {"sessionId": None}, {"sessionId": ""}])
async def test_a_session_without_an_id_gets_one(motia: MotiaTester, named: JSON) -> None:
    """S4.25."""
    answer = await motia.post(START, json={**saying(), **named})

    id = answer.body["sessionId"]
    assert str(UUID(id)) == id
    assert answer.body["streamUrl"].endswith(id)
    assert await waiting(motia) == [id]


@pytest.mark.parametrize("id", [7, ["s1"], "x" * 201])
async def test_an_id_that_is_none_is_refused(motia: MotiaTester, id: JSON) -> None:
    """S4.25, S4.23."""
    answer = await motia.post(START, json={**saying(), "sessionId": id})

    assert answer.status == 400
    assert [reason.partition(":")[0] for reason in answer.body["message"]] == ["sessionId"]
    assert await waiting(motia) == []


async def test_the_same_id_again_replaces_the_question(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.26."""
    await start(motia, "s1", "The first")
    session = await start(motia, "s1", "The second")

    await motia.get(session["streamUrl"])

    assert [asked.messages for asked in upstream.asked] == [[("user", "The second")]]


@pytest.mark.parametrize("id", ["unknown", "start", "%00", ""])
async def test_an_unknown_session_is_not_found(motia: MotiaTester, id: str) -> None:
    """S4.22: before the first byte of a stream."""
    answer = await motia.get(f"{COMPLETION}/stream/{id}")

    assert answer.status == 404
    if id != "":
        assert answer.body == UNKNOWN


async def test_a_session_is_answered_once(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S4.22: a browser's EventSource asks again at the end, and 404 is what stops it."""
    session = await start(motia)

    answers = await asyncio.gather(*(motia.get(session["streamUrl"]) for _ in range(3)))
    again = await motia.get(session["streamUrl"])

    assert sorted(answer.status for answer in answers) == [200, 404, 404]
    assert again.body == UNKNOWN
    assert len(upstream.asked) == 1


async def test_a_model_that_fails_is_the_end_of_the_stream(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.22, S4.24: the head is sent by then."""
    upstream.default = Failure(status=429)

    session = await start(motia)
    answer = await motia.get(session["streamUrl"])

    frames = frames_of(answer.body)
    assert [frame.event for frame in frames] == ["connected", "error"]
    assert frames[-1].data["error"] == "The model failed: RateLimitError"


async def test_a_session_that_nobody_fetches_ends(motia: MotiaTester) -> None:
    """S4.19: after ten minutes, and a minute more at most."""
    session = await start(motia)

    await motia.advance(660)

    assert await waiting(motia) == []
    assert (await motia.get(session["streamUrl"])).status == 404


async def test_of_too_many_sessions_the_oldest_end(motia: MotiaTester) -> None:
    """S4.19: a thousand wait at most."""
    for number in range(1002):
        await start(motia, f"s{number}")

    ids = await waiting(motia)
    assert (len(ids), ids[0], ids[-1]) == (1000, "s2", "s1001")


async def test_nobody_else_sees_what_is_asked(motia: MotiaTester) -> None:
    """S4.19: a stream can be watched by its name; this one cannot."""
    await start(motia)

    answer = await motia.get("/streams/chat-sessions/waiting")

    assert answer.status == 403
