"""What becomes JSON, what comes back, and what is refused."""

from __future__ import annotations

import datetime as dt
import enum
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from motia_py.encoding import MAX_NESTING, dumps, loads, plain
from motia_py.errors import NotJSON
from motia_py.messages import JSON


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Mood(str, enum.Enum):  # noqa: UP042  # users write both forms
    GOOD = "good"


class Point(NamedTuple):
    x: int
    y: int


class User(BaseModel):
    user_name: str = Field(alias="userName")
    joined: dt.date


@dataclass
class Order:
    id: UUID
    total: Decimal
    colours: list[Colour]


ID = UUID("12345678-1234-5678-1234-567812345678")
BERLIN_SUMMER = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        (OrderedDict(a=1), {"a": 1}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (
            {1: "a", 2.5: "b", False: "c"},
            {"1": "a", "false": "c", "2.5": "b"},
        ),
        ({Mood.GOOD: Mood.GOOD}, {"good": "good"}),
        ([Colour.RED, Level.LOW], ["red", 1]),
        ({"a"}, ["a"]),
        (frozenset({2, 1}), [1, 2]),
        (dt.datetime(2024, 5, 1, 12, 30, tzinfo=BERLIN_SUMMER), "2024-05-01T12:30:00+02:00"),
        (dt.date(2024, 5, 1), "2024-05-01"),
        (dt.time(12, 30), "12:30:00"),
        (dt.timedelta(minutes=1, milliseconds=500), 60.5),
        (ID, str(ID)),
        (Decimal("10.10"), "10.10"),
        (PurePosixPath("a/b"), "a/b"),
        (b"\x00\xff", "AP8="),
        (bytearray(b"a"), "YQ=="),
        (memoryview(b"a"), "YQ=="),
        (
            User(userName="Zoë", joined=dt.date(2024, 5, 1)),
            {"userName": "Zoë", "joined": "2024-05-01"},
        ),
        (
            Order(id=ID, total=Decimal("1.5"), colours=[Colour.RED]),
            {"id": str(ID), "total": "1.5", "colours": ["red"]},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_python_people_put_into_payloads_becomes_json(value: Any, expected: JSON) -> None:
    assert loads(dumps(value)) == expected
    assert plain(value) == expected


def test_the_bytes_are_utf8_without_spaces() -> None:
    assert dumps({"a": [1, "好"], "b": {}}) == '{"a":[1,"好"],"b":{}}'.encode()


def circular_list() -> list[Any]:
    circle: list[Any] = [1]
    circle.append(circle)
    return circle


def deep_list(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {"a": object()},
        {"a": lambda: None},
        float("nan"),
        [float("inf")],
        {"a": [-float("inf")]},
        "\ud800",
        {"\ud800": 1},
        circular_list(),
        {"a": circular_list()},
        deep_list(100_000),
        Order,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    for encode in (dumps, plain):
        with pytest.raises(NotJSON):
            encode(value)


@pytest.mark.parametrize(
    "value", [{(1, 2): "tuple key"}, 10**5000, {"a": [10**5000]}], ids=["tuple", "int", "nested"]
)
def test_what_would_not_come_back_as_it_was_is_not_stored(value: Any) -> None:
    with pytest.raises(NotJSON):
        plain(value)


def test_a_set_is_stored_in_one_order_whatever_the_process() -> None:
    assert plain({"letters": {"b", "c", "a"}}) == {"letters": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, {"b": object()}]}, r"value\['a'\]\[1\]\['b'\]: object has no JSON form"),
        ({"a": float("nan")}, r"value\['a'\] is nan, which JSON cannot hold"),
        (circular_list(), "contains itself"),
    ],
)
def test_the_refusal_names_the_place_and_the_type(value: Any, place: str) -> None:
    with pytest.raises(NotJSON, match=place):
        dumps(value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "{'a': 1}", "[1,]", "NaN", "[Infinity]", "-Infinity", b"\xff\xfe\x00", "[" * 100_000],
    ids=lambda text: str(text[:12]),
)
def test_text_that_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(NotJSON, match="not valid JSON"):
        loads(text)


def test_a_copy_shares_nothing_with_the_original() -> None:
    original = {"a": [{"b": [1]}], "t": ([1],)}

    copy = plain(original)
    copy["a"][0]["b"].append(2)
    copy["t"][0].append(2)

    assert original == {"a": [{"b": [1]}], "t": ([1],)}


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(_json)
def test_json_comes_back_as_it_went(value: JSON) -> None:
    assert loads(dumps(value)) == value
    assert plain(value) == value


@settings(deadline=None)
@given(st.text())
def test_bytes_and_copy_refuse_the_same_text(text: str) -> None:
    outcomes = []
    for encode in (dumps, plain):
        try:
            encode({text: text})
            outcomes.append("fits")
        except NotJSON:
            outcomes.append("refused")

    assert outcomes[0] == outcomes[1]


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_what_is_kept_nests_no_deeper_than_can_be_read_back_inside_an_event() -> None:
    deepest = plain(nested(MAX_NESTING))

    assert loads(dumps({"a": {"b": {"c": deepest}}}))["a"]["b"]["c"] == deepest
    with pytest.raises(NotJSON, match="deeper than 128"):
        plain(nested(MAX_NESTING + 1))
    with pytest.raises(NotJSON, match="deeper than 128"):
        plain({"in": frozenset([str(nested(1))]), "model": [nested(MAX_NESTING)]})
