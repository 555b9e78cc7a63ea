"""What really happened, in order: an append-only file outside of the system under test.

The client writes what it saw acked, handlers write that they ran; tests judge by nothing else.
A copy of this file is a module of the test projects, so it needs the standard library only.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`what` happened to `id`, in the process `pid`; `attempt` is 0 where there is none."""

    what: str
    id: str
    attempt: int
    pid: int


class Ledger:
    """One line per entry, on the disk when `write` returns. Any number of processes may write."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def write(self, what: str, id: object, attempt: int = 0) -> None:
        # The line end comes first: a line that a kill tore in two does not spoil the next one.
        line = "\n" + json.dumps([what, str(id), attempt, os.getpid()])
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
            os.fsync(file)
        finally:
            os.close(file)

    def entries(self, *what: str) -> list[Entry]:
        """All entries of these kinds, in the order in which they were written; of all without."""
        if not self.path.exists():
            return []
        return [
            entry
            for line in self.path.read_text().splitlines()
            if (entry := _read(line)) is not None and (not what or entry.what in what)
        ]

    def ids(self, what: str) -> set[str]:
        return {entry.id for entry in self.entries(what)}


def _read(line: str) -> Entry | None:
    try:
        what, id, attempt, pid = json.loads(line)
    except ValueError:
        return None
    return Entry(what=what, id=id, attempt=attempt, pid=pid)
