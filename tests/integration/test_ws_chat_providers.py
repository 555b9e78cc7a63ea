"""The chat over a stream: what is told when a provider fails, and when the next one answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import FakeClock
from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.ws_chatting import FAILED, ROUTE, ask, kinds, name_of, stream


@pytest.fixture
async def both(
    upstream: OpenAIServer, second: OpenAIServer, open_tester: OpenTester
) -> AsyncIterator[MotiaTester]:
    """With a second provider."""
    env = {
        **NO_MODEL,
        "OPENAI_BASE_URL": upstream.url,
        "FALLBACK_BASE_URL": second.url,
        "FALLBACK_MODEL": "llama3",
    }
    async with open_tester(ROOT, env=env) as tester:
        yield tester


@pytest.mark.parametrize(
    "reply",
    [
        Failure(status=401),
        Failure(status=429),
        Failure(status=500),
        (Oddity.CUT,),
        ("Hel", Oddity.CUT),
        ("Hel", Oddity.MALFORMED),
    ],
    ids=str,
)
async def test_a_model_that_fails_is_told_in_both_ways(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply
) -> None:
    """S3.9, S3.17: 500 to who waits, an error message on the stream, and no complete."""
    upstream.default = reply

    waited = await motia.post(ROUTE, json={"message": "Hello", "userId": "u1"})
    messages = await stream(motia)
    upstream.default = ("Better",)
    after = await ask(motia)

    assert waited.status == 500
    assert waited.body["error"] == FAILED
    assert isinstance(waited.body["message"], str)
    *tokens, error = messages
    assert kinds(tokens) == ["token"] * len(tokens)
    assert {**error, "id": "", "traceId": "", "timestamp": ""} == {
        "id": "",
        "type": "error",
        "userId": "u1",
        "traceId": "",
        "error": FAILED,
        "timestamp": "",
    }
    assert after["response"] == "Better"
    assert await motia.dead_letters() == []


async def test_without_a_provider_the_seeds_errors_are_given(open_tester: OpenTester) -> None:
    """S3.17: with the offline model off."""
    async with open_tester(ROOT, env={**NO_MODEL, "OFFLINE_MODEL": "off"}) as motia:
        waited = await motia.post(ROUTE, json={"message": "Hello"})
        messages = await stream(motia)

    assert (waited.status, waited.body["error"]) == (500, FAILED)
    assert kinds(messages) == ["error"]


@pytest.mark.parametrize(
    ("reply", "before", "reason"),
    [
        (Failure(status=401), [], "AuthenticationError"),
        (Failure(status=503), [], "InternalServerError"),
        (("Fir", "st", Oddity.CUT), ["token"] * 2, "APIConnectionError"),
        (("Fir", Oddity.MALFORMED), ["token"], "JSONDecodeError"),
    ],
    ids=str,
)
async def test_when_a_provider_fails_the_next_one_answers(
    both: MotiaTester,
    upstream: OpenAIServer,
    second: OpenAIServer,
    reply: Reply,
    before: list[str],
    reason: str,
) -> None:
    """S3.10: before its first token or in the middle; the switch tells pages to begin anew."""
    upstream.default = reply

    messages = await stream(both)

    assert kinds(messages) == [*before, "provider_switch", "token", "token", "complete"]
    switch, *_, complete = messages[len(before) :]
    assert switch["metadata"] == {
        "from": name_of(upstream),
        "to": name_of(second),
        "reason": switch["metadata"]["reason"],
    }
    if reason != "APIConnectionError":  # the client has several names for a cut
        assert switch["metadata"]["reason"] == reason
    assert complete["response"] == "From the second"
    assert (complete["provider"], complete["model"]) == (name_of(second), "llama3")
    assert messages[-2]["metadata"] == {"provider": name_of(second), "model": "llama3"}
    assert second.asked[0].body["messages"] == upstream.asked[0].body["messages"]


async def test_who_waits_gets_the_text_of_the_provider_that_finished(
    both: MotiaTester, upstream: OpenAIServer, second: OpenAIServer
) -> None:
    """S3.10, S3.15."""
    upstream.default = ("Fir", Oddity.CUT)

    body = await ask(both)

    assert body["response"] == "From the second"
    assert (body["llmProvider"], body["model"]) == (name_of(second), "llama3")


async def test_when_all_providers_fail_it_is_an_error(
    both: MotiaTester, upstream: OpenAIServer, second: OpenAIServer
) -> None:
    """S3.9, S3.17."""
    upstream.default = ("Fir", Oddity.CUT)
    second.default = ("Sec", Oddity.CUT)

    waited = await both.post(ROUTE, json={"message": "Hello"})
    messages = await stream(both)

    assert (waited.status, waited.body["error"]) == (500, FAILED)
    assert kinds(messages) == ["token", "provider_switch", "token", "error"]


async def test_the_second_provider_rests_while_the_first_answers(
    both: MotiaTester, second: OpenAIServer
) -> None:
    messages = await stream(both)

    assert kinds(messages) == ["token"] * 3 + ["complete"]
    assert second.asked == []


@pytest.mark.parametrize("more", [{"FALLBACK_API_KEY": "sk-second"}, {}])
async def test_the_second_provider_gets_its_own_key(
    upstream: OpenAIServer, second: OpenAIServer, more: dict[str, str]
) -> None:
    """Never that of the first; without one, a server needs none."""
    upstream.default = Failure(status=401)
    env = {
        **NO_MODEL,
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": upstream.url,
        "FALLBACK_BASE_URL": second.url,
        **more,
    }
    async with MotiaTester(ROOT, env=env) as motia:
        await ask(motia)

    key = more.get("FALLBACK_API_KEY", "none")
    assert [asked.authorization for asked in second.asked] == [f"Bearer {key}"]
    assert second.asked[0].body["model"] == "gpt-4o-mini"


async def test_an_answer_that_begins_anew_tells_its_watchers(
    upstream: OpenAIServer, tmp_path: Path, open_tester: OpenTester
) -> None:
    """S3.10, S3.21: as after the server was killed in mid-answer; it is completed once."""
    for folder in ("steps/ws_chat", "steps/models"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with (tmp_path / "steps/ws_chat/answer_step.py").open("a") as step:
        step.write(
            """
answer = handler

async def handler(asked: AskedMessage, context: Context) -> None:
    await answer(asked, context)
    if context.attempt == 2:
        raise RuntimeError("the server dies after it")
"""
        )
    upstream.replies = [("Fir", "st", Oddity.CUT), ("Second",)]
    dies = 'await publish("error"'
    file = tmp_path / "steps/ws_chat/answer_step.py"
    file.write_text(file.read_text().replace(dies, f"raise\n        {dies}"))
    async with open_tester(tmp_path, env={**NO_MODEL, "OPENAI_BASE_URL": upstream.url}) as motia:
        await stream(motia)
        await motia.advance(600)
        messages = await motia.stream("chat-messages", "user:u1")

        assert await motia.dead_letters() == []

    assert kinds(messages) == ["token", "token", "provider_switch", "token", "complete"]
    assert messages[2]["metadata"]["reason"] == "the answer begins anew"
    assert messages[-1]["response"] == "Second"
    assert len(upstream.asked) == 2


async def test_an_answer_that_a_stop_cut_off_begins_anew(
    upstream: OpenAIServer, tmp_path: Path
) -> None:
    """S3.10, S3.21: a stop uses up no attempt, and yet no message takes the place of another."""
    upstream.replies = [("Fir", "st", asyncio.Event()), ("Second",)]
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}

    def tester() -> MotiaTester:
        clock = FakeClock()
        engine = SqliteEngine(tmp_path / "motia.db", clock, durability="normal")
        return MotiaTester(ROOT, env=env, clock=clock, engine=engine)

    async with tester() as motia, motia.connect("/streams/chat-messages/user:u1") as socket:
        await ask(motia, userId="u1", stream=True)
        seen = [await socket.receive_json(timeout=5) for _ in range(2)]
    async with tester() as motia:
        await motia.settle()
        messages = await motia.stream("chat-messages", "user:u1")

    assert messages[:2] == seen
    assert kinds(messages) == ["token", "token", "provider_switch", "token", "complete"]
    assert messages[-1]["response"] == "Second"


async def test_the_offline_model_answers_without_a_key() -> None:
    async with MotiaTester(ROOT, env={**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "0"}) as motia:
        body = await ask(motia)

    assert "offline demo model" in body["response"]
    assert body["llmProvider"] == "offline"
