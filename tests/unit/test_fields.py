from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from motia_py.errors import ConfigError
from motia_py.project.fields import (
    ANY_TEXT,
    ANYTHING,
    CALLABLE,
    FLAG,
    LIST,
    TEXT,
    TEXTS,
    Fields,
    Form,
    number,
    one_of,
    whole,
)

FILE = "steps/orders_step.py"


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    item_count: int = 3


@dataclass
class Plain:
    item_count: int = 3


def fields_of(raw: object) -> Fields:
    return Fields(raw, file=FILE)


@pytest.mark.parametrize(
    "raw", [{"itemCount": 3}, {"item_count": 3}, Model(), Plain()], ids=lambda raw: repr(raw)
)
def test_a_key_is_read_from_any_shape_and_case(raw: object) -> None:
    fields = fields_of(raw)

    assert fields.required("item_count", ANYTHING) == 3
    assert fields.warnings() == ()


def test_a_model_gives_its_extra_keys_too() -> None:
    fields = fields_of(Model(note="x"))  # type: ignore[call-arg]  # an extra

    assert fields.required("note", TEXT) == "x"


def test_a_model_within_a_model_stays_a_model() -> None:
    inner = Model()

    fields = fields_of(Model(inner=inner))  # type: ignore[call-arg]  # an extra

    assert fields.required("inner", ANYTHING) is inner


def test_none_counts_as_absent() -> None:
    fields = fields_of({"name": None})

    assert fields.optional("name", TEXT, "nobody") == "nobody"
    assert not fields.has("name")


def test_an_absent_mapping_has_no_keys() -> None:
    inner = fields_of({}).inside("queue")

    assert inner.optional("type", TEXT, "standard") == "standard"


@pytest.mark.parametrize("raw", ["text", 5, None, ["a"], Model, object()])
def test_what_has_no_keys_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match="the config must be a dict or a pydantic model, found"):
        fields_of(raw)


def test_a_key_that_is_no_string_is_refused() -> None:
    with pytest.raises(ConfigError, match="the key 1 of `queue` is no string"):
        fields_of({"queue": {1: 2}}).inside("queue")


@pytest.mark.parametrize(
    "raw", [{"bodySchema": 1, "body_schema": 2}, {"body_schema": 1, "schema_of_body": 2}]
)
def test_two_spellings_that_differ_are_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match="two names of one thing and differ") as failure:
        fields_of(raw).optional("body_schema", ANYTHING, None, alias="schema_of_body")

    assert failure.value.advice == "keep one of them"


@pytest.mark.parametrize(
    "raw",
    [
        {"bodySchema": 1, "body_schema": 1},
        {"bodySchema": None, "body_schema": 1},
        {"bodySchema": 1, "body_schema": None},
        {"bodySchema": 1, "schema_of_body": 1},
    ],
)
def test_two_spellings_may_agree(raw: object) -> None:
    fields = fields_of(raw)

    assert fields.required("body_schema", ANYTHING, alias="schema_of_body") == 1
    assert fields.warnings() == ()


@pytest.mark.parametrize(
    ("unread", "advice"),
    [
        ("itmeCount", "did you mean `itemCount`?"),
        ("itme_count", "did you mean `item_count`?"),
        ("price", "known keys are `itemCount`, `name`"),
    ],
)
def test_an_unread_key_is_a_warning_with_the_nearest_read_one(unread: str, advice: str) -> None:
    fields = fields_of({unread: None})
    fields.optional("item_count", ANYTHING, None)
    fields.optional("name", ANYTHING, None)

    assert fields.warnings() == (f"{FILE}: unknown key `{unread}` has no effect; {advice}",)


def test_keys_without_effect_share_a_line_where_they_share_the_reason() -> None:
    fields = fields_of({"a": 1, "b": 2, "c": {"a": 3}})
    fields.ignore("a", "absent", because="it is old")
    fields.ignore("b", because="it is new")
    fields.inside("c").ignore("a", because="it is old")

    assert fields.warnings() == (
        f"{FILE}: `a`, `c.a` have no effect: it is old",
        f"{FILE}: `b` has no effect: it is new",
    )


def test_warnings_of_inner_keys_say_where_they_stand() -> None:
    fields = fields_of({"outerMost": [{"inner": {"a": 1, "b": 2}}]})
    ((place, item),) = fields.each("outer_most")
    fields.at(place, item).inside("inner").ignore("a", because="it is old")

    assert fields.warnings() == (
        f"{FILE}: unknown key `outerMost[0].inner.b` has no effect; known keys are `a`",
        f"{FILE}: `outerMost[0].inner.a` has no effect: it is old",
    )


def test_a_missing_key_says_what_to_add() -> None:
    with pytest.raises(ConfigError, match="`name` is missing: it must be a string") as failure:
        fields_of({}).required("name", TEXT)

    assert failure.value.advice == 'add it, for example "name": "orders"'


@pytest.mark.parametrize("given", ["nmae", "names", "Name", "NAME"])
def test_a_missing_key_is_looked_for_among_those_nobody_reads(given: str) -> None:
    with pytest.raises(ConfigError, match=rf"is missing: .*; did you mean it by `{given}`\?$"):
        fields_of({given: "orders"}).required("name", TEXT)


def test_a_key_that_is_read_is_no_slip_of_another() -> None:
    fields = fields_of({"names": ["a"], "label": "x"})
    fields.required("names", TEXTS)

    with pytest.raises(ConfigError, match=r"is missing: it must be a string that is not empty$"):
        fields.required("name", TEXT)


def test_a_wrong_value_says_what_was_found_and_what_to_write() -> None:
    with pytest.raises(
        ConfigError, match=re.escape("`a[0].itemCount` must be a list, found int 5")
    ) as failure:
        fields_of({}).at("a[0]", {"itemCount": 5}).required("item_count", LIST)

    assert failure.value.advice == 'write for example "itemCount": [...]'


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (TEXT, ""),
        (TEXT, "  "),
        (TEXT, b"x"),
        (TEXT, "a\ud800"),
        (ANY_TEXT, "\ud800"),
        (TEXTS, "text"),
        (TEXTS, ["a", 1]),
        (TEXTS, ["a\udfff"]),
        (LIST, {"a"}),
        (FLAG, 1),
        (FLAG, "true"),
        (CALLABLE, "f"),
        (one_of("a", "b"), "c"),
        (one_of("a", "b"), ["a"]),
        (whole(least=0, example="3"), -1),
        (whole(least=0, example="3"), True),
        (whole(least=0, example="3"), 1.0),
        (number(example="3"), 0),
        (number(example="3"), "3"),
        (number(example="3"), True),
        (number(example="3"), float("nan")),
        (number(example="3"), float("inf")),
        (number(least=1, example="3"), 0.5),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(form: Form[Any], value: object) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"`key` must be {form.expected}, found")):
        fields_of({"key": value}).required("key", form)


def test_half_a_character_is_named_as_what_is_wrong_with_a_text() -> None:
    with pytest.raises(ConfigError, match="found half a character in str"):
        fields_of({"key": "a\ud800"}).required("key", TEXT)


@pytest.mark.parametrize(
    ("form", "value", "read"),
    [
        (TEXT, "a b", "a b"),
        (TEXTS, ("a",), ("a",)),
        (FLAG, False, False),
        (one_of("a", "b"), "b", "b"),
        (whole(least=0, example="3"), 0, 0),
        (number(example="3"), 2, 2.0),
        (number(least=0, example="3"), 0, 0.0),
    ],
)
def test_a_value_of_the_right_form_arrives(form: Form[Any], value: object, read: object) -> None:
    assert fields_of({"key": value}).required("key", form) == read
