from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from motia_py.messages import JSON
from motia_py.project.components import Components

PLACE = "#/components/schemas/"


class Item(BaseModel):
    sku: str


class Order(BaseModel):
    items: list[Item]


class Basket(BaseModel):
    item: Item
    order: Order


class Node(BaseModel):
    children: list[Node]


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Pet(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")


def placed(*schemas: dict[str, JSON]) -> tuple[list[str], dict[str, JSON]]:
    """The references of schemas that are placed as Given, and what stands there."""
    components = Components({})
    references = [components.place(each, "Given")["$ref"] for each in schemas]
    return references, components.schemas


def test_a_class_and_what_it_is_made_of_stand_side_by_side() -> None:
    references, schemas = placed(Order.model_json_schema())

    assert references == [f"{PLACE}Order"]
    assert schemas.keys() == {"Order", "Item"}
    assert schemas["Order"]["properties"]["items"]["items"] == {"$ref": f"{PLACE}Item"}
    assert "$defs" not in schemas["Order"]


def test_what_several_share_is_placed_once() -> None:
    schemas = [each.model_json_schema() for each in (Item, Order, Basket, Order)]

    references, named = placed(*schemas)

    assert references == [f"{PLACE}{name}" for name in ("Item", "Order", "Basket", "Order")]
    assert named.keys() == {"Item", "Order", "Basket"}


def test_two_that_differ_under_one_name_get_two() -> None:
    first = {"$defs": {"Item": {"type": "string"}}, "title": "A", "$ref": "#/$defs/Item"}
    second = {"$defs": {"Item": {"type": "number"}}, "title": "B", "$ref": "#/$defs/Item"}

    _, schemas = placed(first, second)

    assert schemas["Item"] == {"type": "string"}
    assert schemas["Item_2"] == {"type": "number"}
    assert schemas["B"]["$ref"] == f"{PLACE}Item_2"


def test_two_that_differ_only_in_what_they_refer_to_are_two() -> None:
    def schema(of: str) -> dict[str, JSON]:
        return {
            "title": of,
            "$ref": "#/$defs/List",
            "$defs": {"List": {"items": {"$ref": "#/$defs/Of"}}, "Of": {"type": of}},
        }

    _, schemas = placed(schema("string"), schema("number"))

    assert schemas["List"] == {"items": {"$ref": f"{PLACE}Of"}}
    assert schemas["List_2"] == {"items": {"$ref": f"{PLACE}Of_2"}}


def test_a_class_that_holds_itself_refers_to_itself() -> None:
    references, schemas = placed(Node.model_json_schema())

    assert references == [f"{PLACE}Node"]
    assert schemas["Node"]["properties"]["children"]["items"] == {"$ref": f"{PLACE}Node"}


def test_a_schema_may_point_anywhere_into_itself() -> None:
    tree = {
        "properties": {
            "next": {"$ref": "#"},
            "same": {"$ref": "#/properties/next"},
            "deep": {"$ref": "#/definitions/a~1b%20c/properties/x"},
        },
        "definitions": {"a/b c": {"properties": {"x": {"type": "null"}}}},
    }

    _, schemas = placed(tree)

    assert schemas["Given"]["properties"] == {
        "next": {"$ref": f"{PLACE}Given"},
        "same": {"$ref": f"{PLACE}Given/properties/next"},
        "deep": {"$ref": f"{PLACE}a_1b_c/properties/x"},
    }
    assert schemas["a_1b_c"] == {"properties": {"x": {"type": "null"}}}


def test_which_class_a_value_is_of_is_told_by_the_new_names() -> None:
    _, schemas = placed(Pet.model_json_schema())

    mapping = schemas["Pet"]["properties"]["pet"]["discriminator"]["mapping"]
    assert mapping == {"cat": f"{PLACE}Cat", "dog": f"{PLACE}Dog"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"$ref": {"type": "string"}, "const": {"type": "string"}}},
        {"const": {"$ref": "#/$defs/Item"}},
        {"default": {"$ref": "#"}, "examples": [{"$ref": "#"}], "enum": [{"$ref": "#"}]},
        {"$anchor": "top", "items": {"$ref": "#top"}},
        {"$id": "tree", "items": {"$ref": "#/$defs/T"}, "$defs": {"T": {"type": "string"}}},
        {"properties": {"a": {"$id": "a", "items": {"$ref": "#/$defs/T"}, "$defs": {"T": True}}}},
    ],
)
def test_what_is_no_reference_into_the_schema_stays(schema: dict[str, Any]) -> None:
    _, schemas = placed(schema)
    assert schemas == {"Given": schema}


def test_definitions_keep_the_dialect_of_their_schema() -> None:
    seven = "http://json-schema.org/draft-07/schema#"
    schema = {"$schema": seven, "title": "A", "definitions": {"Pair": {"items": [{}, {}]}}}

    _, schemas = placed(schema)

    assert schemas["Pair"]["$schema"] == seven


@pytest.mark.parametrize(
    ("title", "name"),
    [("An order of tea", "An_order_of_tea"), ("Page[Item]", "Page_Item"), ("订单", "Schema")],
)
def test_a_title_becomes_a_name_that_openapi_takes(title: str, name: str) -> None:
    references, _ = placed({"title": title, "type": "object"})
    assert references == [f"{PLACE}{name}"]
