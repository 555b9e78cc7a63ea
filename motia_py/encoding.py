"""JSON in and out. Knows the types that Python people put into payloads; knows no transport."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import uuid
from collections.abc import Mapping, Set
from typing import Any

from pydantic import BaseModel

from motia_py.errors import NotJSON
from motia_py.messages import JSON

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=lambda value: _plain(value)
).encode
_SCALARS = frozenset({bool, type(None)})
_STRING_ONLY = frozenset({str})
#: Above it an int may have more digits than Python writes (4,300), so the encoder must decide.
_SURELY_PRINTABLE_BITS = 14_000


def dumps(value: Any) -> bytes:
    """UTF-8 JSON without spaces.

    Pydantic models and dataclasses become objects, Enum its value, sets a list, Decimal and UUID a
    string, dates ISO 8601, bytes base64.

    Raises:
        NotJSON: the value holds something else, NaN, an infinity, a lone surrogate or itself.
    """
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJSON(f"cannot write as JSON: {_explain(value, error)}") from error


def loads(data: bytes | str) -> JSON:
    """The value that JSON text holds.

    Raises:
        NotJSON: the text is not JSON or not UTF-8, holds NaN or an infinity, or nests too deeply.
    """
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise NotJSON(f"not valid JSON: {reason}") from error


def plain(value: Any) -> JSON:
    """A copy of `value` made of JSON's own types only; shares nothing with it.

    Raises:
        NotJSON: as `dumps`.
    """
    try:
        return _copy(value)
    except RecursionError as error:
        raise NotJSON("cannot write as JSON: it contains itself or nests too deeply") from error


def _copy(value: Any) -> JSON:
    # Written out by type because every state and stream write passes here.
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is str:
        return value if value.isascii() else _encodable(value)
    if kind is int and value.bit_length() <= _SURELY_PRINTABLE_BITS:
        return value
    if kind is float and math.isfinite(value):
        return value
    if kind is dict and _STRING_ONLY.issuperset(map(type, value)):
        return {
            key if key.isascii() else _encodable(key): _copy(item) for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [_copy(item) for item in value]
    return json.loads(dumps(value))


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJSON(f"cannot write as JSON: {error}") from error
    return text


def _plain(value: Any) -> JSON:
    """One step towards JSON for a type that the encoder does not know."""
    if isinstance(value, BaseModel):
        # Not mode="json": pydantic would turn NaN into null and so hide a loss.
        return value.model_dump(by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (uuid.UUID, decimal.Decimal, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=repr)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _explain(value: Any, error: Exception) -> str:
    if isinstance(error, RecursionError) or "Circular" in str(error):
        return "it contains itself or nests too deeply"
    place = _find(value, "value", depth=20)
    return place or str(error)


def _find(value: Any, place: str, *, depth: int) -> str | None:
    """The first place in `value` that has no JSON form, for the error message."""
    if depth == 0:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return f"{place} is {value}, which JSON cannot hold"
    if isinstance(value, Mapping):
        pairs = [(f"{place}[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        pairs = [(f"{place}[{index}]", item) for index, item in enumerate(value)]
    else:
        return _reject(value, place)
    return next(
        (found for name, item in pairs if (found := _find(item, name, depth=depth - 1))), None
    )


def _reject(value: Any, place: str) -> str | None:
    try:
        _encode(value).encode()
    except (TypeError, ValueError) as error:
        return f"{place}: {error}"
    return None


def _refuse_constant(name: str) -> JSON:
    raise ValueError(f"{name} is not JSON")
