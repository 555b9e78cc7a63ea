"""What a test serves, the ledger beside it that the project writes into, and clients from npm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance.ledger import Ledger
from tests.acceptance.npm_package import node_with_clients
from tests.chatting import ROOT


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the repository's own steps, offline."""
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "steps", root / "steps", ignore=ignored)
    return root


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the clients' packages beside the scripts in npm/."""
    return node_with_clients()
