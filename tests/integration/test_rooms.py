"""Chat over Socket.IO: what a client hears that asks, alone."""

from __future__ import annotations

import asyncio

import pytest

from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.rooms_chatting import NOW, chatting, names, said_in, saying
from tests.socketio_client import TRANSPORTS, Heard, connected

STARTED = Heard("stream-start", {"message": "AI response streaming started...", "timestamp": NOW})


def chunk(content: str, whole: str, *, is_complete: bool = False) -> Heard:
    data = {"content": content, "fullResponse": whole, "isComplete": is_complete}
    return Heard("stream-chunk", {**data, "timestamp": NOW})


def completed(whole: str) -> Heard:
    data = {"fullResponse": whole, "message": "AI response completed", "timestamp": NOW}
    return Heard("stream-complete", data)


def failed(kind: str) -> Heard:
    return Heard("stream-error", {"error": f"The model failed: {kind}", "timestamp": NOW})


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_a_client_that_connects_is_greeted(motia: MotiaTester, transport: str) -> None:
    """S4.2, S4.1: over each of Socket.IO's transports."""
    async with connected(motia.url, transports=TRANSPORTS[transport]) as client:
        greeting = await client.next()

        assert greeting == Heard(
            "connected", {"message": "Connected to streaming server", "clientId": client.sid}
        )


async def test_an_answer_is_start_chunks_and_complete(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.4-S4.8: fullResponse includes the chunk; the last one is empty; complete once, last."""
    upstream.default = ("Hel", "", "lo ", "there")

    async with chatting(motia.url) as client:
        await client.ask()
        heard = await client.until("stream-complete")
        rest = await client.rest()

    assert heard == [
        STARTED,
        chunk("Hel", "Hel"),
        chunk("lo ", "Hello "),
        chunk("there", "Hello there"),
        chunk("", "Hello there", is_complete=True),
        completed("Hello there"),
    ]
    assert rest == []


async def test_the_start_comes_before_the_model_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.5, S4.6: at once, and chunks as they come."""
    gates = asyncio.Event(), asyncio.Event()
    upstream.default = (gates[0], "Hel", gates[1], "lo")

    async with chatting(motia.url) as client:
        await client.ask()
        first = await client.until("stream-start")
        gates[0].set()
        second = await client.until("stream-chunk")
        gates[1].set()
        third = await client.until("stream-chunk")

    assert first == [STARTED]
    assert second == [chunk("Hel", "Hel")]
    assert third == [chunk("lo", "Hello")]


async def test_the_whole_conversation_goes_to_the_model_and_nothing_is_kept(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.13, C25: the client sends `[...messages, newOne]` each time."""
    said = [("user", "Hello"), ("assistant", "Hi"), ("user", "And now?")]
    messages = [{"role": role, "content": content} for role, content in said]

    async with chatting(motia.url) as client:
        await client.socket.call("stream-chat", {"messages": messages})
        await client.socket.call("stream-chat", saying("Hello"))

    assert upstream.asked[0].messages == said
    assert upstream.asked[0].body["model"] == "gpt-4o-mini"
    assert upstream.asked[1].messages == [("user", "Hello")]


async def test_who_asks_for_an_acknowledgement_gets_the_whole_answer(motia: MotiaTester) -> None:
    """S4.4: after everything else."""
    async with chatting(motia.url) as client:
        answer = await client.socket.call("stream-chat", saying())
        heard = [client.socket.heard.get_nowait() for _ in range(client.socket.heard.qsize())]

    assert answer == {"success": True, "fullResponse": "Hello there!"}
    assert heard[-1] == completed("Hello there!")


@pytest.mark.parametrize(
    "text",
    [
        "line\nbreak\r\n",
        'quotes " and \\',
        "你好 🚀👩‍👩‍👧 \u2028 \x00",
        '42["stream-error",{}]',
        "\x1e",
    ],
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_no_text_can_break_an_event(
    motia: MotiaTester, upstream: OpenAIServer, text: str, transport: str
) -> None:
    """S4.6: whatever the model says, in both directions."""
    upstream.default = (text, "after")

    async with chatting(motia.url, transports=TRANSPORTS[transport]) as client:
        await client.ask(text)
        heard = await client.until("stream-complete")

    assert said_in(heard) == text + "after"
    assert upstream.asked[0].messages == [("user", text)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Failure(status=401), "AuthenticationError"),
        (Failure(status=429), "RateLimitError"),
        (Failure(status=500), "InternalServerError"),
    ],
    ids=str,
)
async def test_a_model_that_fails_is_a_stream_error(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply, kind: str
) -> None:
    """S4.9, S4.15: no complete after it, and the next question is answered."""
    upstream.default = reply

    async with chatting(motia.url) as client:
        await client.ask()
        heard = await client.until("stream-error")
        rest = await client.rest()
        upstream.default = ("Better",)
        await client.ask()
        after = await client.until("stream-complete")

    assert heard == [STARTED, failed(kind)]
    assert rest == []
    assert said_in(after) == "Better"


@pytest.mark.parametrize("oddity", [Oddity.CUT, Oddity.MALFORMED, Oddity.HALF_AN_EMOJI], ids=str)
async def test_what_was_said_before_a_failure_stays(
    motia: MotiaTester, upstream: OpenAIServer, oddity: Oddity
) -> None:
    """S4.9, S4.15: the chunks that came, then the error."""
    upstream.default = ("Hel", "lo", oddity, "!")

    async with chatting(motia.url) as client:
        answer = await client.socket.call("stream-chat", saying())
        heard = await client.until("stream-error")
        rest = await client.rest()

    assert said_in(heard) == "Hello"
    assert names(heard) == ["stream-start", "stream-chunk", "stream-chunk", "stream-error"]
    assert rest == []
    assert answer == {"success": False, "error": heard[-1].data["error"]}


async def test_of_one_client_one_answer_comes_after_the_other(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.17: events have no id, so they must not mix."""
    gate = asyncio.Event()
    upstream.replies = [("to ", gate, "one"), ("to ", "two")]

    async with chatting(motia.url) as client:
        await client.ask("one")
        await client.ask("two")
        await client.until("stream-chunk")
        asked = len(upstream.asked)
        gate.set()
        first = await client.until("stream-complete")
        second = await client.until("stream-complete")

    assert asked == 1
    assert first[-1] == completed("to one")
    assert names(second) == ["stream-start", *["stream-chunk"] * 3, "stream-complete"]
    assert second[-1] == completed("to two")


async def test_two_clients_hear_each_only_their_own(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.17, SX.2: at once."""
    gate = asyncio.Event()
    upstream.replies = [("to one", gate, "!"), ("to two", gate, "!")]

    async with chatting(motia.url) as one, chatting(motia.url) as two:
        await one.ask()
        first = await one.until("stream-chunk")
        await two.ask()
        second = await two.until("stream-chunk")
        gate.set()
        rest = await one.until("stream-complete"), await two.until("stream-complete")
        silence = await one.rest(), await two.rest()

    assert said_in(first + rest[0]) == "to one!"
    assert said_in(second + rest[1]) == "to two!"
    assert silence == ([], [])


async def test_other_requests_are_served_while_answers_stream(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """SX.2."""
    upstream.default = ("Hel", asyncio.Event())

    async with chatting(motia.url) as client:
        await client.ask()
        await client.until("stream-chunk")
        models = await motia.get("/offline/v1/models")

    assert models.status == 200


async def test_without_a_key_the_answer_is_an_error() -> None:
    """S4.15: with the offline model off; the server starts."""
    env = {**NO_MODEL, "OFFLINE_MODEL": "off"}

    async with MotiaTester(ROOT, env=env) as motia, chatting(motia.url) as client:
        await client.ask()
        heard = await client.until("stream-error")

    assert names(heard) == ["stream-start", "stream-error"]


async def test_without_a_word_about_models_the_offline_one_answers() -> None:
    """S4.4."""
    env = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "0"}

    async with MotiaTester(ROOT, env=env) as motia, chatting(motia.url) as client:
        answer = await client.socket.call("stream-chat", saying())

    assert "offline demo model" in answer["fullResponse"]


async def test_the_key_is_nowhere_to_be_seen(
    motia: MotiaTester, upstream: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    """SX.12: also when the model's server quotes it in an error."""
    caplog.set_level("INFO")
    upstream.default = Failure(status=401)

    async with chatting(motia.url) as client:
        await client.ask()
        heard = await client.until("stream-error")

    logs = repr([vars(record) for record in caplog.records])
    assert "AuthenticationError" in logs
    assert KEY not in repr(heard) + logs


async def test_all_five_systems_answer_at_one_address(open_tester: OpenTester) -> None:
    """SX.1: one process, one base URL, no key."""
    env = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "0"}

    async with open_tester(ROOT, env=env) as motia, chatting(motia.url) as client:
        english = await motia.post("/chat", json={"message": "Hello", "conversationId": "c0"})
        chinese = await motia.post("/chat", json={"message": "你好", "conversationId": "c1"})
        events = await motia.post("/chat/stream", json={"message": "Hello"})
        whole = await motia.post("/api/chat/stream", json={"message": "Hello"})
        room = await client.socket.call("stream-chat", saying())
        await motia.settle()
        streamed = [(await motia.stream("conversation", id))[-1] for id in ("c0", "c1")]

    assert [answer.status for answer in (english, chinese, events, whole)] == [200] * 4
    assert "offline demo model" in streamed[0]["message"]
    assert "离线演示模型" in streamed[1]["message"]
    assert "event: complete" in events.body
    assert "offline demo model" in whole.body["response"]
    assert "offline demo model" in room["fullResponse"]
