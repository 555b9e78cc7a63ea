"""The watchdog blames a call that stands still, and none that merely runs on a busy loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

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
    watchdog = Watchdog(
        asyncio.get_running_loop(),
        is_own_file=lambda name: name == file,
        is_step_file=lambda name: name == file,
        report=blocks.append,
    )
    watchdog.start()
    for _ in range(times):
        work()
    for _ in range(10):
        await asyncio.sleep(0.02)
    watchdog.stop()
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
