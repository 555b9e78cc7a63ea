"""Projects served on each kind of engine: one that never suspends, and one that always does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from motia_py.clock import FakeClock
from motia_py.testing import MotiaTester
from tests.slow_engine import SlowEngine


class OpenTester(Protocol):
    """Makes a tester for a project; options are MotiaTester's."""

    def __call__(self, root: Path, **options: Any) -> MotiaTester: ...


@pytest.fixture(params=["memory", "slow"])
def open_tester(request: pytest.FixtureRequest) -> OpenTester:
    def open(root: Path, **options: Any) -> MotiaTester:
        clock = options.pop("clock", None) or FakeClock()
        engine = SlowEngine(clock) if request.param == "slow" else None
        return MotiaTester(root, clock=clock, engine=engine, **options)

    return open
