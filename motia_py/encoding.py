"""JSON in and out. Knows the types that Python people put into payloads; knows no transport."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any, NoReturn

from pydantic_core import PydanticSerializationError, from_json, to_json

from motia_py.errors import NotJSON
from motia_py.messages import JSON

#: Levels of lists and objects in what is kept. The parser reads about 200, and what is kept is put
#: into other objects on its way: an event, a change.
MAX_NESTING = 128

_PREFIX = "Error serializing to JSON: TypeError: "
_SCALARS = frozenset({bool, type(None)})
_SETS = frozenset({set, frozenset})
_STRING_ONLY = frozenset({str})
#: Python refuses to print an int of more than 4,300 digits, so whoever got it could not log it.
_PRINTABLE_BITS = 14_000


def dumps(value: Any) -> bytes:
    """UTF-8 JSON without spaces.

    Pydantic models, dataclasses and mappings become objects (keys as text), Enum its value, sets
    and other iterables a list, Decimal and UUID a string, dates ISO 8601, timedelta seconds, bytes
    base64.

    Raises:
        NotJSON: the value holds something else, NaN, an infinity, a lone surrogate or itself.
    """
    try:
        text = to_json(
            value,
            by_alias=True,
            bytes_mode="base64",
            timedelta_mode="float",
            inf_nan_mode="constants",
            fallback=_plain,
        )
    except (PydanticSerializationError, TypeError, ValueError, RecursionError) as error:
        raise _refusal(value, error) from error
    # The encoder has no mode that refuses these; most texts do not even hold the words.
    if (b"NaN" in text or b"Infinity" in text) and (place := _find(value, "value", depth=20)):
        raise NotJSON(f"cannot write as JSON: {place}")
    return text


def loads(data: bytes | str) -> JSON:
    """The value that JSON text holds.

    Raises:
        NotJSON: the text is not JSON or not UTF-8, holds NaN or an infinity, or nests deeper than
            about 200 levels.
    """
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        reason = str(error).replace("recursion limit exceeded", "it nests too deeply")
        raise NotJSON(f"not valid JSON: {reason}") from error


def size_of(value: JSON, most: int) -> int:
    """About how many bytes a value is as JSON. Counts no further than over `most`."""
    if isinstance(value, str):
        return len(value) + 2
    if not isinstance(value, (dict, list)):
        return 8
    parts = itertools.chain.from_iterable(value.items()) if isinstance(value, dict) else value
    size = 2
    for part in parts:
        size += size_of(part, most - size)
        if size > most:
            break
    return size


def plain(value: Any) -> JSON:
    """A copy of `value` made of JSON's own types only; shares nothing with it.

    Raises:
        NotJSON: as `dumps`, or it nests deeper than MAX_NESTING.
    """
    try:
        return _copy(value, MAX_NESTING)
    except RecursionError as error:
        raise _refusal(value, error) from error


def _copy(value: Any, depth: int) -> JSON:
    # Written out by type because every state and stream write passes here.
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is str:
        return value if value.isascii() else _encodable(value)
    if kind is int:
        return value if value.bit_length() <= _PRINTABLE_BITS else _refuse_int()
    if kind is float and math.isfinite(value):
        return value
    if not depth:
        raise NotJSON(f"cannot write as JSON: it nests deeper than {MAX_NESTING} levels")
    if kind is dict:
        if not _STRING_ONLY.issuperset(map(type, value)):
            value = {_as_key(key): item for key, item in value.items()}
        return {
            key if key.isascii() else _encodable(key): _copy(item, depth - 1)
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [_copy(item, depth - 1) for item in value]
    if kind in _SETS:
        # In an order that is the same in every process: what is emitted again must look the same.
        return [_copy(item, depth - 1) for item in sorted(value, key=repr)]
    return _copy(loads(dumps(value)), depth)


def _as_key(key: Any) -> str:
    """A key as JSON writes it; two that look alike become one.

    Raises:
        NotJSON: it is no text, number, null or Enum of these.
    """
    key = key.value if isinstance(key, Enum) else key
    if key is None or isinstance(key, (bool, int, float)):
        return dumps(key).decode()
    if isinstance(key, str):
        return key
    raise NotJSON(f"cannot write as JSON: {key!r} of type {type(key).__name__} cannot be a key")


def _encodable(text: str) -> str:
    """The text, if it can be written as UTF-8.

    Raises:
        NotJSON: it holds a lone surrogate.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJSON(f"cannot write as JSON: {error}") from error
    return text


def _refuse_int() -> NoReturn:
    raise NotJSON("cannot write as JSON: a number of more than 4,300 digits")


def _plain(value: Any) -> JSON:
    """One step towards JSON for a type that the encoder does not know."""
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, memoryview):
        return bytes(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _refusal(value: Any, error: Exception) -> NotJSON:
    if isinstance(error, RecursionError) or "Circular" in str(error):
        return NotJSON("cannot write as JSON: it contains itself or nests too deeply")
    return NotJSON(f"cannot write as JSON: {_find(value, 'value', depth=20) or error}")


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
    elif hasattr(value, "__dict__"):
        pairs = [(f"{place}.{name}", item) for name, item in vars(value).items()]
    else:
        return _reject(value, place)
    found = (_find(item, name, depth=depth - 1) for name, item in pairs)
    return next((problem for problem in found if problem), None) or _reject(value, place)


def _reject(value: Any, place: str) -> str | None:
    try:
        to_json(value, fallback=_plain)
    except (PydanticSerializationError, TypeError, ValueError) as error:
        return f"{place}: {str(error).removeprefix(_PREFIX)}"
    return None
