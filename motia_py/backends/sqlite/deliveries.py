"""What is done to the tables of deliveries, on the writer's thread. Rows in, rows out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from motia_py.backends.sqlite.flight import Claim
from motia_py.backends.sqlite.statements import run_for_keys, run_for_rows
from motia_py.encoding import dumps, loads
from motia_py.errors import NotJSON, StoreUnavailable
from motia_py.messages import DEFAULT_LEASE_SECONDS, Delivery, Lane

#: What the column `state` says.
HELD, READY, IN_FLIGHT = 0, 1, 2

#: Rows that are deleted at a time where a time limit passed.
TIDY_ROWS = 500

#: The columns that every table of deliveries has beside its own, in this order.
COLUMNS = (
    'id, step, "trigger", due_at, attempt, spent, topic, data, trace_id, parent_id, "group",'
    " created_at"
)
_INSERT = f"INSERT INTO deliveries (seq, state, {COLUMNS}) VALUES"
_IS_LINE = 'SELECT 1 FROM deliveries WHERE step = ? AND "group" = ? LIMIT 1'
_ADVANCE = (
    f"UPDATE deliveries SET state = {READY} WHERE state = {HELD} AND seq ="
    ' (SELECT min(seq) FROM deliveries WHERE step = ? AND "group" = ?)'
)
_CLAIM = (
    f'SELECT seq, {COLUMNS} FROM deliveries WHERE step = ? AND "trigger" = ? AND state = {READY}'
    " AND due_at <= ? ORDER BY due_at, seq LIMIT ?"
)
_IS_REMEMBERED = (
    'SELECT 1 FROM remembered WHERE step = ? AND "trigger" = ? AND key = ? AND until > ?'
)

Row: TypeAlias = tuple[Any, ...]


class Push(NamedTuple):
    """A delivery to store, its columns, and the time that it is."""

    delivery: Delivery
    row: Row
    now: float


class Wanted(NamedTuple):
    """Who asks for deliveries; the leases of `lost` have ended."""

    lane: Lane
    limit: int
    now: float
    lost: Sequence[Claim]
    steady_now: float
    lease_seconds: float


class PutBack(NamedTuple):
    """A claim that ends without a result. `due_at` None: as if it had never been claimed."""

    claim: Claim
    due_at: float | None


class Burial(NamedTuple):
    claim: Claim
    error: str
    traceback: str
    died_at: float


class Deliveries:
    """The bulks for deliveries. Used on the writer's thread only.

    `keeps_finished`: acked deliveries are kept until `tidy` removes them.
    """

    def __init__(self, connection: sqlite3.Connection, *, keeps_finished: bool) -> None:
        self._keeps_finished = keeps_finished
        # Dead letters and what is kept came from the same count: one number is never two.
        self._last_seq = connection.execute(
            "SELECT max(coalesce((SELECT max(seq) FROM deliveries), 0),"
            " coalesce((SELECT max(seq) FROM dead), 0),"
            " coalesce((SELECT max(seq) FROM finished), 0))"
        ).fetchone()[0]

    def in_flight(
        self, connection: sqlite3.Connection, asked: Sequence[None]
    ) -> Sequence[Sequence[Row]]:
        """All rows in flight, whoever has them: seq, then COLUMNS."""
        rows = connection.execute(
            f"SELECT seq, {COLUMNS} FROM deliveries WHERE state = {IN_FLIGHT} ORDER BY seq"
        ).fetchall()
        return [rows for _ in asked]

    def push(
        self, connection: sqlite3.Connection, pushes: Sequence[Sequence[Push]]
    ) -> Sequence[Sequence[int | None]]:
        """Store them; gives the seq of each, None for one that was absorbed."""
        rows: list[Row] = []
        lines: set[tuple[str, str]] = set()
        results = []
        for together in pushes:
            seqs: list[int | None] = []
            for push in together:
                delivery = push.delivery
                if delivery.dedupe_key is not None and self._absorbs(connection, push):
                    seqs.append(None)
                    continue
                state = IN_FLIGHT if delivery.attempt else READY
                if delivery.group is not None:
                    line = (delivery.lane.step, delivery.group)
                    if line in lines or connection.execute(_IS_LINE, line).fetchone():
                        state = HELD
                    lines.add(line)
                self._last_seq += 1
                rows.append((self._last_seq, state, *push.row))
                seqs.append(self._last_seq)
            results.append(seqs)
        run_for_rows(connection, _INSERT, rows)
        return results

    def claim(
        self, connection: sqlite3.Connection, wanted: Sequence[Wanted]
    ) -> Sequence[Sequence[Row]]:
        """For each who asks the rows that are theirs now: seq, then COLUMNS, before the claim."""
        results = []
        for lane, limit, now, lost, *_ in wanted:
            run_for_keys(
                connection,
                f"UPDATE deliveries SET state = {READY} WHERE seq",
                [claim.seq for claim in lost],
            )
            rows = connection.execute(_CLAIM, (*lane, now, limit)).fetchall()
            run_for_keys(
                connection,
                f"UPDATE deliveries SET state = {IN_FLIGHT}, attempt = attempt + 1 WHERE seq",
                [row[0] for row in rows],
            )
            results.append(rows)
        return results

    def ack(self, connection: sqlite3.Connection, claims: Sequence[Claim]) -> Sequence[bool]:
        seqs = [claim.seq for claim in claims]
        if self._keeps_finished:
            connection.executemany(
                f"INSERT INTO finished (seq, {COLUMNS}, finished_at) SELECT seq, {COLUMNS}, ?"
                " FROM deliveries WHERE seq = ?",
                [(claim.finished_at, claim.seq) for claim in claims],
            )
        run_for_keys(connection, "DELETE FROM deliveries WHERE seq", seqs)
        # For all: to look costs less than to know who has emitted.
        run_for_keys(connection, "DELETE FROM emitted WHERE parent", [claim.id for claim in claims])
        for claim in claims:
            self._advance(connection, claim)
        return [True] * len(claims)

    def put_back(self, connection: sqlite3.Connection, puts: Sequence[PutBack]) -> Sequence[bool]:
        for claim, due_at in puts:
            connection.execute(
                f"UPDATE deliveries SET state = {READY}, due_at = coalesce(?, due_at),"
                " attempt = attempt - ? WHERE seq = ?",
                (due_at, due_at is None, claim.seq),
            )
        return [True] * len(puts)

    def bury(self, connection: sqlite3.Connection, burials: Sequence[Burial]) -> Sequence[bool]:
        for claim, error, traceback, died_at in burials:
            self._last_seq += 1  # the order of burial
            connection.execute(
                f"INSERT INTO dead (seq, {COLUMNS}, error, traceback, died_at)"
                f" SELECT ?, {COLUMNS}, ?, ?, ? FROM deliveries WHERE seq = ?",
                (self._last_seq, error, traceback, died_at, claim.seq),
            )
            connection.execute("DELETE FROM deliveries WHERE seq = ?", (claim.seq,))
            self._advance(connection, claim)
        return [True] * len(burials)

    def redrive(
        self, connection: sqlite3.Connection, asked: Sequence[tuple[str, float]]
    ) -> Sequence[Lane | None]:
        """Back from the dead; ids and the time that it is now."""
        return [self._redrive(connection, id, now) for id, now in asked]

    def discard(self, connection: sqlite3.Connection, ids: Sequence[str]) -> Sequence[bool]:
        results = []
        for id in ids:
            done = connection.execute("DELETE FROM dead WHERE id = ?", (id,)).rowcount
            connection.execute("DELETE FROM emitted WHERE parent = ?", (id,))
            results.append(done > 0)
        return results

    def tidy(
        self, connection: sqlite3.Connection, times: Sequence[tuple[float, float]]
    ) -> Sequence[bool]:
        """Forget keys that lasted until `now`, and what had finished by then; a bounded number.

        Says whether there may be more.
        """
        return [
            (
                _delete_some(connection, "remembered", "until", now)
                | _delete_some(connection, "finished", "finished_at", finished_by)
            )
            for now, finished_by in times
        ]

    def _absorbs(self, connection: sqlite3.Connection, push: Push) -> bool:
        """Whether its key was seen before; from now on it was."""
        delivery, now = push.delivery, push.now
        key, lane = delivery.dedupe_key, delivery.lane
        if delivery.emitted_by is not None:
            done = connection.execute(
                "INSERT OR IGNORE INTO emitted VALUES (?, ?, ?, ?)",
                (delivery.emitted_by, key, *lane),
            )
            return done.rowcount == 0
        if connection.execute(_IS_REMEMBERED, (*lane, key, now)).fetchone():
            return True
        if delivery.dedupe_until > now:
            connection.execute(
                "INSERT OR REPLACE INTO remembered VALUES (?, ?, ?, ?)",
                (*lane, key, delivery.dedupe_until),
            )
        return False

    def _advance(self, connection: sqlite3.Connection, claim: Claim) -> None:
        """Let the next of its group go."""
        if claim.group is not None:
            connection.execute(_ADVANCE, (claim.lane.step, claim.group))

    def _redrive(self, connection: sqlite3.Connection, id: str, now: float) -> Lane | None:
        found = connection.execute(
            'SELECT step, "trigger", "group" FROM dead WHERE id = ?', (id,)
        ).fetchone()
        if found is None:
            return None
        step, trigger, group = found
        is_held = group is not None and connection.execute(_IS_LINE, (step, group)).fetchone()
        self._last_seq += 1
        connection.execute(
            f'INSERT INTO deliveries (seq, state, {COLUMNS}) SELECT ?, ?, id, step, "trigger", ?,'
            ' attempt, attempt, topic, data, trace_id, parent_id, "group", created_at FROM dead'
            " WHERE id = ?",
            (self._last_seq, HELD if is_held else READY, now, id),
        )
        connection.execute("DELETE FROM dead WHERE id = ?", (id,))
        return Lane(step, trigger)


def _delete_some(connection: sqlite3.Connection, table: str, column: str, until: float) -> bool:
    """Delete the oldest rows, but so few that nobody waits for it; whether it was that many."""
    ends = connection.execute(
        f"SELECT max({column}), count(*) FROM (SELECT {column} FROM {table} WHERE {column} <= ?"
        f" ORDER BY {column} LIMIT {TIDY_ROWS})",
        (until,),
    ).fetchone()
    connection.execute(f"DELETE FROM {table} WHERE {column} <= ?", (ends[0],))
    return bool(ends[1] == TIDY_ROWS)


def push_of(delivery: Delivery, now: float) -> Push:
    """A delivery as it is stored.

    Raises:
        NotJSON: its data has no JSON form.
    """
    lane = delivery.lane
    row = (
        delivery.id,
        lane.step,
        lane.trigger,
        delivery.due_at,
        delivery.attempt,
        delivery.spent,
        delivery.topic,
        dumps(delivery.data).decode(),
        delivery.trace_id,
        delivery.parent_id,
        delivery.group,
        delivery.created_at,
    )
    return Push(delivery, row, now)


def delivery_of(
    columns: Sequence[Any], *, more_attempts: int = 0, lease: float = DEFAULT_LEASE_SECONDS
) -> Delivery:
    """The delivery that COLUMNS hold, with `more_attempts` than it had then, leased for seconds.

    Raises:
        StoreUnavailable: the file is damaged: its data is not what was stored.
    """
    id, step, trigger, due_at, attempt, spent, topic, text, trace_id, parent_id, group, at = columns
    try:
        data = loads(text)
    except (NotJSON, TypeError) as error:
        raise StoreUnavailable(f"the file is damaged: delivery {id} of step {step}") from error
    return Delivery(
        id=id,
        lane=Lane(step, trigger),
        topic=topic,
        data=data,
        trace_id=trace_id,
        parent_id=parent_id,
        group=group,
        attempt=attempt + more_attempts,
        spent=spent,
        lease_seconds=lease,
        due_at=due_at,
        created_at=at,
    )


def without_data(columns: Sequence[Any]) -> Sequence[Any]:
    """COLUMNS with null for data that cannot be read."""
    *before, _, trace_id, parent_id, group, created_at = columns
    return [*before, "null", trace_id, parent_id, group, created_at]
