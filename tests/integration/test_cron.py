"""Schedules through real steps, on a clock that only moves when told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from motia_py.clock import FakeClock
from tests.integration.conftest import OpenTester
from tests.projects import write_project

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC).timestamp()

TICKER = """
config = {{{config}}}


async def handler({arguments}):
    await {context}.state.update("ticks", "all", [{{"type": "increment", "path": "n"}}])
"""


def ticker(config: str, arguments: str, context: str) -> str:
    return TICKER.format(config=config, arguments=arguments, context=context)


OLD = '"type": "cron", "name": "Tick", "emits": [], "cron": "*/5 * * * *"'
NEW = '"name": "Tick", "triggers": [{"type": "cron", "expression": "0 */5 * * * *"}]'


@pytest.mark.parametrize(
    ("config", "arguments", "context"),
    [
        (OLD, "context", "context"),
        (NEW, "value, ctx", "ctx"),
        (NEW, "*args", "args[1]"),
    ],
)
async def test_a_schedule_of_either_dialect_runs_at_each_tick(
    open_tester: OpenTester, tmp_path: Path, config: str, arguments: str, context: str
) -> None:
    write_project(tmp_path, {"steps/t_step.py": ticker(config, arguments, context)})

    async with open_tester(tmp_path, clock=FakeClock(NOON)) as motia:
        await motia.advance(299)
        before = await motia.state("ticks", "all")
        await motia.advance(1)
        first = await motia.state("ticks", "all")
        await motia.advance(600)

        assert before is None
        assert first == {"n": 1}
        assert await motia.state("ticks", "all") == {"n": 3}


async def test_a_cron_handler_of_motia_10_gets_nothing_as_its_input(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        from motia import cron, state_manager

        config = {"name": "T", "triggers": [cron("* * * * *")], "enqueues": []}

        async def handler(input):
            await state_manager.set("t", "input", [input])
    """
    write_project(tmp_path, {"steps/t_step.py": step})

    async with open_tester(tmp_path, clock=FakeClock(NOON)) as motia:
        await motia.advance(60)

        assert await motia.state("t", "input") == [None]


async def test_a_tick_that_fails_is_retried(open_tester: OpenTester, tmp_path: Path) -> None:
    step = """
        config = {"type": "cron", "name": "T", "emits": [], "cron": "0 13 * * *"}

        async def handler(context):
            await context.state.set("t", "attempt", context.attempt)
            if context.attempt < 3:
                raise ValueError("not yet")
    """
    write_project(tmp_path, {"steps/t_step.py": step})

    async with open_tester(tmp_path, clock=FakeClock(NOON)) as motia:
        await motia.advance(3600)
        await motia.advance(60)

        assert await motia.state("t", "attempt") == 3


async def test_a_schedule_in_a_time_zone(open_tester: OpenTester, tmp_path: Path) -> None:
    step = """
        config = {"name": "T", "triggers": [{"type": "cron", "expression": "30 14 * * *", "tz": "Europe/Berlin"}]}

        async def handler(value, ctx):
            await ctx.state.set("t", "ran", True)
    """
    write_project(tmp_path, {"steps/t_step.py": step})

    async with open_tester(tmp_path, clock=FakeClock(NOON)) as motia:
        await motia.advance(89 * 60)
        before = await motia.state("t", "ran")
        await motia.advance(60)

        assert before is None
        assert await motia.state("t", "ran") is True


async def test_a_bad_expression_is_a_load_failure(open_tester: OpenTester, tmp_path: Path) -> None:
    config = '"type": "cron", "name": "T", "emits": [], "cron": "every day"'
    write_project(tmp_path, {"steps/t_step.py": ticker(config, "context", "context")})

    async with open_tester(tmp_path, may_fail_to_load=True) as motia:
        (failure,) = motia.app.registry.failures

    assert failure.file == "steps/t_step.py"
    assert "every day" in failure.message


async def test_a_machine_that_slept_catches_up_with_one_run(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    write_project(tmp_path, {"steps/t_step.py": ticker(OLD, "context", "context")})

    async with open_tester(tmp_path, clock=FakeClock(NOON)) as motia:
        # The wall clock jumps an hour between two looks.
        motia.clock.jump(3600)
        await motia.advance(60)

        assert await motia.state("ticks", "all") == {"n": 1}
