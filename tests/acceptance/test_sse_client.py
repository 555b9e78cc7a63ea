"""Seed 002's own client in Node, and its page's curl, on the port that its page has."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT
from tests.needs import missing, need_port
from tests.openai_server import Call, Failure, Oddity, OpenAIServer
from tests.sse_chatting import Frame, frames_of

PORT = 3111
CLIENT = Path(__file__).parent / "sse_client" / "chat_client.mjs"


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    return found


@pytest.fixture
async def motia(upstream: OpenAIServer) -> AsyncIterator[MotiaTester]:
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}
    async with MotiaTester(ROOT, env=env, ports=(need_port(PORT),)) as tester:
        yield tester


async def output_of(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def told(session: str, conversation: str, *messages: str) -> list[list[Any]]:
    """What the client's callbacks were told, each with its kind."""
    lines = await output_of(_tool("node"), str(CLIENT), session, conversation, *messages)
    return [json.loads(line) for line in lines.splitlines()]


async def test_the_client_hears_an_answer(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.39: chunk by chunk, complete once, then the reader is done; S2.5, S2.9."""
    upstream.default = ("Motia ", "is ", "你好 🚀")

    heard = await told("session-123", "c1", "What is Motia?")

    assert heard == [
        ["conversation", "c1"],
        ["chunk", "Motia "],
        ["chunk", "is "],
        ["chunk", "你好 🚀"],
        ["complete", None],
        ["closed", None],
    ]


async def test_the_client_survives_every_text(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.10, S2.11: frames within a text, and `data: `, where it cuts."""
    texts = [
        "data: x",
        "\n\nevent: error\ndata: {}\n\n",
        'event: chunk\ndata: {"content": 1}',
        "\r\n",
    ]
    upstream.default = tuple(texts)

    heard = await told("session-123", "c1", "Hello")

    assert [value for kind, value in heard if kind == "chunk"] == texts
    assert [kind for kind, _ in heard][-2:] == ["complete", "closed"]


async def test_the_client_goes_on_after_an_error(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.6, S2.26, S2.40: with an id of its own, and the same conversation again."""
    upstream.replies = [Failure(status=401), ("Hel", Oddity.CUT), ("Better",)]

    heard = await told("session-123", "", "One?", "Two?", "Three?")

    failed = ["error", "Failed to generate response"]
    closed = ["closed", None]
    assert heard[1:] == [
        *[failed, closed],
        *[["chunk", "Hel"], failed, closed],
        *[["chunk", "Better"], ["complete", None], closed],
    ]
    kept: Any = await motia.state("conversations", heard[0][1])
    assert [message["content"] for message in kept["messages"]] == ["Three?", "Better"]


async def test_the_client_hears_what_a_tool_led_to(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.37."""
    call = Call(name="search_documentation", arguments=['{"query": ', '"state"}'])
    upstream.replies = [(call,), ("Found.",)]

    heard = await told("session-123", "c1", "Where is state?")

    assert heard[1:] == [["chunk", "Found."], ["complete", None], ["closed", None]]


async def test_the_pages_curl_works(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.41."""
    output = await output_of(
        *[_tool("curl"), "--silent", "-X", "POST", "http://localhost:3111/chat/stream"],
        *["-H", "Content-Type: application/json", "-d"],
        """{
    "message": "What is Motia and how does it work?",
    "sessionId": "test-session",
    "conversationId": "test-conversation"
  }""",
    )

    here = {"conversationId": "test-conversation"}
    assert frames_of(output) == [
        *(
            Frame("chunk", {"content": content, "index": index, **here})
            for index, content in enumerate(("Hello", " there", "!"), 1)
        ),
        Frame("complete", {**here, "messageCount": 2, "responseLength": 12}),
    ]
    assert upstream.asked[0].messages[-1] == ("user", "What is Motia and how does it work?")
