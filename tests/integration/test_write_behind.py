"""Stream items need not be durable at once, but before anything that their run reports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.clock import FakeClock
from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.watched_engine import WatchedEngine

STREAM = 'config = {"name": "chat", "schema": None, "baseConfig": {"storageType": "default"}}'
SET = "await context.streams.chat.set('g', 'a', {'n': 1})"
UPDATE = "await context.streams.chat.update('g', 'a', [{'type': 'set', 'path': 'n', 'value': 2}])"
DELETE = "await context.streams.chat.delete('g', 'a')"


def files(body: str) -> dict[str, str]:
    lines = "\n        ".join(body.split("; "))
    return {
        "steps/chat_stream.py": STREAM,
        "steps/x_step.py": f"""
    config = {{"type": "api", "name": "X", "method": "POST", "path": "/x", "emits": []}}

    async def handler(req, context):
        {lines}
    """,
        "steps/y_step.py": f"""
    config = {{"type": "event", "name": "Y", "subscribes": ["y"], "emits": []}}

    async def handler(data, context):
        {lines}
    """,
        "steps/t_step.py": """
    config = {"type": "event", "name": "T", "subscribes": ["t"], "emits": []}

    async def handler(data, context):
        pass
    """,
    }


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def engine(clock: FakeClock) -> WatchedEngine:
    return WatchedEngine(clock)


@pytest.fixture
async def serve(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> AsyncIterator[MotiaTester]:
    write_project(tmp_path, files(request.param))
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        engine.asked.clear()
        yield motia


ORDERS = [
    ("pass", []),
    (f"{SET}; {UPDATE}", ["write behind", "write behind", "flush"]),
    ("context.streams.chat.set('g', 'a', {'n': 1})", ["write behind", "flush"]),
    (f"{SET}; await context.emit('t', 1)", ["write behind", "flush", "push"]),
    (
        f"{SET}; await context.state.set('g', 'k', 1); {UPDATE}",
        ["write behind", "flush", "write", "write behind", "flush"],
    ),
    (
        f"{SET}; {DELETE}; await context.state.set('g', 'k', 1)",
        ["write behind", "flush"] + ["write"] * 2,
    ),
    ("await context.state.set('g', 'k', 1)", ["write"]),
    (
        f"{SET}; await context.streams.chat.send({{'groupId': 'g'}}, {{'type': 'x', 'data': 1}})",
        ["write behind", "flush"],
    ),
]


@pytest.mark.parametrize(("serve", "asked"), ORDERS, indirect=["serve"])
async def test_items_are_durable_before_what_their_run_makes_durable_and_its_answer(
    serve: MotiaTester, engine: WatchedEngine, asked: list[str]
) -> None:
    assert (await serve.post("/x")).status == 204

    assert [call for call in engine.asked if call not in ("ack", "claim")] == asked


@pytest.mark.parametrize(("serve", "asked"), ORDERS, indirect=["serve"])
async def test_items_are_durable_before_the_ack(
    serve: MotiaTester, engine: WatchedEngine, asked: list[str]
) -> None:
    await serve.emit("y")
    await serve.settle()

    calls = [call for call in engine.asked if call != "claim"]
    assert calls[: len(asked) + 1] == ["push", *asked]
    assert calls[len(asked) + 1 :] == ["ack"] * len(calls[len(asked) + 1 :])


@pytest.mark.parametrize("serve", [f"{SET}; raise ValueError('no')"], indirect=True)
async def test_items_of_a_run_that_fails_are_durable_before_it_is_told(
    serve: MotiaTester, engine: WatchedEngine
) -> None:
    assert (await serve.post("/x")).status == 500
    await serve.emit("y")
    await serve.settle()

    assert engine.asked == ["write behind", "flush", "push", "write behind", "flush", "retry"]


@pytest.mark.parametrize("serve", [SET], indirect=True)
async def test_an_item_that_cannot_be_made_durable_is_no_success(
    serve: MotiaTester, engine: WatchedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def flush() -> None:
        engine.is_full = True
        engine._note("flush")

    monkeypatch.setattr(engine.state, "flush", flush)

    assert (await serve.post("/x")).status == 503


async def test_what_a_trigger_watches_is_written_with_its_delivery(
    tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> None:
    watcher = """
        config = {"name": "W", "triggers": [{"type": "stream", "stream_name": "chat"}]}

        async def handler(data, context):
            pass
    """
    write_project(tmp_path, {**files(SET), "steps/w_step.py": watcher})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        engine.asked.clear()
        await motia.post("/x")

    assert engine.asked[0] == "commit"
    assert "write behind" not in engine.asked


async def test_outside_of_steps_a_write_is_durable_when_it_returns(
    tmp_path: Path, clock: FakeClock, engine: WatchedEngine
) -> None:
    """There is no end of a run before which it would be made so."""
    write_project(tmp_path, files("pass"))
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        engine.asked.clear()
        await motia.app._outside.streams.chat.set("g", "a", {"n": 1})

    assert engine.asked == ["write"]
