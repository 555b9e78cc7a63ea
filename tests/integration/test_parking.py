"""Deliveries of steps that are not loaded: they wait, are told of, and are given up after a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from motia_py.clock import FakeClock
from motia_py.interfaces import Engine
from motia_py.messages import RUNTIME_SPACE, Change, Event, Lane, Write
from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.slow_engine import SlowEngine
from tests.watched_engine import WatchedEngine

DAY = 86_400
FILE = "steps/a_step.py"
LANE = Lane("A", "queue(t)")
BROKEN = "config = {"
OTHER = """
    config = {"type": "event", "name": "B", "subscribes": ["other"], "emits": []}

    async def handler(data, context):
        pass
"""

Start: TypeAlias = Callable[[], MotiaTester]


def step(topic: str = "t", more: str = "") -> str:
    return f"""
    config = {{"type": "event", "name": "A", "subscribes": ["{topic}"], "emits": [], {more}}}

    async def handler(data, context):
        await context.state.update("a", "got", [{{"type": "append", "path": "all", "value": data}}])
    """


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=[WatchedEngine, SlowEngine])
def engine(request: pytest.FixtureRequest, clock: FakeClock) -> Engine:
    made: Engine = request.param(clock)
    return made


@pytest.fixture
def start(tmp_path: Path, clock: FakeClock, engine: Engine) -> Start:
    """Starts a server on what the one before left."""
    write_project(tmp_path, {"steps/b_step.py": OTHER})
    return lambda: MotiaTester(tmp_path, clock=clock, engine=engine, may_fail_to_load=True)


def lines(caplog: pytest.LogCaptureFixture, action: str) -> list[str]:
    return [each.message for each in caplog.records if vars(each).get("action") == action]


async def start_once(start: Start) -> None:
    async with start() as motia:
        await motia.settle()


async def test_an_event_for_a_step_that_is_broken_at_the_start_runs_once_it_loads(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_project(tmp_path, {FILE: step()})
    await start_once(start)
    write_project(tmp_path, {FILE: BROKEN})

    async with start() as motia:
        await motia.emit("t", 1)
        await motia.emit("t", 2)
        await motia.settle()
        assert await motia.app.bus.parked() == {LANE: 2}
        assert await motia.state("a", "got") is None
        assert lines(caplog, "event.unheard") == []

        write_project(tmp_path, {FILE: step()})
        await motia.app.reload({tmp_path / FILE})
        await motia.settle()

        assert await motia.state("a", "got") == {"all": [1, 2]}
        assert await motia.app.bus.parked() == {}
    assert lines(caplog, "delivery.parked") == [
        "2 deliveries wait for step A, which is not loaded: a delivery runs once its step is"
        " there, and is a dead letter after a day"
    ]


async def test_fifo_and_delay_of_a_broken_step_are_kept(
    start: Start, tmp_path: Path, clock: FakeClock
) -> None:
    queue = '"infrastructure": {"queue": {"type": "fifo", "delaySeconds": 60}}'
    write_project(tmp_path, {FILE: step(more=queue)})
    await start_once(start)
    write_project(tmp_path, {FILE: BROKEN})

    async with start() as motia:
        for number in range(5):
            await motia.emit("t", number)
        write_project(tmp_path, {FILE: step(more=queue)})
        await motia.app.reload({tmp_path / FILE})
        await motia.advance(59)
        before = await motia.state("a", "got")
        await motia.advance(1)

        assert before is None
        assert await motia.state("a", "got") == {"all": [0, 1, 2, 3, 4]}


async def test_a_file_that_is_gone_or_changed_its_topic_gets_nothing_of_the_old_one(
    start: Start, tmp_path: Path, engine: Engine
) -> None:
    write_project(tmp_path, {FILE: step()})
    await start_once(start)
    write_project(tmp_path, {FILE: step("u")})
    await start_once(start)
    write_project(tmp_path, {FILE: BROKEN})
    async with start() as motia:
        await motia.emit("t", 1)
        await motia.emit("u", 2)
        assert await motia.app.bus.parked() == {Lane("A", "queue(u)"): 1}

    (tmp_path / FILE).unlink()
    await start_once(start)

    kept = await engine.state.list(RUNTIME_SPACE, "subscriptions")
    assert [file for file, _ in kept] == ["steps/b_step.py"]


async def test_subscriptions_are_only_written_when_they_differ(
    start: Start, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path, {FILE: step()})
    await start_once(start)
    written = []
    write = engine.state.write

    async def noted(writes: Sequence[Write]) -> Sequence[Change]:
        if writes[0].group == "subscriptions":
            written.append(len(writes))
        return await write(writes)

    monkeypatch.setattr(engine.state, "write", noted)

    async with start() as motia:
        write_project(tmp_path, {FILE: step() + "\n    # another comment\n"})
        await motia.app.reload({tmp_path / FILE})
        await motia.settle()
        unchanged = list(written)
        write_project(tmp_path, {FILE: step("u")})
        await motia.app.reload({tmp_path / FILE})
        await motia.settle()

    assert (unchanged, written) == ([], [1])


async def test_a_step_that_is_broken_under_way_keeps_its_last_good_version(
    start: Start, tmp_path: Path
) -> None:
    write_project(tmp_path, {FILE: step()})
    async with start() as motia:
        write_project(tmp_path, {FILE: BROKEN})
        await motia.app.reload({tmp_path / FILE})
        await motia.emit("t", 1)
        await motia.settle()

        assert await motia.state("a", "got") == {"all": [1]}
        assert await motia.app.bus.parked() == {}


async def park(start: Start, tmp_path: Path, *, delay: int = 0) -> None:
    """Leave one delivery, and one that is delayed, of a step whose file is then gone."""
    more = '"infrastructure": {"queue": {"delaySeconds": 3}}'
    write_project(tmp_path, {FILE: step(more=more)})
    async with start() as motia:
        await motia.emit("t", "soon")
        if delay:
            event = Event(topic="t", data="late", trace_id="x", delay_seconds=delay)
            await motia.app.bus.publish(event)
    (tmp_path / FILE).unlink()


async def test_deliveries_of_a_step_that_is_gone_are_dead_letters_after_a_day(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture, engine: Engine
) -> None:
    await park(start, tmp_path, delay=2 * DAY)

    async with start() as motia:
        await motia.advance(DAY - 1)
        assert await motia.dead_letters() == []
        await motia.advance(3600)
        (letter,) = await motia.dead_letters()
        assert letter.delivery.data == "soon"
        assert "no file that loads has declared queue(t) of step A for a day" in letter.error
        await motia.advance(2 * DAY)
        late, _ = await motia.dead_letters()
        assert late.delivery.data == "late"
        assert await motia.app.bus.parked() == {}

    assert list(await engine.state.list(RUNTIME_SPACE, "parked")) == []
    assert len(lines(caplog, "delivery.parked")) == 1
    assert len(lines(caplog, "delivery.given_up")) == 2


async def test_the_day_goes_on_over_restarts_and_begins_anew_once_it_was_served(
    start: Start, tmp_path: Path, clock: FakeClock
) -> None:
    await park(start, tmp_path)
    await start_once(start)
    clock.advance(DAY)
    async with start() as motia:
        await motia.settle()
        assert len(await motia.dead_letters()) == 1
        await motia.app.bus.discard((await motia.dead_letters())[0].delivery.id)

    await park(start, tmp_path)
    await start_once(start)
    clock.advance(DAY - 60)
    write_project(tmp_path, {FILE: step(more='"infrastructure": {"queue": {"delaySeconds": 9e4}}')})
    async with start() as motia:
        await motia.emit("t", "again")
        await motia.settle()
    (tmp_path / FILE).unlink()
    clock.advance(120)
    async with start() as motia:
        await motia.settle()
        assert await motia.dead_letters() == []


async def test_a_group_goes_on_when_its_parked_head_is_given_up(
    start: Start, tmp_path: Path
) -> None:
    both = step().replace('["t"]', '["t", "u"]')
    later = '"infrastructure": {"queue": {"delaySeconds": 5}}, "emits"'
    write_project(tmp_path, {FILE: both.replace('"emits"', later)})
    async with start() as motia:
        for topic in ("t", "u"):
            await motia.app.bus.publish(Event(topic=topic, data=topic, trace_id="x", group="g"))
    write_project(tmp_path, {FILE: step("u")})

    async with start() as motia:
        await motia.advance(3600)
        before = await motia.state("a", "got")
        await motia.advance(DAY)

        assert before is None
        assert await motia.state("a", "got") == {"all": ["u"]}
        assert [letter.delivery.data for letter in await motia.dead_letters()] == ["t"]


async def test_a_start_tells_what_it_found_in_one_line(
    start: Start, tmp_path: Path, engine: Engine, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    fatal = step().replace("await context", "raise ValueError(data); await context")
    once = '"infrastructure": {"queue": {"maxRetries": 0}}, "emits"'
    write_project(tmp_path, {FILE: fatal.replace('"emits"', once)})
    async with start() as motia:
        await motia.emit("t", "dies")
        await motia.settle()
    assert lines(caplog, "queue.recovered") == []
    await park(start, tmp_path)
    write_project(tmp_path, {FILE: step("u")})
    caplog.clear()
    await engine.queue.claim(LANE, limit=1, now=clock.now() + 60)

    async with start() as motia:
        await motia.settle()
        problems = (await motia.get("/__motia/api/problems")).body

    assert lines(caplog, "queue.recovered") == [
        "recovered: 1 delivery pending (1 had begun, 1 parked), 1 dead letter"
    ]
    assert (problems["parked"], problems["dead"]) == (1, 1)
