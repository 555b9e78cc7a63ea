"""The chatbot example: what goes to the model, and what is said when it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest

from motia_py.testing import MotiaTester
from tests.chatting import APOLOGY, KEY, NO_MODEL, ROOT, copy_chatbot, said, say, watching
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, Oddity, OpenAIServer, Part, Reply, serve_openai

SYSTEM = ("system", "You are a helpful AI assistant. Keep responses concise and friendly.")


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


async def test_the_question_is_an_event(motia: MotiaTester) -> None:
    """S0.14."""
    body = await say(motia, "Hello")

    assert motia.emitted("chat-message") == [
        {"message": "Hello", "conversationId": "c1", "assistantMessageId": body["id"]}
    ]
    await motia.settle()


async def test_the_model_gets_the_documented_request(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.15, S0.16."""
    await say(motia, "Hello")
    await motia.settle()

    (asked,) = upstream.asked
    assert asked.authorization == f"Bearer {KEY}"
    assert asked.body["model"] == "gpt-4o-mini"
    assert asked.body["stream"] is True
    assert asked.messages == [SYSTEM, ("user", "Hello")]


async def test_earlier_messages_go_to_the_model_without_the_apologies(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.37 as changed by C20: in order, each once."""
    upstream.replies = [("First",), Failure(status=401), ("Third",)]

    for question in ("One?", "Two?", "Three?"):
        await say(motia, question)
        await motia.settle()

    assert upstream.asked[-1].messages == [
        SYSTEM,
        ("user", "One?"),
        ("assistant", "First"),
        ("user", "Two?"),
        ("user", "Three?"),
    ]


async def test_what_was_said_long_ago_does_not_go_to_the_model(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """Twenty earlier messages go up with the question: ten rounds of question and answer."""
    upstream.replies = [(f"Answer {number}",) for number in range(12)]

    for number in range(12):
        await say(motia, f"Question {number}")
        await motia.settle()

    messages = upstream.asked[-1].messages
    assert messages[0] == SYSTEM
    assert messages[1:3] == [("user", "Question 1"), ("assistant", "Answer 1")]
    assert messages[-1] == ("user", "Question 11")
    assert len(messages) == 1 + 20 + 1


async def test_a_conversations_questions_are_answered_one_by_one(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """C20: so the history never holds half an answer."""
    gate = asyncio.Event()
    upstream.replies = [("Fir", gate, "st"), ("Second",)]

    async with watching(motia, "c1") as watcher:
        await say(motia, "One?")
        await watcher.until_answer("streaming", "Fir")
        await say(motia, "Two?")
        asked_meanwhile = len(upstream.asked)
        gate.set()
        await watcher.until_answer("completed", "Second")

    assert asked_meanwhile == 1
    assert upstream.asked[-1].messages[-1] == ("user", "Two?")
    assert ("assistant", "First") in upstream.asked[-1].messages


async def test_an_event_without_a_stored_question_is_answered(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.14: as when the event is emitted by hand."""
    await motia.emit(
        "chat-message", {"message": "Hello", "conversationId": "c1", "assistantMessageId": "a1"}
    )
    await motia.settle()

    assert upstream.asked[0].messages == [SYSTEM, ("user", "Hello")]
    assert await said(motia) == [("assistant", "completed", "Hello there!")]


async def test_an_event_that_comes_twice_is_answered_once(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.11: a completed answer never goes back."""
    await say(motia, "Hello")
    await motia.settle()

    await motia.emit("chat-message", motia.emitted("chat-message")[0])
    await motia.settle()

    assert len(upstream.asked) == 1
    assert len(await said(motia)) == 2


async def test_an_event_that_does_not_fit_goes_to_the_dead_letters(motia: MotiaTester) -> None:
    """S0.34 as changed by the design: the step is not run with it."""
    await motia.emit("chat-message", {"message": "Hello"})
    await motia.settle()

    (dead,) = await motia.dead_letters()
    assert "conversationId" in dead.error


@pytest.mark.parametrize(
    "text",
    [
        "你好，世界！",
        "Grüße 🚀👩‍👩‍👧",
        'quotes " and \\ backslash',
        "line\nbreak\ttab",
        "\u2028<b>&amp;",
    ],
)
async def test_text_survives_every_hop(
    motia: MotiaTester, upstream: OpenAIServer, text: str
) -> None:
    """S1.3: body, stored item, socket, upstream, tokens, completed text."""
    upstream.default = tuple(text)

    async with watching(motia, "c1") as watcher:
        await say(motia, text)
        await watcher.until_answer("completed", text)

    assert upstream.asked[0].messages[-1] == ("user", text)
    assert await said(motia) == [
        ("user", "completed", text),
        ("assistant", "completed", text),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        Failure(status=401),
        Failure(status=404),
        Failure(status=429),
        Failure(status=500),
        Failure(status=503),
        (Oddity.CUT,),
        ("Hel", Oddity.CUT),
        ("Hel", Oddity.MALFORMED, "lo"),
    ],
    ids=str,
)
async def test_a_failed_answer_ends_with_the_apology(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply
) -> None:
    """S0.17, S0.18, C28: the apology replaces the partial text; the next question is answered."""
    upstream.default = reply

    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("completed", APOLOGY)
    upstream.default = ("Better",)
    await say(motia, "Again?")
    await motia.settle()

    assert [status for status, _ in watcher.answers()][:2] == ["created", "streaming"]
    assert (await said(motia))[-1] == ("assistant", "completed", "Better")
    assert await motia.dead_letters() == []


@pytest.mark.parametrize("longest", [4, 8], ids=["the second token", "the third"])
async def test_an_item_that_cannot_be_stored_is_not_told_as_a_failure_of_the_model(
    upstream: OpenAIServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, longest: int
) -> None:
    """The event fails with the true error, and is tried again like any other."""
    copy_chatbot(tmp_path)
    stream = tmp_path / "steps/chatbot/conversation_stream.py"
    narrower = f"message: str = Field(max_length={longest})"
    stream.write_text(stream.read_text().replace("message: str", narrower))
    upstream.default = ("Hel", "lo ", "there")
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}

    async with MotiaTester(tmp_path, env=env) as motia:
        await say(motia, "Hi")
        await motia.advance(600)
        (dead,) = await motia.dead_letters()

    assert "at most" in dead.error
    assert len(upstream.asked) == dead.delivery.attempt > 1
    assert "the model failed" not in caplog.text


@pytest.mark.parametrize("parts", [(Oddity.NO_CHOICES,), (Oddity.NO_CONTENT,)], ids=str)
async def test_chunks_without_content_are_skipped(
    motia: MotiaTester, upstream: OpenAIServer, parts: tuple[Part, ...]
) -> None:
    """As some servers send before the first token, or between two of them."""
    upstream.default = (*parts, "Hel", *parts, "lo", *parts)

    await say(motia, "Hello")
    await motia.settle()

    assert (await said(motia))[-1] == ("assistant", "completed", "Hello")


@pytest.mark.parametrize("status", [429, 500])
async def test_a_passing_failure_is_not_seen(
    motia: MotiaTester, upstream: OpenAIServer, status: int
) -> None:
    """SX.13: the client tries again twice by itself; the answer waits as `streaming`."""
    upstream.replies = [Failure(status=status), Failure(status=status), ("At last",)]

    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("completed")

    assert [status for status, _ in watcher.answers()] == [
        "created",
        "streaming",
        "streaming",
        "completed",
    ]
    assert watcher.answers()[-1] == ("completed", "At last")


async def test_a_model_that_cannot_be_reached_ends_with_the_apology() -> None:
    """S0.17: nobody listens at the address."""
    async with serve_openai() as gone:
        pass
    env = {**NO_MODEL, "OPENAI_BASE_URL": gone.url}
    async with MotiaTester(ROOT, env=env) as motia:
        await say(motia, "Hello")
        await motia.settle()

        assert (await said(motia))[-1] == ("assistant", "completed", APOLOGY)


async def test_without_a_key_the_chat_answers_its_apology() -> None:
    """S0.19: with the offline model off; the server starts, and the answer is never left open."""
    async with MotiaTester(ROOT, env={**NO_MODEL, "OFFLINE_MODEL": "off"}) as motia:
        await say(motia, "Hello")
        await motia.settle()

        assert (await said(motia))[-1] == ("assistant", "completed", APOLOGY)
        assert await motia.dead_letters() == []


async def test_a_base_url_alone_is_enough(upstream: OpenAIServer) -> None:
    """S0.16: a local server needs no key; the client sends `none`."""
    async with MotiaTester(ROOT, env={**NO_MODEL, "OPENAI_BASE_URL": upstream.url}) as motia:
        await say(motia, "Hello")
        await motia.settle()

    assert upstream.asked[0].authorization == "Bearer none"


async def test_one_client_serves_every_answer(
    motia: MotiaTester, upstream: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making one reads the system's certificates; a new key or address still means a new one."""
    made = []

    class Counted(openai.AsyncOpenAI):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            made.append(options["api_key"])

    monkeypatch.setattr(openai, "AsyncOpenAI", Counted)

    for key in (KEY, KEY, "another"):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        await say(motia, "Hello")
        await motia.settle()

    assert made == [KEY, "another"]
    sent = [asked.authorization for asked in upstream.asked]
    assert sent == [f"Bearer {KEY}", f"Bearer {KEY}", "Bearer another"]


async def test_no_connection_to_the_model_outlives_its_answer(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """So the client may be forgotten at a reload: nothing of it stays open."""
    await say(motia, "Hello")
    await motia.settle()

    assert upstream.asked[0].headers["Connection"] == "close"


async def test_the_model_is_told_the_trace(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """A server that traces adds its part to the chat's."""
    await say(motia, "Hello")
    await motia.settle()

    spans = [span for trace in motia.traces.recent() for span in trace]
    (answering,) = [span for span in spans if span.step == "AiResponse"]
    assert upstream.asked[0].headers["traceparent"] == answering.traceparent


async def test_the_model_can_be_chosen(upstream: OpenAIServer) -> None:
    """C21."""
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url, "OPENAI_MODEL": "llama3"}
    async with MotiaTester(ROOT, env=env) as motia:
        await say(motia, "Hello")
        await motia.settle()

    assert upstream.asked[0].body["model"] == "llama3"


async def test_the_key_is_nowhere_to_be_seen(
    motia: MotiaTester, upstream: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    """SX.12: also when the model's server quotes it in an error."""
    caplog.set_level("INFO")
    upstream.default = Failure(status=401)

    body = await say(motia, "Hello")
    await motia.settle()

    items = await motia.stream("conversation", "c1")
    logs = repr([vars(record) for record in caplog.records])
    spans = [span for trace in motia.traces.recent(100) for span in trace]
    marks = repr([(mark.name, mark.detail) for span in spans for mark in span.marks or ()])
    assert "AuthenticationError" in logs
    assert "AuthenticationError" in marks
    for place in (repr(body), repr(items), logs, marks, repr([span.error for span in spans])):
        assert KEY not in place
