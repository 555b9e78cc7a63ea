"""Dead letters of a project that runs: what is redriven runs, and only once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from motia_py.backends.choosing import open_engine
from motia_py.clock import FakeClock
from motia_py.messages import JSON
from motia_py.settings import Settings
from motia_py.testing import MotiaTester
from tests.projects import write_project

ENGINES = ("memory://", "sqlite:///.motia/motia.db")
SHIP = {
    "steps/ship_step.py": """
        config = {"type": "event", "name": "Ship", "subscribes": ["order.placed"], "emits": [],
                  "infrastructure": {"queue": {"maxRetries": 0, "concurrency": 100}}}

        async def handler(data, context):
            await context.state.update("runs", str(data["id"]), [
                {"type": "increment", "path": "count", "by": 1}])
            if not await context.state.get("stock", "tea"):
                raise ValueError("no tea")
    """,
    "steps/stock_step.py": """
        config = {"name": "Stock", "triggers": [
            {"type": "state", "condition": lambda data, context: data["group_id"] == "stock"}]}

        async def handler(data, context):
            await context.state.set("seen", data["key"], data["new_value"])
    """,
}


@pytest.fixture(params=ENGINES)
def motia(request: pytest.FixtureRequest, tmp_path: Path) -> MotiaTester:
    clock = FakeClock()
    settings = Settings(engine=request.param, durability="normal")
    engine = open_engine(settings, tmp_path, clock)
    return MotiaTester(write_project(tmp_path, SHIP), clock=clock, engine=engine)


async def ask(motia: MotiaTester, name: str, **arguments: JSON) -> Any:
    (reply,) = [each async for each in motia.app.operations.replies(name, arguments)]
    return reply.value


async def dead_ids(motia: MotiaTester) -> list[str]:
    """Those that are listed, which are as many as are counted everywhere."""
    page = await ask(motia, "dead_letters", limit=1000)
    ids = [each["id"] for each in page["letters"]]
    assert page["total"] == len(ids) == (await motia.queue("Ship")).dead
    return ids


async def runs_by_count(motia: MotiaTester) -> Counter[int]:
    """How many events ran how often."""
    pairs = await motia.app.engine.state.list("state", "runs")
    return Counter(value["count"] for _, value in pairs)


async def test_a_thousand_dead_letters_are_redriven_and_run_once_each(motia: MotiaTester) -> None:
    """A11."""
    async with motia:
        for number in range(1000):
            await motia.emit("order.placed", {"id": number})
        await motia.settle()
        ids = await dead_ids(motia)
        assert len(ids) == 1000

        await ask(motia, "discard", id=ids[700])
        await ask(motia, "state_set", group="stock", key="tea", value=True)
        await ask(motia, "redrive", id=ids[500])
        await motia.settle()

        assert await dead_ids(motia) == [id for id in ids if id not in (ids[500], ids[700])]
        assert await runs_by_count(motia) == {1: 999, 2: 1}

        assert await ask(motia, "redrive_all", step="Ship") == {"redriven": 998}
        await motia.settle()

        assert await dead_ids(motia) == []
        assert await runs_by_count(motia) == {1: 1, 2: 999}


async def test_what_fails_again_is_dead_again_after_one_run(motia: MotiaTester) -> None:
    async with motia:
        for number in range(3):
            await motia.emit("order.placed", {"id": number})
        await motia.settle()

        assert await ask(motia, "redrive_all") == {"redriven": 3}
        await motia.settle()

        assert len(await dead_ids(motia)) == 3
        assert await runs_by_count(motia) == {2: 3}


async def test_what_an_operator_sets_sets_off_triggers_and_what_is_imported_does_not(
    motia: MotiaTester,
) -> None:
    async with motia:
        await ask(motia, "state_set", group="stock", key="tea", value=3)
        imported = {"space": "state", "group": "stock", "key": "milk", "value": 4}
        await ask(motia, "state_import", values=[imported])
        await motia.settle()

        assert await motia.state("stock", "milk") == 4
        assert await motia.state("seen", "tea") == 3
        assert await motia.state("seen", "milk") is None
