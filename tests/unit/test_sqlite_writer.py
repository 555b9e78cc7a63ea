"""The thread that writes: one commit for all that waits, and each for itself where one is wrong."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from motia_py.backends.sqlite.statements import run_for_keys, run_for_rows
from motia_py.backends.sqlite.writer import Bulk, Writer
from motia_py.errors import NotJSON, StoreUnavailable


class Table:
    """Bulks on a table of numbers, and how often each was run."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []

    def add(self, connection: sqlite3.Connection, numbers: Sequence[Any]) -> Sequence[Any]:
        self.calls.append(list(numbers))
        run_for_rows(connection, "INSERT INTO numbers VALUES", [(number,) for number in numbers])
        return [number * 2 if isinstance(number, int) else None for number in numbers]

    def remove(self, connection: sqlite3.Connection, numbers: Sequence[Any]) -> Sequence[Any]:
        self.calls.append([-number for number in numbers])
        run_for_keys(connection, "DELETE FROM numbers WHERE number", numbers)
        return [True] * len(numbers)

    def refuse(self, connection: sqlite3.Connection, reasons: Sequence[Any]) -> Sequence[Any]:
        return [ValueError(reason) for reason in reasons]

    @property
    def order(self) -> Sequence[Bulk]:
        return (self.add, self.remove, self.refuse)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        tmp_path / "numbers.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY CHECK (number < 1000))")
    return connection


@pytest.fixture
async def writer(connection: sqlite3.Connection, table: Table) -> AsyncIterator[Writer]:
    writer = Writer(connection, order=table.order)
    yield writer
    await writer.close()
    connection.close()


def stored(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]


async def test_what_is_asked_in_one_turn_is_one_transaction(writer: Writer, table: Table) -> None:
    results = await asyncio.gather(*(writer.submit(table.add, number) for number in range(300)))

    assert results == [number * 2 for number in range(300)]
    assert table.calls == [list(range(300))]


async def test_the_order_within_a_transaction_is_the_writers(
    writer: Writer, table: Table, connection: sqlite3.Connection
) -> None:
    removed, added = writer.submit(table.remove, 7), writer.submit(table.add, 7)
    await asyncio.gather(removed, added)

    assert table.calls == [[7], [-7]]
    assert stored(connection) == []


async def test_one_that_is_wrong_harms_no_other(
    writer: Writer, table: Table, connection: sqlite3.Connection
) -> None:
    asked = [writer.submit(table.add, each) for each in (1, 2000, "\ud800", 3)]

    first, too_large, not_text, last = await asyncio.gather(*asked, return_exceptions=True)

    assert (first, last, stored(connection)) == (2, 6, [1, 3])
    assert isinstance(too_large, StoreUnavailable)
    assert "CHECK constraint" in str(too_large)
    assert isinstance(not_text, NotJSON)


async def test_a_result_that_is_an_error_is_raised_and_undoes_nothing(
    writer: Writer, table: Table, connection: sqlite3.Connection
) -> None:
    added, refused = writer.submit(table.add, 1), writer.submit(table.refuse, "no")

    with pytest.raises(ValueError, match="no"):
        await refused
    assert (await added, stored(connection)) == (2, [1])


async def test_a_full_store_does_nothing_and_goes_on_when_there_is_space(
    writer: Writer, table: Table, connection: sqlite3.Connection
) -> None:
    lost: list[object] = []
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    await writer.submit(table.add, 0)
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = [writer.submit(table.add, n, lose=lost.append) for n in range(1, 900)]

    errors = await asyncio.gather(*many, return_exceptions=True)
    connection.execute("PRAGMA max_page_count = 10000")
    again = await writer.submit(table.add, 1)

    assert all(isinstance(error, StoreUnavailable) for error in errors)
    assert lost == list(range(1, 900))
    assert (again, stored(connection)) == (2, [0, 1])


async def test_what_nobody_waits_for_any_more_is_done_and_told(
    writer: Writer, table: Table, connection: sqlite3.Connection
) -> None:
    abandoned: list[object] = []
    future = writer.submit(
        table.add, 1, keep=lambda asked, result: (asked, result), abandon=abandoned.append
    )
    future.cancel()
    await writer.submit(table.add, 2)

    assert (abandoned, stored(connection)) == ([(1, 2)], [1, 2])


async def test_a_result_that_cannot_be_kept_harms_no_other(writer: Writer, table: Table) -> None:
    def fail(asked: object, result: object) -> object:
        raise ZeroDivisionError

    broken, whole = writer.submit(table.add, 1, keep=fail), writer.submit(table.add, 2)

    with pytest.raises(ZeroDivisionError):
        await broken
    assert await whole == 4


async def test_closing_does_what_was_asked_before(
    connection: sqlite3.Connection, table: Table
) -> None:
    writer = Writer(connection, order=table.order)
    future = writer.submit(table.add, 1)

    await writer.close()

    assert (await future, stored(connection)) == (2, [1])
    connection.close()
