"""Motia 1.0's validators: each returns what is wrong as a list of sentences, by our own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motia_py.errors import ConfigError
from motia_py.messages import JSON
from motia_py.project.dialects import translate_step
from motia_py.project.schemas import compile_schema, json_schema


def validate_schema(schema: Any) -> list[str]:
    """What keeps a schema from checking anything; empty if it checks."""
    try:
        compiled = compile_schema(schema, subject="the value")
    except ConfigError as error:
        return [str(error)]
    return [] if compiled.warning is None else [compiled.warning]


def validate_step_config(config: Any) -> list[str]:
    """The mistake for which a step file with this config would not load; empty if there is none."""
    try:
        translate_step(config, file="config")
    except ConfigError as error:
        return [f"{error} ({error.advice})" if error.advice else str(error)]
    return []


validate_step = validate_step_config


def schema_to_json_schema(schema: Any) -> dict[str, JSON] | None:
    """JSON Schema for a pydantic class or a dict; None for anything else."""
    try:
        return json_schema(schema)
    except ConfigError:
        return None


def pydantic_to_json_schema(model: Any) -> dict[str, JSON] | None:
    """JSON Schema for a pydantic class."""
    return schema_to_json_schema(model)


def check_schema_compatibility(
    schema1: Mapping[str, JSON], schema2: Mapping[str, JSON]
) -> list[str]:
    """Why values of one schema may not fit the other: types that differ, required keys unknown to
    the other; empty if neither is the case."""
    first, second = schema1.get("type"), schema2.get("type")
    if first != second:
        return [f"the types differ: {first} and {second}"]
    if first != "object":
        return []
    return [
        *_unknown_keys(schema1, schema2, "first", "second"),
        *_unknown_keys(schema2, schema1, "second", "first"),
    ]


def _unknown_keys(
    schema: Mapping[str, JSON], other: Mapping[str, JSON], name: str, other_name: str
) -> list[str]:
    missing = sorted(set(schema.get("required", ())) - set(other.get("properties", ())))
    listed = ", ".join(missing)
    return [f"required by the {name}, unknown to the {other_name}: {listed}"] if missing else []
