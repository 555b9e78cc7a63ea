"""Whatever is written, at once or behind, the store answers as a dict would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NamedTuple, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.clock import Clock, FakeClock
from motia_py.errors import UpdateFailed
from motia_py.interfaces import Engine
from motia_py.messages import JSON, Change, Write

SPACE = "stream/chat"
#: Names that a store which joins them could mix up.
NAMES = ("a", "a:b", "a/b", "b%", "a%")

#: What a change tells: kind, whether it existed, old and new value.
Told: TypeAlias = tuple[str, bool, JSON, JSON]


class Behind(NamedTuple):
    writes: Sequence[Write]


class AtOnce(NamedTuple):
    writes: Sequence[Write]


class Race(NamedTuple):
    """A write that is under way while another is made behind."""

    writes: Sequence[Write]
    behind: Sequence[Write]


class Flush(NamedTuple):
    pass


class Pass(NamedTuple):
    """Time passes, so that what is behind is saved by itself."""


class Reopen(NamedTuple):
    pass


Command: TypeAlias = Behind | AtOnce | Race | Flush | Pass | Reopen


class Play:
    """One run of commands over a store and a dict; they must agree after each."""

    def __init__(self, engine: Engine, clock: FakeClock) -> None:
        self.engine = engine
        self.clock = clock
        self.model: dict[tuple[str, str], JSON] = {}
        #: When each was last written.
        self.written: dict[tuple[str, str], float] = {}

    async def do(self, command: Command) -> None:
        state = self.engine.state
        match command:
            case Behind(writes):
                await self.check(state.write_behind(writes), writes)
            case AtOnce(writes):
                await self.check(state.write(writes), writes)
            case Race(writes, behind):
                under_way = asyncio.create_task(state.write(writes))
                await asyncio.sleep(0)
                later = asyncio.create_task(state.write_behind(behind))
                await self.check(under_way, writes)
                await self.check(later, behind)
            case Flush():
                await state.flush()
            case Pass():
                self.clock.advance(0.2)
            case Reopen():
                await self.engine.__aexit__(None, None, None)
                await self.engine.__aenter__()
        await self.compare()

    async def check(self, working: Any, writes: Sequence[Write]) -> None:
        after, written = dict(self.model), dict(self.written)
        expected = [_write_to(after, write, written) for write in writes]
        if None in expected:
            with pytest.raises(UpdateFailed):
                await working
        else:
            assert [_told(change) for change in await working] == expected
            self.model = after
            now = self.clock.now()
            self.written = {place: min(written[place], now) for place in after}

    async def compare(self) -> None:
        state = self.engine.state
        for name in NAMES:
            held = [(key, value) for (group, key), value in self.model.items() if group == name]
            assert list(await state.list(SPACE, name)) == held
            for key, value in held:
                assert await state.get(SPACE, name, key) == value
            assert list(await state.keys(SPACE, name)) == [key for key, _ in held]
        oldest = list(await state.oldest(SPACE, limit=100))
        assert oldest == sorted(oldest, key=lambda each: each[2])
        assert sorted(oldest) == sorted((*place, at) for place, at in self.written.items())
        assert [at for *_, at in await state.oldest(SPACE, limit=1)] == [
            at for *_, at in oldest[:1]
        ]
        assert list(await state.groups(SPACE)) == sorted({group for group, _ in self.model})


def _told(change: Change) -> Told:
    return change.kind, change.existed, change.old_value, change.new_value


def _write_to(
    model: dict[tuple[str, str], JSON], write: Write, written: dict[tuple[str, str], float]
) -> Told | None:
    """Do it to the model, and say what the change must tell; None if it cannot be done.

    What is written by this batch counts as later than any time that a write may name.
    """
    place = (write.group, write.key)
    existed, old = place in model, model.get(place)
    if write.kind == "delete":
        limit = write.unless_written_after
        if existed and limit is not None and written[place] > limit:
            return "delete", False, None, None
        model.pop(place, None)
        return "delete", existed, old, None
    new = write.value if write.kind == "set" else _updated(old, write.operations[0]["type"])
    if new == "misfit":
        return None
    model[place] = new
    written[place] = inf
    return write.kind, existed, old, new


def _updated(old: JSON, kind: str) -> JSON:
    if kind == "set":
        return 1
    if kind == "increment":
        return "misfit" if isinstance(old, list) else (old or 0) + 1
    return "misfit" if isinstance(old, int) else [*(old or []), 1]


def _write(
    group: str, key: str, kind: Any, value: JSON, operation: JSON, limit: float | None
) -> Write:
    write = Write(space=SPACE, group=group, key=key, kind=kind, value=value, operations=[operation])
    write.unless_written_after = limit if kind == "delete" else None
    return write


_names = st.sampled_from(NAMES)
_values = st.none() | st.integers(-3, 3) | st.lists(st.integers(), max_size=2)
_operations = st.sampled_from(
    [
        {"type": "increment", "path": ""},
        {"type": "set", "path": "", "value": 1},
        {"type": "append", "path": "", "value": 1},
    ]
)
_kinds = st.sampled_from(["set", "set", "update", "delete"])
#: Before, between and after the times at which something can be written.
_limits = st.sampled_from([None, *(FakeClock().now() + offset for offset in (-0.1, 0.1, 0.3, 0.5))])
_writes = st.lists(
    st.builds(_write, _names, _names, _kinds, _values, _operations, _limits), max_size=3
)
_commands = st.one_of(
    st.builds(Behind, _writes),
    st.builds(Behind, _writes),
    st.builds(AtOnce, _writes),
    st.builds(Race, _writes, _writes),
    st.just(Flush()),
    st.just(Pass()),
    st.just(Reopen()),
)


@settings(max_examples=200, deadline=None)
@given(commands=st.lists(_commands, max_size=20))
def test_a_store_answers_as_a_dict_would(
    make_engine: Callable[[Clock], Engine], commands: Sequence[Command]
) -> None:
    """A20."""
    asyncio.run(_play(make_engine, commands))


async def _play(make_engine: Callable[[Clock], Engine], commands: Sequence[Command]) -> None:
    clock = FakeClock()
    async with make_engine(clock) as engine:
        play = Play(engine, clock)
        for command in commands:
            await play.do(command)
