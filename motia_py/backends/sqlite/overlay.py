"""Values that were written behind and that the file does not have yet. Pure: no file, no clock."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from motia_py.backends.staging import MISSING, Place
from motia_py.messages import JSON


class Unsaved(NamedTuple):
    """A value on its way to the file; `version` tells it from a later one of its place."""

    place: Place
    value: JSON
    written_at: float
    version: int


class Overlay:
    """The newest value of each place, from its write until it is saved."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], dict[str, Unsaved]] = {}
        self._dirty: dict[Place, None] = {}
        self._version = 0

    @property
    def is_dirty(self) -> bool:
        """Whether there is anything that nobody has begun to save."""
        return bool(self._dirty)

    def put(self, place: Place, value: JSON, written_at: float) -> None:
        space, group, key = place
        self._version += 1
        items = self._groups.setdefault((space, group), {})
        items[key] = Unsaved(place, value, written_at, self._version)
        self._dirty[place] = None

    def value_at(self, place: Place) -> JSON:
        """The value, MISSING if the file has it."""
        space, group, key = place
        items = self._groups.get((space, group))
        unsaved = None if items is None else items.get(key)
        return MISSING if unsaved is None else unsaved.value

    def items(self, space: str, group: str) -> Mapping[str, JSON]:
        """Keys and values of a group, in the order in which they came to be unsaved."""
        items = self._groups.get((space, group), {})
        return {key: unsaved.value for key, unsaved in items.items()}

    def written(self, space: str) -> Mapping[tuple[str, str], float]:
        """When each value of a space was written, by group and key."""
        return {
            (group, key): unsaved.written_at
            for (each, group), items in self._groups.items()
            if each == space
            for key, unsaved in items.items()
        }

    def groups(self, space: str) -> set[str]:
        return {group for each, group in self._groups if each == space}

    def take_dirty(self, *, but: Container[tuple[str, str]] = ()) -> Sequence[Unsaved]:
        """What is to be saved now, but for some groups; it stays readable until `saved`."""
        places = [place for place in self._dirty if place[:2] not in but]
        for place in places:
            del self._dirty[place]
        return [self._groups[space, group][key] for space, group, key in places]

    def take_group(self, space: str, group: str) -> Sequence[Unsaved]:
        """All that is not saved of a group, in the order of its first writes, to be saved now."""
        unsaved = list(self._groups.get((space, group), {}).values())
        for each in unsaved:
            self._dirty.pop(each.place, None)
        return unsaved

    def saved(self, values: Iterable[Unsaved]) -> None:
        """The file has them: forget those that nobody wrote again meanwhile."""
        for each in values:
            space, group, key = each.place
            current = self._groups.get((space, group), {}).get(key)
            if current is not None and current.version == each.version:
                self.drop(each.place)

    def not_saved(self, values: Iterable[Unsaved]) -> None:
        """Saving them failed: they are to be saved again and first, unless they are gone."""
        again = [each.place for each in values if self.value_at(each.place) is not MISSING]
        self._dirty = dict.fromkeys([*again, *self._dirty])

    def drop(self, place: Place) -> None:
        """Forget a place, whose value the file has."""
        space, group, key = place
        items = self._groups.get((space, group))
        if items is not None and items.pop(key, None) is not None and not items:
            del self._groups[space, group]
        self._dirty.pop(place, None)
