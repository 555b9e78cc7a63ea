"""A write-ahead log that is torn anywhere reopens to a prefix of what was committed, in order."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from motia_py.errors import CannotOpenStore, StoreUnavailable
from motia_py.messages import Lane
from tests.acceptance.crashing import seeded
from tests.acceptance.ledger import Ledger
from tests.acceptance.served import INHERITED, Served
from tests.acceptance.stored import integrity
from tests.command_line import HELLO
from tests.projects import write_project

#: Commits of the writer, each one state value and one delivery.
COMMITS = 12
WAL_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
LANE = Lane("step", "queue(topic)")
FAR_FUTURE = 2.0**40

#: Commits numbers one by one, says which are acked, and dies with the log unmerged.
WRITER = """
import asyncio, os, signal, sys

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from motia_py.messages import Delivery, Lane, Write
from tests.acceptance.ledger import Ledger


def delivery(number):
    return Delivery(id=str(number), lane=Lane("step", "queue(topic)"), topic="topic",
                    data={"number": number}, trace_id="t", due_at=1.0, created_at=1.0)


async def main(path, ledger, commits):
    async with SqliteEngine(path, RealClock()) as engine:
        for number in range(commits):
            write = Write(space="state", group="g", key=str(number), kind="set", value=number)
            await engine.commit(writes=[write], deliveries=lambda changes: [delivery(number)])
            ledger.write("acked", number)
        os.kill(os.getpid(), signal.SIGKILL)


from pathlib import Path
asyncio.run(main(Path(sys.argv[1]), Ledger(sys.argv[2]), int(sys.argv[3])))
"""


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose commits are all in its log: its writer was killed."""
    folder = tmp_path_factory.mktemp("torn")
    ledger = Ledger(folder / "ledger")
    store = folder / "store" / "motia.db"
    store.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(store), str(ledger.path), str(COMMITS)],
        cwd=Path(__file__).parents[2],
        env=INHERITED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert ledger.ids("acked") == {str(number) for number in range(COMMITS)}
    return store


def log_of(store: Path) -> Path:
    return store.with_name(store.name + "-wal")


def copy(store: Path, folder: Path) -> Path:
    """The same store, for one test to spoil."""
    folder.mkdir(parents=True)
    shutil.copy(store, folder)
    shutil.copy(log_of(store), folder)
    return folder / store.name


def frame_ends(store: Path) -> Iterator[int]:
    """Where the frames of its log begin and end, in bytes."""
    size = log_of(store).stat().st_size
    page = int.from_bytes(log_of(store).read_bytes()[8:12], "big")
    return iter(range(WAL_HEADER_BYTES, size + 1, FRAME_HEADER_BYTES + page))


async def reopened(store: Path) -> int:
    """How many commits the engine finds; fails if they are not the first ones, or not whole."""
    async with SqliteEngine(store, RealClock()) as engine:
        values = [value for _, value in await engine.state.list("state", "g")]
        claimed = await engine.queue.claim(LANE, limit=2 * COMMITS, now=FAR_FUTURE)
    numbers = [int(delivery.id) for delivery in claimed]
    assert values == list(range(len(values)))
    assert sorted(numbers) == values
    return len(values)


async def test_every_acked_commit_is_there_after_a_kill(torn: Path, tmp_path: Path) -> None:
    assert await reopened(copy(torn, tmp_path / "whole")) == COMMITS


async def test_a_log_cut_at_any_frame_reopens_to_the_commits_before(
    torn: Path, tmp_path: Path
) -> None:
    found = []

    for cut in frame_ends(torn):
        store = copy(torn, tmp_path / str(cut))
        os.truncate(log_of(store), cut)
        found.append(await reopened(store))
        assert integrity(store, tmp_path / f"{cut}-judged") == "ok"

    assert found == sorted(found)
    assert set(found) == set(range(COMMITS + 1))


async def spoil_often(torn: Path, folder: Path, chance: random.Random, *, times: int) -> None:
    """Cut the log anywhere, and turn a byte of it round, each so often."""
    size = log_of(torn).stat().st_size
    for number in range(times):
        place = chance.randrange(size)
        cut = copy(torn, folder / f"cut-{number}")
        os.truncate(log_of(cut), place)
        assert 0 <= await reopened(cut) <= COMMITS
        turned = copy(torn, folder / f"turned-{number}")
        turn_byte(log_of(turned), place)
        assert 0 <= await reopened(turned) <= COMMITS
        shutil.rmtree(cut.parent)
        shutil.rmtree(turned.parent)


def turn_byte(file: Path, place: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        byte = opened.read(1)[0]
        opened.seek(place)
        opened.write(bytes([byte ^ 0xFF]))


async def test_a_log_spoiled_at_random_bytes_reopens_to_the_commits_before(
    torn: Path, tmp_path: Path
) -> None:
    await spoil_often(torn, tmp_path, seeded(), times=20)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_a_log_spoiled_at_1000_random_bytes_reopens_to_the_commits_before(
    torn: Path, tmp_path: Path
) -> None:
    await spoil_often(torn, tmp_path, seeded(), times=1000)


@pytest.fixture(scope="module")
def merged(torn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same store without a log: all of it is in the file."""
    store = copy(torn, tmp_path_factory.mktemp("merged") / "store")
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store


#: Bytes of SQLite's file header without which nothing can be read: its name, the size of a page,
#: the version for reading, a constant, the format of the schema.
VITAL_PLACES = [0, 15, 16, 19, 21, 47]
HEADER_BYTES = 100


@pytest.mark.parametrize("place", VITAL_PLACES)
async def test_a_spoiled_file_header_is_a_named_error(
    merged: Path, tmp_path: Path, place: int
) -> None:
    store = Path(shutil.copy(merged, tmp_path / "motia.db"))
    turn_byte(store, place)

    with pytest.raises(CannotOpenStore, match=r"motia\.db"):
        async with SqliteEngine(store, RealClock()):
            pytest.fail("it opened")


async def open_spoiled(store: Path, merged: Path, place: int) -> None:
    """Whether it opens depends on the place; if it does not, the error has a name."""
    shutil.copy(merged, store)
    turn_byte(store, place)
    with contextlib.suppress(CannotOpenStore):
        async with SqliteEngine(store, RealClock()) as engine:
            with contextlib.suppress(StoreUnavailable):
                await engine.queue.counts()
    for file in store.parent.iterdir():
        file.unlink()


async def test_no_spoiled_byte_of_the_file_header_is_an_error_without_a_name(
    merged: Path, tmp_path: Path
) -> None:
    for place in range(HEADER_BYTES):
        await open_spoiled(tmp_path / "motia.db", merged, place)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_no_spoiled_byte_of_the_file_is_an_error_without_a_name_when_it_opens(
    merged: Path, tmp_path: Path
) -> None:
    chance = seeded()
    for _ in range(1000):
        place = chance.randrange(merged.stat().st_size)
        await open_spoiled(tmp_path / "motia.db", merged, place)


async def test_a_file_that_is_no_store_ends_the_command_line_with_one_line(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", HELLO)
    store = root / ".motia" / "motia.db"
    store.parent.mkdir()
    store.write_bytes(b"not a database" * 1000)
    before = store.read_bytes()

    server = Served(root)
    await server.launch()
    code = await server.ended()

    assert code == 2
    assert server.said.startswith("motia-py: ")
    assert server.said.count("\n") == 1
    assert "motia.db" in server.said
    assert store.read_bytes() == before
