"""Leases of what runs: renewed while it does, and what happens to those that were lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.clock import FakeClock
from motia_py.interfaces import Engine
from motia_py.messages import Event, Lane
from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.slow_engine import SlowEngine
from tests.watched_engine import WatchedEngine

LANE = Lane("A", "queue(t)")
#: Ends when it is told to, through the file's own `gate`.
WAITING = """
    import asyncio

    config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": [],
              "infrastructure": {"queue": {"visibilityTimeout": %d}}}
    gate = asyncio.Event()

    async def handler(data, context):
        await context.state.update("a", "runs", [{"type": "append", "path": "all", "value": data}])
        await gate.wait()
"""
OPENER = """
    from steps.a_step import gate

    config = {"type": "api", "name": "Open", "method": "POST", "path": "/open", "emits": []}

    async def handler(req, context):
        gate.set()
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=[WatchedEngine, SlowEngine])
def engine(request: pytest.FixtureRequest, clock: FakeClock) -> Engine:
    made: Engine = request.param(clock)
    return made


@pytest.fixture
async def motia(tmp_path: Path, clock: FakeClock, engine: Engine) -> AsyncIterator[MotiaTester]:
    write_project(tmp_path, {"steps/a_step.py": WAITING % 30, "steps/open_step.py": OPENER})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as opened:
        yield opened


async def turns() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


async def wait(clock: FakeClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(1)
        await turns()


async def push_grouped(motia: MotiaTester, data: str, group: str) -> None:
    """An event with a group: it is claimed, never handed over, so that the queue has a look."""
    targets = motia.app.registry.subscribers("t")
    await motia.app.bus.send(Event(topic="t", data=data, trace_id="x", group=group), targets)
    await turns()


async def test_a_handler_that_outlasts_its_lease_runs_once(
    motia: MotiaTester, clock: FakeClock
) -> None:
    await motia.emit("t", "long")
    await turns()

    await wait(clock, 100)
    await push_grouped(motia, "other", "g")

    assert await motia.state("a", "runs") == {"all": ["long", "other"]}
    await motia.post("/open")
    await motia.settle()
    assert (await motia.queue("A")).running == 0
    assert await motia.dead_letters() == []


async def test_a_loop_that_stood_still_does_not_hand_out_what_it_runs(
    motia: MotiaTester, clock: FakeClock
) -> None:
    """As after a step that blocked the loop for longer than a lease."""
    await motia.emit("t", "long")
    await turns()

    clock.advance(100)
    await push_grouped(motia, "other", "g")

    assert await motia.state("a", "runs") == {"all": ["long", "other"]}
    await motia.post("/open")
    await motia.settle()


async def test_a_run_that_ends_is_not_renewed(tmp_path: Path, clock: FakeClock) -> None:
    engine = WatchedEngine(clock)
    write_project(tmp_path, {"steps/a_step.py": WAITING % 30, "steps/open_step.py": OPENER})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.post("/open")
        await motia.emit("t", "short")
        await motia.advance(600)

        assert "ack" in engine.asked
        assert "renew" not in engine.asked


@pytest.mark.parametrize(("lease_seconds", "renewals"), [(30, 9), (3, 95), (900, 0)])
async def test_a_lease_is_renewed_at_a_third_of_it(
    tmp_path: Path, clock: FakeClock, lease_seconds: int, renewals: int
) -> None:
    engine = WatchedEngine(clock)
    files = {"steps/a_step.py": WAITING % lease_seconds, "steps/open_step.py": OPENER}
    async with MotiaTester(write_project(tmp_path, files), clock=clock, engine=engine) as motia:
        await motia.emit("t", "long")
        await turns()
        await wait(clock, 95)

        assert engine.asked.count("renew") == renewals
        await motia.post("/open")
        await motia.settle()


async def test_a_lost_lease_is_told_once_and_its_end_does_not_count(
    motia: MotiaTester, clock: FakeClock, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    await motia.emit("t", "long")
    await turns()
    clock._passed += 31  # a process that was put to sleep: no timer of it fires
    (theirs,) = await engine.queue.claim(LANE, limit=1, now=clock.now())

    await wait(clock, 60)
    await motia.post("/open")
    await motia.settle()

    actions = [getattr(record, "action", "") for record in caplog.records]
    assert (actions.count("lease.lost"), actions.count("delivery.fenced")) == (1, 1)
    assert theirs.attempt == 2
    assert (await motia.queue("A")).running == 1
    assert await engine.queue.ack(theirs)


async def test_a_thread_that_outlasts_its_time_limit_keeps_its_lease(
    tmp_path: Path, clock: FakeClock
) -> None:
    engine = WatchedEngine(clock)
    step = """
        import threading

        config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": [],
                  "infrastructure": {"handler": {"timeout": 5},
                                     "queue": {"visibilityTimeout": 30, "maxRetries": 0}}}
        gate = threading.Event()

        def handler(data, context):
            gate.wait()
    """
    files = {"steps/a_step.py": step, "steps/open_step.py": OPENER}
    async with MotiaTester(write_project(tmp_path, files), clock=clock, engine=engine) as motia:
        await motia.emit("t", "long")
        await turns()
        await wait(clock, 95)
        renewals = engine.asked.count("renew")
        await motia.post("/open")
        await motia.settle()

        assert renewals >= 9
        assert [letter.delivery.attempt for letter in await motia.dead_letters()] == [1]
