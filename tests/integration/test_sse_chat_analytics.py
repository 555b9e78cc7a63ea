"""The chat over server-sent events: what is counted in the background, and what is forgotten."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, OpenAIServer
from tests.sse_chatting import chat

TOPIC = "chat.message.completed"


def completed(**parts: JSON) -> JSON:
    """An event as the seed's page has it."""
    return {
        "conversationId": "c1",
        "sessionId": "s1",
        "messageLength": 5,
        "responseLength": 10,
        "chunkCount": 3,
        "timestamp": 1_700_000_000_000,
        **parts,
    }


async def stats(motia: MotiaTester, session: str = "s1") -> dict[str, Any]:
    """The session's figures without the mark of the event that was counted last."""
    found: Any = await motia.state("session-stats", session)
    return {name: value for name, value in found.items() if name != "lastCounted"}


async def test_a_completed_answer_is_an_event(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.28."""
    upstream.default = ("Hel", "lo ", "there")

    await chat(motia, "Hello?")
    await motia.settle()

    (event,) = motia.emitted(TOPIC)
    assert event.pop("responseTime") >= 0
    assert event == {
        "conversationId": "c1",
        "sessionId": "s1",
        "messageLength": 6,
        "responseLength": 11,
        "chunkCount": 3,
        "timestamp": int(motia.clock.now() * 1000),
    }


async def test_a_failed_answer_is_none(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.28: not after an error."""
    upstream.default = Failure(status=401)

    await chat(motia)
    await motia.settle()

    assert motia.emitted(TOPIC) == []
    assert await motia.state("session-stats", "s1") is None


async def test_a_session_is_counted(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S2.30, S2.31: messages, tokens at four characters each, conversations."""
    upstream.replies = [("x" * 9,), ("x" * 8,)]

    await chat(motia, conversation="c1")
    await chat(motia, conversation="c2")
    await motia.settle()

    now = int(motia.clock.now() * 1000)
    figures = await stats(motia)
    assert figures["totalMessages"] == 2
    assert figures["totalTokens"] == 3 + 2
    assert figures["conversations"] == {"c1": now, "c2": now}
    assert figures["averageResponseTime"] >= 0


async def test_response_times_are_averaged(motia: MotiaTester) -> None:
    """S2.28: an event without one, as the seed's page has it, counts and changes no average."""
    for more in ({"responseTime": 100}, {"responseTime": 200}, {}, {"responseTime": 600}):
        await motia.emit(TOPIC, completed(**more))
        await motia.settle()

    figures = await stats(motia)
    assert figures["averageResponseTime"] == pytest.approx(300)
    assert figures["totalMessages"] == 4


async def test_the_documents_own_event_is_counted(motia: MotiaTester) -> None:
    """S2.29, S2.30: with its six fields; the entry is made if there is none."""
    await motia.emit(TOPIC, completed())
    await motia.settle()

    assert await stats(motia) == {
        "totalMessages": 1,
        "totalTokens": 3,
        "averageResponseTime": 0,
        "timedMessages": 0,
        "conversations": {"c1": 1_700_000_000_000},
    }


@pytest.mark.parametrize("id", ["a.b.c", "会话-1", "__proto__", "constructor", "x" * 200])
async def test_any_conversation_id_is_counted(motia: MotiaTester, id: str) -> None:
    """S2.30, C13: an id is no path."""
    await chat(motia, conversation=id)
    await motia.settle()

    assert list((await stats(motia))["conversations"]) == [id]
    assert await motia.dead_letters() == []


@pytest.mark.parametrize(
    "field",
    ["conversationId", "sessionId", "messageLength", "responseLength", "chunkCount", "timestamp"],
)
async def test_an_event_that_does_not_fit_goes_to_the_dead_letters(
    motia: MotiaTester, field: str
) -> None:
    """S2.29: each field has a type."""
    await motia.emit(TOPIC, completed(**{field: ["no"]}))
    await motia.settle()

    (dead,) = await motia.dead_letters()
    assert field in dead.error
    assert await motia.state("session-stats", "s1") is None


async def test_many_answers_of_a_session_at_once_are_all_counted(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.31: the figures are added up in one atomic step, and the average with them."""
    upstream.default = ("x" * 4,)

    await asyncio.gather(*(chat(motia, conversation=f"c{number}") for number in range(10)))
    await motia.settle()

    figures = await stats(motia)
    times = [event["responseTime"] for event in motia.emitted(TOPIC)]
    assert figures["totalMessages"] == figures["totalTokens"] == figures["timedMessages"] == 10
    assert len(figures["conversations"]) == 10
    assert figures["averageResponseTime"] == pytest.approx(sum(times) / 10)


def project_with(root: Path, code: str) -> Path:
    """The example's steps, with more code at the end of the step that counts."""
    for folder in ("steps/sse_chat", "steps/models"):
        shutil.copytree(ROOT / folder, root / folder)
    with (root / "steps/sse_chat/analytics_step.py").open("a") as step:
        step.write(code)
    return root


async def test_an_event_that_comes_twice_is_counted_once(
    tmp_path: Path, open_tester: OpenTester
) -> None:
    """S2.32: as when the server dies after it was counted, and before it was ticked off."""
    dies = """
count = handler

async def handler(done: CompletedMessage, context: Context) -> None:
    await count(done, context)
    if context.attempt < 3:
        raise RuntimeError("the server dies")
"""
    async with open_tester(project_with(tmp_path, dies), env=NO_MODEL) as motia:
        await motia.emit(TOPIC, completed(responseTime=100))
        await motia.advance(600)
        await motia.emit(TOPIC, completed(responseTime=200))
        await motia.advance(600)

        figures = await stats(motia)
        assert figures["totalMessages"] == 2
        assert figures["averageResponseTime"] == pytest.approx(150)
        assert await motia.dead_letters() == []


async def test_the_client_need_not_wait_for_the_count(
    tmp_path: Path, upstream: OpenAIServer, open_tester: OpenTester
) -> None:
    """S2.32: `complete` is there, and the answer has ended, while it is not done."""
    never_ends = """
import asyncio

async def handler(done: CompletedMessage, context: Context) -> None:
    await asyncio.Event().wait()
"""
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}
    async with open_tester(project_with(tmp_path, never_ends), env=env) as motia:
        frames = await chat(motia)

    assert frames[-1].event == "complete"


async def put(motia: MotiaTester, group: str, key: str, value: JSON) -> None:
    await motia.app.operations.state_set(group, key, value)


async def kept(motia: MotiaTester, group: str = "conversations") -> list[str]:
    listed = motia.app.operations.state_list(group)
    return [str(entry["key"]) async for entry in listed]


async def test_conversations_that_were_silent_for_a_day_are_forgotten(motia: MotiaTester) -> None:
    """S2.33, S2.34: every six hours."""
    await chat(motia, conversation="old")
    await motia.advance(10 * 3600)
    await chat(motia, conversation="young")

    await motia.advance(13 * 3600)
    before = await kept(motia)
    await motia.advance(7 * 3600)

    assert before == ["old", "young"]
    assert await kept(motia) == ["young"]


async def test_a_conversation_that_goes_on_is_kept(motia: MotiaTester) -> None:
    """S2.34: it is the last message that counts."""
    await chat(motia)
    await motia.advance(20 * 3600)
    await chat(motia)

    await motia.advance(20 * 3600)

    assert await kept(motia) == ["c1"]


async def test_entries_of_another_form_stay(motia: MotiaTester) -> None:
    """S2.35: they neither go nor stop the job."""
    odd: dict[str, JSON] = {"a": {"messages": []}, "b": "text", "c": None, "d": [1], "e": {}}
    for key, value in odd.items():
        await put(motia, "conversations", key, value)
    await put(motia, "conversations", "old", {"lastMessageAt": 1})

    await motia.advance(6 * 3600)

    assert await kept(motia) == list(odd)
    assert await motia.dead_letters() == []


async def test_windows_of_the_rate_limit_that_are_over_are_forgotten(motia: MotiaTester) -> None:
    await chat(motia)

    await motia.advance(6 * 3600)

    assert await kept(motia, "rate-limits") == []


async def test_the_schedule_is_every_six_hours(motia: MotiaTester) -> None:
    """S2.33."""
    crons = (await motia.get("/__motia/api/cron")).body["crons"]

    (cleanup,) = [cron for cron in crons if cron["step"] == "Conversation Cleanup"]
    assert cleanup["expression"] == "0 */6 * * *"
