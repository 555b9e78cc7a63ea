"""The behaviours that the example systems promise are numbered; each has a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_NAMED = re.compile(r"\b(S0|S1|S2|S3|S4|SX|SP)\.(\d+)(?:-(?:\1\.)?(\d+))?")

#: What needs nothing of us: S4.32 is about a platform, S4.33 about an option that clients ignore.
_NOT_YET = {"S4.32", "S4.33", "SP.19"}
_PROMISED = [
    f"{seed}.{number}"
    for seed, last in (
        ("S0", 38),
        ("S1", 7),
        ("S2", 41),
        ("S3", 29),
        ("S4", 34),
        ("SX", 15),
        ("SP", 19),
    )
    for number in range(1, last + 1)
    if f"{seed}.{number}" not in _NOT_YET
]


def named_in_tests() -> set[str]:
    """Every number in a test's text; `S0.1-S0.5` names five."""
    return {
        f"{seed}.{number}"
        for file in TESTS.rglob("test_*.py")
        if file != Path(__file__)
        for seed, first, last in _NAMED.findall(file.read_text())
        for number in range(int(first), int(last or first) + 1)
    }


@pytest.fixture(scope="module")
def named() -> set[str]:
    return named_in_tests()


@pytest.mark.parametrize("behaviour", _PROMISED)
def test_every_promised_behaviour_has_a_test_that_names_it(behaviour: str, named: set[str]) -> None:
    assert behaviour in named
