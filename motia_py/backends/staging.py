"""What writes would do to the values of a store. Pure: old values come in, new ones go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final, NamedTuple, TypeAlias

from motia_py.encoding import plain
from motia_py.messages import JSON, Change, Write
from motia_py.updates import apply_operations

#: Stands for a key that holds nothing, which is not the same as null.
MISSING: Final[Any] = object()

#: Space, group and key.
Place: TypeAlias = tuple[str, str, str]


class Staged(NamedTuple):
    """A write that can no longer fail: what it does, and the store's own value for it."""

    change: Change
    value: JSON


def stage(
    writes: Sequence[Write],
    value_at: Callable[[Place], JSON],
    written_at: Callable[[Place], float],
) -> list[Staged]:
    """What the writes do, one after the other, to a store whose values `value_at` gives.

    `value_at` answers MISSING for a key that holds nothing. `written_at` says when a key that holds
    something was last written; few writes ask. Nothing is changed.

    Raises:
        UpdateFailed: an operation does not fit the value it met.
        NotJSON: a value has no JSON form.
        Exception: what a write's check raised.
    """
    staged: list[Staged] = []
    written: dict[Place, JSON] = {}
    for write in writes:
        place = (write.space, write.group, write.key)
        old = written[place] if place in written else value_at(place)
        limit = write.unless_written_after
        if limit is not None and old is not MISSING:
            # A write of this batch has no time yet, and any is later.
            at = inf if place in written else written_at(place)
            if at > limit:
                staged.append(Staged(_change(write, MISSING, MISSING), MISSING))
                continue
        new = _value_after(write, old)
        change = _change(write, old, new)
        if write.check is not None and new is not MISSING:
            write.check(change.new_value)
        written[place] = new
        staged.append(Staged(change, new))
    return staged


def _value_after(write: Write, old: JSON) -> JSON:
    """The store's own value once the write is done."""
    if write.kind == "set":
        return plain(write.value)
    if write.kind == "update":
        return apply_operations(None if old is MISSING else old, write.operations)
    return MISSING


def _change(write: Write, old: JSON, new: JSON) -> Change:
    existed = old is not MISSING
    return Change(
        space=write.space,
        group=write.group,
        key=write.key,
        kind=write.kind,
        existed=existed,
        # Not copied: the store lets go of it.
        old_value=old if existed else None,
        new_value=None if new is MISSING else plain(new),
    )
