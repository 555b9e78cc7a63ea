"""Reads what is committed. One row is read on the loop, more on a thread of the reader's own.

A row that is found by its index is there in a few microseconds, which is less than a way to another
thread and back; and a reader in WAL mode never waits for the writer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from motia_py.backends.sqlite.file import open_reader
from motia_py.errors import MotiaError, NotJSON, StoreUnavailable

Row: TypeAlias = tuple[Any, ...]


class Reader:
    """Two connections: one for the loop, one for the thread."""

    def __init__(self, path: Path) -> None:
        self._here = open_reader(path)
        self._aside = open_reader(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="motia-store-read")

    def one(self, select: str, values: Sequence[object] = ()) -> Row | None:
        """The first row, None if there is none."""
        try:
            row: Row | None = self._here.execute(select, values).fetchone()
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise _refusal(error) from error
        return row

    async def all(self, select: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, select, values)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self._here.close()
        self._aside.close()

    def _read(self, select: str, values: Sequence[object]) -> list[Row]:
        try:
            return self._aside.execute(select, values).fetchall()
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise _refusal(error) from error


def _refusal(error: Exception) -> MotiaError:
    if isinstance(error, UnicodeEncodeError):
        return NotJSON(f"no such name can be stored: {error}")
    return StoreUnavailable(f"the store cannot be read now: {error}")
