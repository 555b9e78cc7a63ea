"""Motia's own npm client, unchanged, sees a whole conversation: 20 runs out of 20."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.acceptance.npm_package import PACKAGE
from tests.openai_server import OpenAIServer, serve_openai

ROOT = Path(__file__).parents[2]
RUNS = 20
#: They come as fast as they can: several within one millisecond, the clock of the protocol.
TOKENS = tuple(f"{number} " for number in range(40))
TEXT = "".join(TOKENS)


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIServer]:
    async with serve_openai() as server:
        server.default = TOKENS
        yield server


@pytest.fixture
async def motia(upstream: OpenAIServer) -> AsyncIterator[MotiaTester]:
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": upstream.url, "OPENAI_MODEL": ""}
    async with MotiaTester(ROOT, env=env) as tester:
        yield tester


class Watch:
    """The script at work."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def first(self) -> list[JSON]:
        """What was there when it joined; it is watching from now on."""
        assert self._process.stdout is not None
        items: list[JSON] = json.loads(await self._process.stdout.readline())
        return items

    async def rest(self) -> list[list[JSON]]:
        """Every later state, once the script has ended by itself."""
        output, _ = await self._process.communicate()
        assert self._process.returncode == 0
        return [json.loads(line) for line in output.decode().splitlines()]


@asynccontextmanager
async def watching(node: str, motia: MotiaTester, *address: str) -> AsyncIterator[Watch]:
    process = await asyncio.create_subprocess_exec(
        node,
        "watch.mjs",
        motia.url.replace("http", "ws"),
        *address,
        cwd=PACKAGE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Watch(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def answers(seen: list[list[JSON]]) -> list[tuple[str, str]]:
    """Status and text of the assistant's item in each state that has one."""
    return [
        (item["status"], item["message"])
        for items in seen
        for item in items
        if item["from"] == "assistant"
    ]


@pytest.mark.parametrize("run", range(RUNS))
async def test_the_client_of_a_group_sees_it_created_stream_and_completed(
    node: str, motia: MotiaTester, run: int
) -> None:
    """S0.8-S0.11, SP.3, SP.5, SP.10: the client drops what its clock does not call newer."""
    async with watching(node, motia, "c1") as watch:
        before = await watch.first()
        await motia.post("/chat", json={"message": "Count", "conversationId": "c1"})
        seen = answers(await watch.rest())

    assert before == []
    statuses = list(dict.fromkeys(status for status, _ in seen))
    assert statuses == ["created", "streaming", "completed"]
    assert all(later.startswith(earlier) for (_, earlier), (_, later) in pairwise(seen))
    assert seen[-1] == ("completed", TEXT)


async def test_the_client_of_an_item_sees_its_end(
    node: str, motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S0.38, SP.4, SP.10: here it drops every frame, not only updates."""
    gate = asyncio.Event()
    upstream.default = (gate, *TOKENS)
    posted = await motia.post("/chat", json={"message": "Count", "conversationId": "c1"})

    async with watching(node, motia, "c1", posted.body["id"]) as watch:
        before = await watch.first()
        gate.set()
        seen = answers(await watch.rest())

    assert answers([before])[0][1] == ""
    assert len(seen) >= len(TOKENS)
    assert seen[-1] == ("completed", TEXT)
