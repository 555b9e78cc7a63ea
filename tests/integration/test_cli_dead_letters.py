"""`dlq` as its users meet it: through the socket of a running server, and on the file without."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import PATIENCE_SECONDS, Ended, Running, run, serving
from tests.projects import write_project

ENGINES = ("memory://", "sqlite:///.motia/motia.db")
FILE = "sqlite:///.motia/motia.db"
SHIP = {
    "steps/ship_step.py": """
        config = {"type": "event", "name": "Ship", "subscribes": ["order.placed"], "emits": [],
                  "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(data, context):
            if not await context.state.get("stock", "tea"):
                raise ValueError("no tea \\x1b[31m" + "very " * 60 + "sorry")
            context.logger.info("shipped", {"id": data["id"]})
    """,
}


def project(root: Path, engine: str) -> Path:
    return write_project(root, {**SHIP, ".env": f"MOTIA_ENGINE={engine}\n"})


async def emit(root: Path, running: Running, *ids: str) -> None:
    """Emit events that die, one after the other."""
    for count, id in enumerate(ids, start=1):
        assert (await run(root, "emit", "order.placed", json.dumps({"id": id}))).code == 0
        await running.says(rf"(?s)(Ship failed \(is a dead letter.*){{{count}}}")


async def listed(root: Path, *arguments: str) -> Any:
    return json.loads((await run(root, "dlq", "list", "--json", *arguments)).out)


@pytest.mark.parametrize("engine", ENGINES)
async def test_dead_letters_of_a_running_server_are_listed_redriven_and_discarded(
    tmp_path: Path, engine: str
) -> None:
    async with serving(project(tmp_path, engine), "start") as running:
        assert (await run(tmp_path, "dlq", "list")).out == "There are no dead letters.\n"
        await emit(tmp_path, running, "a", "b", "c")
        page = await listed(tmp_path)
        assert page["total"] == len(page["letters"]) == 3
        middle = page["letters"][1]["id"]
        await run(tmp_path, "state", "set", "stock", "tea", "true")

        redriven = await run(tmp_path, "dlq", "redrive", middle[:8])

        await running.says(r'shipped \{"id": "b"\}')
        assert (redriven.code, redriven.out) == (0, "redriven 1 dead letter\n")
        assert [each["id"] for each in (await listed(tmp_path))["letters"]] == [
            page["letters"][0]["id"],
            page["letters"][2]["id"],
        ]

        discarded = await run(tmp_path, "dlq", "discard", page["letters"][0]["id"], "--yes")
        redriven = await run(tmp_path, "dlq", "redrive", "--step", "Ship")

        await running.says(r'shipped \{"id": "a"\}')
        assert discarded.out == "discarded 1 dead letter\n"
        assert redriven.out == "redriven 1 dead letter of step Ship\n"
        assert (await listed(tmp_path))["total"] == 0
        ended = await running.end()
        assert ended.out.count("shipped") == 2


async def test_without_a_server_the_file_is_worked_on(tmp_path: Path) -> None:
    async with serving(project(tmp_path, FILE), "start") as running:
        await emit(tmp_path, running, "a", "b")
        await running.end()

    page = await listed(tmp_path)
    await run(tmp_path, "state", "set", "stock", "tea", "true")
    discarded = await run(tmp_path, "dlq", "discard", page["letters"][0]["id"], "--yes")
    redriven = await run(tmp_path, "dlq", "redrive", "--all")

    assert page["total"] == 2
    assert discarded.out == "discarded 1 dead letter\n"
    assert redriven.out == "redriven 1 dead letter (no server runs: at its next start)\n"
    async with serving(tmp_path, "start") as running:
        await running.says(r'shipped \{"id": "a"\}')
        assert (await listed(tmp_path))["total"] == 0


async def test_without_a_server_memory_holds_nothing_to_look_at(tmp_path: Path) -> None:
    ended = await run(project(tmp_path, "memory://"), "dlq", "list")

    assert ended.code == 1
    assert re.fullmatch(r"motia-py: no server runs in .*there is nothing to look at\n", ended.err)


async def test_the_engine_may_be_named_in_the_projects_own_settings(tmp_path: Path) -> None:
    write_project(tmp_path, {"motia_config.py": 'settings = {"engine": "memory://"}\n'})

    ended = await run(tmp_path, "dlq", "list")

    assert (ended.code, ended.out) == (1, "")
    assert "there is nothing to look at" in ended.err


async def test_settings_that_do_not_load_are_not_guessed(tmp_path: Path) -> None:
    """The store that they name would be another one."""
    write_project(tmp_path, {"motia_config.py": "settings = {\n"})

    ended = await run(tmp_path, "dlq", "list")

    assert ended.code == 1
    assert "motia_config.py:1" in ended.err


async def test_a_store_that_is_in_use_by_a_server_without_a_socket_exits_with_2(
    tmp_path: Path,
) -> None:
    async with serving(project(tmp_path, FILE), "start"):
        (tmp_path / ".motia" / "motia.sock").unlink()

        ended = await run(tmp_path, "dlq", "list")

    assert ended.code == 2
    assert re.fullmatch(r"motia-py: .*motia\.db.*\n", ended.err)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("list", "--limit", "0"), 2, "0 is not in the range"),
        (("redrive",), 2, "which ones"),
        (("redrive", "abcd", "--all"), 2, "which ones"),
        (("discard", "--all", "--step", "Ship"), 2, "which ones"),
        (("discard", "abcd"), 1, "no dead letter has the id abcd"),
        (("show", "abcd"), 1, "no dead letter has the id abcd"),
        (("redrive", "abcd"), 1, "no dead letter has the id abcd"),
        (("fly",), 2, "No such command 'fly'"),
    ],
)
async def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    ended = await run(project(tmp_path, FILE), "dlq", *arguments)

    assert (ended.code, ended.out) == (code, "")
    assert reason in ended.err
    assert "Traceback" not in ended.err


async def test_a_list_shows_enough_and_one_alone_shows_all(tmp_path: Path) -> None:
    async with serving(project(tmp_path, FILE), "start") as running:
        await emit(tmp_path, running, "a", "b")
        (newest, oldest) = (await listed(tmp_path))["letters"]

        few = await run(tmp_path, "dlq", "list", "--limit", "1")
        shown = await run(tmp_path, "dlq", "show", oldest["id"])

    _, row, footer = few.out.splitlines()
    id, died, *rest = row.split()
    assert id == newest["id"][:12]
    assert datetime.fromisoformat(died).timestamp() == int(newest["died_at"])
    assert rest[:6] == ["Ship", "order.placed", "1", "ValueError:", "no", "tea"]
    assert row.rstrip().endswith("…")
    assert footer == "1 of 2 dead letters; the next with --offset 1"
    assert f"id       {oldest['id']}\n" in shown.out
    assert "trigger  queue(order.placed)\n" in shown.out
    assert "ship_step.py" in shown.out
    assert "sorry" in shown.out
    assert shown.out.endswith('\n{\n  "id": "a"\n}\n')
    assert "\x1b" not in few.out + shown.out


async def on_a_terminal(root: Path, answer: str, *arguments: str) -> Ended:
    """Run a command whose questions somebody answers."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "motia_py", *arguments),
        cwd=root,
        env={},
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        os.write(ours, f"{answer}\n".encode())
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_to_discard_is_asked_about_first(tmp_path: Path) -> None:
    async with serving(project(tmp_path, FILE), "start") as running:
        await emit(tmp_path, running, "a", "b")
        (id, _) = (each["id"] for each in (await listed(tmp_path))["letters"])

        unasked = await run(tmp_path, "dlq", "discard", "--all")
        refused = await on_a_terminal(tmp_path, "n", "dlq", "discard", "--all")
        one = await on_a_terminal(tmp_path, "y", "dlq", "discard", id)

        assert unasked.code == 2
        assert "say --yes" in unasked.err
        assert refused.code == 1
        assert "Discard 2 dead letters for good?" in refused.err
        assert one.code == 0
        assert "Discard order.placed for Ship (ValueError: no tea" in one.err
        assert (await listed(tmp_path))["total"] == 1
