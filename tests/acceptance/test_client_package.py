"""The client of workbench/client passes its own tests, against this server among others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from workbench.build_hook import npm_on

WORKBENCH = Path(__file__).parents[2] / "workbench"


def _missing(reason: str) -> NoReturn:
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def npm() -> str:
    """npm, with what the package's tests need installed."""
    npm = shutil.which("npm")
    if npm is None or npm_on(os.environ.get("PATH")) is None:
        _missing("there is no npm with a Node of 20.19 or newer")
    if not (WORKBENCH / "node_modules/.bin/vitest").exists():
        done = run(npm, "ci", "--ignore-scripts")
        if done.returncode != 0:
            _missing(f"npm ci failed: {done.stdout}")
    return npm


def run(npm: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [npm, *arguments],
        cwd=WORKBENCH,
        env={**os.environ, "MOTIA_PYTHON": sys.executable, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.timeout(180)
@pytest.mark.parametrize("script", ["check", "test"])
def test_the_packages_own_script_passes(npm: str, script: str) -> None:
    """Types, and vitest: S2.3-S2.12 and S3.6-S3.21 from the client's side."""
    done = run(npm, "run", script)

    assert done.returncode == 0, done.stdout
