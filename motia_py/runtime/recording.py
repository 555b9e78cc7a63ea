"""What is kept of the values that runs handle: bounded copies, secrets masked by the name of their
key. Knows no runs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from motia_py.messages import JSON

#: What stands in the place of a secret.
MASK = "***"
#: Values under keys that look like these are never recorded.
_SECRET = re.compile(
    r"authorization|cookie|token$|secret|passw|api[-_]?key|credential|private[-_]?key",
    re.IGNORECASE,
)
#: What is kept of one recorded value: depth, items of one collection, characters of one text, and
#: of all of it; what is beyond shows as "…". Traces are in memory, a thousand of them.
_DEPTH = 5
_ITEMS = 50
_TEXT = 500
MAX_CHARACTERS = 4000


def is_secret(key: str) -> bool:
    """Whether what stands under this key is nobody's to see."""
    return _SECRET.search(key) is not None


def said(value: object) -> str:
    """`str(value)`, also of what fails at it."""
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} that has no text: {type(error).__name__}>"


def shortened(text: str, limit: int) -> str:
    """The text without its middle where it has more than about `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def recorded(value: Any) -> JSON:
    """A bounded copy of `value` for traces and logs, secrets masked by the name of their key."""
    return recorded_within(value, MAX_CHARACTERS)[0]


def recorded_within(value: Any, characters: int) -> tuple[JSON, int]:
    """A copy of so many characters at most, and how many it took."""
    recorder = _Recorder(characters)
    return recorder.copy(value, _DEPTH), characters - recorder.left


class _Recorder:
    """Copies one value until its characters are spent."""

    __slots__ = ("left",)

    def __init__(self, characters: int) -> None:
        self.left = characters

    def copy(self, value: Any, depth: int) -> JSON:
        if value is None or isinstance(value, (bool, int, float)):
            self.left -= 8
            return value
        if isinstance(value, str):
            return self._text(value)
        if depth == 0:
            return "…"
        named = _fields(value)
        if named is not None:
            return self._items(named.items(), depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            taken = itertools.takewhile(lambda _: self.left > 0, value)
            return [self.copy(item, depth - 1) for item in itertools.islice(taken, _ITEMS)]
        return self._text(said(value))

    def _text(self, text: str) -> str:
        limit = max(0, min(_TEXT, self.left))
        self.left -= min(len(text), limit)
        return text if len(text) <= limit else text[:limit] + "…"

    def _items(self, items: Iterable[tuple[Any, Any]], depth: int) -> dict[str, JSON]:
        copied: dict[str, JSON] = {}
        for key, item in itertools.islice(items, _ITEMS):
            if self.left <= 0:
                break
            whole = said(key)
            name = self._text(whole)
            # By the whole of it: the part that tells may be cut.
            copied[name] = MASK if is_secret(whole) else self.copy(item, depth - 1)
        return copied


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """What stands under names in a value; None if nothing does. Not what it says of itself: a repr
    shows passwords as well."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        named: Mapping[Any, Any] = value._asdict()
        return named
    held: Mapping[Any, Any] = getattr(value, "__dict__", {})
    if not held and is_dataclass(value):
        # One with slots.
        return {each.name: getattr(value, each.name, None) for each in fields(value)}
    return held or None
