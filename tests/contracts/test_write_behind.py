"""What `StateStore` says of writes that need not be durable at once."""

from __future__ import annotations

import asyncio

import pytest

from motia_py.errors import UpdateFailed
from motia_py.interfaces import Engine, StateStore
from motia_py.messages import JSON, Write

SPACE = "stream/chat"


def setting(key: str, value: JSON, group: str = "g") -> Write:
    return Write(space=SPACE, group=group, key=key, kind="set", value=value)


def update(key: str, *operations: dict[str, JSON]) -> Write:
    return Write(space=SPACE, group="g", key=key, kind="update", operations=operations)


def deletion(key: str) -> Write:
    return Write(space=SPACE, group="g", key=key, kind="delete")


async def items(state: StateStore, group: str = "g") -> list[tuple[str, JSON]]:
    return list(await state.list(SPACE, group))


async def test_a_write_behind_says_what_it_did(state: StateStore) -> None:
    (created,) = await state.write_behind([setting("a", 1)])
    (changed,) = await state.write_behind([setting("a", 2)])

    assert (created.existed, created.old_value, created.new_value) == (False, None, 1)
    assert (changed.existed, changed.old_value, changed.new_value) == (True, 1, 2)


async def test_every_read_sees_it_at_once(state: StateStore) -> None:
    await state.write([setting("stored", 0)])

    await state.write_behind([setting("b", 1), setting("a", 2)])
    await state.write_behind([setting("stored", 3), setting("x", 4, group="new group")])

    assert await state.get(SPACE, "g", "a") == 2
    assert await items(state) == [("stored", 3), ("b", 1), ("a", 2)]
    assert list(await state.groups(SPACE)) == ["g", "new group"]


async def test_it_is_there_after_a_flush_and_a_restart(engine: Engine) -> None:
    await engine.state.write_behind([setting("a", 1)])
    await engine.state.write_behind([setting("a", 2), setting("b", 3)])

    await engine.state.flush()
    await engine.__aexit__(None, None, None)
    await engine.__aenter__()

    assert await items(engine.state) == [("a", 2), ("b", 3)]


async def test_a_write_and_a_delete_see_what_was_written_behind(state: StateStore) -> None:
    await state.write_behind([setting("a", {"n": 1}), setting("b", 1)])

    (updated,) = await state.write([update("a", {"type": "increment", "path": "n", "by": 2})])
    (deleted,) = await state.write([deletion("b")])

    assert (updated.old_value, updated.new_value) == ({"n": 1}, {"n": 3})
    assert (deleted.existed, deleted.old_value) == (True, 1)
    assert await items(state) == [("a", {"n": 3})]
    assert await state.get(SPACE, "g", "b") is None


async def test_what_was_written_behind_never_comes_back_over_a_later_write(
    state: StateStore,
) -> None:
    """Two writes at a time: what the first wrote over, the second must not take along again."""
    await state.write_behind([setting("a", "old"), setting("b", "old")])

    first = asyncio.create_task(state.write([setting("a", "new"), deletion("b")]))
    await asyncio.sleep(0)
    second, third = await asyncio.gather(
        state.write([setting("c", 1)]),
        state.write_behind([update("a", {"type": "set", "path": "", "value": "newest"})]),
    )
    await first

    assert (len(second), third[0].old_value) == (1, "new")
    assert await items(state) == [("a", "newest"), ("c", 1)]


async def test_a_write_that_is_cancelled_before_its_turn_holds_nobody_up(
    state: StateStore,
) -> None:
    await state.write_behind([setting("a", 1)])
    first = asyncio.create_task(state.write([setting("a", 2)]))
    await asyncio.sleep(0)
    second = asyncio.create_task(state.write([setting("b", 1)]))
    await asyncio.sleep(0)

    second.cancel()
    await asyncio.wait([first, second])
    await state.write_behind([setting("a", 3)])
    await state.write([setting("a", 4)])

    assert (await items(state))[0] == ("a", 4)


async def test_a_write_behind_sees_writes_and_deletes(state: StateStore) -> None:
    await state.write_behind([setting("a", 1), setting("b", 1)])
    await state.write([setting("a", {"n": 1}), deletion("b")])

    (updated,) = await state.write_behind(
        [update("a", {"type": "increment", "path": "n", "by": 2})]
    )
    (created,) = await state.write_behind([setting("b", 2)])

    assert (updated.old_value, updated.new_value) == ({"n": 1}, {"n": 3})
    assert (created.existed, created.new_value) == (False, 2)
    assert await items(state) == [("a", {"n": 3}), ("b", 2)]


async def test_a_delete_that_is_written_behind_is_seen_too(state: StateStore) -> None:
    await state.write([setting("a", 1), setting("b", 2)])

    (deleted,) = await state.write_behind([deletion("a")])
    await state.write_behind([setting("a", 3)])

    assert (deleted.existed, deleted.old_value) == (True, 1)
    assert await items(state) == [("b", 2), ("a", 3)]


async def test_what_cannot_be_done_changes_nothing(state: StateStore) -> None:
    await state.write_behind([setting("a", 1)])

    with pytest.raises(UpdateFailed):
        await state.write_behind([setting("b", 1), update("a", {"type": "bump"})])

    assert await items(state) == [("a", 1)]


async def test_values_are_shared_with_nobody(state: StateStore) -> None:
    value = {"n": [1]}
    (change,) = await state.write_behind([setting("a", value)])
    value["n"].append(2)
    change.new_value["n"].append(3)
    (await state.get(SPACE, "g", "a"))["n"].append(4)
    (await items(state))[0][1]["n"].append(5)

    assert await state.get(SPACE, "g", "a") == {"n": [1]}


async def test_a_flush_of_nothing_is_nothing(state: StateStore) -> None:
    await state.flush()

    assert await items(state) == []


async def test_a_write_that_is_refused_keeps_nothing_from_being_flushed(engine: Engine) -> None:
    await engine.state.write_behind([setting("a", 1)])

    refused = asyncio.create_task(engine.state.write([update("a", {"type": "bump"})]))
    await asyncio.sleep(0)
    await engine.state.flush()
    with pytest.raises(UpdateFailed):
        await refused
    await engine.__aexit__(None, None, None)
    await engine.__aenter__()

    assert await items(engine.state) == [("a", 1)]
