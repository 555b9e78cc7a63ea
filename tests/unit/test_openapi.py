"""The OpenAPI document of a project, judged by a validator of OpenAPI's own community."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from motia_py.compat import MotiaNames
from motia_py.messages import JSON
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import load_project
from motia_py.project.openapi import openapi
from motia_py.project.registry import Registry
from tests.projects import write_project

ROOT = Path(__file__).parents[2]

#: All that a step may declare and OpenAPI could stumble over.
NASTY = """
from pydantic import BaseModel

class Item(BaseModel):
    sku: str

class Order(BaseModel):
    items: list[Item]
    parent: "Order | None" = None

OTHER_ITEM = {"$defs": {"Item": {"type": "number"}}, "type": "array",
              "items": {"$ref": "#/$defs/Item"}}
OLD = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"Pair": {"items": {}}},
       "properties": {"pair": {"$ref": "#/definitions/Pair"}, "self": {"$ref": "#"}}}

config = {
    "name": "Nasty", "description": "All at once", "flows": ["shop", "shop", "back office"],
    "triggers": [
        {"type": "http", "method": "GET", "path": "/"},
        {"type": "http", "method": "GET", "path": "/orders/:id"},
        {"type": "http", "method": "GET", "path": "/orders/*"},
        {"type": "http", "method": "PUT", "path": "/orders/:order-id/", "bodySchema": Order,
         "responseSchema": {200: Order, 404: OTHER_ITEM, 299: {}},
         "queryParams": [{"name": "dry", "description": "does nothing"}, {"name": "dry"}]},
        {"type": "http", "method": "PATCH", "path": "/orders/:id?", "bodySchema": OTHER_ITEM},
        {"type": "http", "method": "DELETE", "path": "/orders"},
        {"type": "http", "method": "DELETE", "path": "/orders/:id?"},
        {"type": "http", "method": "GET", "path": "/files/:rest/*"},
        {"type": "http", "method": "POST", "path": "/%7Bbraces%7D/a%2Fb/größe", "bodySchema": OLD,
         "condition": lambda request: True},
        {"type": "http", "method": "POST", "path": "/upload", "streamBody": True},
        {"type": "http", "method": "POST", "path": "/bare",
         "bodySchema": {"name": {"type": "strin"}}},
        {"type": "http", "method": "HEAD", "path": "/head"},
        {"type": "http", "method": "OPTIONS", "path": "/options"},
    ],
}

async def handler(request, context): ...
"""
EVENTS = """
config = {"type": "api", "name": "Nasty_2", "method": "GET", "path": "/events", "emits": []}

async def handler(request, context):
    yield "x"
"""
QUIET = "config = {'type': 'event', 'name': 'Quiet', 'subscribes': ['t'], 'emits': [], 'flows': ['unseen']}\nasync def handler(data): ...\n"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, JSON]]:
    root = tmp_path_factory.mktemp("nasty")
    files = {"nasty_step.py": NASTY, "zevents_step.py": EVENTS, "quiet_step.py": QUIET}
    write_project(root, {f"steps/{name}": text for name, text in files.items()})
    yield from documents(root)


def documents(root: Path) -> Iterator[dict[str, JSON]]:
    with MotiaNames(), ProjectImports(root) as imports:
        registry = Registry(load_project(root, imports))
        assert registry.failures == ()
        yield openapi(registry, title=root.name, version="1.2")


def faults(document: dict[str, JSON]) -> list[str]:
    return [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]


def operations(document: dict[str, JSON]) -> list[dict[str, JSON]]:
    return [each for methods in document["paths"].values() for each in methods.values()]


def test_the_example_apps_routes_are_a_valid_document() -> None:
    (document,) = documents(ROOT)

    assert faults(document) == []
    assert document["paths"].keys() >= {"/chat", "/openai/chatCompletion/stream/{sessionId}"}


def test_whatever_steps_declare_the_document_is_valid(document: dict[str, JSON]) -> None:
    assert faults(document) == []
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == "1.2"


def test_an_empty_project_has_a_valid_document_too(tmp_path: Path) -> None:
    (document,) = documents(tmp_path)

    assert faults(document) == []
    assert document["paths"] == {}


def test_every_operation_has_an_id_of_its_own(document: dict[str, JSON]) -> None:
    ids = [each["operationId"] for each in operations(document)]

    assert len(set(ids)) == len(ids)
    assert ids[:2] == ["Nasty", "Nasty_2"]
    # A step that is called like another's second route gives way.
    assert document["paths"]["/events"]["get"]["operationId"] == "Nasty_2_2"


def test_flows_that_have_routes_are_tags(document: dict[str, JSON]) -> None:
    assert document["tags"] == [{"name": "shop"}, {"name": "back office"}]
    assert document["paths"]["/"]["get"]["tags"] == ["shop", "back office"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", {"get"}),
        # One template for every name of its parameter; `*` has none beside `:id`.
        ("/orders/{id}", {"get", "put", "patch", "delete"}),
        ("/orders", {"patch", "delete"}),
        ("/files/{rest}/{rest_2}", {"get"}),
        ("/%7Bbraces%7D/a%2Fb/gr%C3%B6%C3%9Fe", {"post"}),
        ("/head", {"head"}),
        ("/options", {"options"}),
    ],
)
def test_a_path_becomes_a_template(document: dict[str, JSON], path: str, methods: set[str]) -> None:
    assert document["paths"][path].keys() == methods


def test_parameters_are_those_of_the_path_and_those_that_the_trigger_names(
    document: dict[str, JSON],
) -> None:
    put = document["paths"]["/orders/{id}"]["put"]
    assert put["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "dry",
            "in": "query",
            "description": "does nothing",
            "schema": {"type": "string"},
        },
    ]


def test_a_route_without_its_optional_part_yields_to_one_declared_so(
    document: dict[str, JSON],
) -> None:
    ids = {
        path: document["paths"][path]["delete"]["operationId"]
        for path in ("/orders", "/orders/{id}")
    }
    assert ids["/orders"] != ids["/orders/{id}"]
    assert "parameters" not in document["paths"]["/orders"]["delete"]


def test_bodies_and_answers_refer_to_named_schemas(document: dict[str, JSON]) -> None:
    put = document["paths"]["/orders/{id}"]["put"]
    schemas = document["components"]["schemas"]

    body = put["requestBody"]["content"]["application/json"]["schema"]
    found = put["responses"]["200"]["content"]["application/json"]["schema"]
    assert body == found == {"$ref": "#/components/schemas/Order"}
    assert {"Order", "Item", "Item_2", "Pair", "Error"} <= schemas.keys()


def test_answers_that_the_server_gives_by_itself_are_errors(document: dict[str, JSON]) -> None:
    put = document["paths"]["/orders/{id}"]["put"]
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

    assert list(put["responses"]) == ["200", "299", "400", "404", "5XX"]
    assert put["responses"]["400"]["content"] == error
    assert put["responses"]["5XX"]["content"] == error
    assert put["responses"]["404"]["content"] != error
    conditional = document["paths"]["/%7Bbraces%7D/a%2Fb/gr%C3%B6%C3%9Fe"]["post"]
    assert list(conditional["responses"]) == ["2XX", "400", "422", "5XX"]


def test_what_is_not_declared_is_not_claimed(document: dict[str, JSON]) -> None:
    bare, upload = (document["paths"][path]["post"] for path in ("/bare", "/upload"))

    assert "requestBody" not in bare
    assert "400" not in bare["responses"]
    assert upload["requestBody"]["content"] == {"*/*": {}}
    assert "content" not in bare["responses"]["2XX"]


def test_a_step_that_yields_answers_with_events(document: dict[str, JSON]) -> None:
    answer = document["paths"]["/events"]["get"]["responses"]["2XX"]
    assert answer["content"] == {"text/event-stream": {}}
