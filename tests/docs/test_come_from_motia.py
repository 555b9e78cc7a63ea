"""The script that carries Motia's state file over: what it writes can be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from motia_py.messages import JSON
from tests.command_line import run
from tests.docs.markdown import Document

PAGE = Document(Path(__file__).parents[2] / "docs" / "howto" / "come-from-motia.md")
SCRIPT = "convert_state.py"


def converted(folder: Path, values: Mapping[str, JSON]) -> bytes:
    """What the page's script makes of a state file of Motia."""
    stored = folder / "motia.state.json"
    stored.write_text(json.dumps({name: json.dumps(value) for name, value in values.items()}))
    (text,) = [block.text for block in PAGE.blocks if block.file == SCRIPT]
    (folder / SCRIPT).write_text(text)
    command = [sys.executable, SCRIPT, str(stored)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


async def test_the_state_of_motias_file_can_be_imported(tmp_path: Path) -> None:
    """A key may have a colon; a stored null is a value."""
    values = {"users:ada": {"n": 1}, "users:x:y": "text", "flags:off": None}
    (tmp_path / "state.jsonl").write_bytes(converted(tmp_path, values))

    imported = await run(tmp_path, "state", "import", "state.jsonl")
    users = await run(tmp_path, "state", "list", "users", "--json")
    flag = await run(tmp_path, "state", "get", "flags", "off")

    assert imported.code == 0, imported.err
    assert json.loads(users.out) == [
        {"key": "ada", "value": {"n": 1}},
        {"key": "x:y", "value": "text"},
    ]
    assert (flag.code, flag.out) == (0, "null\n")
