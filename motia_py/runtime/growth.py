"""Which text of an item only grew since its watchers were last told of it. Pure.

What an answer of a model costs to show is its length then, not the square of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from motia_py import encoding
from motia_py.messages import JSON
from motia_py.runtime.frames import Delta

#: Items of one group that are followed; the one that changed longest ago is forgotten first.
MAX_FOLLOWED = 1000

_SCALARS = (str, int, float, bool, type(None))


@dataclass(slots=True)
class _Followed:
    """An item as it was last told, and what stands for its growing text."""

    fields: Mapping[str, Any]
    ref: int = 0
    grows: str = ""


@dataclass(slots=True)
class Growth:
    """The items of one group. `next_ref` gives numbers that never come twice."""

    next_ref: Callable[[], int]
    _items: OrderedDict[str, _Followed] = field(default_factory=OrderedDict)

    def follow(self, id: str, item: JSON) -> Delta | None:
        """How the item as it is now follows from what was last told of it; None: tell it whole."""
        now = _Followed(_comparable(item)) if isinstance(item, dict) else None
        before = self._items.pop(id, None)
        if now is None:
            return None
        self._items[id] = now
        if len(self._items) > MAX_FOLLOWED:
            self._items.popitem(last=False)
        return self._grown(before, now, item) if before is not None else None

    def clear(self) -> None:
        """Follow nothing: nobody is told of it, so nobody knows what was last told."""
        self._items.clear()

    def forget(self, id: str) -> None:
        """The item is gone."""
        self._items.pop(id, None)

    def _grown(self, before: _Followed, now: _Followed, item: dict[str, JSON]) -> Delta | None:
        if not before.fields.keys() <= now.fields.keys():
            return None
        new = {
            name: value
            for name, value in now.fields.items()
            if name not in before.fields or _differ(before.fields[name], value)
        }
        name = before.grows or _longest_grown(before.fields, new)
        if not name or not (name not in new or _has_grown(before.fields, new, name)):
            return None
        now.grows, now.ref = name, before.ref or self.next_ref()
        if not before.ref:
            return Delta(now.ref, name, None)
        text = item[name][len(before.fields[name]) :]
        others = {other: item[other] for other in new if other != name}
        return Delta(now.ref, name, (text, others))


def _comparable(item: dict[str, JSON]) -> dict[str, Any]:
    """The fields, so that nobody can change them behind our back: lists and objects as text."""
    return {
        name: value if isinstance(value, _SCALARS) else encoding.dumps(value)
        for name, value in item.items()
    }


def _differ(old: Any, new: Any) -> bool:
    # True is 1 here, and is not in JSON.
    return old != new or type(old) is not type(new)


def _longest_grown(before: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    grown = [name for name in new if _has_grown(before, new, name)]
    return max(grown, key=lambda name: len(new[name]), default="")


def _has_grown(before: Mapping[str, Any], new: Mapping[str, Any], name: str) -> bool:
    old, text = before.get(name), new[name]
    return isinstance(old, str) and isinstance(text, str) and text.startswith(old)
