"""Small projects for tests, written as real files."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path


def write_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write each file below `root`, its text dedented, and give `root`."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return root


def api_step(name: str, body: str, *, path: str | None = None, more: str = "") -> str:
    """A 0.17 api step `GET /<name>` whose handler has `body`, and config entries `more`."""
    return (
        f'config = {{"type": "api", "name": "{name}", "method": "GET", "emits": [],\n'
        f'          "path": "{path or "/" + name}", {more}}}\n\n\n'
        "async def handler(req, context):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    )
