"""Values that the file does not have yet."""

from __future__ import annotations

from motia_py.backends.sqlite.overlay import Overlay
from motia_py.backends.staging import MISSING

A, B = ("space", "g", "a"), ("space", "g", "b")


def test_a_value_can_be_read_until_it_is_saved() -> None:
    overlay = Overlay()
    overlay.put(A, 1, 0.0)

    saving = overlay.take_dirty()
    while_saving = overlay.value_at(A)
    overlay.saved(saving)

    assert (while_saving, overlay.value_at(A), overlay.is_dirty) == (1, MISSING, False)
    assert (overlay.items("space", "g"), overlay.groups("space")) == ({}, set())


def test_what_is_written_while_it_is_saved_is_to_be_saved_again() -> None:
    overlay = Overlay()
    overlay.put(A, 1, 0.0)
    saving = overlay.take_dirty()

    overlay.put(A, 2, 0.0)
    overlay.saved(saving)

    assert overlay.value_at(A) == 2
    assert [each.value for each in overlay.take_dirty()] == [2]


def test_what_could_not_be_saved_is_to_be_saved_again_as_it_is_then() -> None:
    overlay = Overlay()
    overlay.put(A, 1, 0.0)
    overlay.put(B, 1, 0.0)
    saving = overlay.take_dirty()

    overlay.put(A, 2, 0.0)
    overlay.drop(B)
    overlay.not_saved(saving)

    assert [(each.place, each.value) for each in overlay.take_dirty()] == [(A, 2)]


def test_groups_and_items_keep_their_spaces_apart() -> None:
    overlay = Overlay()
    overlay.put(("one", "g", "b"), 1, 0.0)
    overlay.put(("one", "g", "a"), 2, 0.0)
    overlay.put(("two", "h", "c"), None, 0.0)

    assert list(overlay.items("one", "g").items()) == [("b", 1), ("a", 2)]
    assert (overlay.groups("one"), overlay.groups("two")) == ({"g"}, {"h"})
    assert overlay.value_at(("two", "h", "c")) is None
