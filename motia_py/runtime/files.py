"""Plain files as answers: which file a path stands for, if any that may be sent.

Finds and opens, and never reads. Every doubt is a no, and no two of them can be told apart from
outside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, TypeAlias

#: Where a file is: text, or an object like Path.
Place: TypeAlias = str | os.PathLike[str]

#: What no file may have in its path: NUL and its like, Windows' separator and its streams, and
#: what would mean something else if anybody decoded the path once more.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]|%(?:2e|2f|5c|25|00)", re.IGNORECASE)


#: Followed no further, not waited for, and not handed on to other programs.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)
#: A file that is replaced just when it is opened is looked for once more.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class FileResponse:
    """A file as an answer, or as the body of one: `FileResponse("page.html")`.

    `path` begins at the step file's own folder, or at `root`, which itself may begin there. Only
    what lies inside is sent, so `path` may come from a request; anything else is a 404. The type
    is told by the name unless `media_type` says it. With a `filename` browsers save the file
    under that name.
    """

    path: Place
    _: KW_ONLY
    root: Place | None = None
    media_type: str | None = None
    filename: str | None = None

    def beside(self, folder: Path) -> FileResponse:
        """The same with an absolute root: this `folder`, or what `root` means from there."""
        return replace(self, root=folder if self.root is None else folder / self.root)


def locate(path: Place, root: Place) -> Path | None:
    """The file at `path` inside `root`, links resolved; None if there is none to be sent.

    It is a regular file that can be read, and no part of its path is hidden. Blocks.
    """
    try:
        home = Path(root).resolve(strict=True)
        inner = _inner(os.fspath(path), (os.path.normpath(root), str(home)))
        if inner is None:
            return None
        found = (home / inner).resolve(strict=True)
        if not found.is_relative_to(home) or _is_hidden(found.relative_to(home).parts):
            return None
        is_file = S_ISREG(found.stat().st_mode) and os.access(found, os.R_OK)
    # ValueError: a name that no file system can hold; RuntimeError: links that lead in a circle.
    except (OSError, ValueError, RuntimeError):
        return None
    return found if is_file else None


def open_inside(path: Place, root: Place) -> tuple[Path, BinaryIO] | None:
    """The file that `locate` finds and no other, open; None if there is none to be sent.

    Whoever may write there can put a link or a pipe in its place meanwhile. Blocks, but never for
    what a pipe has to say.
    """
    for _ in range(_ATTEMPTS):
        found = locate(path, root)
        if found is None:
            return None
        file = _open(found)
        if file is not None:
            return found, file
    return None


def _open(found: Path) -> BinaryIO | None:
    """The file at a path without links; None if by now it is another one."""
    try:
        number = os.open(found, _FLAGS)
    except OSError:
        return None
    try:
        opened = os.fstat(number)
        is_found = S_ISREG(opened.st_mode) and found.resolve(strict=True) == found
        is_found = is_found and os.path.samestat(opened, found.stat())
    except (OSError, RuntimeError):
        is_found = False
    if is_found:
        return os.fdopen(number, "rb")
    os.close(number)
    return None


def _inner(path: str, roots: Sequence[str]) -> str | None:
    """`path` from the root on; None if it is outside, or none that is served."""
    if path.startswith("/"):
        prefixes = [f"{root.rstrip('/')}/" for root in roots]
        prefix = next((prefix for prefix in prefixes if path.startswith(prefix)), None)
        if prefix is None:
            return None
        path = path.removeprefix(prefix)
    # A slash at the end asks for a folder; at the begin it would lead to the file system's root.
    if not path or path[0] == "/" or path[-1] == "/" or _FORBIDDEN.search(path):
        return None
    return None if _is_hidden(path.split("/")) else path


def _is_hidden(parts: Sequence[str]) -> bool:
    """Whether one of them is hidden, or leads upwards."""
    return any(part.startswith(".") and part != "." for part in parts)
