"""The routes of a project as an OpenAPI document. Pure: a registry to a dict, nothing is read.

It says what is declared: what a step answers beyond that, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

from motia_py import encoding
from motia_py.errors import ConfigError, NotJSON
from motia_py.messages import JSON
from motia_py.project.components import Components, unique
from motia_py.project.declarations import HttpTrigger, QueryParam, Schema
from motia_py.project.registry import Registry, Target
from motia_py.project.routing import REST, Segment
from motia_py.project.schemas import compile_schema, json_schema

VERSION = "3.1.0"

_ERROR: Mapping[str, JSON] = {
    "type": "object",
    "description": "What every error is answered with that the server finds itself.",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "details": {
            "type": "array",
            "description": "The places where the body does not fit its schema.",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "traceId": {"type": "string", "description": "Under this the reason is in the log."},
    },
}
_EVENTS: Mapping[str, JSON] = {"text/event-stream": {}}
_REST_NAME = "rest"
#: As RFC 3986 lets it stand in a segment of a path.
_IN_SEGMENT = "!$&'()*+,;=:@"


class _Place(NamedTuple):
    """One path of a route. `rank` says which of two routes at one place is served: the lower."""

    target: Target
    trigger: HttpTrigger
    segments: tuple[Segment, ...]
    rank: int

    @property
    def shape(self) -> tuple[str | None, ...]:
        """The text of each segment, None for a parameter."""
        return tuple(text if kind == "text" else None for kind, text in self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(text for kind, text in self.segments if kind != "text")


def openapi(registry: Registry, *, title: str, version: str) -> dict[str, JSON]:
    """The document for every route that is served.

    OpenAPI has one path for `/a/:id` and `/a/*`, so that of such two with one method only the first
    is in it, as it is the one that answers; the names of parameters are then those of the path's
    first route.
    """
    paths: dict[tuple[str | None, ...], dict[str, JSON]] = {}
    parameters: dict[tuple[str | None, ...], tuple[str, ...]] = {}
    components = Components({"Error": _ERROR})
    ids: set[str] = set()
    for place in sorted(_places(registry), key=lambda place: place.rank):
        operations = paths.setdefault(place.shape, {})
        names = parameters.setdefault(place.shape, _parameter_names(place.names))
        method = place.trigger.method.lower()
        if method in operations:
            continue
        id = unique(place.target.lane.step, ids)
        ids.add(id)
        operations[method] = _operation(place, names, id, components)
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version},
        "tags": [{"name": flow} for flow in _flows(registry)],
        "paths": {
            _path(shape, parameters[shape]): operations for shape, operations in paths.items()
        },
        "components": {"schemas": components.schemas},
    }


def _places(registry: Registry) -> Iterator[_Place]:
    for target in registry.targets:
        trigger = target.trigger
        if not isinstance(trigger, HttpTrigger):
            continue
        segments = target.step.patterns[target.key].segments
        last = segments[-1].kind if segments else "text"
        rank = {"optional": 1, "rest": 2}.get(last, 0)
        if last == "optional":
            yield _Place(target, trigger, segments[:-1], rank)
        yield _Place(target, trigger, segments, rank)


def _flows(registry: Registry) -> Sequence[str]:
    routed = (each.step for each in registry.targets if isinstance(each.trigger, HttpTrigger))
    return list(dict.fromkeys(flow for step in routed for flow in step.config.flows))


def _parameter_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names as the document has them: the rest of a path has none of its own."""
    return tuple(unique(_REST_NAME, names) if name == REST else name for name in names)


def _path(shape: Sequence[str | None], names: Sequence[str]) -> str:
    name = iter(names)
    return "/" + "/".join(
        f"{{{next(name)}}}" if text is None else quote(text, safe=_IN_SEGMENT) for text in shape
    )


def _operation(
    place: _Place, names: Sequence[str], id: str, components: Components
) -> dict[str, JSON]:
    target, trigger = place.target, place.trigger
    config = target.step.config
    operation = {
        "operationId": id,
        "summary": config.name,
        "description": config.description,
        "tags": list(dict.fromkeys(config.flows)),
        "parameters": [*_path_parameters(place, names), *_query_parameters(trigger)],
        "requestBody": _request_body(trigger, f"{id}_body", components),
    }
    shown = {key: value for key, value in operation.items() if value}
    return {**shown, "responses": _responses(target, trigger, id, components)}


def _path_parameters(place: _Place, names: Sequence[str]) -> Iterator[JSON]:
    kinds = [segment.kind for segment in place.segments if segment.kind != "text"]
    for kind, name in zip(kinds, names, strict=True):
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        if kind == "rest":
            parameter["description"] = "The rest of the path: it may hold slashes, or be empty."
        yield parameter


def _query_parameters(trigger: HttpTrigger) -> Iterator[JSON]:
    first: dict[str, QueryParam] = {}
    for each in trigger.query_params:
        first.setdefault(each.name, each)
    for name, each in first.items():
        described = {"description": each.description} if each.description else {}
        yield {"name": name, "in": "query", **described, "schema": {"type": "string"}}


def _request_body(trigger: HttpTrigger, name: str, components: Components) -> JSON:
    if trigger.is_body_streamed:
        return {"description": "Read as it arrives.", "content": {"*/*": {}}}
    content = _content(trigger.body_schema, name, components)
    return {"required": True, "content": content} if content else None


def _responses(
    target: Target, trigger: HttpTrigger, id: str, components: Components
) -> dict[str, JSON]:
    declared = {
        str(status): _answer(_phrase(status), _content(schema, f"{id}_{status}", components))
        for status, schema in trigger.response_schema.items()
    }
    if not any(status < "4" for status in declared):
        streams = target.step.shape.kind == "generator"
        declared["2XX"] = _answer("What the step answers.", _EVENTS if streams else {})
    if target.check is not None:
        declared.setdefault("400", _error("The body does not fit its schema."))
    if trigger.condition is not None:
        declared.setdefault("422", _error("The trigger's condition said no."))
    declared.setdefault("5XX", _error("The step failed, or took too long."))
    return {status: declared[status] for status in sorted(declared)}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _answer(description: str, content: Mapping[str, JSON]) -> JSON:
    return {"description": description, **({"content": content} if content else {})}


def _error(description: str) -> JSON:
    reference = {"$ref": "#/components/schemas/Error"}
    return _answer(description, {"application/json": {"schema": reference}})


def _content(schema: Schema, name: str, components: Components) -> Mapping[str, JSON]:
    shown = _usable(schema)
    if shown is None:
        return {}
    return {"application/json": {"schema": components.place(shown, name) if shown else {}}}


def _usable(schema: Schema) -> Mapping[str, JSON] | None:
    """The JSON Schema; None where there is none, or where nobody could hold a value against it."""
    try:
        shown = json_schema(schema)
        # A bare map of properties loads unchecked, whatever is in it.
        compile_schema(shown, subject="a route")
        return None if shown is None else dict(encoding.plain(shown))
    except (ConfigError, NotJSON):
        return None
