"""The folder npm/: scripts that use clients from npm, unchanged, and what they need."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

PACKAGE = Path(__file__).parent / "npm"


def node_with_clients() -> str:
    """Where Node is; the clients are installed for it, if they were not.

    It skips the test if that cannot be; in CI it fails.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _missing("node and npm are not installed")
    wanted = json.loads((PACKAGE / "package.json").read_text("utf-8"))["dependencies"]
    if not all((PACKAGE / "node_modules" / name).is_dir() for name in wanted):
        install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(install, cwd=PACKAGE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            _missing(f"npm install failed: {done.stderr}")
    return node


def _missing(reason: str) -> NoReturn:
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)
