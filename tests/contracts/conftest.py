"""The engines under contract. Adding a backend is one entry in `ENGINES`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from motia_py.backends.memory import MemoryEngine
from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import Clock, FakeClock
from motia_py.interfaces import Engine, EventQueue, StateStore

#: Makes a new, closed, empty engine; the folder is its own. The number is how many seconds it
#: keeps what finished.
MakeEngine: TypeAlias = Callable[[Clock, Path, float], Engine]

ENGINES: Mapping[str, MakeEngine] = {
    "memory": lambda clock, folder, keeps: MemoryEngine(clock, keep_finished_seconds=keeps),
    # What it does is the same in "full", which only costs time here.
    "sqlite": lambda clock, folder, keeps: SqliteEngine(
        folder / "motia.db", clock, durability="normal", keep_finished_seconds=keeps
    ),
}


@pytest.fixture(params=list(ENGINES), scope="session")
def make_keeping_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Clock, float], Engine]:
    """Makes as many engines as a test likes; they share nothing."""
    make: MakeEngine = ENGINES[request.param]
    return lambda clock, keeps: make(clock, tmp_path_factory.mktemp(request.param), keeps)


@pytest.fixture(scope="session")
def make_engine(
    make_keeping_engine: Callable[[Clock, float], Engine],
) -> Callable[[Clock], Engine]:
    """As `make_keeping_engine`; they keep nothing that finished."""
    return lambda clock: make_keeping_engine(clock, 0.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def engine(make_engine: Callable[[Clock], Engine], clock: FakeClock) -> AsyncIterator[Engine]:
    async with make_engine(clock) as opened:
        yield opened


@pytest.fixture
def queue(engine: Engine) -> EventQueue:
    return engine.queue


@pytest.fixture
def state(engine: Engine) -> StateStore:
    return engine.state
