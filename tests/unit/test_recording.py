"""What is kept of values: bounded, secrets masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from motia_py import encoding
from motia_py.runtime.recording import recorded


@pytest.mark.parametrize(
    "key", ["token", "Authorization", "api_key", "apiKey", "PASSWORD", "client_secret", "cookie"]
)
def test_secrets_are_masked_by_the_name_of_their_key(key: str) -> None:
    """SX.12"""
    assert recorded({"a": [{key: "canary"}]}) == {"a": [{key: "***"}]}


@dataclass(frozen=True, slots=True)
class Slotted:
    user: str
    password: str


class Named(NamedTuple):
    user: str
    password: str


@pytest.mark.parametrize("form", [Slotted, Named])
def test_secrets_are_masked_in_whatever_has_names(form: Any) -> None:
    assert recorded([form("ada", "hunter2")]) == [{"user": "ada", "password": "***"}]


@pytest.mark.parametrize("before", [{}, {"x" * 200 + str(n): "y" * 490 for n in range(5)}])
def test_a_secret_is_masked_also_where_its_key_is_cut(before: dict[str, str]) -> None:
    key = "x" * 600 + "password"
    assert list(recorded({**before, key: 1234}).values())[-1] == "***"


def test_a_count_of_tokens_is_no_secret() -> None:
    assert recorded({"max_tokens": 5, "totalTokens": 7}) == {"max_tokens": 5, "totalTokens": 7}


@pytest.mark.parametrize(
    "value",
    [
        "x" * 100_000,
        ["x" * 500] * 1000,
        {str(number): "x" * 500 for number in range(1000)},
        [[[["x" * 500] * 50] * 50] * 50],
    ],
    ids=["text", "list", "dict", "nested"],
)
def test_what_is_recorded_is_bounded(value: Any) -> None:
    assert len(encoding.dumps(recorded(value))) < 20_000


class Wordless:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_what_has_no_text_is_recorded_as_such() -> None:
    told = "<Wordless that has no text: RuntimeError>"
    assert recorded({"a": Wordless()}) == {"a": told}
    assert recorded({Wordless(): 1}) == {told: 1}
