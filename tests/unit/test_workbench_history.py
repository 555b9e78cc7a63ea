"""The history of values: who wrote what lately, within bounds of memory."""

from __future__ import annotations

from typing import Any

import pytest

from motia_py.clock import FakeClock
from motia_py.messages import Change
from motia_py.runtime.tracing import TraceLog
from motia_py.web.workbench import history
from motia_py.web.workbench.history import MAX_VALUE_BYTES, History, Place


def made() -> History:
    clock = FakeClock()
    return History(TraceLog(clock), clock.now, "e")


def write(history: History, key: str, value: Any, before: Any = None) -> None:
    change = Change(
        space="state",
        group="g",
        key=key,
        kind="set",
        existed=before is not None,
        old_value=before,
        new_value=value,
    )
    history.wrote([change], "t", None)


def shown(history: History, key: str) -> list[Any]:
    return [write.value for write in history.of(Place("state", "g", key)).writes]


@pytest.mark.parametrize(
    "value",
    [
        "x" * (MAX_VALUE_BYTES + 1),
        {"a": {"b": "x" * MAX_VALUE_BYTES}},
        {"x" * MAX_VALUE_BYTES: 1},
        list(range(MAX_VALUE_BYTES // 4)),
    ],
)
def test_a_large_value_is_cut_as_it_is_kept(value: Any) -> None:
    kept = made()
    write(kept, "k", value, before=value)

    (written,) = kept.of(Place("state", "g", "k")).writes
    (change,) = [each.change for each in kept.feed.items()]
    assert written.is_cut
    assert len(str(written.value)) < MAX_VALUE_BYTES
    assert (change.old_value, change.new_value) == (None, written.value)


def test_a_value_that_fits_is_kept_whole() -> None:
    kept = made()
    value = {"a": ["x" * (MAX_VALUE_BYTES // 2), 1, None, 2.5, True]}
    write(kept, "k", value)
    (written,) = kept.of(Place("state", "g", "k")).writes
    assert (written.value, written.is_cut) == (value, False)


def test_the_key_that_was_not_written_for_longest_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "KEPT_BYTES", 3500)
    kept = made()
    for key in ("a", "b", "c"):
        write(kept, key, key * 1000)
    write(kept, "a", "a")
    write(kept, "d", "d" * 1000)

    assert shown(kept, "b") == []
    assert [shown(kept, key) for key in "acd"] == [["a", "a" * 1000], ["c" * 1000], ["d" * 1000]]


def test_old_values_of_one_key_make_room_for_its_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_BYTES", 30_000)
    kept = made()
    write(kept, "other", "x" * 1000)
    for n in range(100):
        write(kept, "k", str(n) * 500)
    assert len(shown(kept, "k")) == history.KEPT_VALUES
    assert shown(kept, "other") == ["x" * 1000]
