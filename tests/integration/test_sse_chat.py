"""The chat over server-sent events: what POST /chat/stream answers, and what it refuses."""

from __future__ import annotations

import asyncio
from uuid import UUID

import aiohttp
import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.sse_chatting import ROUTE, Frame, chat, chatting, frames_of, text_of

FAILED = Frame("error", {"error": "Failed to generate response", "conversationId": "c1"})


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


async def test_an_answer_is_chunks_and_then_complete(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.1, S2.3-S2.5: numbered from 1, only what is not empty, once complete, then closed."""
    upstream.default = ("Hel", "", "lo ", "there")

    frames = await chat(motia)

    assert frames == [
        Frame("chunk", {"content": "Hel", "index": 1, "conversationId": "c1"}),
        Frame("chunk", {"content": "lo ", "index": 2, "conversationId": "c1"}),
        Frame("chunk", {"content": "there", "index": 3, "conversationId": "c1"}),
        Frame("complete", {"conversationId": "c1", "messageCount": 2, "responseLength": 11}),
    ]


async def test_the_head_is_that_of_an_event_stream(motia: MotiaTester) -> None:
    """S2.2: the connection is kept, which HTTP/1.1 does without saying so."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as client:
        ports = []
        for _ in range(2):
            async with client.post(motia.url + ROUTE, json={"message": "Hello"}) as answer:
                assert answer.connection is not None
                assert answer.connection.transport is not None
                ports.append(answer.connection.transport.get_extra_info("sockname"))
                await answer.read()

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers.get("Connection", "keep-alive") == "keep-alive"
    assert ports[0] == ports[1]


async def test_the_head_comes_before_the_model_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.8."""
    gate = asyncio.Event()
    upstream.default = (gate, "Hello")

    async with chatting(motia) as reader:
        status = reader.response.status
        gate.set()
        frames = await reader.rest()

    assert status == 200
    assert [frame.event for frame in frames] == ["chunk", "complete"]


async def test_chunks_come_while_the_model_still_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.7."""
    gates = asyncio.Event(), asyncio.Event()
    upstream.default = ("Hel", gates[0], "lo", gates[1], "!")

    async with chatting(motia) as reader:
        first = await reader.next()
        gates[0].set()
        second = await reader.next()
        gates[1].set()
        rest = await reader.rest()

    assert [first.data["content"], second.data["content"]] == ["Hel", "lo"]
    assert [frame.event for frame in rest] == ["chunk", "complete"]


@pytest.mark.parametrize(
    "text",
    [
        "line\nbreak\n\nevent: error\ndata: {}\n\n",
        "\r\n",
        'quotes " and \\ and "data: x"',
        "data: ",
        "data:  two spaces, data: twice",
        "data\\u003a ",
        "你好 🚀👩‍👩‍👧 \u2028 \x00",
    ],
)
async def test_no_text_can_break_a_frame(
    motia: MotiaTester, upstream: OpenAIServer, text: str
) -> None:
    """S2.9-S2.12: it stays inside the JSON, also for a client that cuts at `data: `."""
    upstream.default = (text, "after")

    frames = await chat(motia, conversation=f"c {text}" if "\x00" not in text else "c1")

    assert [frame.event for frame in frames] == ["chunk", "chunk", "complete"]
    assert text_of(frames) == text + "after"


async def test_text_survives_every_boundary(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.12: read byte by byte."""
    text = "你好🚀" * 20
    upstream.default = tuple(text)

    async with chatting(motia) as reader:
        got = b""
        while byte := await reader.response.content.read(1):
            got += byte

    assert text_of(frames_of(got.decode())) == text


@pytest.mark.parametrize("oddity", [Oddity.NO_CHOICES, Oddity.NO_CONTENT], ids=str)
async def test_chunks_without_content_are_skipped(
    motia: MotiaTester, upstream: OpenAIServer, oddity: Oddity
) -> None:
    """S2.13."""
    upstream.default = (oddity, "Hel", oddity, "lo", oddity)

    frames = await chat(motia)

    assert [frame.data.get("index") for frame in frames] == [1, 2, None]
    assert text_of(frames) == "Hello"


@pytest.mark.parametrize(
    "reply",
    [
        Failure(status=401),
        Failure(status=404),
        Failure(status=429),
        Failure(status=500),
        Failure(status=503),
        (Oddity.CUT,),
        (Oddity.MALFORMED,),
    ],
    ids=str,
)
async def test_a_model_that_fails_is_an_error_event(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply
) -> None:
    """S2.6, S2.26, C16: the status stays 200, no complete, then closed; the next is served."""
    upstream.default = reply

    frames = await chat(motia)
    upstream.default = ("Better",)
    after = await chat(motia)

    assert frames == [FAILED]
    assert text_of(after) == "Better"


@pytest.mark.parametrize("oddity", [Oddity.CUT, Oddity.MALFORMED], ids=str)
async def test_what_was_said_before_a_failure_stays(
    motia: MotiaTester, upstream: OpenAIServer, oddity: Oddity
) -> None:
    """S2.26: the chunks that came, then the error."""
    upstream.default = ("Hel", "lo", oddity, "!")

    frames = await chat(motia)

    assert text_of(frames) == "Hello"
    assert [frame.event for frame in frames] == ["chunk", "chunk", "error"]
    assert frames[-1] == FAILED


async def test_half_an_emoji_is_a_failure(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.26: such a text can neither be sent nor stored."""
    upstream.default = ("Hel", Oddity.HALF_AN_EMOJI)

    frames = await chat(motia)

    assert [frame.event for frame in frames] == ["chunk", "error"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "", "conversationId": "c1"}',
        b'{"conversationId": "c1"}',
        b'{"message": null}',
        b'{"message": 7}',
        b'{"message": ["Hello"]}',
        b'{"message": "Hello", "conversationId": 7}',
        b'{"message": "Hello", "sessionId": {}}',
        b'{"message": "' + b"x" * 20_001 + b'"}',
        b'{"message": "Hello", "conversationId": "' + b"x" * 201 + b'"}',
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"",
        b'{"message": "\xff"}',
    ],
    ids=lambda body: body[:40],
)
async def test_a_bad_body_is_refused_before_any_event(
    motia: MotiaTester, upstream: OpenAIServer, body: bytes
) -> None:
    """S2.22, S2.25: 400 as JSON, nobody is asked, nothing is kept or counted."""
    headers = {"Content-Type": "application/json"}

    answer = await motia.post(ROUTE, data=body, headers=headers)

    assert answer.status == 400
    assert isinstance(answer.body["error"], str)
    await motia.settle()
    assert upstream.asked == []
    assert await motia.state("conversations", "c1") is None
    assert text_of(await chat(motia)) == "Hello there!"


@pytest.mark.parametrize("conversation", [{}, {"conversationId": ""}, {"conversationId": None}])
async def test_without_an_id_a_conversation_begins(motia: MotiaTester, conversation: JSON) -> None:
    """S2.23: a fresh id, in every event."""
    ids = []
    for _ in range(2):
        answer = await motia.post(
            ROUTE, json={"message": "Hello", "sessionId": "s1", **conversation}
        )
        (id,) = {frame.data["conversationId"] for frame in frames_of(answer.body)}
        ids.append(id)

    assert UUID(ids[0]) != UUID(ids[1])
    assert (await motia.state("conversations", ids[0]))["messageCount"] == 2


@pytest.mark.parametrize("session", [{}, {"sessionId": ""}, {"sessionId": None}])
async def test_without_a_session_it_works(motia: MotiaTester, session: JSON) -> None:
    """S2.24: it is counted under the conversation."""
    body = {"message": "Hello", "conversationId": "c1", **session}

    answer = await motia.post(ROUTE, json=body)
    await motia.settle()

    assert frames_of(answer.body)[-1].event == "complete"
    assert (await motia.state("session-stats", "c1"))["totalMessages"] == 1


async def test_only_post_is_served(motia: MotiaTester) -> None:
    answer = await motia.get(ROUTE)

    assert answer.status == 405


async def test_a_client_that_hangs_up_ends_the_models_work(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.21: at once, while the model is silent; nothing is kept, and the next is served."""
    upstream.replies = [("Hel", asyncio.Event(), "lo")]

    async with chatting(motia) as reader:
        await reader.next()
    async with asyncio.timeout(5):
        await upstream.has_lost_its_client.wait()

    await motia.settle()
    assert await motia.state("conversations", "c1") is None
    assert motia.emitted("chat.message.completed") == []
    assert text_of(await chat(motia)) == "Hello there!"
    assert upstream.asked[-1].messages[1:] == [("user", "Hello")]


async def test_without_a_key_the_route_answers_its_error() -> None:
    """S2.27: with the offline model off; the server starts."""
    async with MotiaTester(ROOT, env={**NO_MODEL, "OFFLINE_MODEL": "off"}) as motia:
        frames = await chat(motia)

    assert frames == [FAILED]


async def test_the_key_is_nowhere_to_be_seen(
    motia: MotiaTester, upstream: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    """SX.12: also when the model's server quotes it in an error."""
    caplog.set_level("INFO")
    upstream.default = Failure(status=401)

    frames = await chat(motia)

    spans = [span for trace in motia.traces.recent(100) for span in trace]
    marks = repr([(mark.name, mark.detail) for span in spans for mark in span.marks or ()])
    logs = repr([vars(record) for record in caplog.records])
    assert "AuthenticationError" in logs
    for place in (repr(frames), logs, marks):
        assert KEY not in place


async def test_a_page_of_another_port_may_ask(motia: MotiaTester) -> None:
    """S2.39: the preflight, and the answer itself."""
    origin = "http://localhost:5173"
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    allowed = await motia.request("OPTIONS", ROUTE, headers=preflight)
    answer = await motia.post(ROUTE, json={"message": "Hello"}, headers={"Origin": origin})

    assert allowed.status in (200, 204)
    assert allowed.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert "content-type" in allowed.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert frames_of(answer.body)[-1].event == "complete"


async def test_other_requests_are_served_while_answers_stream(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.17, SX.2: each conversation gets its own chunks."""
    gate = asyncio.Event()
    upstream.replies = [("to one", gate, "!"), ("to other", gate, "!")]

    async with chatting(motia, conversation="c1") as one:
        first = await one.next()
        async with chatting(motia, conversation="c10") as other:
            second = await other.next()
            models = await motia.get("/offline/v1/models")
            gate.set()
            rest = await one.rest(), await other.rest()

    assert models.status == 200
    assert text_of([first, *rest[0]]) == "to one!"
    assert text_of([second, *rest[1]]) == "to other!"
    assert {frame.data["conversationId"] for frame in rest[0]} == {"c1"}
    assert {frame.data["conversationId"] for frame in rest[1]} == {"c10"}
