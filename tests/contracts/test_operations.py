"""What `Operations` does to each engine: what is counted is listed, what is listed can be redriven.

The engine stands alone here; how operations reach a running bus is in tests/integration.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytest

from motia_py.clock import FakeClock
from motia_py.errors import MotiaError
from motia_py.interfaces import Engine
from motia_py.messages import JSON, STATE_SPACE, Lane, Write, stream_space
from motia_py.runtime.operations import Operations, StoredValue
from tests.contracts.deliveries import LANE, OTHER, SIBLING, claim, letter, new


class Operated:
    """Operations on one engine, asked as a command asks them."""

    def __init__(self, engine: Engine, clock: FakeClock) -> None:
        self.engine = engine
        self.clock = clock
        self.redriven: list[str] = []
        self.emitted: list[tuple[str, JSON]] = []
        self.operations = Operations(
            engine,
            commit=engine.state.write,
            redrive=self._redrive,
            emit=self._emit,
            streams=lambda: ("chat",),
        )

    async def __call__(self, name: str, **arguments: JSON) -> Any:
        """The result; of an operation that lists, the items."""
        replies = [each async for each in self.operations.replies(name, arguments)]
        assert [each.kind for each in replies][-1] == "result"
        items = [each.value for each in replies[:-1]]
        return items if name in ("state_list", "state_export") else replies[-1].value

    async def bury(self, *ids: str, lane: Lane = LANE, **fields: Any) -> None:
        """Have deliveries die, one after the other, a second apart."""
        for id in ids:
            await self.engine.queue.push([new(id, self.clock, lane=lane, **fields)])
            (claimed,) = await claim(self.engine.queue, self.clock, lane=lane)
            await self.engine.queue.bury(letter(claimed, died_at=self.clock.now()))
            self.clock.advance(1)

    async def listed(self, **choice: JSON) -> Sequence[str]:
        page = await self("dead_letters", limit=1000, **choice)
        ids = [each["id"] for each in page["letters"]]
        assert page["total"] == len(ids)
        return ids

    async def _redrive(self, delivery_id: str) -> bool:
        self.redriven.append(delivery_id)
        lane = await self.engine.queue.redrive(delivery_id, now=self.clock.now())
        return lane is not None

    async def _emit(self, topic: str, data: JSON) -> None:
        self.emitted.append((topic, data))


@pytest.fixture
def asked(engine: Engine, clock: FakeClock) -> Operated:
    return Operated(engine, clock)


# Asking


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("fly", {}, "no operation 'fly'"),
        ("replies", {}, "no operation 'replies'"),
        ("__init__", {}, "no operation"),
        ("dead_letters", {"limit": 0}, "limit"),
        ("dead_letters", {"limit": 1001}, "limit"),
        ("dead_letters", {"limit": "5"}, "limit"),
        ("dead_letters", {"offset": -1}, "offset"),
        ("dead_letters", {"colour": "red"}, "colour"),
        ("dead_letter", {}, "id"),
        ("dead_letter", {"id": ""}, "id"),
        ("redrive", {"id": ["a"]}, "id"),
        ("redrive_all", {"step": ""}, "step"),
        ("state_get", {"group": "g"}, "key"),
        ("state_get", {"group": 1, "key": "k"}, "group"),
        ("state_set", {"group": "g", "key": "k"}, "value"),
        ("state_list", {}, "group"),
        ("state_import", {"values": {}}, "values"),
        ("emit", {"topic": ""}, "topic"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_says_what_is_wrong(
    asked: Operated, name: str, arguments: dict[str, JSON], reason: str
) -> None:
    with pytest.raises(MotiaError, match=reason):
        await asked(name, **arguments)


# Dead letters


async def test_a_thousand_dead_letters_are_counted_as_they_are_listed(asked: Operated) -> None:
    """A11: list, page, redrive one that is not the first, redrive all, discard."""
    ids = [f"letter-{number:04}" for number in range(1000)]
    await asked.bury(*ids)
    newest_first = ids[::-1]

    assert await asked.listed() == newest_first
    pages = [
        [each["id"] for each in (await asked("dead_letters", offset=offset, limit=300))["letters"]]
        for offset in range(0, 1200, 300)
    ]
    assert [len(page) for page in pages] == [300, 300, 300, 100]
    assert [*chain(*pages)] == newest_first

    await asked("redrive", id="letter-0500")
    assert asked.redriven == ["letter-0500"]
    newest_first.remove("letter-0500")
    assert await asked.listed() == newest_first

    await asked("discard", id="letter-0700")
    newest_first.remove("letter-0700")
    assert await asked.listed() == newest_first

    assert await asked("redrive_all") == {"redriven": 998}
    assert asked.redriven[1:] == newest_first[::-1]
    assert await asked.listed() == []


async def test_those_of_a_step_are_listed_over_all_its_triggers_newest_first(
    asked: Operated,
) -> None:
    for id, lane in [("a", LANE), ("b", OTHER), ("c", SIBLING), ("d", SIBLING), ("e", LANE)]:
        await asked.bury(id, lane=lane)

    assert await asked.listed(step="greet") == ["e", "d", "c", "a"]
    assert await asked.listed(step="log") == ["b"]
    assert await asked.listed(step="gone") == []
    page = await asked("dead_letters", step="greet", limit=2, offset=1)
    assert (page["total"], [each["id"] for each in page["letters"]]) == (4, ["d", "c"])


async def test_pages_fit_together_where_the_clock_was_set_back(asked: Operated) -> None:
    await asked.bury("a", lane=LANE)
    await asked.bury("b", lane=SIBLING)
    asked.clock.jump(-3600)
    await asked.bury("c", lane=LANE)
    await asked.bury("d", lane=SIBLING)

    pages = [
        await asked("dead_letters", step="greet", limit=1, offset=offset) for offset in range(4)
    ]

    assert sorted(page["letters"][0]["id"] for page in pages) == ["a", "b", "c", "d"]


async def test_the_list_leaves_out_what_is_long_and_one_alone_has_it(asked: Operated) -> None:
    await asked.bury("abcdef", data={"n": 1}, group="ada", parent_id="p")

    (listed,) = (await asked("dead_letters"))["letters"]
    shown = await asked("dead_letter", id="abcdef")

    died_at = asked.clock.now() - 1
    assert listed == {
        "id": "abcdef",
        "step": "greet",
        "trigger": "queue(hello)",
        "topic": "hello",
        "group": "ada",
        "trace_id": "t",
        "attempts": 1,
        "spent": 0,
        "created_at": died_at,
        "died_at": died_at,
        "error": "ValueError",
    }
    assert shown == {**listed, "data": {"n": 1}, "traceback": "File ...", "parent_id": "p"}


async def test_one_that_dies_again_says_which_runs_are_new(asked: Operated) -> None:
    await asked.bury("abcdef")
    await asked("redrive", id="abcdef")
    (claimed,) = await claim(asked.engine.queue, asked.clock)
    await asked.engine.queue.bury(letter(claimed))

    shown = await asked("dead_letter", id="abcdef")

    assert (shown["attempts"], shown["spent"]) == (2, 1)


@pytest.mark.parametrize("operation", ["dead_letter", "redrive", "discard"])
async def test_the_begin_of_an_id_will_do(asked: Operated, operation: str) -> None:
    await asked.bury("aaaa1111", "aaaa2222", "bbbb1111")

    found = await asked(operation, id="aaaa2")

    assert found["id"] == "aaaa2222"


@pytest.mark.parametrize("operation", ["dead_letter", "redrive", "discard"])
@pytest.mark.parametrize(
    ("id", "reason"),
    [
        ("aaaa", "2 dead letters begin with aaaa: give more"),
        ("bbb", "no dead letter has the id bbb: .* first 4 characters"),
        ("cccc", "no dead letter has the id cccc"),
        ("aaaa11110", "no dead letter has the id"),
    ],
)
async def test_an_id_that_names_none_or_more_than_one_is_refused(
    asked: Operated, operation: str, id: str, reason: str
) -> None:
    await asked.bury("aaaa1111", "aaaa2222", "bbbb1111")

    with pytest.raises(MotiaError, match=reason):
        await asked(operation, id=id)

    assert await asked.listed() == ["bbbb1111", "aaaa2222", "aaaa1111"]


async def test_an_id_that_is_the_begin_of_another_means_itself(asked: Operated) -> None:
    await asked.bury("aaaa", "aaaa1111")

    assert (await asked("discard", id="aaaa"))["id"] == "aaaa"


async def test_all_of_a_step_leaves_the_others(asked: Operated) -> None:
    await asked.bury("a", "b", lane=LANE)
    await asked.bury("c", lane=OTHER)
    await asked.bury("d", lane=SIBLING)

    assert await asked("redrive_all", step="greet") == {"redriven": 3}
    assert sorted(asked.redriven) == ["a", "b", "d"]
    assert await asked("discard_all", step="greet") == {"discarded": 0}
    assert await asked.listed() == ["c"]
    assert await asked("discard_all", step="log") == {"discarded": 1}
    assert await asked.listed() == []


async def test_what_dies_while_all_are_redriven_is_not_taken_up_once_more(
    engine: Engine, clock: FakeClock
) -> None:
    """Else a step that always fails would keep it going for ever."""
    asked = Operated(engine, clock)

    async def redrive_and_die(delivery_id: str) -> bool:
        is_there = await asked._redrive(delivery_id)
        for claimed in await claim(engine.queue, clock):
            await engine.queue.bury(letter(claimed))
        return is_there

    asked.operations = Operations(
        engine,
        commit=engine.state.write,
        redrive=redrive_and_die,
        emit=asked._emit,
        streams=lambda: (),
    )
    await asked.bury("a", "b", "c")

    assert await asked("redrive_all") == {"redriven": 3}

    assert asked.redriven == ["a", "b", "c"]
    assert len(await asked.listed()) == 3


# State


async def test_state_is_set_read_listed_and_deleted(asked: Operated) -> None:
    assert await asked("state_set", group="users", key="ada", value={"n": 1}) == {"existed": False}
    assert await asked("state_set", group="users", key="ada", value={"n": 2}) == {"existed": True}
    await asked("state_set", group="users", key="bob", value=None)

    assert await asked("state_get", group="users", key="ada") == {"exists": True, "value": {"n": 2}}
    assert await asked("state_groups") == ["users"]
    assert await asked("state_list", group="users") == [
        {"key": "ada", "value": {"n": 2}},
        {"key": "bob", "value": None},
    ]
    assert await asked("state_delete", group="users", key="ada") == {"existed": True}
    assert await asked("state_delete", group="users", key="ada") == {"existed": False}
    assert await asked("state_list", group="users") == [{"key": "bob", "value": None}]


async def test_a_stored_null_is_told_from_no_value(asked: Operated) -> None:
    await asked("state_set", group="g", key="null", value=None)

    assert await asked("state_get", group="g", key="null") == {"exists": True, "value": None}
    assert await asked("state_get", group="g", key="none") == {"exists": False, "value": None}


EXPORTED: list[dict[str, JSON]] = [
    {"space": "state", "group": "a:b", "key": "x/y", "value": [1, None, "ü"]},
    {"space": "state", "group": "users", "key": "ada", "value": None},
    {"space": "stream/chat", "group": "room", "key": "1", "value": {"text": "hi", "id": "1"}},
]


async def test_what_is_exported_can_be_imported_elsewhere(asked: Operated) -> None:
    assert await asked("state_import", values=EXPORTED) == {"written": 3}

    assert await asked("state_export") == EXPORTED


async def test_an_export_leaves_out_what_the_runtime_remembers(asked: Operated) -> None:
    write = Write(space="motia", group="cron", key="tick", kind="set", value=1)
    await asked.engine.state.write([write])

    assert await asked("state_export") == []


async def test_an_import_replaces_and_adds(asked: Operated) -> None:
    await asked("state_set", group="users", key="ada", value="old")
    await asked("state_set", group="users", key="bob", value="kept")

    await asked("state_import", values=EXPORTED)

    assert await asked("state_list", group="users") == [
        {"key": "ada", "value": None},
        {"key": "bob", "value": "kept"},
    ]


async def test_an_imported_item_has_the_id_that_it_is_stored_under(asked: Operated) -> None:
    item = {"space": stream_space("chat"), "group": "room", "key": "1", "value": {"id": "2"}}

    await asked("state_import", values=[item])

    assert await asked.engine.state.get(stream_space("chat"), "room", "1") == {"id": "1"}


GOOD = EXPORTED[0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (3, "dictionary"),
        ({}, "space"),
        ({**GOOD, "space": "motia"}, "space"),
        ({**GOOD, "space": "stream/"}, "space"),
        ({**GOOD, "space": "streams/x"}, "space"),
        ({**GOOD, "group": ""}, "group"),
        ({**GOOD, "group": 1}, "group"),
        ({**GOOD, "key": None}, "key"),
        ({**GOOD, "more": 1}, "more"),
        ({name: GOOD[name] for name in ("space", "group", "key")}, "value"),
        ({**EXPORTED[2], "value": "text"}, "an object"),
    ],
)
async def test_one_bad_value_and_nothing_is_imported(
    asked: Operated, bad: JSON, reason: str
) -> None:
    with pytest.raises(MotiaError, match=reason):
        StoredValue.read(bad)
    with pytest.raises(MotiaError, match=reason):
        await asked("state_import", values=[GOOD, bad])

    assert await asked.engine.state.groups(STATE_SPACE) == []


# Events


async def test_an_event_is_handed_on(asked: Operated) -> None:
    answer = await asked("emit", topic="hello", data={"n": 1})

    assert asked.emitted == [("hello", {"n": 1})]
    assert answer == {"success": True, "emitted": {"topic": "hello", "data": {"n": 1}}}
