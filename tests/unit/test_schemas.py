from __future__ import annotations

import datetime
import enum
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypedDict

from motia_py.errors import ConfigError, ValidationFailed, Violation
from motia_py.project.declarations import Schema
from motia_py.project.schemas import Check, compile_schema, json_schema

SUBJECT = "body of POST /orders"


class Line(BaseModel):
    sku: str
    count: int = Field(ge=1)


class Order(BaseModel):
    lines: list[Line]
    due: datetime.datetime | None = None
    price: float = 0.0


class StrictOrder(BaseModel):
    model_config = ConfigDict(strict=True)
    due: datetime.datetime
    count: int = 1


class Filter(BaseModel):
    tags: list[str] = []
    sizes: list[int] | None = None
    page: int = 1
    is_open: bool = False
    note: str | list[str] = ""


class Node(BaseModel):
    child: Node | None = None


@dataclass
class Point:
    x: int


class Row(TypedDict):
    x: int


class Undefined(BaseModel):
    missing: "Nowhere"  # type: ignore[name-defined]  # noqa: F821, UP037  # that is what is tested


class Callback(BaseModel):
    function: Callable[[], None]


ORDER_SCHEMA = Order.model_json_schema()
FILTER_SCHEMA = Filter.model_json_schema()
NUMBER = {"type": "object", "properties": {"n": {"type": "number"}}}


def check_of(schema: Schema) -> Check:
    compiled = compile_schema(schema, subject=SUBJECT)

    assert compiled.warning is None
    assert compiled.check is not None
    return compiled.check


def violations_of(call: Callable[[Any], Any], value: object) -> tuple[Violation, ...]:
    with pytest.raises(ValidationFailed, match=f"^{SUBJECT} does not fit its schema: ") as failure:
        call(value)

    assert failure.value.subject == SUBJECT
    return failure.value.violations


@pytest.mark.parametrize("schema", [None, {}])
def test_without_a_schema_nothing_is_checked(schema: Schema) -> None:
    compiled = compile_schema(schema, subject=SUBJECT)

    assert compiled.check is None
    assert compiled.warning is None


@pytest.mark.parametrize(
    "schema",
    [
        {"message": {"type": "string"}},
        {"type": {"type": "string"}, "title": {"type": "string"}},
        MappingProxyType({"message": {}}),
    ],
)
def test_a_bare_property_map_loads_with_a_warning(schema: Mapping[str, Any]) -> None:
    compiled = compile_schema(schema, subject=SUBJECT)

    assert compiled.check is None
    assert compiled.warning is not None
    assert compiled.warning.startswith(f"{SUBJECT} is not checked")
    assert json_schema(schema) == {"type": "object", "properties": dict(schema)}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strin"}, "type: "),
        ({"properties": {"a": {"type": "int"}}}, "properties.a.type: "),
        ({"type": "string", "pattern": "("}, "pattern: "),
        ({"type": "object", "required": True}, "required: "),
        ({"type": "object", "properties": {"a": Order}}, "value['properties']['a']"),
        ({"enum": [float("nan")]}, "nan"),
        ({"$ref": "#/nowhere"}, "does not exist"),
        ({"$ref": "https://example.org/order.json"}, "Retrieval is disabled"),
        ({"$ref": "file:///etc/hostname"}, "Retrieval is disabled"),
        ({"$schema": "https://example.org/own", "type": "string"}, "Unknown meta-schema"),
        (Undefined, "Nowhere"),
        (object(), "it is <object object"),
        ("Order", "it is 'Order'"),
        (True, "it is True"),
        (Order.model_json_schema, "it is <bound method"),
        (Order(lines=[]), "it is Order("),
        (threading.Thread, "Unable to generate pydantic-core schema"),
    ],
)
def test_an_unusable_schema_is_refused_with_advice(schema: Any, reason: str) -> None:
    with pytest.raises(ConfigError) as failure:
        compile_schema(schema, subject=SUBJECT)

    assert str(failure.value).startswith(f"the schema of {SUBJECT} cannot be used: ")
    assert reason in str(failure.value)
    assert "pydantic class" in failure.value.advice


def test_a_schema_that_contains_itself_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    schema["not"] = schema

    with pytest.raises(ConfigError, match="contains itself"):
        compile_schema(schema, subject=SUBJECT)


@pytest.mark.parametrize("schema", [Order, ORDER_SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"lines": {}}', "lines"),
        (b'{"lines": [{"sku": "a", "count": "many"}]}', "lines.0.count"),
        (b'{"lines": [{"sku": "a", "count": 1}, {"sku": "a", "count": 0}]}', "lines.1.count"),
        (b"[]", ""),
        (b"null", ""),
        (b"{", ""),
        (b"", ""),
        (b"\xff", ""),
        (b'{"lines": [], "price": NaN}', ""),
        (b'{"lines": [], "price": -Infinity}', ""),
        (b'{"lines":' + b"[" * 100_000, ""),
    ],
)
def test_a_misfit_names_its_place(schema: Schema, text: bytes, path: str) -> None:
    violations = violations_of(check_of(schema).text, text)

    assert [violation.path for violation in violations] == [path]
    assert violations[0].message


def test_every_place_is_named() -> None:
    violations = violations_of(check_of(Order).value, {"lines": [{}], "price": "dear"})

    assert [violation.path for violation in violations] == [
        "lines.0.sku",
        "lines.0.count",
        "price",
    ]


def test_each_alternative_says_why_it_failed() -> None:
    schema = {"anyOf": [{"properties": {"n": {"type": "integer"}}}, {"type": "null"}]}

    violations = violations_of(check_of(schema).value, {"n": "x"})

    assert violations == (
        Violation("n", 'the value is not of type "integer"'),
        Violation("", 'the value is not of type "null"'),
    )


@pytest.mark.parametrize("schema", [list[int], {"type": "array", "items": {"type": "integer"}}])
def test_a_flood_of_misfits_is_cut(schema: Schema) -> None:
    assert len(violations_of(check_of(schema).value, ["x"] * 10_000)) == 50


def test_a_message_does_not_quote_the_payload() -> None:
    schema = {"type": "object", "properties": {"password": {"type": "string", "maxLength": 3}}}

    (violation,) = violations_of(check_of(schema).value, {"password": "hunter2"})

    assert "hunter2" not in violation.message


@pytest.mark.parametrize("schema", [Order, ORDER_SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize(
    "value", [object(), {"lines": object()}, {1: 2}, {"lines": [], "price": "\ud800"}]
)
def test_a_value_without_a_json_form_is_a_misfit(schema: Schema, value: object) -> None:
    assert violations_of(check_of(schema).value, value)


def test_a_value_that_contains_itself_is_a_misfit() -> None:
    endless: dict[str, Any] = {}
    endless["child"] = endless

    assert violations_of(check_of(Node).value, endless)


def test_a_costly_pattern_gives_up_instead_of_hanging() -> None:
    check = check_of({"type": "string", "pattern": r"^(?=a)(a|aa)+$"})

    assert violations_of(check.value, "a" * 5_000 + "b")


def test_a_class_gives_instances() -> None:
    check = check_of(Order)
    order = Order(lines=[Line(sku="a", count=2)], due=datetime.datetime(2025, 1, 2, 3))

    assert check.is_model
    value = {"lines": [{"sku": "a", "count": 2}], "due": "2025-01-02T03:00:00"}
    assert check.value(value) == order
    assert check.text(b'{"lines":[{"sku":"a","count":2}],"due":"2025-01-02T03:00:00"}') == order


def test_a_dict_gives_back_what_came_in() -> None:
    check = check_of(ORDER_SCHEMA)
    value = {"lines": [{"sku": "a", "count": 2}], "more": [None, "NaN", 2**70]}

    assert not check.is_model
    assert check.value(value) is value
    assert check.text(b'{"lines": [], "price": 1}') == {"lines": [], "price": 1}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (list[Line], b'[{"sku": "a", "count": 1}]', [Line(sku="a", count=1)]),
        (Point, b'{"x": 1}', Point(1)),
        (Row, b'{"x": 1}', {"x": 1}),
        (Literal["a", "b"], b'"a"', "a"),
        (Line | None, b"null", None),
        (enum.Enum("Size", {"S": "s"}), b'"s"', "s"),
    ],
)
def test_other_types_that_pydantic_reads_are_schemas_too(
    schema: Any, text: bytes, value: object
) -> None:
    checked = check_of(schema).text(text)

    assert getattr(checked, "value", checked) == value


def test_a_strict_class_takes_a_value_by_the_rules_of_json() -> None:
    assert check_of(StrictOrder).value({"due": "2025-01-02T03:00:00"}) == StrictOrder(
        due=datetime.datetime(2025, 1, 2, 3)
    )


def test_a_strict_class_stays_strict() -> None:
    violations = violations_of(
        check_of(StrictOrder).value, {"due": "2025-01-02T03:00:00", "count": "1"}
    )

    assert [violation.path for violation in violations] == ["count"]


def test_an_instance_passes_as_it_is() -> None:
    order = Order(lines=[])

    assert check_of(Order).value(order) is order


def test_an_instance_of_the_class_before_a_reload_passes() -> None:
    earlier = create_model("Line", sku=(str, ...), count=(int, ...))

    assert check_of(Line).value(earlier(sku="a", count=1)) == Line(sku="a", count=1)


def test_a_dict_judges_what_would_travel() -> None:
    schema = {"type": "object", "properties": {"due": {"type": "string"}}, "required": ["due"]}
    value = {"due": datetime.date(2025, 1, 2)}

    assert check_of(schema).value(value) is value


def test_a_format_is_a_hint() -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "format": "date-time"}

    assert check_of(schema).value("2025-01-02T03:00:00") == "2025-01-02T03:00:00"


def test_the_words_nan_and_infinity_may_stand_in_text() -> None:
    assert check_of(Line).text(b'{"sku": "NaN Infinity", "count": 1}').sku == "NaN Infinity"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tags": "a"}, {"tags": ["a"]}),
        ({"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        ({"sizes": "4"}, {"sizes": [4]}),
        ({"sizes": ["4", "5"]}, {"sizes": [4, 5]}),
        ({"page": "3"}, {"page": 3}),
        ({"is_open": "on"}, {"is_open": True}),
        ({"is_open": "false"}, {"is_open": False}),
        ({"note": "5"}, {"note": "5"}),
    ],
)
def test_form_fields_become_what_the_schema_asks_for(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert check_of(FILTER_SCHEMA).form(fields) == expected
    assert check_of(Filter).form(fields) == Filter(**expected)


@pytest.mark.parametrize("schema", [Filter, FILTER_SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"page": "three"}, "page"),
        ({"page": ""}, "page"),
        ({"page": ["1", "2"]}, "page"),
        ({"is_open": "perhaps"}, "is_open"),
        ({"tags": ["a", {}]}, "tags.1"),
    ],
)
def test_a_form_that_does_not_fit_names_the_field(
    schema: Schema, fields: dict[str, Any], path: str
) -> None:
    violations = violations_of(check_of(schema).form, fields)

    assert [violation.path for violation in violations] == [path]


@pytest.mark.parametrize(("text", "number"), [("5", 5.0), ("-0.5", -0.5)])
def test_a_form_gives_numbers(text: str, number: float) -> None:
    assert check_of(NUMBER).form({"n": text, "free": "x"}) == {"n": number, "free": "x"}


@pytest.mark.parametrize("text", ["nan", "inf", "1,5"])
def test_a_form_gives_only_numbers_of_json(text: str) -> None:
    assert violations_of(check_of(NUMBER).form, {"n": text})


def test_a_strict_class_reads_forms() -> None:
    order = check_of(StrictOrder).form({"due": "2025-01-02T03:00:00", "count": "2"})

    assert order.count == 2


def test_a_class_without_json_schema_reads_forms() -> None:
    assert violations_of(check_of(Callback).form, {"function": "f"})


def test_a_class_shows_its_json_schema() -> None:
    assert json_schema(Order) == ORDER_SCHEMA


def test_a_dict_is_shown_as_it_is() -> None:
    assert json_schema(NUMBER) == NUMBER


@pytest.mark.parametrize("schema", [None, Callback])
def test_nothing_is_shown_where_there_is_no_json_schema(schema: Schema) -> None:
    assert json_schema(schema) is None
