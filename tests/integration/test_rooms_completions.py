"""The rooms over plain HTTP: what POST /openai/chatCompletion answers, and what it refuses."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Failure, Oddity, OpenAIServer, Reply
from tests.rooms_chatting import (
    COMPLETION,
    EVENTS,
    NOW,
    SIMPLE,
    START,
    complete,
    refusal,
    saying,
    stream,
    text_of,
)
from tests.sse_chatting import Frame, Reader


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


@pytest.mark.parametrize("path", [COMPLETION, SIMPLE])
async def test_the_answer_is_what_openai_gives(
    motia: MotiaTester, upstream: OpenAIServer, path: str
) -> None:
    """S4.20, C8, C10: as JSON, with 200."""
    answer = await complete(motia, path)

    assert answer.status == 200
    assert answer.body["object"] == "chat.completion"
    assert answer.body["choices"][0]["message"] == {"role": "assistant", "content": "Hello there!"}
    assert "stream" not in upstream.asked[0].body
    assert upstream.asked[0].body["model"] == "gpt-4o-mini"


async def test_the_whole_conversation_goes_to_the_model_and_nothing_is_kept(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.13, C25: what was said before comes from the client, each time."""
    said = [("system", "Be brief"), ("user", "Hello"), ("assistant", "Hi"), ("user", "And now?")]
    messages = [{"role": role, "content": content} for role, content in said]

    await motia.post(COMPLETION, json={"messages": messages})
    await complete(motia)

    assert upstream.asked[0].messages == said
    assert upstream.asked[1].messages == [("user", "Hello")]


async def test_with_accept_the_answer_is_events(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S4.20, C8: a chunk for each piece, once complete, then closed."""
    upstream.default = ("Hel", "", "lo")

    answer = await motia.post(COMPLETION, json=saying(), headers=EVENTS)

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert await stream(motia) == [
        Frame("chunk", {"content": "Hel", "isComplete": False, "timestamp": NOW}),
        Frame("chunk", {"content": "lo", "isComplete": False, "timestamp": NOW}),
        Frame(
            "complete",
            {"content": "", "isComplete": True, "fullResponse": "Hello", "timestamp": NOW},
        ),
    ]


async def test_the_simple_route_gives_no_events(motia: MotiaTester) -> None:
    """S4.20."""
    answer = await motia.post(SIMPLE, json=saying(), headers=EVENTS)

    assert answer.body["object"] == "chat.completion"


async def test_events_come_while_the_model_still_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.20; and who hangs up ends the model's work."""
    upstream.default = ("Hel", asyncio.Event(), "lo")

    async with (
        aiohttp.ClientSession() as client,
        client.post(motia.url + COMPLETION, json=saying(), headers=EVENTS) as response,
    ):
        first = await Reader(response).next()
    async with asyncio.timeout(5):
        await upstream.has_lost_its_client.wait()

    assert (first.event, first.data["content"]) == ("chunk", "Hel")


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ({}, ["messages: Field required"]),
        ([], ["data: Input should be an object"]),
        ("Hello", ["data: Input should be an object"]),
        ({"messages": "Hello"}, ["messages: Input should be a valid list"]),
        ({"messages": {"role": "user"}}, ["messages: Input should be a valid list"]),
        ({"messages": None}, ["messages: Input should be a valid list"]),
        (
            {"messages": []},
            ["messages: List should have at least 1 item after validation, not 0"],
        ),
        ({"messages": ["Hello"]}, ["messages.0: Input should be an object"]),
        (
            {"messages": [{}]},
            ["messages.0.role: Field required", "messages.0.content: Field required"],
        ),
        (
            {"messages": [{"role": "robot", "content": ""}]},
            [
                "messages.0.role: Input should be 'system', 'user' or 'assistant'",
                "messages.0.content: String should have at least 1 character",
            ],
        ),
        (
            {"messages": [{"role": "user", "content": 7}]},
            ["messages.0.content: Input should be a valid string"],
        ),
        (
            saying("x" * 150_001),
            ["messages: Value error, they have more than 150000 characters"],
        ),
    ],
    ids=lambda value: repr(value)[:50],
)
async def test_a_bad_body_is_refused_with_its_reasons(
    motia: MotiaTester, upstream: OpenAIServer, body: JSON, reasons: list[str]
) -> None:
    """S4.23: in Nest's form, by each route; nobody is asked."""
    for path in (COMPLETION, SIMPLE, START):
        answer = await motia.post(path, json=body, headers=EVENTS)

        assert answer.status == 400
        assert answer.body == refusal(400, reasons, "Bad Request")
    assert upstream.asked == []


@pytest.mark.parametrize("body", [b"{", b"", b'{"messages": "\xff"}', b"[" * 1000])
async def test_a_body_that_is_no_json_is_refused_in_the_same_form(
    motia: MotiaTester, body: bytes
) -> None:
    """S4.23."""
    headers = {"Content-Type": "application/json"}

    answer = await motia.post(COMPLETION, data=body, headers=headers)

    assert answer.status == 400
    assert answer.body == refusal(400, answer.body["message"], "Bad Request")
    assert [type(reason) for reason in answer.body["message"]] == [str]


async def test_json_that_does_not_say_so_is_refused(motia: MotiaTester) -> None:
    """S4.23: pages of other sites may send text without asking."""
    headers = {"Content-Type": "text/plain"}

    answer = await motia.post(COMPLETION, data=b'{"messages": []}', headers=headers)

    assert answer.body == refusal(400, ["data: Input should be an object"], "Bad Request")


async def test_many_wrong_messages_are_told_as_the_first_ones(motia: MotiaTester) -> None:
    """S4.23: a body of megabytes does not make an answer of megabytes."""
    answer = await motia.post(COMPLETION, json={"messages": [{}] * 400})

    assert answer.status == 400
    assert len(answer.body["message"]) == 10


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "AuthenticationError"), (429, "RateLimitError"), (500, "InternalServerError")],
)
async def test_a_model_that_fails_is_a_bad_gateway(
    motia: MotiaTester, upstream: OpenAIServer, status: int, kind: str
) -> None:
    """S4.24, SX.12: without a stack trace or the key, which the model's server quotes."""
    upstream.default = Failure(status=status)

    answer = await complete(motia)
    upstream.default = ("Better",)
    after = await complete(motia)

    assert answer.status == 502
    assert answer.body == refusal(502, f"The model failed: {kind}", "Bad Gateway")
    assert after.status == 200


async def test_half_an_emoji_is_a_failure(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S4.24: such a text cannot be sent."""
    upstream.default = ("Hel\ud83d",)

    answer = await complete(motia)

    assert answer.body["statusCode"] == 502


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Failure(status=401), ""),
        (("Hel", Oddity.CUT), "Hel"),
        (("Hel", Oddity.MALFORMED), "Hel"),
        (("Hel", Oddity.HALF_AN_EMOJI), "Hel"),
    ],
    ids=str,
)
async def test_a_model_that_fails_in_mid_answer_is_an_error_event(
    motia: MotiaTester, upstream: OpenAIServer, reply: Reply, text: str
) -> None:
    """S4.24, S4.15: what came stays, then the error, and no complete."""
    upstream.default = reply

    frames = await stream(motia)

    *chunks, last = frames
    assert text_of(chunks) == text
    assert last.event == "error"
    assert last.data["error"].startswith("The model failed: ")
    assert last.data["isComplete"] is True


async def test_the_key_is_nowhere_to_be_seen(
    motia: MotiaTester, upstream: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    """SX.12, S4.24."""
    caplog.set_level("INFO")
    upstream.default = Failure(status=401)

    frames = await stream(motia)
    answer = await complete(motia)

    assert "AuthenticationError" in repr([vars(record) for record in caplog.records])
    for place in (frames, answer, [vars(record) for record in caplog.records]):
        assert KEY not in repr(place)


async def test_without_a_key_the_routes_answer_their_error() -> None:
    """S4.24: with the offline model off; the server starts."""
    async with MotiaTester(ROOT, env={**NO_MODEL, "OFFLINE_MODEL": "off"}) as motia:
        answer = await complete(motia)

    assert answer.status == 502
    assert answer.body["message"].startswith("The model failed: ")


async def test_a_page_of_another_port_may_ask(motia: MotiaTester) -> None:
    """S4.27, C26: during development every page of this machine, with its cookies."""
    origin = "http://localhost:5173"
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    allowed = await motia.request("OPTIONS", COMPLETION, headers=preflight)
    answer = await motia.post(COMPLETION, json=saying(), headers={"Origin": origin})

    for each in (allowed, answer):
        assert each.headers["Access-Control-Allow-Origin"] == origin
        assert each.headers["Access-Control-Allow-Credentials"] == "true"


async def test_in_production_only_listed_pages_may_ask() -> None:
    """S4.27, C26: with their cookies."""
    listed, other = "https://yourdomain.com", "https://evil.example"

    async with MotiaTester(ROOT, env=NO_MODEL, mode="start", cors_origins=(listed,)) as motia:
        answers = [
            await motia.post(COMPLETION, json={}, headers={"Origin": origin})
            for origin in (listed, other)
        ]

    names = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
    allowed = [tuple(answer.headers.get(name) for name in names) for answer in answers]
    assert allowed == [(listed, "true"), (None, None)]
