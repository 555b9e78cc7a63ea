"""What an update does to a value. Pure: every store applies its updates with this function.

It walks dicts and lists by key and index only, never by attribute, so that no path can reach
Python's own objects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from motia_py.encoding import dumps, plain
from motia_py.errors import UpdateFailed
from motia_py.messages import JSON

#: Segments in a path. Deeper data is not a document any more; it bounds what one path can build.
MAX_DEPTH = 32
#: Characters in a segment: room for any id, too short to smuggle a document into a key.
MAX_SEGMENT_CHARACTERS = 256
#: Operations in one update; a store does nothing else while it applies them.
MAX_OPERATIONS = 1_000
#: JSON bytes of the result. A watcher's backlog is cut at this size, so nothing larger could be
#: streamed; an answer that grows token by token stays far below it.
MAX_RESULT_BYTES = 1_048_576
#: Keys that mean something else than data to JavaScript, where values end up.
FORBIDDEN_SEGMENTS = frozenset({"constructor", "prototype"})

_MISSING = object()
#: The key of the box that holds the whole value, so that the root is a place like any other.
_ROOT = ""

#: The fields of each operation besides `type`: those it needs, then those it may have.
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "set": (frozenset(), frozenset({"path", "value"})),
    "merge": (frozenset({"value"}), frozenset({"path"})),
    "increment": (frozenset(), frozenset({"path", "by"})),
    "decrement": (frozenset(), frozenset({"path", "by"})),
    "append": (frozenset({"value"}), frozenset({"path"})),
    "remove": (frozenset({"path"}), frozenset()),
}


def apply_operations(value: JSON, operations: Sequence[Mapping[str, JSON]]) -> JSON:
    """The value after all operations, in order; shares nothing with `value`, which stays as it was.

    None counts as missing and starts from `{}`. A path is a string whose dots nest, or a list of
    exact segments; an empty or absent one is the whole value. A number as segment indexes a list
    at an existing place. `set`, `merge`, `increment`, `decrement` and `append` make the objects
    that are missing on the way; `remove` of what is not there does nothing.

    Raises:
        UpdateFailed: an operation is malformed, out of bounds, or does not fit what it met; the
            message names its index, its path and what was met.
        NotJSON: an operation holds a value without a JSON form.
    """
    if len(operations) > MAX_OPERATIONS:
        raise UpdateFailed(
            f"{len(operations)} operations in one update; at most {MAX_OPERATIONS} are allowed: "
            "split the update"
        )
    box: dict[str, JSON] = {} if value is None else {_ROOT: plain(value)}
    for index, operation in enumerate(operations):
        try:
            _apply(box, operation)
        except _Misfit as misfit:
            raise UpdateFailed(f"{_name(index, operation)}: {misfit}") from None
    result = box.get(_ROOT, {})
    size = len(dumps(result))
    if size > MAX_RESULT_BYTES:
        raise UpdateFailed(
            f"the update makes a value of {size} bytes of JSON; at most {MAX_RESULT_BYTES} are "
            "allowed: keep parts of it under keys of their own"
        )
    return result


class _Misfit(Exception):
    """Why an operation cannot be applied; its index and path are added where it is caught."""


def _apply(box: dict[str, JSON], operation: Mapping[str, JSON]) -> None:
    kind = _check_shape(operation)
    segments = _segments_of(operation.get("path"))
    if kind == "remove":
        _remove(box, segments)
        return
    container, key = _find_or_make(box, segments)
    old = _read(container, key)
    if kind == "set":
        new = plain(operation.get("value"))
    elif kind == "merge":
        new = _merge(old, plain(operation["value"]))
    elif kind == "append":
        new = _append(old, plain(operation["value"]))
    else:
        new = _add(old, operation.get("by", 1), sign=1 if kind == "increment" else -1)
    container[key] = new


def _check_shape(operation: Mapping[str, JSON]) -> str:
    if not isinstance(operation, Mapping):
        raise _Misfit(f"expected an object with a `type`, met {_describe(operation)}")
    kind = operation.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise _Misfit(f"unknown type {_clip(kind)}; expected one of {', '.join(_FIELDS)}")
    needed, optional = _FIELDS[kind]
    fields = operation.keys() - {"type"}
    if missing := needed - fields:
        raise _Misfit(f"{kind} needs {_list(missing)}")
    if unknown := fields - needed - optional:
        raise _Misfit(f"{kind} knows no {_list(unknown)}, only {_list(needed | optional)}")
    return kind


def _segments_of(path: JSON) -> list[str]:
    if path is None or path == "":
        return []
    if isinstance(path, str):
        segments = path.split(".")
    elif isinstance(path, (list, tuple)):
        segments = [_segment_of(segment) for segment in path]
    else:
        raise _Misfit(f"expected a path as a string or a list of segments, met {_describe(path)}")
    if len(segments) > MAX_DEPTH:
        raise _Misfit(f"the path has {len(segments)} segments; at most {MAX_DEPTH} are allowed")
    for segment in segments:
        _check_segment(segment)
    return segments


def _segment_of(segment: JSON) -> str:
    if isinstance(segment, str):
        return segment
    if isinstance(segment, int) and not isinstance(segment, bool):
        return str(segment)
    raise _Misfit(f"expected a string or a list index as segment, met {_describe(segment)}")


def _check_segment(segment: str) -> None:
    if len(segment) > MAX_SEGMENT_CHARACTERS:
        raise _Misfit(
            f"the segment {_clip(segment)} has {len(segment)} characters; "
            f"at most {MAX_SEGMENT_CHARACTERS} are allowed"
        )
    if segment.startswith("__") or segment in FORBIDDEN_SEGMENTS:
        raise _Misfit(f"the segment {segment!r} is not allowed: choose another key")


def _find_or_make(box: dict[str, JSON], segments: list[str]) -> tuple[JSON, str | int]:
    """The container and the key at which a path ends; objects missing on the way are made."""
    container: JSON = box
    key: str | int = _ROOT
    for segment in segments:
        inner = _read(container, key)
        if inner is _MISSING:
            inner = container[key] = {}
        key = _key_in(inner, segment)
        container = inner
    return container, key


def _remove(box: dict[str, JSON], segments: list[str]) -> None:
    if not segments:
        raise _Misfit("remove needs a path; delete the key to remove the whole value")
    container: JSON = box
    key: str | int = _ROOT
    for segment in segments:
        container = _read(container, key)
        try:
            key = _key_in(container, segment)
        except _Misfit:
            return
    if _read(container, key) is not _MISSING:
        del container[key]


def _key_in(container: JSON, segment: str) -> str | int:
    """`segment` as a key of a dict or an index of a list."""
    if isinstance(container, dict):
        return segment
    if not isinstance(container, list):
        raise _Misfit(
            f"expected an object or a list that holds {segment!r}, met {_describe(container)}"
        )
    if not (segment.isascii() and segment.isdigit()):
        raise _Misfit(f"expected a list index, met the segment {segment!r}")
    if int(segment) >= len(container):
        raise _Misfit(
            f"index {segment} is outside the list of {len(container)}; append adds at its end"
        )
    return int(segment)


def _read(container: JSON, key: str | int) -> JSON:
    if isinstance(container, dict):
        return container.get(key, _MISSING)
    return container[key]


def _merge(old: JSON, value: JSON) -> JSON:
    if not isinstance(value, dict):
        raise _Misfit(f"merge expects an object as value, met {_describe(value)}")
    if old is _MISSING:
        return value
    if not isinstance(old, dict):
        raise _Misfit(f"merge expects an object there, met {_describe(old)}")
    old.update(value)
    return old


def _append(old: JSON, value: JSON) -> JSON:
    if old is _MISSING:
        return [value]
    if isinstance(old, list):
        old.append(value)
        return old
    if not isinstance(old, str):
        raise _Misfit(f"append expects a list or a string there, met {_describe(old)}")
    if not isinstance(value, str):
        raise _Misfit(f"only a string can be appended to a string, met {_describe(value)}")
    return old + value


def _add(old: JSON, by: JSON, *, sign: int) -> int | float:
    if not _is_number(by) or not _is_finite(by):
        raise _Misfit(f"expected a finite number as `by`, met {_describe(by)}")
    if old is _MISSING:
        old = 0
    if not _is_number(old):
        raise _Misfit(f"expected a number there, met {_describe(old)}")
    try:
        total: int | float = old + sign * by
    except OverflowError:
        total = math.inf
    if not _is_finite(total):
        raise _Misfit("the result is too large for a number")
    return total


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_finite(number: float) -> bool:
    # An int is finite; asking math would overflow on a large one.
    return isinstance(number, int) or math.isfinite(number)


def _describe(value: JSON) -> str:
    """What kind of thing was met; never the thing itself, because messages are logged."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else f"a Python {type(value).__name__}"


def _name(index: int, operation: JSON) -> str:
    if not isinstance(operation, Mapping):
        return f"operation {index}"
    path = operation.get("path")
    place = "the whole value" if path is None or path == "" else _clip(path)
    return f"operation {index} ({_clip(operation.get('type'))} at {place})"


def _clip(value: JSON) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
