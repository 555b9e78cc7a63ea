"""The chatbot example: what POST /chat answers, and what the watchers of a conversation see."""

from __future__ import annotations

import asyncio
import io
import json
import re
from datetime import datetime
from uuid import UUID

import aiohttp
import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import items_of, said, say, watching
from tests.integration.conftest import OpenTester
from tests.openai_server import OpenAIServer


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


async def test_the_answer_is_the_documented_one_and_the_stored_item(motia: MotiaTester) -> None:
    """S0.1-S0.5, C1: the README's three fields, and the item as its code returns it."""
    answer = await motia.post("/chat", json={"message": "Hello", "conversationId": "c1"})

    body = answer.body
    assert answer.status == 200
    assert body["conversationId"] == "c1"
    assert body["message"] == "Message received, AI is responding..."
    assert body["status"] == "streaming"
    assert body["from"] == "assistant"
    assert body["id"] == body["assistantMessageId"] == str(UUID(body["id"]))
    assert body["__motia"] == {
        "type": "state-stream",
        "streamName": "conversation",
        "groupId": "c1",
        "id": body["id"],
    }
    assert datetime.fromisoformat(body["timestamp"])


@pytest.mark.parametrize("extra", [{}, {"conversationId": ""}, {"conversationId": None}])
async def test_without_an_id_a_conversation_begins(motia: MotiaTester, extra: JSON) -> None:
    """S0.3: a fresh uuid, also for an empty string."""
    first = await motia.post("/chat", json={"message": "Hello", **extra})
    second = await motia.post("/chat", json={"message": "Hello", **extra})

    assert first.status == second.status == 200
    assert UUID(first.body["conversationId"]) != UUID(second.body["conversationId"])


@pytest.mark.parametrize(
    ("language", "message"),
    [
        (None, "Message received, AI is responding..."),
        ("de", "Message received, AI is responding..."),
        ("en-US,en;q=0.9,zh;q=0.5", "Message received, AI is responding..."),
        ("zh", "消息已接收，AI正在响应..."),
        ("zh-CN,zh;q=0.9,en;q=0.8", "消息已接收，AI正在响应..."),
        ("ZH-tw", "消息已接收，AI正在响应..."),
    ],
)
async def test_the_message_is_in_the_readers_language(
    motia: MotiaTester, language: str | None, message: str
) -> None:
    """S1.2; S1.1: the statuses stay English."""
    headers = {} if language is None else {"Accept-Language": language}

    answer = await motia.post("/chat", json={"message": "你好"}, headers=headers)

    assert answer.body["message"] == message
    assert answer.body["status"] == "streaming"


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": ""}',
        b'{"message": null}',
        b'{"message": 7}',
        b'{"message": ["Hello"]}',
        b'{"conversationId": "c1"}',
        b'{"message": "Hello", "conversationId": 7}',
        b"{}",
        b"[]",
        b'"Hello"',
        b"null",
        b"{",
        b"",
        b'{"message": "\xff"}',
    ],
)
async def test_a_bad_body_is_refused_and_leaves_no_trace(
    motia: MotiaTester, upstream: OpenAIServer, body: bytes
) -> None:
    """S0.20, S0.21, C17, SX.9: 400 as JSON, nothing stored, no event; the next is served."""
    headers = {"Content-Type": "application/json"}

    answer = await motia.post("/chat", data=body, headers=headers)

    assert answer.status == 400
    assert isinstance(answer.body["error"], str)
    await motia.settle()
    assert motia.emitted("chat-message") == []
    assert upstream.asked == []
    assert await motia.stream("conversation", "c1") == []
    assert (await say(motia, "Hello"))["status"] == "streaming"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", None],
)
async def test_the_content_type_may_name_its_charset_or_be_missing(
    motia: MotiaTester, content_type: str | None
) -> None:
    """SX.9."""
    body = json.dumps({"message": "grüß dich", "conversationId": "c1"}, ensure_ascii=False).encode()
    options: JSON = (
        {"headers": {"Content-Type": content_type}}
        if content_type
        else {"skip_auto_headers": ["Content-Type"]}
    )

    answer = await motia.post("/chat", data=body, **options)

    assert answer.status == 200
    assert (await said(motia))[0] == ("user", "completed", "grüß dich")


async def test_a_body_beyond_the_limit_is_refused(motia: MotiaTester) -> None:
    """SX.9: 413."""
    body = io.BytesIO(b'{"message": "' + b"x" * 10 * 1024 * 1024 + b'"}')

    answer = await motia.post("/chat", data=body, headers={"Content-Type": "application/json"})

    assert answer.status == 413
    assert isinstance(answer.body["error"], str)


async def test_chat_is_only_served_for_post(motia: MotiaTester) -> None:
    """S0.22."""
    answer = await motia.get("/chat")

    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


async def test_errors_can_be_read_by_a_page_of_another_port(motia: MotiaTester) -> None:
    """SX.10, C26: the origin is echoed, also on an error."""
    origin = "http://localhost:5173"

    answer = await motia.post("/chat", json={}, headers={"Origin": origin})

    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_localhost_reaches_the_server(motia: MotiaTester) -> None:
    """SX.11."""
    url = motia.url.replace("127.0.0.1", "localhost") + "/chat"

    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"message": "Hello"}) as answer,
    ):
        status = answer.status

    assert status == 200


async def test_the_question_and_an_empty_answer_are_there_before_the_post_returns(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.6-S0.8, S0.12, S0.13: the answer to the POST waits for no token."""
    gate = asyncio.Event()
    upstream.default = (gate, "Hi")

    body = await say(motia, "Hello")
    question, answer = await motia.stream("conversation", "c1")

    assert {**question, "id": "", "timestamp": ""} == {
        "message": "Hello",
        "from": "user",
        "status": "completed",
        "timestamp": "",
        "id": "",
    }
    assert UUID(question["id"])
    assert answer["id"] == body["id"]
    assert (answer["from"], answer["message"]) == ("assistant", "")
    assert answer["status"] in ("created", "streaming")
    iso = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert iso.fullmatch(question["timestamp"])
    assert iso.fullmatch(answer["timestamp"])
    gate.set()
    await motia.settle()


async def test_an_answer_is_created_streams_and_is_completed(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.8-S0.11, SP.5, SP.6, SP.10: each state's text begins with the one before."""
    upstream.default = ("Hel", "lo ", "there")

    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("completed")

    assert watcher.answers() == [
        ("created", ""),
        ("streaming", ""),
        ("streaming", "Hel"),
        ("streaming", "Hello "),
        ("streaming", "Hello there"),
        ("completed", "Hello there"),
    ]
    kinds = [frame["event"]["type"] for frame in watcher.frames]
    assert kinds == ["sync", "create", "create", *["update"] * 5]
    stamps = [frame["timestamp"] for frame in watcher.frames]
    assert stamps == sorted(set(stamps))


async def test_tokens_are_shown_while_the_model_still_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.9: true streaming."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("streaming", "Hel")
        gate.set()
        await watcher.until_answer("completed", "Hello")


async def test_nothing_internal_goes_over_the_socket(motia: MotiaTester) -> None:
    """S0.35: `__motia` is for the handler only."""
    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("completed")

    keys = {key for frame in watcher.frames for item in items_of(frame["event"]) for key in item}
    assert keys == {"id", "message", "from", "status", "timestamp"}


async def test_a_watcher_of_the_item_alone_sees_its_end(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.38, SP.4: also when the tokens come as fast as they can."""
    gate = asyncio.Event()
    tokens = [f"{number} " for number in range(300)]
    upstream.default = (gate, *tokens)

    body = await say(motia, "Count")
    async with watching(motia, "c1", body["id"]) as watcher:
        gate.set()
        await watcher.until_answer("completed", "".join(tokens))

    stamps = [frame["timestamp"] for frame in watcher.frames]
    assert stamps == sorted(set(stamps))
    assert len(watcher.answers()) >= 300


async def test_two_watchers_see_the_same(motia: MotiaTester) -> None:
    """S0.23."""
    async with watching(motia, "c1") as first, watching(motia, "c1") as second:
        await say(motia, "Hello")
        await first.until_answer("completed")
        await second.until_answer("completed")

    assert first.frames[1:] == second.frames[1:]


async def test_a_late_watcher_gets_what_is_there(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.26, S0.27, SP.3, SP.11: in mid-stream, and again after its socket broke."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with watching(motia, "c1") as first:
        await say(motia, "Hello")
        await first.until_answer("streaming", "Hel")
    async with watching(motia, "c1") as late:
        gate.set()
        await late.until_answer("completed")
    async with watching(motia, "c1") as again:
        pass

    sync = late.frames[0]
    assert "id" not in sync
    assert [item["message"] for item in sync["event"]["data"]] == ["Hello", "Hel"]
    assert all(item["id"] for item in sync["event"]["data"])
    assert late.answers()[-1] == again.answers()[-1] == ("completed", "Hello")


async def test_an_unknown_conversation_is_empty(motia: MotiaTester) -> None:
    """S0.29."""
    async with watching(motia, "nobody") as watcher:
        pass

    assert watcher.frames[0]["event"] == {"type": "sync", "data": []}


async def test_the_answer_ends_when_every_watcher_has_left(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.28: the work belongs to the event, not to a connection."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with watching(motia, "c1") as watcher:
        await say(motia, "Hello")
        await watcher.until_answer("streaming", "Hel")
    gate.set()
    await motia.settle()

    assert (await said(motia))[-1] == ("assistant", "completed", "Hello")


async def test_a_second_question_adds_two_items(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S0.24."""
    upstream.replies = [("First",), ("Second",)]

    for question in ("One?", "Two?"):
        await say(motia, question)
        await motia.settle()

    assert await said(motia) == [
        ("user", "completed", "One?"),
        ("assistant", "completed", "First"),
        ("user", "completed", "Two?"),
        ("assistant", "completed", "Second"),
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("c1", "c10"), ("c", "c:x"), ("会话-1", "会话-10"), ("a/b", "a%2Fb")]
)
async def test_conversations_are_apart_while_both_stream(
    motia: MotiaTester, upstream: OpenAIServer, one: str, other: str
) -> None:
    """S0.25, S1.4: also if one id begins with the other, or has reserved characters."""
    gate = asyncio.Event()
    upstream.replies = [("to one", gate, "!"), ("to other", gate, "!")]

    async with watching(motia, one) as first, watching(motia, other) as second:
        await say(motia, "I am one", one)
        await first.until_answer("streaming", "to one")
        await say(motia, "I am other", other)
        await second.until_answer("streaming", "to other")
        gate.set()
        await first.until_answer("completed", "to one!")
        await second.until_answer("completed", "to other!")

    assert {frame["groupId"] for frame in first.frames} == {one}
    assert {frame["groupId"] for frame in second.frames} == {other}
    assert await said(motia, one) == [
        ("user", "completed", "I am one"),
        ("assistant", "completed", "to one!"),
    ]


async def test_a_question_is_taken_while_another_is_answered(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.36, SX.2: at once, in the same conversation and in another; other routes as well."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with watching(motia, "c1") as watcher:
        await say(motia, "One?")
        await watcher.until_answer("streaming", "Hel")
        same = await say(motia, "Two?")
        other = await say(motia, "Three?", "c2")
        models = await motia.get("/offline/v1/models")
    gate.set()
    await motia.settle()

    assert same["status"] == other["status"] == "streaming"
    assert models.status == 200
    assert [status for _, status, _ in await said(motia)] == ["completed"] * 4
