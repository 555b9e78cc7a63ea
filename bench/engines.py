"""The engines under test, by the names that the cases use."""

from __future__ import annotations

from pathlib import Path

from motia_py.backends.memory import MemoryEngine
from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from motia_py.interfaces import Engine

#: The name of the file in the case's folder.
FILE = "bench.db"


def engine_named(name: str, folder: Path, *, keep_finished_seconds: float = 0.0) -> Engine:
    """`memory`, or SQLite in `folder` as durable as `full` or `normal` make it."""
    if name == "memory":
        return MemoryEngine(RealClock(), keep_finished_seconds=keep_finished_seconds)
    return SqliteEngine(
        folder / FILE,
        RealClock(),
        durability="full" if name == "full" else "normal",
        keep_finished_seconds=keep_finished_seconds,
    )
