"""An overlay is a StateStore as any other, and what is below it never changes."""

from __future__ import annotations

from motia_py.backends.memory import MemoryEngine
from motia_py.backends.overlay import OverlayState
from motia_py.clock import FakeClock
from motia_py.interfaces import StateStore
from tests.contracts.test_state import setting, updating


async def stacked() -> tuple[StateStore, OverlayState]:
    clock = FakeClock()
    below = MemoryEngine(clock).state
    await below.write([setting("a", 1), setting("b", {"n": 1}), setting("none", None)])
    return below, OverlayState(below, clock)


async def test_reads_fall_through_until_something_is_written() -> None:
    below, overlay = await stacked()
    before = await below.list("state", "g")
    assert await overlay.list("state", "g") == before
    changes = await overlay.write(
        [
            setting("a", 2),
            updating("b", {"type": "increment", "path": "n", "by": 4}),
            setting("new", 3),
        ]
    )
    assert [change.existed for change in changes] == [True, True, False]
    assert await overlay.get("state", "g", "b") == {"n": 5}
    assert [key for key, _ in await overlay.list("state", "g")] == ["a", "b", "none", "new"]
    assert await below.list("state", "g") == before


async def test_what_is_deleted_here_stays_below() -> None:
    below, overlay = await stacked()
    deletions = [
        type(write)(space=write.space, group=write.group, key=write.key, kind="delete")
        for write in (setting("a", 0), setting("b", 0), setting("none", 0), setting("never", 0))
    ]
    changes = await overlay.write(deletions)
    # A stored null is a value; a key that never was is none.
    assert [change.existed for change in changes] == [True, True, True, False]
    assert await overlay.list("state", "g") == []
    assert await overlay.groups("state") == []
    assert await below.groups("state") == ["g"]
    await overlay.write([setting("a", "back")])
    assert await overlay.keys("state", "g") == ["a"]


async def test_values_are_shared_with_nobody() -> None:
    _, overlay = await stacked()
    await overlay.write([setting("x", {"deep": []})])
    value = await overlay.get("state", "g", "x")
    value["deep"].append(1)
    assert await overlay.get("state", "g", "x") == {"deep": []}
