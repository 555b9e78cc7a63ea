"""`state` as its users meet it: through the socket of a running server, and on the file without."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from motia_py.messages import JSON
from tests.command_line import PATIENCE_SECONDS, Ended, run, serving
from tests.projects import api_step, write_project

ENGINES = ("memory://", "sqlite:///.motia/motia.db")
FILE = "sqlite:///.motia/motia.db"
PROJECT = {
    "steps/chat_stream.py": 'config = {"name": "chat"}\n',
    "steps/say_step.py": api_step(
        "say", 'await context.streams.chat.set("room", "1", {"text": "hi"})\nreturn {"status": 200}'
    ),
    "steps/watch_step.py": """
        config = {"name": "Watch", "triggers": [{"type": "state"}], "enqueues": []}

        async def handler(data, context):
            context.logger.info("changed", {"key": data["key"]})
    """,
}
VALUES: list[dict[str, JSON]] = [
    {"space": "state", "group": "users", "key": "ada", "value": {"n": 1}},
    {"space": "state", "group": "users", "key": "bob", "value": "中 \x85 \x1b[31m"},
    {"space": "stream/chat", "group": "room", "key": "1", "value": {"text": "hi", "id": "1"}},
]


def project(root: Path, engine: str = FILE) -> Path:
    return write_project(root, {**PROJECT, ".env": f"MOTIA_ENGINE={engine}\n"})


def write_lines(file: Path, *values: object) -> Path:
    file.write_text("".join(json.dumps(value) + "\n" for value in values))
    return file


async def piped(root: Path, text: str, *arguments: str) -> Ended:
    """Run a command that reads this."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "motia_py", *arguments),
        cwd=root,
        env={},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(text.encode()), PATIENCE_SECONDS)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize("engine", ENGINES)
async def test_state_of_a_running_server_is_read_and_written(tmp_path: Path, engine: str) -> None:
    async with serving(project(tmp_path, engine), "start") as running:
        nothing = await run(tmp_path, "state", "list")
        set_ = await run(tmp_path, "state", "set", "users", "ada", '{"n": -1}')
        await running.says(r'Watch changed \{"key": "ada"\}')
        got = await run(tmp_path, "state", "get", "users", "ada")
        groups = await run(tmp_path, "state", "list")
        values = await run(tmp_path, "state", "list", "users")
        deleted = await run(tmp_path, "state", "delete", "users", "ada")
        again = await run(tmp_path, "state", "delete", "users", "ada")

    assert nothing.out == "There is no state.\n"
    assert (set_.code, set_.out) == (0, "set users ada\n")
    assert (got.code, json.loads(got.out)) == (0, {"n": -1})
    assert groups.out == "users\n"
    assert values.out.split() == ["ada", '{"n":', "-1}"]
    assert (deleted.code, deleted.out) == (0, "deleted users ada\n")
    assert again.code == 1
    assert again.err.startswith("motia-py: there is no value ada in group users")


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_one_server_exports_another_project_imports(tmp_path: Path, engine: str) -> None:
    one, other = project(tmp_path / "one", engine), project(tmp_path / "other", engine)
    file = write_lines(tmp_path / "values.jsonl", *VALUES)
    exported = tmp_path / "exported.jsonl"
    async with serving(one, "start"), serving(other, "start"):
        first = await run(one, "state", "import", str(file))
        second = await run(one, "state", "export", str(exported))
        third = await piped(other, exported.read_text(), "state", "import", "-")
        fourth = await run(other, "state", "export")

    assert first.out == third.out == "imported 3 values\n"
    assert second.err == "exported 3 values: 2 of state, 1 of stream/chat\n"
    assert [json.loads(line) for line in exported.read_text().splitlines()] == VALUES
    assert fourth.out == exported.read_text()
    assert not {"\x1b", "\x85"} & {*fourth.out}
    assert "中" in fourth.out


async def test_without_a_server_the_file_is_worked_on_and_no_trigger_runs(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "values.jsonl", *VALUES)
    project(tmp_path)

    imported = await run(tmp_path, "state", "import", str(file))
    set_ = await run(tmp_path, "state", "set", "users", "ada", "-1")
    deleted = await run(tmp_path, "state", "delete", "users", "bob", "--json")
    exported = await run(tmp_path, "state", "export")

    assert imported.out == "imported 3 values\n"
    assert set_.out == "set users ada (no server runs: no trigger was set off)\n"
    assert json.loads(deleted.out) == {"existed": True, "live": False}
    assert [json.loads(line) for line in exported.out.splitlines()] == [
        {**VALUES[0], "value": -1},
        VALUES[2],
    ]
    async with serving(tmp_path, "start") as running:
        ended = await running.end()
    assert "Watch changed" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("get", "users", "ada"), 1, "there is no value ada in group users"),
        (("get", "users"), 2, "Missing argument 'KEY'"),
        (("set", "users", "ada", "{n: 1}"), 2, "the value is not valid JSON"),
        (("set", "users", "ada", "NaN"), 2, "the value is not valid JSON"),
        (("set", "", "ada", "1"), 1, "group: "),
        (("import", "gone.jsonl"), 2, "'gone.jsonl' does not exist"),
    ],
)
async def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    ended = await run(project(tmp_path), "state", *arguments)

    assert (ended.code, ended.out) == (code, "")
    assert reason in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("3", "dictionary"),
        (json.dumps({**VALUES[0], "space": "motia"}), "space"),
        (json.dumps({**VALUES[2], "value": 1}), "an object"),
    ],
)
async def test_a_bad_line_is_named_and_nothing_is_imported(
    tmp_path: Path, line: str, reason: str
) -> None:
    project(tmp_path)
    file = write_lines(tmp_path / "values.jsonl", *[VALUES[0]] * 1500)
    with file.open("a") as lines:
        lines.write(f"\n{line}\n")

    ended = await run(tmp_path, "state", "import", str(file))
    left = await run(tmp_path, "state", "list")

    assert ended.code == 1
    assert f"{file} line 1502: " in ended.err
    assert reason in ended.err
    assert "nothing was imported" in ended.err
    assert left.out == "There is no state.\n"


async def test_an_export_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    project(tmp_path, "memory://")
    file = write_lines(tmp_path / "values.jsonl", *VALUES)
    before = file.read_text()

    ended = await run(tmp_path, "state", "export", str(file))

    assert ended.code == 1
    assert file.read_text() == before
