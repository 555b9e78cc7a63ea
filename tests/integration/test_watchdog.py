"""The watchdog blames what stands still, a call or a load, and none that runs on a busy loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from motia_py.project.importing import ProjectImports
from motia_py.runtime import watchdog
from motia_py.runtime.watchdog import Block, Watchdog

STEP = """
import time

def stand_still():
    time.sleep(1.3)

def stand_still_for_a_moment():
    time.sleep(0.2)

def be_one_of_many():
    sum(range(20_000))
"""


@pytest.fixture
def step(tmp_path: Path) -> tuple[str, dict[str, Callable[[], None]]]:
    """A step file and its functions."""
    file = tmp_path / "a_step.py"
    names: dict[str, Callable[[], None]] = {}
    exec(compile(STEP, str(file), "exec"), names)
    return str(file), names


async def reported(file: str, work: Callable[[], None], *, times: int) -> list[Block]:
    """What is reported while `work` runs so often without a turn of the loop in between."""
    blocks: list[Block] = []
    with Watchdog(
        asyncio.get_running_loop(),
        is_own_file=lambda name: name == file,
        is_step_file=lambda name: name == file,
        report=blocks.append,
    ):
        for _ in range(times):
            work()
        for _ in range(10):
            await asyncio.sleep(0.02)
    return blocks


async def test_a_call_that_stands_still_is_reported_while_it_does_and_afterwards(
    step: tuple[str, dict[str, Callable[[], None]]],
) -> None:
    file, names = step

    blocks = await reported(file, names["stand_still"], times=1)

    assert [(block.step_file, block.line, block.is_over) for block in blocks] == [
        (file, 5, False),
        (file, 5, True),
    ]
    assert 1.0 <= blocks[0].seconds <= blocks[1].seconds


async def test_the_third_short_block_of_a_file_is_reported(
    step: tuple[str, dict[str, Callable[[], None]]],
) -> None:
    file, names = step

    two = await reported(file, names["stand_still_for_a_moment"], times=2)
    three = await reported(file, names["stand_still_for_a_moment"], times=3)

    assert two == []
    assert [(block.line, block.is_over) for block in three] == [(8, True)]


async def test_calls_that_each_end_soon_are_not_to_blame_for_a_busy_loop(
    step: tuple[str, dict[str, Callable[[], None]]],
) -> None:
    file, names = step
    end = time.monotonic() + 1.5

    def be_busy() -> None:
        while time.monotonic() < end:
            names["be_one_of_many"]()

    assert await reported(file, be_busy, times=1) == []


@pytest.fixture
def slow(tmp_path: Path) -> Callable[[], None]:
    """Loads a file whose helper takes its time."""
    file = tmp_path / "a_step.py"
    file.write_text("import helper\n")
    (tmp_path / "helper.py").write_text("import time\n\ntime.sleep(0.6)\n")

    def load() -> None:
        with ProjectImports(tmp_path) as imports:
            imports.execute(file, imports.read(file))

    return load


async def test_a_file_that_loads_for_long_is_named_with_the_line_where_it_is(
    slow: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "LONG_LOAD_SECONDS", 0.3)
    helper = str(tmp_path / "helper.py")

    blocks = await reported(helper, slow, times=1)

    assert [(block.step_file, block.line, block.is_loading) for block in blocks] == [
        (helper, 3, True),
        (helper, 3, True),
    ]
    assert [block.is_over for block in blocks] == [False, True]


async def test_files_that_load_in_a_while_are_not_to_blame(
    slow: Callable[[], None], tmp_path: Path
) -> None:
    assert await reported(str(tmp_path / "helper.py"), slow, times=3) == []


async def test_the_program_itself_is_no_file_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script in the project's folder that serves it is at the bottom of every stack."""
    monkeypatch.setattr(watchdog, "LONG_LOAD_SECONDS", 0.1)
    script = str(tmp_path / "main.py")
    program = compile("import time\ntime.sleep(0.5)\n", script, "exec")

    assert await reported(script, lambda: exec(program, {}), times=1) == []
