"""Plain files as answers: which file a path stands for, if any that may be sent.

Looks and never reads. Every doubt is a no, and no two of them can be told apart from outside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

#: Where a file is: text, or an object like Path.
Place: TypeAlias = str | os.PathLike[str]

#: What no file may have in its path: NUL and its like, Windows' separator and its streams, and
#: what would mean something else if anybody decoded the path once more.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]|%(?:2e|2f|5c|25|00)", re.IGNORECASE)


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

    It is a regular file that can be read, and no part of its path is hidden. Blocks. What is put
    in its place before it is opened, by whoever may write there, is not looked at again.
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
