"""A store that takes no writes for a while: what is told, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.clock import FakeClock
from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project
from tests.slow_engine import SlowEngine
from tests.watched_engine import WatchedEngine

BUSY = {"error": "The store does not take writes now"}
COLLECT = """
    config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": [],
              "infrastructure": {"queue": {"maxRetries": 0}}}
    runs = []

    async def handler(data, context):
        runs.append(data)
"""
#: Answers with what the handler of A saw.
LOOK = """
    from steps.a_step import runs

    config = {"type": "api", "name": "Look", "method": "GET", "path": "/runs", "emits": []}

    async def handler(req, context):
        return {"body": runs}
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def engine(clock: FakeClock) -> WatchedEngine:
    return WatchedEngine(clock)


@pytest.fixture
async def motia(
    tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> AsyncIterator[MotiaTester]:
    emit = api_step("emit", "await context.emit('t', 1)")
    careless = api_step("careless", "context.emit('t', 1)")
    write_project(
        tmp_path,
        {
            "steps/a_step.py": COLLECT,
            "steps/look_step.py": LOOK,
            "steps/emit_step.py": emit,
            "steps/careless_step.py": careless,
        },
    )
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as opened:
        yield opened


def outage_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged of the store."""
    told = [each for each in caplog.records if vars(each).get("action") == "queue.unavailable"]
    return [each.getMessage() for each in told]


async def turns() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


async def wait(clock: FakeClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(1)
        await turns()


@pytest.mark.parametrize("path", ["/emit", "/careless"])
async def test_a_request_that_cannot_store_is_answered_with_503(
    motia: MotiaTester, engine: WatchedEngine, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine.is_full = True
    refused = await motia.get(path)
    engine.is_full = False
    answered = await motia.get(path)
    await motia.settle()

    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert refused.body == {**BUSY, "traceId": refused.headers["x-trace-id"]}
    assert answered.status == 204
    assert (await motia.get("/runs")).body == [1]
    assert outage_lines(caplog) == [
        "the store does not do its work, and is asked again: the disk is full"
    ]
    assert not [record for record in caplog.records if record.message.startswith("step ")]


async def test_post_emit_answers_503_too(
    motia: MotiaTester, engine: WatchedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.is_full = True
    refused = [await motia.post("/emit", json={"topic": "t", "data": 1}) for _ in range(3)]

    assert [(each.status, each.headers["Retry-After"]) for each in refused] == [(503, "1")] * 3
    assert refused[0].body == BUSY
    assert len(outage_lines(caplog)) == 1


async def test_a_run_that_cannot_be_settled_is_settled_later_and_runs_once(
    motia: MotiaTester, engine: WatchedEngine, clock: FakeClock
) -> None:
    """Even when the outage is longer than its lease."""
    await motia.emit("t", "a")
    engine.is_full = True
    await turns()
    await wait(clock, 100)
    engine.is_full = False
    await wait(clock, 2)
    await motia.settle()

    assert engine.asked.count("ack") > 50
    assert (await motia.get("/runs")).body == ["a"]
    assert (await motia.queue("A")).running == 0


@pytest.mark.parametrize("end_seconds", [100.0, 100.3, 100.7])
async def test_work_resumes_by_itself_and_does_not_begin_twice(
    motia: MotiaTester, engine: WatchedEngine, clock: FakeClock, end_seconds: float
) -> None:
    """A lane that claims again must not get what it still settles, whichever comes first."""
    await motia.emit("t", "a")
    engine.is_full = True
    await turns()
    clock.advance(0.5)
    motia.app.bus.start()  # looks at every lane, from now on at the half of each second
    for _ in range(round(end_seconds * 10) - 5):
        clock.advance(0.1)
        await turns()
    engine.is_full = False
    for _ in range(20):
        clock.advance(0.1)
        await turns()
    await motia.settle()

    assert (await motia.get("/runs")).body == ["a"]


async def test_an_outage_is_told_every_ten_seconds_and_not_more_often(
    motia: MotiaTester,
    engine: WatchedEngine,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(5):
        await motia.emit("t", number)
    engine.is_full = True
    await turns()
    await wait(clock, 29)
    engine.is_full = False
    await wait(clock, 5)
    await motia.settle()

    told = [each for each in caplog.records if vars(each).get("action") == "queue.unavailable"]
    assert len(told) == 3
    assert all("the disk is full" in record.message for record in told)
    assert all(record.exc_info is None for record in told)


async def test_a_claim_that_fails_is_made_again(
    tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> None:
    step = COLLECT.replace("maxRetries", "delaySeconds").replace(": 0}", ": 5}")
    write_project(tmp_path, {"steps/a_step.py": step, "steps/look_step.py": LOOK})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.emit("t", "late")
        engine.is_full = True
        await motia.advance(60)
        engine.is_full = False
        await motia.advance(1)

        assert (await motia.get("/runs")).body == ["late"]


async def test_what_ran_at_the_end_waits_for_the_next_start(
    tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> None:
    write_project(tmp_path, {"steps/a_step.py": COLLECT, "steps/look_step.py": LOOK})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.emit("t", "a")
        engine.is_full = True
        await turns()

    engine.is_full = False
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()

        assert (await motia.get("/runs")).body == ["a"]
        assert (await motia.queue("A")).running == 0


@pytest.mark.parametrize("turns_before_the_end", range(15))
async def test_a_run_that_is_over_is_settled_at_the_end_whatever_it_waits_for(
    tmp_path: Path, clock: FakeClock, turns_before_the_end: int
) -> None:
    slow = SlowEngine(clock)
    done = tmp_path / "done"
    step = COLLECT.replace("runs.append(data)", f"open({str(done)!r}, 'w').close()")
    write_project(tmp_path, {"steps/a_step.py": step})
    async with MotiaTester(tmp_path, clock=clock, engine=slow) as motia:
        await motia.emit("t")
        for _ in range(turns_before_the_end):
            await asyncio.sleep(0)
        await motia.app.bus.stop(0.0)
    counts = (await slow.queue.counts()).values()

    assert [count.running for count in counts] in ([], [0])
    assert sum(count.waiting for count in counts) == (0 if done.exists() else 1)
