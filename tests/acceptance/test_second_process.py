"""One process per store: a second one is turned away, a killed one leaves nothing locked."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.acceptance.served import Served, until
from tests.command_line import HELLO, get
from tests.projects import write_project


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", HELLO)


@pytest.mark.parametrize("command", ["start", "dev"])
async def test_a_second_process_ends_with_one_line_and_writes_nothing(
    root: Path, command: str
) -> None:
    async with Served(root) as first:
        before = files(first.store.parent)
        second = Served(root, command)
        await second.launch()

        code = await second.ended()

        assert code == 2
        assert re.fullmatch(r"motia-py: .*motia\.db.*\n", second.said)
        assert files(first.store.parent) == before
        assert await get(first.url + "/hello") == {"said": "hi"}


async def test_a_killed_process_leaves_the_store_free(root: Path) -> None:
    async with Served(root) as server:
        await server.kill()

        await server.start()

        assert await get(server.url + "/hello") == {"said": "hi"}


async def test_of_two_processes_that_start_at_once_one_is_let_in(root: Path) -> None:
    """Neither of them finds a file yet."""
    one, other = Served(root), Served(root.parent / "project")
    other.log = root.parent / "other.log"
    try:
        await asyncio.gather(one.launch(), other.launch())

        await until(lambda: one.has_ended or other.has_ended)
        await until(lambda: one.is_serving or other.is_serving)

        assert [one.has_ended, other.has_ended].count(True) == 1
        assert 2 in (one.process.returncode, other.process.returncode)
    finally:
        await one.kill()
        await other.kill()
