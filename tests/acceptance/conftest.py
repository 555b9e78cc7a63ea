"""A ledger for each test, beside the project that writes into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")
