"""The judge of the crash tests finds what it is there to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.crashing import complaints, out_of_turn
from tests.acceptance.ledger import Entry, Ledger


def entries(text: str) -> list[Entry]:
    """`acked 1, parent 1 2` as entries; a third word is the attempt, a fourth the process."""
    found = []
    for line in text.split(","):
        what, id, attempt, pid, *_ = [*line.split(), "0", "7"]
        found.append(Entry(what=what, id=id, attempt=int(attempt), pid=int(pid)))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "acked 1, parent 1 1, child 1 1",
        "parent 1 1, child 1 1",  # stored, but the server died before it could say so
        "acked 1, parent 1 1, parent 1 2, child 1 1",
        "acked 1, parent 1 2, child 1 3, child 1 5",
    ],
)
def test_what_is_promised_is_no_reason_to_complain(text: str) -> None:
    assert complaints(entries(text), kills=1) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("acked 1", "acked, but never run: 1, such as 1"),
        ("acked 1, parent 1 1", "a parent without its child: 1, such as 1"),
        ("acked 1, child 1 1", "a child without its parent"),
        (
            "acked 1, parent 1 1, child 1 1, child 1 1",
            "run again by the same attempt: 1, such as child 1: attempts [1, 1]",
        ),
        ("acked 1, parent 1 1, child 1 2, child 1 1", "run again by the same attempt"),
        ("acked 1, parent 1 0, child 1 1", "run again by the same attempt"),
    ],
)
def test_what_is_not_promised_is_told(text: str, complaint: str) -> None:
    assert any(complaint in found for found in complaints(entries(text), kills=1))


def test_more_repeats_than_kills_can_explain_are_told() -> None:
    runs = [f"parent {number} {attempt}" for number in range(21) for attempt in (1, 2)]
    children = [f"child {number} 1" for number in range(21)]

    found = complaints(entries(", ".join([*runs, *children])), kills=1)

    assert found == ["21 runs were repeats, but 1 kills explain 20 at most"]


@pytest.mark.parametrize(
    "text",
    [
        "begin a/1, done a/1, end a/1, begin a/2, done a/2, end a/2",
        "begin a/1, begin b/1, done b/1, end b/1, done a/1, end a/1",
        "begin a/1 1 7, begin a/1 2 8, done a/1 2 8, end a/1 2 8",  # 7 was killed
        "done a/2, done a/3, done a/2",  # ran once more: its first success counts
    ],
)
def test_turns_that_are_kept_are_no_reason_to_complain(text: str) -> None:
    assert out_of_turn(entries(text)) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("begin a/1, begin a/2", "a/2 began while a/1 was running"),
        ("done a/2, done a/1", "a/1 was done after number 2 of its key"),
    ],
)
def test_turns_that_are_not_kept_are_told(text: str, complaint: str) -> None:
    assert out_of_turn(entries(text)) == [complaint]


def test_a_torn_line_of_the_ledger_does_not_spoil_the_next(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.write("acked", 1)
    with ledger.path.open("a") as file:
        file.write('\n["acked", "2", ')
    ledger.write("acked", 3)

    assert ledger.ids("acked") == {"1", "3"}
