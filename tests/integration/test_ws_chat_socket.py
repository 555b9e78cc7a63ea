"""The chat over a stream: one WebSocket per user at /streams/chat-messages/user:{id}, bare messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT
from tests.openai_server import Oddity, OpenAIServer
from tests.ws_chatting import ask, kinds, stream

ADDRESS = "/streams/chat-messages/user:u1"
ENDS = ("complete", "error")


@pytest.fixture
async def motia(upstream: OpenAIServer, second: OpenAIServer) -> AsyncIterator[MotiaTester]:
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url, "FALLBACK_BASE_URL": second.url}
    async with MotiaTester(ROOT, env=env) as tester:
        yield tester


async def received(socket: aiohttp.ClientWebSocketResponse, *, ends: int = 1) -> list[Any]:
    """Messages up to the end of so many answers."""
    messages: list[Any] = []
    while sum(message["type"] in ENDS for message in messages) < ends:
        messages.append(await socket.receive_json(timeout=5))
    return messages


async def test_connecting_is_subscribing(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S3.1-S3.3: no join; each frame is one message, with its type at the top."""
    upstream.default = ("Hel", "lo")

    async with motia.connect(ADDRESS) as socket:
        body = await ask(motia, userId="u1", stream=True)
        messages = await received(socket)

    assert kinds(messages) == ["token", "token", "complete"]
    assert {message["traceId"] for message in messages} == {body["traceId"]}
    assert messages == await motia.stream("chat-messages", "user:u1")


async def test_tokens_come_while_the_model_still_speaks(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.7."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with motia.connect(ADDRESS) as socket:
        await ask(motia, userId="u1", stream=True)
        first = await socket.receive_json(timeout=5)
        gate.set()
        rest = await received(socket)

    assert (first["type"], first["content"]) == ("token", "Hel")
    assert kinds(rest) == ["token", "complete"]


@pytest.mark.parametrize("is_over", [False, True], ids=["in mid-answer", "after its end"])
async def test_who_connects_late_gets_what_was_said(
    motia: MotiaTester, upstream: OpenAIServer, is_over: bool
) -> None:
    """S3.12, S3.6: in order, each message once."""
    gate = asyncio.Event()
    upstream.default = (*(f"{number} " for number in range(50)), gate, "end")

    async with motia.connect(ADDRESS) as early:
        body = await ask(motia, userId="u1", stream=True)
        begun = [await early.receive_json(timeout=5) for _ in range(50)]
        if is_over:
            gate.set()
            await motia.settle()
        async with motia.connect(body["streamUrl"]) as late:
            gate.set()
            messages = await received(late)
        rest = await received(early)

    assert messages == [*begun, *rest]
    assert len({message["id"] for message in messages}) == len(messages) == 52


async def test_a_whole_long_answer_is_replayed(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S3.12, S3.14: as long as an answer may be."""
    upstream.default = tuple(f"{number} " for number in range(2000))
    await stream(motia)

    async with motia.connect(ADDRESS) as socket:
        messages = await received(socket)

    assert len(messages) == 2001
    tokens = "".join(message["content"] for message in messages[:-1])
    assert tokens == messages[-1]["response"]


@pytest.mark.parametrize(
    "path",
    [
        "/streams/chat-messages/user%3Au1",
        "/streams/chat-messages/user:u1?token=x",
        "/stream/chat-messages/user:u1",
    ],
)
async def test_other_spellings_lead_to_the_same_group(motia: MotiaTester, path: str) -> None:
    """S3.2, C5: percent-encoded; as Motia 1.0's documents have it."""
    await stream(motia)

    async with motia.connect(path) as socket:
        messages = await received(socket)

    assert kinds(messages) == ["token"] * 3 + ["complete"]


async def test_everyone_of_a_user_gets_all_and_nobody_else_anything(motia: MotiaTester) -> None:
    """S3.18: also if one user's id begins with another's."""
    async with (
        motia.connect(ADDRESS) as one,
        motia.connect(ADDRESS) as other,
        motia.connect("/streams/chat-messages/user:u10") as stranger,
    ):
        await ask(motia, userId="u1", stream=True)
        first, second = await received(one), await received(other)
        await ask(motia, userId="u10", stream=True)
        strangers = await received(stranger)

    assert first == second
    assert {message["userId"] for message in first} == {"u1"}
    assert {message["userId"] for message in strangers} == {"u10"}


async def test_two_answers_at_once_come_each_with_its_trace(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.11, S3.19."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with motia.connect(ADDRESS) as socket:
        traces = {(await ask(motia, userId="u1", stream=True))["traceId"] for _ in range(2)}
        gate.set()
        messages = await received(socket, ends=2)

    for trace in traces:
        of_one = [message for message in messages if message["traceId"] == trace]
        assert kinds(of_one) == ["token", "token", "complete"]


async def test_a_client_that_left_in_mid_answer_sees_its_end_when_it_is_back(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S3.20, S3.21."""
    gate = asyncio.Event()
    upstream.default = ("Hel", gate, "lo")

    async with motia.connect(ADDRESS) as socket:
        await ask(motia, userId="u1", stream=True)
        await socket.receive_json(timeout=5)
    gate.set()
    async with motia.connect(ADDRESS) as socket:
        messages = await received(socket)

    assert messages[-1]["response"] == "Hello"


async def test_a_switch_of_providers_is_seen(motia: MotiaTester, upstream: OpenAIServer) -> None:
    """S3.10."""
    upstream.default = ("Fir", Oddity.CUT)

    async with motia.connect(ADDRESS) as socket:
        await ask(motia, userId="u1", stream=True)
        messages = await received(socket)

    assert kinds(messages) == ["token", "provider_switch", "token", "token", "complete"]
    assert messages[-1]["response"] == "From the second"


async def test_when_all_fail_the_error_is_seen(
    motia: MotiaTester, upstream: OpenAIServer, second: OpenAIServer
) -> None:
    """S3.9."""
    upstream.default = second.default = (Oddity.CUT,)

    async with motia.connect(ADDRESS) as socket:
        await ask(motia, userId="u1", stream=True)
        messages = await received(socket)

    assert kinds(messages) == ["provider_switch", "error"]


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "{",
        "{}",
        '{"type": "join"}',
        '{"type": "join", "data": {"streamName": "chat-messages", "groupId": "user:u2"}}',
        "\x00",
        b"\xff\x00",
        "x" * 10_000,
    ],
    ids=lambda frame: str(frame[:20]),
)
async def test_what_a_client_sends_is_ignored(motia: MotiaTester, frame: str | bytes) -> None:
    """S3.22: also garbage, again and again."""
    async with motia.connect(ADDRESS) as socket:
        for _ in range(20):
            await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
        await ask(motia, userId="u2", stream=True)
        await ask(motia, userId="u1", stream=True)
        messages = await received(socket)

    assert {message["userId"] for message in messages} == {"u1"}
    assert messages[-1]["type"] == "complete"


@pytest.mark.parametrize("path", ["/streams/chat-mesages/user:u1", "/stream/nothing/user:u1"])
async def test_an_unknown_stream_refuses_the_socket(motia: MotiaTester, path: str) -> None:
    """S3.24: a typo must not be an open socket that stays silent."""
    with pytest.raises(WSServerHandshakeError) as refused:
        async with motia.connect(path):
            pass

    assert refused.value.status == 404


@pytest.mark.parametrize("port", [3001, 5173, 5174])
async def test_a_page_of_another_port_may_watch(motia: MotiaTester, port: int) -> None:
    """S3.25."""
    async with motia.connect(ADDRESS, origin=f"http://localhost:{port}") as socket:
        await ask(motia, userId="u1", stream=True)

        assert kinds(await received(socket))[-1] == "complete"


async def test_the_end_of_the_server_is_no_normal_end(upstream: OpenAIServer) -> None:
    """S3.20, SX.7: 1001, so that the page comes back."""
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}
    async with aiohttp.ClientSession() as session:
        async with MotiaTester(ROOT, env=env, shutdown_seconds=5.0) as motia:
            socket = await session.ws_connect(motia.url + ADDRESS)
            end = asyncio.create_task(socket.receive(timeout=5))
        await end

        assert socket.close_code == 1001
