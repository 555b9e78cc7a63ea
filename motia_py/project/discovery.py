"""Which files of a project declare something, and in which order they are loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

FileKind = Literal["hooks", "step", "stream"]

_HOOKS_FILE = "motia_config.py"
_FOLDERS = ("steps", "src")
_ENDINGS: dict[str, FileKind] = {
    "_step.py": "step",
    ".step.py": "step",
    "_stream.py": "stream",
    ".stream.py": "stream",
}
_SKIPPED_FOLDERS = frozenset({"tests", "__tests__", "node_modules", "__pycache__"})


def kind_of(file: str) -> FileKind | None:
    """What a file may declare, by its name relative to the root; None: nothing."""
    if file == _HOOKS_FILE:
        return "hooks"
    return next((kind for ending, kind in _ENDINGS.items() if file.endswith(ending)), None)


def project_files(root: Path) -> Sequence[str]:
    """The declaring files relative to the root: the hooks, then `steps/`, then `src/`, sorted."""
    hooks = [_HOOKS_FILE] if (root / _HOOKS_FILE).is_file() else []
    seen: set[tuple[int, int]] = set()
    return [
        *hooks,
        *(file for folder in _FOLDERS for file in sorted(_files_below(root, folder, seen))),
    ]


def _files_below(root: Path, folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    for place, folders, files in os.walk(root / folder, followlinks=True):
        status = Path(place).stat()
        # A link to a folder above would lead round in circles.
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith(".")
        )
        inner = Path(place).relative_to(root).as_posix()
        visible = (f"{inner}/{name}" for name in files if not name.startswith("."))
        yield from filter(kind_of, visible)
