"""The client of workbench/client passes its own tests, against this server among others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.needs import missing
from workbench.build_hook import Npm, WorkbenchFailed, npm_of_wheel, npm_on

WORKBENCH = Path(__file__).parents[2] / "workbench"


@pytest.fixture(scope="module")
def npm() -> Npm:
    """npm, with what the package's tests need installed."""
    npm = npm_on(os.environ.get("PATH")) or npm_of_wheel()
    if npm is None:
        missing("there is no npm with a Node of 20.19 or newer")
    if not (WORKBENCH / "node_modules/.bin/vitest").exists():
        try:
            npm.run("ci", "--ignore-scripts", folder=WORKBENCH, environment=os.environ)
        except WorkbenchFailed as failure:
            missing(str(failure))
    return npm


@pytest.mark.timeout(180)
@pytest.mark.parametrize("script", ["check", "test"])
def test_the_packages_own_script_passes(npm: Npm, script: str) -> None:
    """Types, and vitest: S2.3-S2.12 and S3.6-S3.21 from the client's side."""
    environment = {**os.environ, "MOTIA_PYTHON": sys.executable, "NO_COLOR": "1"}
    arguments = ("run", script, "--workspaces", "--if-present")

    npm.run(*arguments, folder=WORKBENCH, environment=environment)
