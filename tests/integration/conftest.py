"""Projects served on each kind of engine: one that never suspends, one that always does, a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from motia_py.backends.memory import MemoryEngine
from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import Clock, FakeClock
from motia_py.interfaces import Engine
from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT
from tests.openai_server import OpenAIServer
from tests.slow_engine import SlowEngine


class OpenTester(Protocol):
    """Makes a tester for a project; options are MotiaTester's."""

    def __call__(self, root: Path, **options: Any) -> MotiaTester: ...


ENGINES: Mapping[str, Callable[[Clock, Path], Engine]] = {
    "memory": lambda clock, folder: MemoryEngine(clock),
    "slow": lambda clock, folder: SlowEngine(clock),
    "sqlite": lambda clock, folder: SqliteEngine(folder / "motia.db", clock, durability="normal"),
}


@pytest.fixture(params=list(ENGINES))
def open_tester(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> OpenTester:
    def open(root: Path, **options: Any) -> MotiaTester:
        clock = options.pop("clock", None) or FakeClock()
        folder = tmp_path_factory.mktemp(request.param)
        engine = options.pop("engine", None) or ENGINES[request.param](clock, folder)
        return MotiaTester(root, clock=clock, engine=engine, **options)

    return open


@pytest.fixture
async def motia(upstream: OpenAIServer, open_tester: OpenTester) -> AsyncIterator[MotiaTester]:
    """The repository's own steps; `upstream` is the model that they ask."""
    env = {**NO_MODEL, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": upstream.url}
    async with open_tester(ROOT, env=env) as tester:
        yield tester
