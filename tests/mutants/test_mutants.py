"""Builds that are broken on purpose: the tests that guard each place must notice.

Run by `pytest -m mutants`; each mutant is a copy of the package with one text replaced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.mutants, pytest.mark.timeout(180)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`old` stands once in `file`; with `new` in its place, one of `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        name="pages of any origin may connect",
        file="web/guard.py",
        old="        if origin is None:\n            return True\n        read",
        new="        return True\n        read",
        tests=("tests/unit/test_guard.py", "tests/integration/test_websocket_upgrade.py"),
    ),
    Mutant(
        name="a page that makes its own name point here is let in",
        file="web/guard.py",
        old="        if not self._is_loopback or host in self._known_hosts:\n",
        new="        if True:\n",
        tests=("tests/unit/test_guard.py", "tests/integration/test_http_guard.py"),
    ),
    Mutant(
        name="the server's own pages need no token off loopback",
        file="web/guard.py",
        old="        if self._token is None:\n            return True\n",
        new="        return True\n",
        tests=("tests/unit/test_guard.py",),
    ),
    Mutant(
        name="canAccess lets in whoever it answers something for",
        file="runtime/access.py",
        old="            if said is not True:\n",
        new="            if not said:\n",
        tests=("tests/unit/test_access.py",),
    ),
    Mutant(
        name="a hook that fails lets in",
        file="runtime/access.py",
        old='                _tell(hook, "it failed", error)\n                return DENIED\n            if said',
        new="                said = True\n            if said",
        tests=("tests/unit/test_access.py",),
    ),
    Mutant(
        name="update paths reach dunder names",
        file="updates.py",
        old='    if segment.startswith("__") or segment in FORBIDDEN_SEGMENTS:\n',
        new="    if False:\n",
        tests=("tests/unit/test_updates.py",),
    ),
    Mutant(
        name="two frames of one millisecond have one timestamp",
        file="runtime/hub.py",
        old="max(now_ms, self._last_ms + 1)",
        new="max(now_ms, self._last_ms)",
        tests=("tests/unit/test_hub.py",),
    ),
    Mutant(
        name="a delivery is acked before it ran",
        file="runtime/bus.py",
        old="            error = await self._deliver(target, delivery)\n",
        new=(
            "            await self._queue.ack(delivery)\n"
            "            error = await self._deliver(target, delivery)\n"
        ),
        tests=("tests/integration/test_events.py",),
    ),
    Mutant(
        name="a claim does not count the attempt",
        file="backends/memory.py",
        old="            held.attempt += 1\n",
        new="            held.attempt += 0\n",
        tests=("tests/contracts/test_queue.py",),
    ),
    Mutant(
        name="secrets are recorded",
        file="runtime/tracing.py",
        old='"***" if _SECRET.search(name) else ',
        new="",
        tests=("tests/unit/test_tracing.py",),
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_build_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    package = tmp_path / "motia_py"
    shutil.copytree(ROOT / "motia_py", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = (package / mutant.file).read_text()
    assert text.count(mutant.old) == 1, f"{mutant.file} has changed: write the mutant anew"
    (package / mutant.file).write_text(text.replace(mutant.old, mutant.new))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, f"nobody noticed:\n{done.stdout[-2000:]}"
    assert "failed" in done.stdout
