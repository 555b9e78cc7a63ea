"""The file of the SQLite engine: who may open it, and which versions of it."""

from __future__ import annotations

import sqlite3
import stat
import time
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine, file
from motia_py.clock import FakeClock
from motia_py.errors import CannotOpenStore
from motia_py.messages import Write


def engine_at(path: Path) -> SqliteEngine:
    return SqliteEngine(path, FakeClock())


async def make(path: Path) -> None:
    """A file with one value in it."""
    async with engine_at(path) as engine:
        await engine.state.write([Write(space="s", group="g", key="k", kind="set", value=1)])


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_folder_and_file_are_made_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "motia.db"

    async with engine_at(path):
        modes = [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)]
        beside = stat.S_IMODE(path.with_name("motia.db-wal").stat().st_mode)

    assert ([*modes, beside], (path.parent / ".gitignore").read_text()) == (
        [0o700, 0o600, 0o600],
        "*\n",
    )


async def test_a_second_engine_is_refused_with_the_process_that_has_it(tmp_path: Path) -> None:
    """A34."""
    path = tmp_path / "motia.db"

    async with engine_at(path):
        with pytest.raises(CannotOpenStore, match=r"motia\.db is in use by process \d+"):
            await engine_at(path).__aenter__()

    async with engine_at(path):
        pass


async def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """A35."""
    path = tmp_path / "motia.db"
    await make(path)
    change(path, "PRAGMA user_version = 99")
    before = path.read_bytes()

    with pytest.raises(CannotOpenStore, match="newer motia_py \\(schema 99"):
        await engine_at(path).__aenter__()

    assert path.read_bytes() == before


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "motia.db"
    change(path, "CREATE TABLE theirs (x)")

    with pytest.raises(CannotOpenStore, match="another program"):
        await engine_at(path).__aenter__()


async def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A35."""
    path = tmp_path / "motia.db"
    await make(path)
    monkeypatch.setattr(file, "MIGRATIONS", [*file.MIGRATIONS, "CREATE TABLE later (x);"])

    async with engine_at(path) as engine:
        assert await engine.state.get("s", "g", "k") == 1

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(file.MIGRATIONS),)
    connection.close()


async def test_what_an_older_file_holds_counts_as_written_when_it_was_brought_up_to_date(
    tmp_path: Path,
) -> None:
    """Whatever has a time to live would be gone at once otherwise."""
    path = tmp_path / "motia.db"
    older = sqlite3.connect(path)
    older.executescript(file.MIGRATIONS[0])
    older.execute("INSERT INTO items VALUES (1, 's', 'g', 'k', '1')")
    older.execute("PRAGMA user_version = 1")
    older.execute(f"PRAGMA application_id = {file.APPLICATION_ID}")
    older.commit()
    older.close()
    before = time.time()

    async with engine_at(path) as engine:
        ((group, key, at),) = await engine.state.oldest("s", limit=9)

    assert (group, key) == ("g", "k")
    assert before - 1 <= at <= time.time() + 1


async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "motia.db"
    await make(path)
    older = list(file.MIGRATIONS)
    monkeypatch.setattr(file, "MIGRATIONS", [*older, "CREATE TABLE later (x); nonsense;"])

    with pytest.raises(CannotOpenStore, match="cannot be opened"):
        await engine_at(path).__aenter__()

    monkeypatch.setattr(file, "MIGRATIONS", older)
    async with engine_at(path) as engine:
        assert await engine.state.get("s", "g", "k") == 1


@pytest.mark.parametrize("make_unreachable", ["file for a folder", "folder for a file"])
async def test_what_is_out_of_reach_is_named(tmp_path: Path, make_unreachable: str) -> None:
    path = tmp_path / "sub" / "motia.db"
    if make_unreachable == "file for a folder":
        (tmp_path / "sub").write_text("")
    else:
        path.mkdir(parents=True)

    with pytest.raises(CannotOpenStore, match="sub"):
        await engine_at(path).__aenter__()
