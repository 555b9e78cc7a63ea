"""Which folders are the project's own, which of their files declare something, in which order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

FileKind = Literal["hooks", "step", "stream"]

#: At the root; it declares what holds for the whole project.
HOOKS_FILE = "motia_config.py"
_FOLDERS = ("steps", "src")
_ENDINGS: dict[str, FileKind] = {
    "_step.py": "step",
    ".step.py": "step",
    "_stream.py": "stream",
    ".stream.py": "stream",
}
_TEST_FOLDERS = frozenset({"tests", "__tests__"})
#: Folders of other people's modules, and of what is made from ours.
_FOREIGN_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__"})
#: Every virtual environment holds one, whatever its folder is called.
_ENVIRONMENT_MARK = "pyvenv.cfg"
#: Its files are no project's, not even of one whose root they lie below.
_OUR_PACKAGE = str(Path(__file__).resolve().parents[1])


def is_own(path: str) -> bool:
    """Whether a folder or a file is the project's, by itself: the folders above it are not asked.

    Not the project's: what is hidden, installed or made by a tool.
    """
    name = os.path.basename(path)  # noqa: PTH119 - a Path for each would double the time
    if name.startswith(".") or name in _FOREIGN_FOLDERS:
        return False
    if os.path.exists(f"{path}/{_ENVIRONMENT_MARK}"):  # noqa: PTH110 - as above
        return False
    # Not by its name alone: a project may have a folder that is called the same.
    return not _OUR_PACKAGE.endswith(f"/{name}") or os.path.realpath(path) != _OUR_PACKAGE


def kind_of(file: str) -> FileKind | None:
    """What a file may declare, by its name relative to the root; None: nothing."""
    if file == HOOKS_FILE:
        return "hooks"
    return next((kind for ending, kind in _ENDINGS.items() if file.endswith(ending)), None)


def project_files(root: Path) -> Sequence[str]:
    """The declaring files relative to the root: the hooks, then `steps/`, then `src/`, sorted."""
    hooks = [HOOKS_FILE] if (root / HOOKS_FILE).is_file() else []
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
            name for name in folders if name not in _TEST_FOLDERS and is_own(f"{place}/{name}")
        )
        inner = Path(place).relative_to(root).as_posix()
        visible = (f"{inner}/{name}" for name in files if not name.startswith("."))
        yield from filter(kind_of, visible)
