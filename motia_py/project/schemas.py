"""Schemas, given as types or as JSON Schema, to compiled checks. Pure: fetches no `$ref`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Protocol, get_origin

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind
from pydantic import FiniteFloat, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from motia_py import encoding
from motia_py.errors import ConfigError, NotJSON, ValidationFailed, Violation
from motia_py.messages import JSON
from motia_py.project.declarations import Schema

#: Reported violations at most: a list of a million wrong items must not become a page of them.
_VIOLATIONS = 50
#: Keywords of JSON Schema whose value may be a dict. A dict of dicts without any of them maps
#: names to schemas, which Motia took for a schema and never checked.
_KEYWORDS_OF_DICTS = frozenset({
    "$defs", "additionalProperties", "const", "contains", "definitions", "dependentSchemas", "else",
    "if", "items", "not", "patternProperties", "properties", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
#: How a form's text becomes a scalar: by pydantic's lax rules for both kinds of schema.
_SCALARS: Mapping[str, TypeAdapter[Any]] = {
    "integer": TypeAdapter(int),
    "number": TypeAdapter(FiniteFloat),
    "boolean": TypeAdapter(bool),
}


class Check(Protocol):
    """Holds values against one schema; safe to use from several threads.

    `is_model` says that the validated value is an instance of the schema's type, not what came in.
    Each method returns the validated value.

    Raises:
        ValidationFailed: the value does not fit, or has no JSON form.
    """

    is_model: bool

    def value(self, value: Any) -> Any:
        """Check a parsed value; also one that holds what `encoding` can write, as a datetime."""
        ...

    def text(self, data: bytes) -> Any:
        """Check JSON text, in one pass where the schema is a type."""
        ...

    def form(self, fields: Mapping[str, JSON]) -> Any:
        """Check a form: text becomes the number, flag or list that the schema asks for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledSchema:
    """`check` is None where nothing is checked; `warning` says why if the author should know."""

    check: Check | None
    warning: str | None = None


def compile_schema(schema: Schema, *, subject: str) -> CompiledSchema:
    """The check for `schema`; `subject` names what is checked, as `body of POST /chat`.

    Raises:
        ConfigError: `schema` is neither a type that pydantic reads nor valid JSON Schema.
    """
    if schema is None or schema == {}:
        return CompiledSchema(check=None)
    if isinstance(schema, Mapping):
        return _compile_json_schema(schema, subject)
    return CompiledSchema(check=_TypeCheck(_adapter(schema, subject), subject))


def json_schema(schema: Schema) -> dict[str, JSON] | None:
    """The JSON Schema of either form, to be shown; None where there is none.

    A bare property map is shown as the object that its author meant.

    Raises:
        ConfigError: as `compile_schema`.
    """
    if schema is None:
        return None
    if isinstance(schema, Mapping):
        properties = dict(schema)
        is_map = _is_property_map(schema)
        return {"type": "object", "properties": properties} if is_map else properties
    try:
        return _adapter(schema, "a step or stream").json_schema()
    except PydanticInvalidForJsonSchema:
        return None


class _TypeCheck:
    """A type that pydantic reads."""

    is_model = True

    def __init__(self, adapter: TypeAdapter[Any], subject: str) -> None:
        self._adapter = adapter
        # Without the adapter's own layer, which costs as much as reading a small body.
        self._validate_json = adapter.validator.validate_json
        self._subject = subject

    def value(self, value: Any) -> Any:
        try:
            return self._adapter.validate_python(value)
        except ValidationError as error:
            return self._retry_as_json(value, error)

    def text(self, data: bytes) -> Any:
        # Pydantic reads NaN and infinities, which are not JSON; `encoding` is the judge of them.
        if b"NaN" in data or b"Infinity" in data:
            _loads(data, self._subject)
        try:
            return self._validate_json(data)
        except ValidationError as error:
            raise self._failure(error) from error

    def form(self, fields: Mapping[str, JSON]) -> Any:
        try:
            return self._adapter.validate_python(
                _with_lists(fields, self._properties), strict=False
            )
        except ValidationError as error:
            raise self._failure(error) from error

    @cached_property
    def _properties(self) -> Mapping[str, JSON]:
        try:
            return _properties(self._adapter.json_schema())
        except PydanticInvalidForJsonSchema:
            return {}

    def _retry_as_json(self, value: Any, first: ValidationError) -> Any:
        # JSON has the last word, because a strict model takes a datetime's text from JSON only.
        # It comes second because it is dearer and because instances pass without being copied.
        try:
            return self._validate_json(encoding.dumps(value))
        except NotJSON:
            raise self._failure(first) from first
        except ValidationError as error:
            raise self._failure(error) from error

    def _failure(self, error: ValidationError) -> ValidationFailed:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return _failure(self._subject, ((place["loc"], place["msg"]) for place in found))


class _JsonSchemaCheck:
    """JSON Schema as a dict."""

    is_model = False

    def __init__(
        self, validator: jsonschema_rs.Validator, properties: Mapping[str, JSON], subject: str
    ) -> None:
        self._validator = validator
        self._properties = properties
        self._subject = subject

    def value(self, value: Any) -> Any:
        try:
            self._hold(value)
        except ValueError:
            # It holds a type that only `encoding` knows: check what would travel.
            self._hold(self._plain(value))
        return value

    def text(self, data: bytes) -> Any:
        return self.value(_loads(data, self._subject))

    def form(self, fields: Mapping[str, JSON]) -> Any:
        listed = _with_lists(fields, self._properties)
        return self.value(
            {name: _coerce(value, self._properties.get(name)) for name, value in listed.items()}
        )

    def _hold(self, value: Any) -> None:
        if self._validator.is_valid(value):
            return
        errors = (leaf for error in self._validator.iter_errors(value) for leaf in _leaves(error))
        raise _failure(self._subject, ((error.instance_path, error.message) for error in errors))

    def _plain(self, value: Any) -> JSON:
        try:
            return encoding.plain(value)
        except NotJSON as error:
            raise ValidationFailed(self._subject, [Violation("", str(error))]) from error


def _compile_json_schema(schema: Mapping[str, JSON], subject: str) -> CompiledSchema:
    if _is_property_map(schema):
        return CompiledSchema(
            check=None,
            warning=f"{subject} is not checked: its schema only maps names to schemas;"
            ' wrap it as {"type": "object", "properties": {...}}',
        )
    try:
        plain = encoding.loads(encoding.dumps(schema))
        # Formats stay hints, as in Motia: pydantic writes `date-time` for datetimes without a zone.
        # The mask keeps payloads out of messages, which end up in logs.
        validator = jsonschema_rs.validator_for(
            plain, validate_formats=False, offline=True, mask="the value"
        )
    except NotJSON as error:
        raise _unusable(subject, str(error)) from error
    except jsonschema_rs.ValidationError as error:
        place = ".".join(map(str, error.instance_path))
        raise _unusable(subject, f"{place}: {error.message}" if place else error.message) from error
    except ValueError as error:
        raise _unusable(subject, str(error)) from error
    return CompiledSchema(check=_JsonSchemaCheck(validator, _properties(plain), subject))


def _adapter(schema: Any, subject: str) -> TypeAdapter[Any]:
    # Pydantic would take a function for one whose arguments are to be checked.
    if not isinstance(schema, type) and get_origin(schema) is None:
        raise _unusable(subject, f"it is {schema!r:.100}")
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(schema)
        adapter.rebuild(raise_errors=True)
    # NameError and TypeError come from annotations that pydantic has to evaluate.
    except (PydanticUserError, NameError, TypeError) as error:
        raise _unusable(subject, str(error).splitlines()[0]) from error
    return adapter


def _unusable(subject: str, reason: str) -> ConfigError:
    return ConfigError(
        f"the schema of {subject} cannot be used: {reason}",
        advice="give a pydantic class, or JSON Schema as a dict, for example"
        " Model.model_json_schema(); a $ref must point into the schema itself, nothing is fetched",
    )


def _is_property_map(schema: Mapping[str, JSON]) -> bool:
    return (
        len(schema) > 0
        and _KEYWORDS_OF_DICTS.isdisjoint(schema)
        and all(isinstance(value, Mapping) for value in schema.values())
    )


def _properties(schema: Mapping[str, JSON]) -> Mapping[str, JSON]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _with_lists(fields: Mapping[str, JSON], properties: Mapping[str, JSON]) -> dict[str, JSON]:
    """A form cannot tell a list of one from a single value; the schema can."""
    return {
        name: value
        if isinstance(value, list) or _by_type(properties.get(name)).keys() - {"null"} != {"array"}
        else [value]
        for name, value in fields.items()
    }


def _coerce(value: JSON, schema: JSON) -> JSON:
    options = _by_type(schema)
    if isinstance(value, list) and "array" in options:
        return [_coerce(item, options["array"].get("items")) for item in value]
    if not isinstance(value, str) or "string" in options:
        return value
    for name, scalar in _SCALARS.items():
        if name in options:
            try:
                return scalar.validate_python(value)
            except ValidationError:
                continue
    return value


def _by_type(schema: JSON) -> dict[str, Mapping[str, JSON]]:
    """The types that a schema allows by name, its `anyOf` included; each with what allows it."""
    if not isinstance(schema, Mapping):
        return {}
    named = schema.get("type", ())
    by_type = dict.fromkeys([named] if isinstance(named, str) else named, schema)
    for option in schema.get("anyOf", ()):
        by_type |= _by_type(option)
    return by_type


def _leaves(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Where several alternatives failed, why each did: pydantic writes `int | None` as two."""
    kind = error.kind
    if not isinstance(kind, (ValidationErrorKind.AnyOf, ValidationErrorKind.OneOfNotValid)):
        yield error
        return
    for alternative in kind.context:
        for inner in alternative:
            yield from _leaves(inner)


def _loads(data: bytes, subject: str) -> JSON:
    try:
        return encoding.loads(data)
    except NotJSON as error:
        raise ValidationFailed(subject, [Violation("", str(error))]) from error


def _failure(subject: str, places: Iterable[tuple[Iterable[Any], str]]) -> ValidationFailed:
    return ValidationFailed(
        subject,
        [
            Violation(".".join(map(str, path)), message)
            for path, message in islice(places, _VIOLATIONS)
        ],
    )
