"""Fixtures for more than one file of unit tests."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.compat import MotiaNames
from motia_py.project.importing import ProjectImports
from tests.loading import Files


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with ProjectImports(tmp_path / "shop") as imports:
        yield Files(tmp_path / "shop", imports)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the modules that ran: each says `runs.append(__name__)`."""
    runs: list[str] = []
    monkeypatch.setattr(builtins, "runs", runs, raising=False)
    return runs


@pytest.fixture
def motia() -> Iterator[Any]:
    with MotiaNames():
        yield importlib.import_module("motia")
