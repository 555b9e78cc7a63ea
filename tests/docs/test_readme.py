"""The README's few lines for browsers and terminals: what they ask for is there."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import pytest

from motia_py import encoding
from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.docs.markdown import Document

ROOT = Path(__file__).parents[2]
README = Document(ROOT / "README.md")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The README's step files as a reader saves them, beside the offline model that one asks."""
    for block in README.blocks:
        if block.file is not None and block.file.startswith("steps/"):
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
    (tmp_path / "steps" / "offline_model").symlink_to(ROOT / "steps" / "offline_model")
    return tmp_path


def address_after(command: str) -> str:
    """The path of the one command of the README that begins like this."""
    (line,) = [
        line
        for block in README.blocks
        if block.language == "bash"
        for line in block.text.splitlines()
        if line.startswith(command)
    ]
    found = re.search(r"localhost:3000(/[^' ]+)", line)
    assert found is not None
    return found[1]


async def event_of(answer: aiohttp.ClientResponse) -> tuple[str, JSON]:
    """The next event's type and data."""
    kind, data, *_ = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    return kind.removeprefix("event: "), encoding.loads(data.removeprefix("data: "))


async def test_a_terminal_sees_what_there_is_and_then_what_changes(project: Path) -> None:
    path = address_after("curl -N -H 'Accept: text/event-stream'")
    async with MotiaTester(project) as motia, aiohttp.ClientSession() as session:
        await motia.post("/orders", json={"item": "tea"})
        await motia.settle()
        async with session.get(motia.url + path, headers={"Accept": "text/event-stream"}) as got:
            kind, shown = await event_of(got)
            assert (kind, [item["item"] for item in shown]) == ("sync", ["tea"])
            await motia.post("/orders", json={"item": "milk", "amount": 2})

            kind, created = await event_of(got)

    assert (kind, created["item"]) == ("create", "milk")


async def test_an_answer_comes_piece_by_piece(project: Path) -> None:
    async with MotiaTester(project, env={"OFFLINE_MODEL_PACE_MS": "1"}) as motia:
        answer = await motia.get(address_after("curl -N 'localhost:3000/ask"))

    assert answer.raw.count(b"event: chunk\ndata: ") > 10
    assert b"offline demo model" in answer.raw.replace(b"\n\nevent: chunk\ndata: ", b"")
