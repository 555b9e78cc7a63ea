"""Statements for many rows at once, in as few steps as there can be."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

#: The most rows of one statement. Python lets other threads run at each step of a statement, and
#: must wait for them to get its turn back; one statement for many rows is one step.
MAX_ROWS = 64


def run_for_rows(
    connection: sqlite3.Connection, head: str, rows: Sequence[Sequence[Any]], tail: str = ""
) -> None:
    """Run `head (?, ...), (?, ...) tail` over all rows, in as few statements as there can be."""
    start = 0
    while start < len(rows):
        # Powers of two, so that the texts are few and stay prepared.
        size = min(MAX_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        chunk = rows[start : start + size]
        row = f"({', '.join('?' * len(chunk[0]))})"
        statement = f"{head} {', '.join([row] * size)} {tail}"
        connection.execute(statement, [value for each in chunk for value in each])
        start += size


def run_for_keys(connection: sqlite3.Connection, head: str, keys: Sequence[Any]) -> None:
    """Run `head IN (?, ...)` over all keys."""
    start = 0
    while start < len(keys):
        size = min(MAX_ROWS, 1 << ((len(keys) - start).bit_length() - 1))
        marks = ", ".join("?" * size)
        connection.execute(f"{head} IN ({marks})", keys[start : start + size])
        start += size
