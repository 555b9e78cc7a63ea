"""What a retried run emits again is absorbed, so that each child runs once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from motia_py.messages import DeadLetter
from motia_py.testing import MotiaTester
from tests.integration.conftest import OpenTester
from tests.projects import write_project

PARENT = """
    from motia_py import state_manager

    config = {{"type": "event", "name": "Parent", "subscribes": ["t"], "emits": [],
              "infrastructure": {{"queue": {{"maxRetries": {retries}}}}}}}

    async def handler(data, context):
        keys = await context.state.update(
            "parent", "keys", [{{"type": "append", "path": "all", "value": context.idempotency_key}}])
        {body}
        if len(keys["all"]) <= {failures}:
            raise ValueError("not yet")
"""
CHILD = """
    config = {"type": "event", "name": "%s", "subscribes": ["child"], "emits": []}

    async def handler(data, context):
        await context.state.update("%s", "got", [{"type": "append", "path": "all", "value": data}])
"""
TWO_EQUAL_ONE_DIFFERENT = """
        await context.emit("child", {"n": 1})
        context.emit("child", {"n": 1})
        context.emit("child", {"n": 2})
"""
#: Its seconds are not the bus's: a retried run is due within a minute.
SOON = 60


def parent(body: str = TWO_EQUAL_ONE_DIFFERENT, *, retries: int = 3, failures: int = 2) -> str:
    return PARENT.format(body=body.strip(), retries=retries, failures=failures)


def project(root: Path, step: str) -> Path:
    files = {"b_step.py": CHILD % ("B", "B"), "c_step.py": CHILD % ("C", "C")}
    write_project(root, {f"steps/{name}": text for name, text in files.items()})
    return write_project(root, {"steps/a_step.py": step})


async def runs_of(motia: MotiaTester, step: str) -> list[object]:
    got = await motia.state(step, "got")
    return sorted(got["all"], key=repr) if got else []


async def attempts(motia: MotiaTester) -> list[str]:
    keys: list[str] = (await motia.state("parent", "keys"))["all"]
    return keys


async def test_a_retried_run_makes_each_child_once(open_tester: OpenTester, tmp_path: Path) -> None:
    async with open_tester(project(tmp_path, parent())) as motia:
        await motia.emit("t")
        await motia.advance(SOON)

        assert len(await attempts(motia)) == 3
        assert await runs_of(motia, "B") == [{"n": 1}, {"n": 1}, {"n": 2}]
        assert await runs_of(motia, "C") == [{"n": 1}, {"n": 1}, {"n": 2}]


async def redriven(motia: MotiaTester) -> list[DeadLetter]:
    """The dead letters after those there were have run again."""
    for letter in await motia.dead_letters():
        await motia.app.bus.redrive(letter.delivery.id)
    await motia.settle()
    return await motia.dead_letters()


async def test_a_redriven_run_makes_each_child_once_and_keeps_its_key(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    async with open_tester(project(tmp_path, parent(retries=0))) as motia:
        await motia.emit("t")
        await motia.advance(7 * 86_400)
        (dead,) = await redriven(motia)
        left = await redriven(motia)

        assert left == []
        assert await attempts(motia) == [dead.delivery.id] * 3
        assert await runs_of(motia, "B") == [{"n": 1}, {"n": 1}, {"n": 2}]


async def test_a_run_that_emits_more_the_second_time_adds_the_rest(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    body = """
        for _ in range(len(keys["all"])):
            await context.emit("child", "same")
    """
    async with open_tester(project(tmp_path, parent(body, failures=2))) as motia:
        await motia.emit("t")
        await motia.advance(SOON)

        assert await runs_of(motia, "B") == ["same"] * 3


async def test_two_deliveries_that_emit_the_same_make_two_children(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = parent("await context.emit('child', 1)", failures=0)
    async with open_tester(project(tmp_path, step)) as motia:
        await motia.emit("t", 1)
        await motia.emit("t", 1)
        await motia.settle()

        assert await runs_of(motia, "B") == [1, 1]


async def test_a_request_that_emits_the_same_twice_makes_two_children(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        config = {"type": "api", "name": "X", "method": "POST", "path": "/x", "emits": []}

        async def handler(req, context):
            await context.emit("child", 1)
            await context.emit("child", 1)
            return {"body": [context.idempotency_key, context.idempotency_key]}
    """
    async with open_tester(project(tmp_path, step)) as motia:
        first = await motia.post("/x")
        second = await motia.post("/x")
        await motia.settle()

        assert await runs_of(motia, "B") == [1] * 4
    assert first.body[0] == first.body[1] != second.body[0] == second.body[1]


async def test_an_emit_with_an_id_is_absorbed_by_its_id_alone(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    body = "await context.emit('child', len(keys['all']), id='one')"
    async with open_tester(project(tmp_path, parent(body))) as motia:
        await motia.emit("t")
        await motia.advance(SOON)

        assert await runs_of(motia, "B") == [1]


@pytest.mark.parametrize(
    "body",
    [
        "from motia_py import enqueue; await enqueue({'topic': 'child', 'data': 1})",
        "import asyncio; await asyncio.to_thread(context.emit, 'child', 1)",
    ],
)
async def test_an_emit_by_another_way_is_absorbed_as_well(
    open_tester: OpenTester, tmp_path: Path, body: str
) -> None:
    async with open_tester(project(tmp_path, parent(body))) as motia:
        await motia.emit("t")
        await motia.advance(SOON)

        assert await runs_of(motia, "B") == [1]


async def test_a_run_on_a_thread_past_its_time_limit_still_emits_for_its_delivery(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        import threading

        config = {"type": "event", "name": "Parent", "subscribes": ["t"], "emits": [],
                  "infrastructure": {"handler": {"timeout": 5}}}
        late = threading.Event()

        def handler(data, context):
            first = context.attempt == 1
            if first:
                context.state.set("parent", "began", True)
                late.wait()
            context.emit("child", 1)
    """
    opener = """
        from steps.a_step import late

        config = {"type": "api", "name": "Late", "method": "POST", "path": "/late", "emits": []}

        async def handler(req, context):
            late.set()
    """
    write_project(tmp_path, {"steps/late_step.py": opener})
    async with open_tester(project(tmp_path, step)) as motia:
        await motia.emit("t")
        while not await motia.state("parent", "began"):
            await asyncio.sleep(0.001)
        motia.clock.advance(5)
        while motia.traces.recent(1)[0][0].status == "running":
            await motia.get("/nothing")
        await motia.post("/late")
        await motia.advance(SOON)

        assert await runs_of(motia, "B") == [1]


async def test_an_emit_after_the_step_is_over_is_nobodys(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    """Its delivery is forgotten: a key of it would be kept for ever."""
    body = """
        import asyncio

        async def later():
            for _ in range(50):
                await asyncio.sleep(0)
            await context.emit("child", 1)
            await context.emit("child", 1)

        config["task"] = asyncio.create_task(later())
    """
    async with open_tester(project(tmp_path, parent(body, failures=0))) as motia:
        await motia.emit("t")
        await motia.settle()
        for _ in range(30):
            await motia.settle()

        assert await runs_of(motia, "B") == [1, 1]
