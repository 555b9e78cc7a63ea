"""`ttl` and `maxItems` of streams, on each kind of engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.backends.memory import MemoryEngine, MemoryState
from motia_py.clock import FakeClock
from motia_py.interfaces import Engine
from motia_py.messages import JSON, Write
from motia_py.testing import MotiaTester
from tests.integration.conftest import ENGINES, OpenTester
from tests.projects import api_step, write_project
from tests.watched_engine import WatchedEngine

STEPS = {
    "steps/set_step.py": api_step(
        "set",
        """
        ids = req.query_params["id"]
        for id in [ids] if isinstance(ids, str) else ids:
            await context.streams.chat.set(req.query_params.get("group", "g"), id, {"n": 1})
        return {"body": [item["id"] for item in await context.streams.chat.get_group("g")]}
        """,
    ),
    "steps/update_step.py": api_step(
        "update",
        """
        grow = [{"type": "increment", "path": "n"}]
        await context.streams.chat.update("g", req.query_params["id"], grow)
        return {"body": [item["id"] for item in await context.streams.chat.get_group("g")]}
        """,
    ),
    "steps/many_step.py": api_step(
        "many",
        """
        import asyncio
        await asyncio.gather(*(context.streams.chat.set("g", str(n), {}) for n in range(50)))
        return {"body": [item["id"] for item in await context.streams.chat.get_group("g")]}
        """,
    ),
}
WATCHER = {
    "steps/watch_step.py": """
        from motia_py import stream

        config = {"name": "Watch", "enqueues": [], "triggers": [stream("chat")]}


        async def handler(input, context):
            event = [input["event"]["type"], input["id"]]
            await context.state.update("seen", "all", [{"type": "append", "path": "e", "value": event}])
        """
}


def stream_file(**base: Any) -> str:
    return f'config = {{"name": "chat", "baseConfig": {base!r}}}\n'


def project(root: Path, *, more: dict[str, str] | None = None, **base: Any) -> Path:
    return write_project(
        root, {**STEPS, **(more or {}), "steps/chat_stream.py": stream_file(**base)}
    )


async def ids(motia: MotiaTester, group: str = "g") -> list[str]:
    return [item["id"] for item in await motia.stream("chat", group)]


async def restore(motia: MotiaTester, *keys: str) -> None:
    """What `motia-py state import` does."""
    values = [
        {"space": "stream/chat", "group": "g", "key": key, "value": {"id": key}} for key in keys
    ]
    async for _ in motia.app.operations.replies("state_import", {"values": values}):
        pass


class Watcher:
    """One who watches the group."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def told(self, count: int) -> list[tuple[str, str]]:
        """The next `count` changes: what happened, and to which item."""
        frames = [await self._socket.receive_json(timeout=5) for _ in range(count)]
        return [(frame["event"]["type"], frame["id"]) for frame in frames]


@asynccontextmanager
async def watching(motia: MotiaTester) -> AsyncIterator[Watcher]:
    async with motia.connect() as socket:
        join = {"streamName": "chat", "groupId": "g", "subscriptionId": "s"}
        await socket.send_json({"type": "join", "data": join})
        await socket.receive_json(timeout=5)
        yield Watcher(socket)


# maxItems


async def test_one_item_more_takes_the_place_of_the_oldest(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, maxItems=3)) as motia, watching(motia) as watcher:
        seen = [(await motia.get("/set", params={"id": id})).body for id in "abcde"]
        told = await watcher.told(7)

    # As the handler itself sees it, right after its `set`.
    assert seen == [["a"], ["a", "b"], ["a", "b", "c"], ["b", "c", "d"], ["c", "d", "e"]]
    assert told == [
        ("create", "a"),
        ("create", "b"),
        ("create", "c"),
        ("create", "d"),
        ("delete", "a"),
        ("create", "e"),
        ("delete", "b"),
    ]


async def test_an_update_is_no_new_item(open_tester: OpenTester, tmp_path: Path) -> None:
    """Nor does it make an item younger: the order is that of the first writes."""
    async with open_tester(project(tmp_path, maxItems=2)) as motia:
        await motia.get("/set?id=a&id=b&id=a")
        updated = await motia.get("/update?id=a")
        created = await motia.get("/update?id=c")

    assert (updated.body, created.body) == (["a", "b"], ["b", "c"])


async def test_each_group_has_a_bound_of_its_own(open_tester: OpenTester, tmp_path: Path) -> None:
    async with open_tester(project(tmp_path, maxItems=1)) as motia:
        await motia.get("/set?id=a&group=g")
        await motia.get("/set?id=b&group=h")

        assert (await ids(motia, "g"), await ids(motia, "h")) == (["a"], ["b"])


async def test_fifty_that_are_created_at_once_leave_the_newest(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, maxItems=5)) as motia, watching(motia) as watcher:
        seen = (await motia.get("/many")).body
        told = await watcher.told(95)

        assert seen == await ids(motia)
    assert len(seen) == 5
    assert sorted(told) == sorted(
        [
            *(("create", str(n)) for n in range(50)),
            *(("delete", str(n)) for n in range(50) if str(n) not in seen),
        ]
    )


async def test_fifty_requests_at_once_leave_no_surplus(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, maxItems=5)) as motia:
        answers = await asyncio.gather(*(motia.get(f"/set?id={n}") for n in range(50)))

        assert len(await ids(motia)) == 5
    assert {answer.status for answer in answers} == {200}


async def test_triggers_see_the_delete_of_a_surplus(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, more=WATCHER, maxItems=1)) as motia:
        await motia.get("/set?id=a")
        await motia.settle()
        await motia.get("/set?id=b")
        await motia.settle()

        seen = (await motia.state("seen", "all"))["e"]

    assert sorted(seen) == [["create", "a"], ["create", "b"], ["delete", "a"]]


async def test_what_is_imported_is_bounded_too(open_tester: OpenTester, tmp_path: Path) -> None:
    async with open_tester(project(tmp_path, maxItems=3)) as motia:
        await motia.get("/set?id=a")
        async with watching(motia) as watcher:
            await restore(motia, "b", "c", "d", "e")
            after_import = await ids(motia)
            told = await watcher.told(2)
        await motia.get("/set?id=f")

        assert (after_import, await ids(motia)) == (["c", "d", "e"], ["d", "e", "f"])
    assert told == [("delete", "a"), ("delete", "b")]


async def test_a_bound_that_comes_with_a_reload_holds_for_what_is_there(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    file = project(tmp_path) / "steps/chat_stream.py"
    async with open_tester(tmp_path) as motia:
        counts: list[int] = []
        await motia.get("/set?id=1&id=2&id=3&id=4&id=5")
        # None, a bound, a lower one, a higher one, none.
        for bound in ({"maxItems": 4}, {"maxItems": 2}, {"maxItems": 3}, {}):
            file.write_text(stream_file(**bound))
            await motia.app.reload({file})
            await motia.settle()
            await motia.get(f"/set?id=new-{len(counts)}")
            counts.append(len(await ids(motia)))

    assert counts == [4, 2, 3, 4]


async def test_a_surplus_from_before_the_start_goes(
    engine: Engine, clock: FakeClock, tmp_path: Path
) -> None:
    """As when the process was killed between the new item and the end of the oldest."""
    project(tmp_path, maxItems=2)
    async with engine:
        for id in "abcd":
            write = Write(space="stream/chat", group="g", key=id, kind="set", value={"id": id})
            await engine.state.write([write])

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()

        assert await ids(motia) == ["c", "d"]


async def test_a_stream_without_bounds_asks_the_store_nothing_more(tmp_path: Path) -> None:
    clock = FakeClock()
    engine = AskedEngine(clock)
    async with MotiaTester(project(tmp_path), clock=clock, engine=engine) as motia:
        await motia.get("/set?id=a&id=b&id=a")
        await motia.advance(3600)

    assert engine.asked_for == []


async def test_a_group_with_room_is_not_counted_again(tmp_path: Path) -> None:
    clock = FakeClock()
    engine = AskedEngine(clock)
    async with MotiaTester(project(tmp_path, maxItems=10), clock=clock, engine=engine) as motia:
        await motia.get("/set?" + "&".join(f"id={n}" for n in range(10)))
        while_there_is_room = len(engine.asked_for)
        await motia.get("/set?id=one-more")

    assert (while_there_is_room, len(engine.asked_for)) == (1, 2)


# ttl


async def test_an_item_ends_when_it_was_not_written_for_its_time(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, ttl=100)) as motia, watching(motia) as watcher:
        await motia.get("/set?id=a")
        await motia.advance(50)
        await motia.get("/set?id=b")
        await motia.advance(49.5)
        before = await ids(motia)
        await motia.advance(0.5 + 10)
        between = await ids(motia)
        await motia.advance(50)
        told = await watcher.told(4)

        assert (before, between, await ids(motia)) == (["a", "b"], ["b"], [])
    assert told == [("create", "a"), ("create", "b"), ("delete", "a"), ("delete", "b")]


@pytest.mark.parametrize("path", ["/update?id=a", "/set?id=a"])
async def test_each_write_of_an_item_begins_its_time_anew(
    open_tester: OpenTester, tmp_path: Path, path: str
) -> None:
    async with open_tester(project(tmp_path, ttl=100)) as motia:
        await motia.get("/set?id=a")
        for _ in range(5):
            await motia.advance(80)
            await motia.get(path)
        kept = await ids(motia)
        await motia.advance(99)
        still = await ids(motia)
        await motia.advance(1 + 10)

        assert (kept, still, await ids(motia)) == (["a"], ["a"], [])


@pytest.mark.parametrize(("ttl", "slack"), [(0.5, 1), (3, 1), (40, 4), (7200, 60)])
async def test_an_item_is_never_there_longer_than_the_slack(
    open_tester: OpenTester, tmp_path: Path, ttl: float, slack: float
) -> None:
    async with open_tester(project(tmp_path, ttl=ttl)) as motia:
        for number in range(6):
            await motia.get(f"/set?id={number}")
            await motia.advance(ttl / 5)
        for number in range(6):
            begun = motia.clock.monotonic() - (6 - number) * ttl / 5
            await motia.advance(max(0.0, begun + ttl + slack - motia.clock.monotonic()))
            assert str(number) not in await ids(motia)
            await motia.advance(ttl / 5 - max(0.0, begun + ttl + slack - motia.clock.monotonic()))


async def test_triggers_see_the_end_of_an_item(open_tester: OpenTester, tmp_path: Path) -> None:
    async with open_tester(project(tmp_path, more=WATCHER, ttl=100)) as motia:
        await motia.get("/set?id=a")
        await motia.advance(111)

        assert (await motia.state("seen", "all"))["e"] == [["create", "a"], ["delete", "a"]]


async def test_more_items_than_go_into_one_commit_end_together(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, ttl=100)) as motia:
        await restore(motia, *map(str, range(450)))
        await motia.advance(99)
        before = len(await ids(motia))
        await motia.advance(11)

        assert (before, await ids(motia)) == (450, [])


async def test_an_import_begins_the_time_of_an_item(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, ttl=100)) as motia:
        await motia.get("/set?id=a")
        await motia.advance(90)
        await restore(motia, "a", "b")
        await motia.advance(99)
        before = await ids(motia)
        await motia.advance(11)

        assert (before, await ids(motia)) == (["a", "b"], [])


async def test_items_end_in_their_time_however_often_the_server_starts(
    engine: Engine, clock: FakeClock, tmp_path: Path
) -> None:
    project(tmp_path, ttl=100)
    seen = []
    for number in range(4):
        async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
            if number == 0:
                await motia.get("/set?id=a")
            if number == 1:
                await motia.get("/set?id=b")
            # What is over is not there for a moment, not even for the first request.
            seen.append((await motia.get("/set?id=x&group=other")).body)
        clock.advance(45)

    assert seen == [["a"], ["a", "b"], ["a", "b"], ["b"]]


async def test_triggers_see_the_end_of_what_ended_while_nobody_served_it(
    engine: Engine, clock: FakeClock, tmp_path: Path
) -> None:
    project(tmp_path, more=WATCHER, ttl=100)
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.get("/set?id=a")
        await motia.settle()
    clock.advance(1000)

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()

        assert (await motia.state("seen", "all"))["e"] == [["create", "a"], ["delete", "a"]]


async def test_a_ttl_follows_a_reload(open_tester: OpenTester, tmp_path: Path) -> None:
    """None, one, a shorter one, none: the time of an item counts from its last write always."""
    file = project(tmp_path) / "steps/chat_stream.py"
    async with open_tester(tmp_path) as motia:
        seen = []
        await motia.get("/set?id=a")
        await motia.advance(500)
        for base, seconds in (({"ttl": 1000}, 400), ({"ttl": 800}, 1), ({}, 5000)):
            file.write_text(stream_file(**base))
            await motia.app.reload({file})
            await motia.settle()
            seen.append(await ids(motia))
            await motia.advance(seconds)
            if not seen[-1]:
                await motia.get("/set?id=b")

        assert (seen, await ids(motia)) == ([["a"], [], ["b"]], ["b"])


async def test_both_bounds_hold_together(open_tester: OpenTester, tmp_path: Path) -> None:
    async with open_tester(project(tmp_path, ttl=100, maxItems=2)) as motia:
        await motia.get("/set?id=a&id=b&id=c")
        bounded = await ids(motia)
        await motia.advance(111)
        await motia.get("/set?id=d&id=e&id=f")

        assert (bounded, await ids(motia)) == (["b", "c"], ["e", "f"])


class AskedEngine(MemoryEngine):
    """Notes what retention asks the store for."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.asked_for: list[str] = []
        self._state = _AskedState(clock, self.asked_for)


class _AskedState(MemoryState):
    def __init__(self, clock: FakeClock, asked_for: list[str]) -> None:
        super().__init__(clock)
        self._asked_for = asked_for

    async def keys(self, space: str, group: str) -> Sequence[str]:
        self._asked_for.append("keys")
        return await super().keys(space, group)

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        self._asked_for.append("oldest")
        return await super().oldest(space, limit=limit)


class BusyEngine(MemoryEngine):
    """Somebody writes the item between the look at its age and its end."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._state = _BusyState(clock)


class _BusyState(MemoryState):
    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        found = await super().oldest(space, limit=limit)
        is_due = any(key == "a" and at + 100 <= self._clock.now() for _, key, at in found)
        if is_due and await self.get(space, "g", "a") == {"n": 1, "id": "a"}:
            await self.write([written("a", {"n": 2, "id": "a"})])
        return found


def written(id: str, item: JSON) -> Write:
    return Write(space="stream/chat", group="g", key=id, kind="set", value=item)


async def test_an_item_that_is_written_just_before_its_end_goes_on(tmp_path: Path) -> None:
    clock = FakeClock()
    async with MotiaTester(
        project(tmp_path, ttl=100), clock=clock, engine=BusyEngine(clock)
    ) as motia:
        await motia.get("/set?id=b")
        await motia.advance(60)
        async with watching(motia) as watcher:
            await motia.get("/set?id=a")
            await motia.advance(101)
            kept = await motia.stream("chat", "g")
            await motia.get("/set?id=c")
            told = await watcher.told(3)

    assert kept == [{"n": 2, "id": "a"}]
    assert told == [("create", "a"), ("delete", "b"), ("create", "c")]


async def test_an_end_that_a_full_disk_prevents_comes_later(tmp_path: Path) -> None:
    clock = FakeClock()
    engine = WatchedEngine(clock)
    async with MotiaTester(project(tmp_path, ttl=100), clock=clock, engine=engine) as motia:
        await motia.get("/set?id=a")
        engine.is_full = True
        await motia.advance(150)
        while_full = await ids(motia)
        engine.is_full = False
        await motia.advance(1)

        assert (while_full, await ids(motia)) == (["a"], [])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Engine:
    """One that outlives the server."""
    folder = tmp_path / "store"
    folder.mkdir()
    return ENGINES[request.param](clock, folder)
