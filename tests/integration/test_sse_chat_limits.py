"""The chat over server-sent events: who is told to wait, to pay, or to say something else."""

from __future__ import annotations

import asyncio

import pytest

from motia_py.testing import Answer, MotiaTester
from tests.chatting import NO_MODEL, ROOT
from tests.openai_server import OpenAIServer, serve_openai
from tests.sse_chatting import ROUTE, asking, chatting


async def ask(motia: MotiaTester, message: str = "Hello", *, session: str = "s1") -> Answer:
    return await motia.post(ROUTE, json=asking(message, "c1", session))


async def statuses(motia: MotiaTester, count: int, *, session: str = "s1") -> list[int]:
    """Of so many requests, one after the other."""
    return [(await ask(motia, session=session)).status for _ in range(count)]


async def test_the_eleventh_message_within_a_minute_is_refused(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.38, C15: 429 as JSON before any event, with the seconds to wait; nobody is asked."""
    assert await statuses(motia, 10) == [200] * 10

    refused = await ask(motia)

    assert refused.status == 429
    assert refused.body == {"error": "Rate limit exceeded"}
    assert refused.headers["Retry-After"] == "60"
    assert len(upstream.asked) == 10


async def test_the_window_begins_with_its_first_message_and_ends_after_a_minute(
    motia: MotiaTester,
) -> None:
    """S2.38: refused messages do not make it longer."""
    await ask(motia)
    await motia.advance(40)
    assert await statuses(motia, 11) == [200] * 9 + [429] * 2

    await motia.advance(19.5)
    late = await ask(motia)
    await motia.advance(0.5)
    after = await statuses(motia, 11)

    assert late.status == 429
    assert late.headers["Retry-After"] == "1"
    assert after == [200] * 10 + [429]


async def test_the_window_is_in_state_as_documented(motia: MotiaTester) -> None:
    """S2.38: how many, and until when in milliseconds."""
    await statuses(motia, 3)

    expected = {"count": 3, "expiresAt": int(motia.clock.now() * 1000) + 60_000}
    assert await motia.state("rate-limits", "rate-limit:s1") == expected


async def test_other_sessions_go_on(motia: MotiaTester) -> None:
    await statuses(motia, 11)

    assert await statuses(motia, 1, session="s10") == [200]


@pytest.mark.parametrize("has_a_window", [False, True])
async def test_of_many_at_once_ten_pass(motia: MotiaTester, has_a_window: bool) -> None:
    """S2.38: also when a window is over just then."""
    if has_a_window:
        await statuses(motia, 11)
        await motia.advance(60)

    answers = await asyncio.gather(*(ask(motia) for _ in range(25)))

    assert sorted(answer.status for answer in answers) == [200] * 10 + [429] * 15


async def test_a_body_that_does_not_fit_is_not_counted(motia: MotiaTester) -> None:
    for _ in range(11):
        await motia.post(ROUTE, json={"message": "", "sessionId": "s1"})

    assert await statuses(motia, 1) == [200]


@pytest.fixture
def limited(upstream: OpenAIServer) -> dict[str, str]:
    return {**NO_MODEL, "OPENAI_BASE_URL": upstream.url, "SESSION_TOKEN_LIMIT": "30"}


async def test_a_session_that_has_spent_its_tokens_is_refused(
    limited: dict[str, str], upstream: OpenAIServer
) -> None:
    """The turn that passes the limit is finished: 20 tokens, 60 with the history, then no more."""
    upstream.default = ("x" * 75,)
    async with MotiaTester(ROOT, env=limited) as motia:
        passed = await statuses(motia, 3)
        refused = await ask(motia)
        other = await ask(motia, session="s2")
        spent = await motia.state("session-spending", "s1")

    assert passed == [200, 200, 402]
    assert refused.body == {"error": "Spending limit of this session reached"}
    assert other.status == 200
    assert spent == {"tokens": 20 + 40}
    assert len(upstream.asked) == 3


async def test_an_answer_that_is_cut_off_has_cost_something(
    limited: dict[str, str], upstream: OpenAIServer
) -> None:
    """Else who hangs up before the end would never pay."""
    upstream.replies = [("x" * 200, asyncio.Event())]
    async with MotiaTester(ROOT, env=limited) as motia:
        async with chatting(motia) as reader:
            await reader.next()
        async with asyncio.timeout(5):
            await upstream.has_lost_its_client.wait()
        await motia.settle()

        assert await statuses(motia, 1) == [402]


async def test_without_a_limit_nothing_is_counted(motia: MotiaTester) -> None:
    await ask(motia)

    assert await motia.state("session-spending", "s1") is None


@pytest.fixture
def moderated(upstream: OpenAIServer) -> dict[str, str]:
    return {**NO_MODEL, "OPENAI_BASE_URL": upstream.url, "MODERATION_MODEL": "moderator"}


async def test_a_message_that_is_flagged_is_refused(
    moderated: dict[str, str], upstream: OpenAIServer
) -> None:
    upstream.forbidden = "bomb"
    async with MotiaTester(ROOT, env=moderated) as motia:
        refused = await ask(motia, "a bomb")
        passed = await ask(motia, "a cake")

    assert refused.status == 400
    assert refused.body == {"error": "This message is not allowed here"}
    assert passed.status == 200
    assert upstream.moderated == ["a bomb", "a cake"]
    assert [asked.messages[-1] for asked in upstream.asked] == [("user", "a cake")]


async def test_a_message_that_cannot_be_checked_is_refused(moderated: dict[str, str]) -> None:
    async with serve_openai() as gone:
        pass
    async with MotiaTester(ROOT, env={**moderated, "OPENAI_BASE_URL": gone.url}) as motia:
        refused = await ask(motia)

    assert refused.status == 503
    assert refused.body == {"error": "Messages cannot be checked now"}


async def test_nothing_is_checked_unless_it_is_asked_for(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    await ask(motia)

    assert upstream.moderated == []


async def test_a_refusal_can_be_read_by_a_page_of_another_port(motia: MotiaTester) -> None:
    """SX.10."""
    origin = "http://localhost:3001"
    await statuses(motia, 10)

    refused = await motia.post(ROUTE, json=asking("Hello", "c1", "s1"), headers={"Origin": origin})

    assert refused.status == 429
    assert refused.headers["Access-Control-Allow-Origin"] == origin
