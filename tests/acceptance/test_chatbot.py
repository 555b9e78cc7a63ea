"""The example's conversations outlive the server, and a reply that a kill interrupted is finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.messages import JSON
from tests.acceptance.served import Served
from tests.chatting import NO_MODEL
from tests.command_line import get

CONVERSATION = "/streams/conversation/c1"


def serving(root: Path, *, pace_ms: int) -> Served:
    return Served(root, "dev", **{**NO_MODEL, "OFFLINE_MODEL_PACE_MS": str(pace_ms)})


async def say(server: Served, message: str) -> JSON:
    body = {"message": message, "conversationId": "c1"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url + "/chat", json=body) as response,
    ):
        assert response.status == 200
        return await response.json()


async def conversation(server: Served, is_so: Callable[[list[Any]], object]) -> list[Any]:
    """The conversation's items, once they are so."""
    found: list[Any] = []
    for _ in range(2000):
        found = await get(server.url + CONVERSATION)
        if is_so(found):
            return found
    pytest.fail(f"it never became so: {found}")


def is_answered(items: list[Any]) -> bool:
    return bool(items) and all(item["status"] == "completed" for item in items)


def is_half_said(items: list[Any]) -> bool:
    return any(item["status"] == "streaming" and item["message"] for item in items)


def said(items: list[Any]) -> list[tuple[str, str, str]]:
    return [(item["id"], item["from"], item["message"]) for item in items]


async def test_a_conversation_outlives_the_server(root: Path) -> None:
    """SX.6."""
    async with serving(root, pace_ms=1) as server:
        await say(server, "Hello")
        before = await conversation(server, is_answered)
        assert await server.end() == 0

        await server.start()

        assert await get(server.url + CONVERSATION) == before


async def test_a_conversation_outlives_a_kill(root: Path) -> None:
    """Its last words are given again if the kill came before they were on the disk."""
    async with serving(root, pace_ms=1) as server:
        await say(server, "Hello")
        before = await conversation(server, is_answered)
        await server.kill()

        await server.start()

        assert said(await conversation(server, is_answered)) == said(before)


async def test_a_reply_that_a_kill_interrupted_is_finished_after_it(root: Path) -> None:
    async with serving(root, pace_ms=100) as server:
        answer_id = (await say(server, "Hello"))["assistantMessageId"]
        await conversation(server, is_half_said)
        await server.kill()
        server.env["OFFLINE_MODEL_PACE_MS"] = "1"

        await server.start()
        items = await conversation(server, is_answered)

    assert [(item["from"], item["id"] == answer_id) for item in items] == [
        ("user", False),
        ("assistant", True),
    ]
    assert items[1]["message"].startswith("I am the offline demo model")
    assert items[1]["message"].endswith("start the server again.")
