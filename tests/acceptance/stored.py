"""The store's file as a stranger sees it: read only, or a copy of it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_store(store: Path, folder: Path) -> Path:
    """A copy of the file and its write-ahead log, as a kill left them; `folder` is made."""
    folder.mkdir(parents=True)
    for file in (store, store.with_name(store.name + "-wal")):
        if file.exists():
            shutil.copy(file, folder)
    return folder / store.name


def integrity(store: Path, folder: Path) -> str:
    """What SQLite finds wrong with a copy of the store: `ok` if nothing.

    A copy: recovering the file itself is left to those who are under test.
    """
    with closing(sqlite3.connect(copy_store(store, folder))) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def waiting(store: Path) -> int:
    """How many deliveries the store holds that are not dead; 0 without a file."""
    if not store.exists():
        return 0
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=5.0)) as reader:
        return int(reader.execute("SELECT count(*) FROM deliveries").fetchone()[0])
