"""Every sentence of `StateStore`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from motia_py.clock import Clock, FakeClock
from motia_py.errors import NotJSON, UpdateFailed, ValidationFailed, Violation
from motia_py.interfaces import Engine, StateStore
from motia_py.messages import JSON, STATE_SPACE, Change, Write, stream_space

#: Names that a careless store would confuse, split or quote wrongly.
AWKWARD = [
    "a",
    "a:b",
    "a/b",
    "a%",
    "a_",
    "A",
    "é",
    "好",
    "",
    " ",
    "'; --",
    "a\nb",
    "\x00",
    "x" * 300,
]


def setting(key: str, value: JSON, *, group: str = "g", space: str = STATE_SPACE) -> Write:
    return Write(space=space, group=group, key=key, kind="set", value=value)


def updating(key: str, *operations: dict[str, JSON], group: str = "g") -> Write:
    return Write(space=STATE_SPACE, group=group, key=key, kind="update", operations=operations)


def deleting(key: str, *, group: str = "g") -> Write:
    return Write(space=STATE_SPACE, group=group, key=key, kind="delete")


async def keep(state: StateStore, **values: JSON) -> None:
    await state.write([setting(key, value) for key, value in values.items()])


async def get(state: StateStore, key: str, *, group: str = "g") -> JSON:
    return await state.get(STATE_SPACE, group, key)


async def entries(state: StateStore, *, group: str = "g") -> list[tuple[str, JSON]]:
    return [(key, value) for key, value in await state.list(STATE_SPACE, group)]


def told(change: Change) -> tuple[str, bool, JSON, JSON]:
    return (change.kind, change.existed, change.old_value, change.new_value)


async def test_what_is_missing_is_none(state: StateStore) -> None:
    assert await get(state, "k") is None
    assert await entries(state) == []
    assert list(await state.groups(STATE_SPACE)) == []


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, 2**70, "", "é好\u0000\U0001f600", [], {}, {"a": [1, {"b": None}]}],
    ids=repr,
)
async def test_a_value_comes_back_as_it_was_stored(state: StateStore, value: JSON) -> None:
    await keep(state, k=value)

    found = await get(state, "k")

    assert found == value
    assert type(found) is type(value)


async def test_python_values_are_stored_as_json(state: StateStore) -> None:
    (change,) = await state.write([setting("k", {"t": (1, 2), 3: {"x"}})])

    assert change.new_value == await get(state, "k") == {"t": [1, 2], "3": ["x"]}


async def test_nothing_is_shared(state: StateStore) -> None:
    value = {"n": [1]}
    (first,) = await state.write([setting("k", value)])
    (second,) = await state.write([updating("k", {"type": "set", "path": "m", "value": value})])
    (third,) = await state.write([updating("k")])
    expected = {"n": [1], "m": {"n": [1]}}

    for shown in (
        value,
        first.new_value,
        second.old_value,
        second.new_value,
        third.old_value,
        third.new_value,
        await get(state, "k"),
        dict(await state.list(STATE_SPACE, "g"))["k"],
    ):
        shown["n"].append(2)

    assert await get(state, "k") == expected


async def test_old_and_new_value_of_a_change_are_two_things(state: StateStore) -> None:
    await keep(state, k={"l": [1], "n": 0})

    (change,) = await state.write([updating("k", {"type": "increment", "path": "n"})])
    change.new_value["l"].append(2)

    assert change.old_value == {"l": [1], "n": 0}


async def test_spaces_groups_and_keys_are_kept_apart(state: StateStore) -> None:
    spaces = [STATE_SPACE, stream_space("a"), stream_space("b")]
    places = [(space, group, key) for space in spaces for group in AWKWARD for key in AWKWARD]

    await state.write(
        [
            setting(key, number, group=group, space=space)
            for number, (space, group, key) in enumerate(places)
        ]
    )

    for number, (space, group, key) in enumerate(places):
        assert await state.get(space, group, key) == number
    for space in spaces:
        assert list(await state.groups(space)) == sorted(AWKWARD)
        assert [key for key, _ in await state.list(space, "a:b")] == AWKWARD


async def test_list_keeps_the_order_of_first_writes(state: StateStore) -> None:
    await keep(state, c=1, a=2, b=3)
    await keep(state, c=4)
    await state.write([updating("a", {"type": "set", "value": 5})])

    assert await entries(state) == [("c", 4), ("a", 5), ("b", 3)]


async def test_a_deleted_key_that_is_written_again_is_new(state: StateStore) -> None:
    await keep(state, a=1, b=2)

    await state.write([deleting("a"), setting("a", 3)])

    assert await entries(state) == [("b", 2), ("a", 3)]


async def test_a_group_that_holds_nothing_is_gone(state: StateStore) -> None:
    await state.write([setting("k", 1, group="b"), setting("k", None, group="a")])
    await state.write([deleting("k", group="b")])

    assert list(await state.groups(STATE_SPACE)) == ["a"]


async def test_a_change_says_what_a_set_did(state: StateStore) -> None:
    (created,) = await state.write([setting("k", 1)])
    (replaced,) = await state.write([setting("k", None)])
    (after_null,) = await state.write([setting("k", 2)])

    assert told(created) == ("set", False, None, 1)
    assert told(replaced) == ("set", True, 1, None)
    assert told(after_null) == ("set", True, None, 2)
    assert (created.space, created.group, created.key) == (STATE_SPACE, "g", "k")


async def test_a_change_says_what_a_delete_did(state: StateStore) -> None:
    await keep(state, k={"n": 1})

    (deleted,) = await state.write([deleting("k")])
    (again,) = await state.write([deleting("k")])

    assert told(deleted) == ("delete", True, {"n": 1}, None)
    assert told(again) == ("delete", False, None, None)
    assert await get(state, "k") is None


async def test_an_update_applies_its_operations_to_the_value(state: StateStore) -> None:
    (created,) = await state.write([updating("k", {"type": "increment", "path": "n"})])
    (changed,) = await state.write(
        [
            updating(
                "k",
                {"type": "increment", "path": "n", "by": 2},
                {"type": "append", "path": ["l"], "value": "x"},
            )
        ]
    )

    assert told(created) == ("update", False, None, {"n": 1})
    assert told(changed) == ("update", True, {"n": 1}, {"n": 3, "l": ["x"]})
    assert await get(state, "k") == {"n": 3, "l": ["x"]}


async def test_writes_see_earlier_ones_of_their_batch(state: StateStore) -> None:
    changes = await state.write(
        [
            setting("k", {"n": 1}),
            updating("k", {"type": "increment", "path": "n"}),
            deleting("k"),
            updating("k", {"type": "increment", "path": "n"}),
        ]
    )

    assert [told(change) for change in changes] == [
        ("set", False, None, {"n": 1}),
        ("update", True, {"n": 1}, {"n": 2}),
        ("delete", True, {"n": 2}, None),
        ("update", False, None, {"n": 1}),
    ]
    assert await get(state, "k") == {"n": 1}


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (updating("text", {"type": "increment", "path": ""}), UpdateFailed),
        (
            updating("n", {"type": "increment", "path": ""}, {"type": "bump", "path": ""}),
            UpdateFailed,
        ),
        (setting("n", object()), NotJSON),
        (updating("n", {"type": "set", "value": object()}), NotJSON),
    ],
    ids=["misfit", "second operation", "value", "operand"],
)
async def test_one_failing_write_undoes_all(
    state: StateStore, failing: Write, error: type[Exception]
) -> None:
    await keep(state, gone=0, text="x", n=1)

    with pytest.raises(error):
        await state.write([setting("new", 1), setting("n", 2), deleting("gone"), failing])

    assert await entries(state) == [("gone", 0), ("text", "x"), ("n", 1)]


async def test_a_check_sees_each_new_value(state: StateStore) -> None:
    seen: list[JSON] = []
    increment = {"type": "increment", "path": "n"}

    await state.write(
        [
            replace(setting("k", {"n": (1, 2)}), check=seen.append),
            replace(setting("k", {"n": 1}), check=seen.append),
            replace(updating("k", increment), check=seen.append),
            replace(deleting("k"), check=seen.append),
        ]
    )

    assert seen == [{"n": [1, 2]}, {"n": 1}, {"n": 2}]


async def test_a_check_that_raises_undoes_all(state: StateStore) -> None:
    await keep(state, k=1)

    def refuse(value: JSON) -> None:
        raise ValidationFailed("the item", [Violation("", f"{value} is too much")])

    with pytest.raises(ValidationFailed, match="2 is too much"):
        await state.write([setting("new", 1), replace(setting("k", 2), check=refuse)])

    assert await entries(state) == [("k", 1)]


async def test_no_writes_are_no_changes(state: StateStore) -> None:
    assert list(await state.write([])) == []


async def test_concurrent_updates_lose_nothing(state: StateStore) -> None:
    async def count(times: int) -> None:
        for _ in range(times):
            await state.write([updating("k", {"type": "increment", "path": "n"})])

    await asyncio.gather(*(count(20) for _ in range(5)))

    assert await get(state, "k") == {"n": 100}


async def test_a_name_without_a_utf_8_form_harms_nobody_else(state: StateStore) -> None:
    """A store of text cannot hold it; one in memory may."""
    odd = Write(space=STATE_SPACE, group="g", key="\ud800", kind="set", value=1)
    good = Write(space=STATE_SPACE, group="g", key="good", kind="set", value=2)

    refused, stored = await asyncio.gather(
        state.write([odd]), state.write([good]), return_exceptions=True
    )

    assert isinstance(refused, NotJSON) or not isinstance(refused, BaseException)
    assert not isinstance(stored, BaseException)
    assert await state.get(STATE_SPACE, "g", "good") == 2


async def test_keys_come_in_the_order_of_their_first_writes(state: StateStore) -> None:
    await keep(state, b=1, a=2, c=3)
    await state.write([setting("b", 4), deleting("a"), setting("a", 5)])
    await state.write_behind([setting("x", 1), setting("c", 2)])

    assert list(await state.keys(STATE_SPACE, "g")) == ["b", "c", "a", "x"]
    assert list(await state.keys(STATE_SPACE, "none")) == []


async def test_what_was_written_longest_ago_comes_first(
    state: StateStore, clock: FakeClock
) -> None:
    begun = clock.now()
    await state.write([setting("a", 1), setting("b", 1, group="h")])
    clock.advance(10)
    await state.write([updating("a", {"type": "increment", "path": ""})])
    clock.advance(10)
    await state.write_behind([setting("c", 1), setting("other", 1, space="stream/x")])

    assert list(await state.oldest(STATE_SPACE, limit=10)) == [
        ("h", "b", begun),
        ("g", "a", begun + 10),
        ("g", "c", begun + 20),
    ]
    assert list(await state.oldest(STATE_SPACE, limit=2)) == [
        ("h", "b", begun),
        ("g", "a", begun + 10),
    ]
    assert list(await state.oldest("stream/none", limit=2)) == []


async def test_when_something_was_written_outlives_the_engine(
    make_engine: Callable[[Clock], Engine], clock: FakeClock
) -> None:
    engine = make_engine(clock)
    async with engine:
        await engine.state.write_behind([setting("a", 1)])
        begun = clock.now()
    clock.advance(100)

    async with engine:
        assert list(await engine.state.oldest(STATE_SPACE, limit=1)) == [("g", "a", begun)]


@pytest.mark.parametrize("is_behind", [False, True])
async def test_a_delete_leaves_alone_what_was_written_later(
    state: StateStore, clock: FakeClock, is_behind: bool
) -> None:
    """Whoever decides by the age of a value may be late."""
    await keep(state, a=1, b=1)
    seen = clock.now()
    clock.advance(1)
    write = state.write_behind if is_behind else state.write
    await write([setting("a", 2)])

    changes = await state.write(
        [replace(deleting(key), unless_written_after=seen) for key in ("a", "b", "gone")]
    )

    assert [told(change) for change in changes] == [
        ("delete", False, None, None),
        ("delete", True, 1, None),
        ("delete", False, None, None),
    ]
    assert await entries(state) == [("a", 2)]
