"""JSON with its secrets out of sight, and back in their places once a person has edited the rest.

Pure. What is a secret is told by the name of its key, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from motia_py.messages import JSON
from motia_py.runtime.recording import MASK, is_secret
from motia_py.web.responding import Refusal

#: There is nothing at that place.
_NOTHING: Any = object()


def masked(value: JSON) -> JSON:
    """A copy, whole but for its secrets."""
    if isinstance(value, Mapping):
        return {
            name: MASK if is_secret(str(name)) else masked(item) for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return value


def restored(edited: JSON, original: JSON) -> JSON:
    """`edited`, once `masked(original)`, with the secrets that nobody edited.

    Raises:
        Refusal: a mask stands where it is not known which secret it hides.
    """
    return _restored(edited, original, place="", is_hidden=False)


def _restored(edited: JSON, original: JSON, *, place: str, is_hidden: bool) -> JSON:
    if edited == MASK:
        if original is _NOTHING or not (is_hidden or original == MASK):
            raise Refusal(
                400,
                f"{place or 'The value'} is {MASK}, and which secret that hides is not known here:"
                " write the value itself, or leave it out",
            )
        return original
    if isinstance(edited, dict):
        before = original if isinstance(original, Mapping) else {}
        return {
            name: _restored(
                item,
                before.get(name, _NOTHING),
                place=f"{place}.{name}".lstrip("."),
                is_hidden=is_secret(name),
            )
            for name, item in edited.items()
        }
    if isinstance(edited, list):
        items = original if isinstance(original, list) else []
        return [
            _restored(item, old, place=f"{place}[{index}]", is_hidden=False)
            for index, (item, old) in enumerate(zip(edited, _olds(edited, items), strict=True))
        ]
    return edited


def _olds(edited: Sequence[JSON], items: Sequence[JSON]) -> list[JSON]:
    """For each item the one that it was. Items may have been moved or taken out, and no secret may
    come to stand with another's data: in doubt there is none."""
    if not any(map(_has_mask, edited)):
        return [_NOTHING] * len(edited)
    shown = [masked(item) for item in items]
    is_same_length = len(edited) == len(items)
    olds: list[JSON] = []
    for index, item in enumerate(edited):
        if is_same_length and (item == shown[index] or shown[index] not in edited):
            olds.append(items[index])
            continue
        twins = [old for old, seen in zip(items, shown, strict=True) if seen == item]
        are_equal = bool(twins) and all(twin == twins[0] for twin in twins)
        olds.append(twins[0] if are_equal else _NOTHING)
    return olds


def _has_mask(value: JSON) -> bool:
    if isinstance(value, dict):
        return any(map(_has_mask, value.values()))
    return any(map(_has_mask, value)) if isinstance(value, list) else value == MASK
