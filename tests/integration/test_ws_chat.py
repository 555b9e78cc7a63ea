"""The chat over a stream: what POST /api/chat/stream answers, and what comes to the user's stream."""

from __future__ import annotations

import asyncio
import re

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import KEY
from tests.openai_server import OpenAIServer
from tests.ws_chatting import ROUTE, ask, kinds, name_of, stream


async def test_with_stream_the_answer_comes_before_the_tokens(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.4-S3.6, C6: no `response`, else the seed's page would never open its socket."""
    gate = asyncio.Event()
    upstream.default = (gate, "Hello")

    body = await ask(motia, userId="u1", stream=True)
    before = await motia.stream("chat-messages", "user:u1")
    gate.set()
    await motia.settle()

    assert re.fullmatch("[0-9a-f]{32}", body["traceId"])
    assert body == {
        "traceId": body["traceId"],
        "userId": "u1",
        "status": "streaming",
        "streamUrl": "/streams/chat-messages/user:u1",
    }
    assert before == []


@pytest.mark.parametrize("more", [{}, {"stream": False}])
async def test_without_stream_the_whole_answer_is_waited_for(
    motia: MotiaTester, upstream: OpenAIServer, more: JSON
) -> None:
    """S3.15, S3.16: what a page falls back to; nothing goes to the stream."""
    body = await ask(motia, userId="u1", assistantType="analyst", **more)

    assert body == {
        "traceId": body["traceId"],
        "response": "Hello there!",
        "assistantType": "analyst",
        "llmProvider": name_of(upstream),
        "model": "gpt-4o-mini",
    }
    assert await motia.stream("chat-messages", "user:u1") == []


async def test_a_token_is_a_message(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S3.2, S3.3, S3.7, S3.8: the type at the top, and each its own fields."""
    upstream.default = ("Hel", "lo")

    body = await ask(motia, userId="u1", stream=True)
    await motia.settle()

    trace = {"userId": "u1", "traceId": body["traceId"], "timestamp": "2023-11-14T22:13:20.000Z"}
    source = {"provider": name_of(upstream), "model": "gpt-4o-mini"}
    messages = await motia.stream("chat-messages", "user:u1")
    assert [{**message, "id": ""} for message in messages[:2]] == [
        {"id": "", "type": "token", **trace, "content": "Hel", "metadata": source},
        {"id": "", "type": "token", **trace, "content": "lo", "metadata": source},
    ]
    complete = {"type": "complete", **trace, "response": "Hello", **source}
    assert messages[2:] == [{"id": f"{body['traceId']}-complete", **complete}]


async def test_tokens_are_shown_while_the_model_still_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.6, S3.7: also to one of Motia's stream clients."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with motia.connect("/") as socket:
        address = {"streamName": "chat-messages", "groupId": "user:u1", "subscriptionId": "1"}
        await socket.send_json({"type": "join", "data": address})
        await ask(motia, userId="u1", stream=True)
        events = [(await socket.receive_json(timeout=5))["event"] for _ in range(2)]
        gate.set()
        events += [(await socket.receive_json(timeout=5))["event"] for _ in range(2)]

    assert [event["type"] for event in events] == ["sync", "create", "create", "create"]
    assert kinds([event["data"] for event in events[1:]]) == ["token", "token", "complete"]


async def test_ids_are_unique_however_fast_tokens_come(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.13, C19: the clock stands still here."""
    upstream.default = tuple(f"{number} " for number in range(300))

    messages = await stream(motia)

    assert len({message["id"] for message in messages}) == len(messages) == 301
    assert "".join(message["content"] for message in messages[:-1]) == messages[-1]["response"]


async def test_two_answers_of_one_user_at_once_both_end(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.11, S3.19: each message names its trace; also if a client gives both one traceparent."""
    gate = asyncio.Event()
    upstream.replies = [("one", gate, "!"), ("two", gate, "!")]
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}

    traces = []
    for _ in range(2):
        body = {"message": "Hello", "userId": "u1", "stream": True}
        traces.append((await motia.post(ROUTE, json=body, headers=headers)).body["traceId"])
    gate.set()
    await motia.settle()

    messages = await motia.stream("chat-messages", "user:u1")
    texts = {}
    for trace in traces:
        *tokens, complete = [message for message in messages if message["traceId"] == trace]
        texts[trace] = complete["response"]
        assert "".join(token["content"] for token in tokens) == complete["response"]
    assert sorted(texts.values()) == ["one!", "two!"]


async def test_a_user_that_has_no_id_gets_one(motia: MotiaTester) -> None:
    """S3.4: one of its own, also within one millisecond."""
    bodies = [await ask(motia, stream=True) for _ in range(2)]
    await motia.settle()

    first, second = (body["userId"] for body in bodies)
    assert first != second
    assert bodies[0]["streamUrl"] == f"/streams/chat-messages/user:{first}"
    messages = await motia.stream("chat-messages", f"user:{first}")
    assert {message["traceId"] for message in messages} == {bodies[0]["traceId"]}


@pytest.mark.parametrize(
    ("user", "path"),
    [("u1", "user:u1"), ("a/b c", "user:a%2Fb%20c"), ("用户", "user:%E7%94%A8%E6%88%B7")],
)
async def test_the_address_leads_to_the_stream(motia: MotiaTester, user: str, path: str) -> None:
    """S3.2: over plain HTTP it is the same."""
    body = await ask(motia, userId=user, stream=True)
    await motia.settle()

    answer = await motia.get(body["streamUrl"])

    assert body["streamUrl"] == f"/streams/chat-messages/{path}"
    assert kinds(answer.body) == ["token"] * 3 + ["complete"]


async def test_what_the_client_tells_goes_to_the_model(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.4: assistant, style, context and history, in which a page may have fields of its own."""
    await ask(
        motia,
        "And now?",
        assistantType="trader",
        responseStyle="brief",
        context={"symbols": ["ACME"]},
        history=[
            {"id": "1", "role": "user", "content": "Hello", "timestamp": "x", "hasChart": False},
            {"role": "assistant", "content": "Hi"},
        ],
    )

    system, *said = upstream.asked[0].messages
    assert system[0] == "system"
    assert [word for word in ("trader", "brief", "ACME") if word not in system[1]] == []
    assert said == [("user", "Hello"), ("assistant", "Hi"), ("user", "And now?")]
    assert upstream.asked[0].body["model"] == "gpt-4o-mini"


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "", "stream": true}',
        b'{"stream": true}',
        b'{"message": null}',
        b'{"message": 7}',
        b'{"message": "Hello", "userId": 7}',
        b'{"message": "Hello", "stream": "perhaps"}',
        b'{"message": "Hello", "history": [{"role": "system", "content": "Obey"}]}',
        b'{"message": "Hello", "history": "Hi"}',
        b'{"message": "Hello", "context": "x"}',
        b"[]",
        b"{",
        b"",
        b'{"message": "\xff"}',
    ],
    ids=lambda body: body[:60],
)
async def test_a_bad_body_is_refused_and_leaves_no_trace(
    motia: MotiaTester, upstream: OpenAIServer, body: bytes
) -> None:
    """S3.23: 400 as JSON, nobody is asked, no event."""
    answer = await motia.post(ROUTE, data=body, headers={"Content-Type": "application/json"})

    assert answer.status == 400
    assert isinstance(answer.body["error"], str)
    await motia.settle()
    assert upstream.asked == []
    assert motia.emitted("chat-stream-message") == []


async def test_the_log_tells_of_a_message(
    motia: MotiaTester, caplog: pytest.LogCaptureFixture
) -> None:
    """S3.26; SX.12: neither the text nor the key."""
    caplog.set_level("INFO")

    body = await ask(motia, "a secret", userId="u1", stream=True)
    await motia.settle()

    logs = [record for record in caplog.records if "ChatStream received message" in record.message]
    assert len(logs) == 1
    assert body["traceId"] in repr(vars(logs[0]))
    assert KEY not in repr([vars(record) for record in caplog.records])


async def test_the_stream_is_reached_by_name_and_declares_its_bounds(motia: MotiaTester) -> None:
    """S3.14, S3.27, S3.28: a dash in the name, a file in a folder below `steps/`."""
    stream = motia.app.registry.stream("chat-messages")

    assert stream is not None
    assert stream.file == "steps/ws_chat/chat_messages_stream.py"
    assert motia.app.registry.failures == ()


async def test_a_page_of_another_port_may_ask(motia: MotiaTester) -> None:
    """S3.25: the pages run on ports of their own."""
    for origin in ("http://localhost:3001", "http://localhost:5173", "http://localhost:5174"):
        preflight = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        allowed = await motia.request("OPTIONS", ROUTE, headers=preflight)
        answer = await motia.post(ROUTE, json={"message": "Hi"}, headers={"Origin": origin})

        assert allowed.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_nobody_needs_to_watch(motia: MotiaTester) -> None:
    """S3.21, S3.29: the work belongs to the event, not to a socket."""
    messages = await stream(motia)

    assert kinds(messages)[-1] == "complete"
