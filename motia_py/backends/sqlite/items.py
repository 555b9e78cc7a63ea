"""What is done to the table of items, and whole commits, on the writer's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from motia_py.backends.sqlite.deliveries import Deliveries, Push
from motia_py.backends.sqlite.flight import Claim
from motia_py.backends.sqlite.overlay import Unsaved
from motia_py.backends.sqlite.statements import run_for_rows
from motia_py.backends.sqlite.writer import refusal_of
from motia_py.backends.staging import MISSING, Place, stage
from motia_py.encoding import dumps, loads
from motia_py.messages import JSON, Change, Write

SELECT_VALUE = 'SELECT value FROM items WHERE space = ? AND "group" = ? AND key = ?'
_WRITTEN_AT = 'SELECT written_at FROM items WHERE space = ? AND "group" = ? AND key = ?'
_INSERT = 'INSERT INTO items (space, "group", key, value, written_at) VALUES'
_REPLACE = (
    'ON CONFLICT (space, "group", key)'
    " DO UPDATE SET value = excluded.value, written_at = excluded.written_at"
)
_DELETE = 'DELETE FROM items WHERE space = ? AND "group" = ? AND key = ?'


class Commit(NamedTuple):
    """Writes, what follows from them, and acks, that are done together or not at all.

    `unsaved` is what was written behind in the groups of the writes: they come on top of it. `now`
    is the wall clock's.
    """

    unsaved: Sequence[Unsaved]
    writes: Sequence[Write]
    follow: Callable[[Sequence[Change]], Sequence[Push]]
    acked: Sequence[Claim]
    now: float


class Committed(NamedTuple):
    changes: Sequence[Change]
    pushes: Sequence[Push]
    #: The seq of each that follows, None for one that was absorbed.
    seqs: Sequence[int | None]


class Items:
    """The bulks for items. Used on the writer's thread only."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def save(
        self, connection: sqlite3.Connection, batches: Sequence[Sequence[Unsaved]]
    ) -> Sequence[None]:
        """Store what was written behind."""
        newest = {each.place: each for batch in batches for each in batch}
        rows = [
            (*place, dumps(each.value).decode(), each.written_at) for place, each in newest.items()
        ]
        run_for_rows(connection, _INSERT, rows, _REPLACE)
        return [None] * len(batches)

    def commit(
        self, connection: sqlite3.Connection, commits: Sequence[Commit]
    ) -> Sequence[Committed | Exception]:
        return [self._commit(connection, commit) for commit in commits]

    def _commit(self, connection: sqlite3.Connection, commit: Commit) -> Committed | Exception:
        # Whatever the caller can do wrong comes first: then the file has not been touched.
        try:
            behind = {each.place: each for each in commit.unsaved}
            staged = stage(
                commit.writes,
                lambda place: (
                    behind[place].value if place in behind else _value_at(connection, place)
                ),
                lambda place: (
                    behind[place].written_at if place in behind else _written_at(connection, place)
                ),
            )
            changes = [each.change for each in staged]
            texts = [None if value is MISSING else dumps(value).decode() for _, value in staged]
            pushes = commit.follow(changes)
        except sqlite3.Error:
            raise
        except Exception as error:
            return refusal_of(error)
        self.save(connection, [commit.unsaved])
        for (change, _), text in zip(staged, texts, strict=True):
            _apply(connection, change, text, commit.now)
        self._deliveries.ack(connection, commit.acked)
        (seqs,) = self._deliveries.push(connection, [pushes])
        return Committed(changes, pushes, seqs)


def _value_at(connection: sqlite3.Connection, place: Place) -> JSON:
    row = connection.execute(SELECT_VALUE, place).fetchone()
    return MISSING if row is None else loads(row[0])


def _written_at(connection: sqlite3.Connection, place: Place) -> float:
    (written_at,) = connection.execute(_WRITTEN_AT, place).fetchone()
    return float(written_at)


def _apply(connection: sqlite3.Connection, change: Change, text: str | None, now: float) -> None:
    place = (change.space, change.group, change.key)
    if text is not None:
        connection.execute(f"{_INSERT} (?, ?, ?, ?, ?) {_REPLACE}", (*place, text, now))
    elif change.existed:
        connection.execute(_DELETE, place)
