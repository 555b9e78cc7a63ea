"""The named schemas of an OpenAPI document. Pure: takes JSON Schemas that each stand alone, puts
them and their `$defs` side by side, and gives each definition one name, two that differ two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Mapping
from itertools import count
from typing import TypeAlias
from urllib.parse import quote, unquote

from motia_py.messages import JSON

#: A schema and its definitions, by what points to them: `#`, `#/$defs/Item`.
_Parts: TypeAlias = Mapping[str, JSON]

_PLACE = "#/components/schemas/"
#: Where a schema keeps the schemas that it refers to; the second is of older drafts.
_DEFINITIONS = ("$defs", "definitions")
#: Keywords whose keys are names, of schemas.
_MAPS = frozenset({*_DEFINITIONS, "properties", "patternProperties", "dependentSchemas"})
#: Keywords whose value is data: what looks like a reference in there is none.
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9._-]+")


class Components:
    """What was placed so far: `schemas`, by name."""

    def __init__(self, schemas: Mapping[str, JSON]) -> None:
        self.schemas = dict(schemas)
        self._names: dict[str, str] = {}

    def place(self, schema: Mapping[str, JSON], name: str) -> dict[str, JSON]:
        """A reference to `schema`, which is now placed: under its title, or else as `name`."""
        parts = _parts(schema)
        names = {
            pointer: self._name(pointer, parts, str(schema.get("title") or name))
            for pointer in parts
        }

        def moved(reference: str) -> str:
            home = _home(reference, parts)
            if home is None:
                return reference
            rest = unquote(reference).removeprefix(home)
            return f"{_PLACE}{names[home]}{quote(rest, safe='/~$')}"

        if parts["#"].keys() == {"$ref"}:
            # Pydantic writes a class that holds itself so; the class is what has a name.
            names.pop("#")
        for pointer, placed in names.items():
            if placed not in self.schemas:
                self.schemas[placed] = _rewritten(parts[pointer], moved)
        return {"$ref": moved("#") if "#" in names else moved(parts["#"]["$ref"])}

    def _name(self, pointer: str, parts: _Parts, root_name: str) -> str:
        wanted = root_name if pointer == "#" else pointer.rpartition("/")[2]
        wanted = _UNNAMEABLE.sub("_", wanted).strip("_") or "Schema"
        # What a definition means depends on all that it refers to, not on its text alone.
        others = {each: parts[each] for each in _reached(pointer, parts) if each != pointer}
        meaning = json.dumps([wanted, parts[pointer], others], sort_keys=True)
        if meaning not in self._names:
            taken = {*self.schemas, *self._names.values()}
            self._names[meaning] = unique(wanted, taken)
        return self._names[meaning]


def unique(name: str, taken: Container[str]) -> str:
    """`name`, or with the first number behind it that makes it another than those `taken`."""
    if name not in taken:
        return name
    return next(each for number in count(2) if (each := f"{name}_{number}") not in taken)


def _parts(schema: Mapping[str, JSON]) -> dict[str, JSON]:
    if "$id" in schema:
        # Its references start from itself, wherever it stands.
        return {"#": schema}
    dialect = {"$schema": schema["$schema"]} if "$schema" in schema else {}
    parts = {"#": {key: part for key, part in schema.items() if key not in _DEFINITIONS}}
    for keyword in _DEFINITIONS:
        for name, part in schema.get(keyword, {}).items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            whole = {**dialect, **part} if isinstance(part, Mapping) else part
            parts[f"#/{keyword}/{escaped}"] = whole
    return parts


def _home(reference: str, parts: _Parts) -> str | None:
    """The part that a reference points into; None if it points elsewhere."""
    pointed = unquote(reference)
    homes = [each for each in parts if f"{pointed}/".startswith(f"{each}/")]
    return max(homes, key=len, default=None)


def _reached(pointer: str, parts: _Parts) -> list[str]:
    """The part itself and all that it refers to, however far, sorted."""
    reached: set[str] = set()
    waiting = [pointer]
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting += (home for ref in _references(parts[each]) if (home := _home(ref, parts)))
    return sorted(reached)


def _references(schema: JSON) -> list[str]:
    found: list[str] = []

    def noted(reference: str) -> str:
        found.append(reference)
        return reference

    _rewritten(schema, noted)
    return found


def _rewritten(schema: JSON, moved: Callable[[str], str]) -> JSON:
    """A schema with other references."""
    if isinstance(schema, list):
        return [_rewritten(each, moved) for each in schema]
    if not isinstance(schema, Mapping) or "$id" in schema:
        return schema
    return {keyword: _rewritten_value(keyword, value, moved) for keyword, value in schema.items()}


def _rewritten_value(keyword: str, value: JSON, moved: Callable[[str], str]) -> JSON:
    if keyword == "$ref":
        return moved(value)
    if keyword == "discriminator" and isinstance(value, Mapping):
        named = {name: moved(reference) for name, reference in value.get("mapping", {}).items()}
        return {**value, "mapping": named}
    if keyword in _DATA:
        return value
    if keyword in _MAPS and isinstance(value, Mapping):
        return {name: _rewritten(part, moved) for name, part in value.items()}
    return _rewritten(value, moved)
