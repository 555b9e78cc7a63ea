"""The README's few lines for browsers: what they send is accepted, what they read is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.docs.markdown import Document

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The README's step files as a reader saves them."""
    (tmp_path / "steps").mkdir()
    for block in Document(ROOT / "README.md").blocks:
        if block.file is not None and block.file.startswith("steps/"):
            (tmp_path / block.file).write_text(block.text)
    return tmp_path


@pytest.fixture
def join() -> JSON:
    """The message that the browser sends; it is written as JSON for this test's sake."""
    (script,) = [
        block.text for block in Document(ROOT / "README.md").blocks if block.language == "js"
    ]
    found = re.search(r"^const join = (.+);$", script, re.MULTILINE)
    assert found is not None
    return json.loads(found[1])


async def test_the_browser_sees_what_there_is_and_then_what_changes(
    project: Path, join: JSON
) -> None:
    async with MotiaTester(project) as motia:
        await motia.post("/orders", json={"item": "tea"})
        await motia.settle()
        async with motia.connect("/") as socket:
            await socket.send_json(join)
            sync = await socket.receive_json(timeout=5)
            await motia.post("/orders", json={"item": "milk", "amount": 2})
            create = await socket.receive_json(timeout=5)

    assert sync["event"]["type"] == "sync"
    assert [item["item"] for item in sync["event"]["data"]] == ["tea"]
    assert create["event"]["type"] == "create"
    assert create["event"]["data"]["item"] == "milk"
    assert create["event"]["data"]["id"] != sync["event"]["data"][0]["id"]
