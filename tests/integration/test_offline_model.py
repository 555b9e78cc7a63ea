"""The offline demo model, asked by the real client, by hand, and by the chatbot without a key."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT

COMPLETIONS = "/offline/v1/chat/completions"
ENVIRONMENT = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "0"}


@pytest.fixture
async def motia() -> AsyncIterator[MotiaTester]:
    async with MotiaTester(ROOT, env=ENVIRONMENT) as tester:
        yield tester


@pytest.fixture
async def client(motia: MotiaTester) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="none", base_url=f"{motia.url}/offline/v1") as client:
        yield client


def asking(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


async def test_it_streams_what_it_would_answer_whole(client: openai.AsyncOpenAI) -> None:
    messages = asking("How are you?")

    whole = await client.chat.completions.create(model="offline-demo", messages=messages)
    chunks = [
        chunk
        async for chunk in await client.chat.completions.create(
            model="offline-demo", messages=messages, stream=True
        )
    ]

    tokens = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(tokens) == whole.choices[0].message.content
    assert len([token for token in tokens if token]) > 10
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert whole.usage is not None
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How are you?", ["offline demo model", "How are you?", "OPENAI_API_KEY"]),
        ("你好吗？", ["离线演示模型", "你好吗？", "OPENAI_API_KEY"]),
        ("{0} {name}", ["offline demo model", "{0} {name}"]),
        ("", ["offline demo model"]),
    ],
)
async def test_it_says_what_it_is_in_the_language_of_the_question(
    client: openai.AsyncOpenAI, question: str, words: list[str]
) -> None:
    answer = await client.chat.completions.create(model="any", messages=asking(question))

    text = answer.choices[0].message.content or ""
    assert [word for word in words if word not in text] == []


async def test_it_counts_the_messages_of_the_conversation(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="any",
        messages=[
            *asking("One?"),
            {"role": "assistant", "content": "First"},
            {"role": "user", "content": [{"type": "text", "text": "Two?"}]},
        ],
    )

    text = answer.choices[0].message.content or ""
    assert "number 2" in text
    assert "Two?" in text
    assert "One?" not in text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"", None),
        (b"[]", None),
        (b'{"model": "m"}', "messages"),
        (b'{"model": "m", "messages": []}', "messages"),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "model"),
        (b'{"model": "m", "messages": [{"content": "x"}]}', "messages.0.role"),
        (b'{"model": "m", "messages": [{"role": "user", "content": 7}]}', "messages.0.content"),
    ],
)
async def test_a_bad_request_is_told_as_openai_tells_it(
    motia: MotiaTester, body: bytes, param: str | None
) -> None:
    answer = await motia.post(COMPLETIONS, data=body, headers={"Content-Type": "application/json"})

    error: JSON = answer.body["error"]
    assert answer.status == 400
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    assert (error["param"] or "").startswith(param or "")
    assert set(error) == {"message", "type", "param", "code"}


async def test_the_real_client_understands_the_error(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await client.chat.completions.create(model="any", messages=[])

    assert raised.value.type == "invalid_request_error"


async def test_it_lists_itself(client: openai.AsyncOpenAI) -> None:
    models = [model.id async for model in client.models.list()]

    assert models == ["offline-demo"]


SEARCH: JSON = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
    },
}


async def test_it_calls_a_search_that_it_is_offered(client: openai.AsyncOpenAI) -> None:
    """The call streams in fragments, as it would be whole."""
    asked: JSON = {"model": "any", "messages": asking("What is a “step”?"), "tools": [SEARCH]}

    whole: JSON = await client.chat.completions.create(**asked)
    streamed: JSON = await client.chat.completions.create(**asked, stream=True)
    chunks = [chunk async for chunk in streamed]

    (call,) = whole.choices[0].message.tool_calls
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert call.function.name == deltas[0].function.name == "look_up"
    assert json.loads(call.function.arguments) == {"query": "What is a “step”?"}
    assert "".join(delta.function.arguments for delta in deltas) == call.function.arguments
    assert len(deltas) > 1
    assert whole.choices[0].finish_reason == "tool_calls"
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("question", "more"),
    [
        ("How are you?", {"tools": [SEARCH]}),
        ("What is a step?", {}),
        ("What is a step?", {"tools": [SEARCH], "tool_choice": "none"}),
        ("What is a step?", {"tools": [{"type": "function", "function": {"name": "x"}}]}),
    ],
    ids=["a question of another kind", "no tools", "tools not allowed", "a tool of another kind"],
)
async def test_it_calls_no_tool_where_none_fits(
    client: openai.AsyncOpenAI, question: str, more: JSON
) -> None:
    answer = await client.chat.completions.create(model="any", messages=asking(question), **more)

    assert answer.choices[0].message.tool_calls is None
    assert "offline demo model" in (answer.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("question", "words"),
    [("What is a step?", "offline demo model"), ("什么是 step？", "离线演示模型")],
)
async def test_it_repeats_what_a_tool_found(
    client: openai.AsyncOpenAI, question: str, words: str
) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    messages: JSON = [
        *asking(question),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "A step is a file. {braces}"},
    ]

    answer = await client.chat.completions.create(model="any", messages=messages, tools=[SEARCH])

    text = answer.choices[0].message.content or ""
    assert words in text
    assert "A step is a file. {braces}" in text


async def test_the_stream_is_one_frame_per_token_and_an_end(motia: MotiaTester) -> None:
    body = {"model": "m", "messages": asking("Hi"), "stream": True}

    answer = await motia.post(COMPLETIONS, json=body)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    frames = answer.body.removesuffix("\n\n").split("\n\n")
    assert all(frame.startswith("data: ") for frame in frames)
    assert frames[-1] == "data: [DONE]"


async def test_without_a_key_the_chatbot_talks_to_it(motia: MotiaTester) -> None:
    """S0.19 as changed by the design: a first run needs no key, no network and no proxy."""
    await motia.post("/chat", json={"message": "你好", "conversationId": "c1"})
    await motia.settle()

    question, answer = await motia.stream("conversation", "c1")
    assert question["message"] == "你好"
    assert answer["status"] == "completed"
    assert "离线演示模型" in answer["message"]


async def test_a_question_and_its_answer_are_one_trace(motia: MotiaTester) -> None:
    await motia.post("/chat", json={"message": "Hello"})
    await motia.settle()

    traces = [[span.step for span in trace] for trace in motia.traces.recent()]
    assert ["ChatApi", "AiResponse", "OfflineModel"] in traces


async def test_no_proxy_stands_between_the_chatbot_and_it() -> None:
    """The proxy that this environment names does not exist."""
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    async with MotiaTester(ROOT, env={**ENVIRONMENT, **proxy}) as motia:
        await motia.post("/chat", json={"message": "Hello", "conversationId": "c1"})
        await motia.settle()

        answer = (await motia.stream("conversation", "c1"))[-1]

    assert "offline demo model" in answer["message"]
