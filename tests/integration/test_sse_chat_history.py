"""The chat over server-sent events: what a conversation remembers, and what goes to the model."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from steps.sse_chat.conversation import KEPT_CHARACTERS
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.sse_chatting import chat, chatting, text_of

SYSTEM = ("system", "You are a helpful assistant specialized in software development.")


async def said(motia: MotiaTester, conversation: str = "c1") -> list[tuple[str, str]]:
    """Role and content of what the conversation keeps."""
    kept: Any = await motia.state("conversations", conversation)
    return [(message["role"], message["content"]) for message in kept["messages"]]


async def test_a_conversation_is_kept_in_the_documented_form(motia: MotiaTester) -> None:
    """S2.14: times are milliseconds."""
    await chat(motia)

    now = int(motia.clock.now() * 1000)
    assert await motia.state("conversations", "c1") == {
        "messages": [
            {"role": "user", "content": "Hello", "timestamp": now},
            {"role": "assistant", "content": "Hello there!", "timestamp": now},
        ],
        "createdAt": now,
        "lastMessageAt": now,
        "messageCount": 2,
    }


async def test_a_later_turn_changes_when_it_was_last_used(motia: MotiaTester) -> None:
    await chat(motia)
    before: Any = await motia.state("conversations", "c1")
    await motia.advance(30)

    frames = await chat(motia, "Again")

    after: Any = await motia.state("conversations", "c1")
    assert frames[-1].data["messageCount"] == after["messageCount"] == 4
    assert after["createdAt"] == before["createdAt"]
    assert after["lastMessageAt"] == before["lastMessageAt"] + 30_000


async def test_the_model_gets_the_documented_request(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.16, S2.37."""
    await chat(motia)

    body = upstream.asked[0].body
    assert body["model"] == "gpt-4"
    assert body["temperature"] == 0.7
    assert body["max_tokens"] == 2000
    assert body["stream"] is True
    assert body["tools"][0]["function"]["name"] == "search_documentation"


async def test_the_whole_history_goes_to_the_model_after_one_prompt(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.15, S2.36: in order, as role and content; the prompt is not stored with it."""
    upstream.replies = [("First",), ("Second",), ("Third",)]

    for question in ("One?", "Two?", "Three?"):
        await chat(motia, question)

    assert upstream.asked[-1].body["messages"] == [
        {"role": role, "content": content}
        for role, content in (
            SYSTEM,
            ("user", "One?"),
            ("assistant", "First"),
            ("user", "Two?"),
            ("assistant", "Second"),
            ("user", "Three?"),
        )
    ]
    assert [role for role, _ in await said(motia)] == ["user", "assistant"] * 3


async def test_conversations_of_one_session_are_apart(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.17, S2.18."""
    await chat(motia, "In one", conversation="c1")

    await chat(motia, "In other", conversation="c10")

    assert upstream.asked[-1].messages == [SYSTEM, ("user", "In other")]
    assert [content for _, content in await said(motia, "c10")] == ["In other", "Hello there!"]


@pytest.mark.parametrize(
    "reply", [Failure(status=401), ("Hel", Oddity.CUT), ("Hel", Oddity.MALFORMED)], ids=str
)
async def test_a_failed_turn_leaves_no_trace(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply
) -> None:
    """S2.19: neither in state nor in what goes to the model."""
    await chat(motia, "One?")
    before = await motia.state("conversations", "c1")
    upstream.replies = [reply]

    await chat(motia, "Two?")

    assert await motia.state("conversations", "c1") == before
    await chat(motia, "Three?")
    assert ("user", "Two?") not in upstream.asked[-1].messages


async def test_of_two_turns_at_once_both_are_kept(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.20, S2.40: each client gets its own chunks; afterwards no turn is lost or torn."""
    gates = asyncio.Event(), asyncio.Event()
    upstream.replies = [("to ", gates[0], "one"), ("to ", gates[1], "two")]

    async with chatting(motia, "One?") as one:
        first = await one.next()
        async with chatting(motia, "Two?") as two:
            second = await two.next()
            gates[1].set()
            of_two = [second, *await two.rest()]
        gates[0].set()
        of_one = [first, *await one.rest()]

    assert [text_of(of_one), text_of(of_two)] == ["to one", "to two"]
    assert [of_two[-1].data["messageCount"], of_one[-1].data["messageCount"]] == [2, 4]
    assert await said(motia) == [
        ("user", "Two?"),
        ("assistant", "to two"),
        ("user", "One?"),
        ("assistant", "to one"),
    ]


async def test_many_turns_at_once_are_all_kept(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.20."""
    upstream.default = tuple("answer")

    frames = await asyncio.gather(
        *(chat(motia, f"Question {number}", session=f"s{number}") for number in range(12))
    )

    assert {text_of(got) for got in frames} == {"answer"}
    assert sorted(got[-1].data["messageCount"] for got in frames) == list(range(2, 26, 2))
    messages = await said(motia)
    assert [role for role, _ in messages] == ["user", "assistant"] * 12
    assert len({content for role, content in messages if role == "user"}) == 12


async def test_a_conversation_that_grows_forgets_its_oldest_turns(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """Whole turns, so that it stays well-formed; without end it could not be stored any more."""
    upstream.default = ("y" * 20_000,)
    turns = KEPT_CHARACTERS // 40_000 + 4

    counts = [
        (await chat(motia, f"{number} ".ljust(20_000, "x"), session=f"s{number}"))[-1].data[
            "messageCount"
        ]
        for number in range(turns)
    ]

    messages = await said(motia)
    assert counts[-1] == counts[-2] == len(messages) < turns * 2
    assert [role for role, _ in messages] == ["user", "assistant"] * (len(messages) // 2)
    assert messages[-2][1].startswith(f"{turns - 1} ")
    sent = sum(len(content) for _, content in upstream.asked[-1].messages)
    assert sent < KEPT_CHARACTERS + 2 * 40_000


async def test_odd_entries_of_others_do_not_stop_a_conversation(motia: MotiaTester) -> None:
    """As one that was set by hand, without messages or with one alone."""
    await motia.app.operations.state_set("conversations", "c1", {"createdAt": 1})

    frames = await chat(motia)

    assert frames[-1].event == "complete"
