"""The folders that the server keeps its own files in, out of reach of other users and of git."""

from __future__ import annotations

from pathlib import Path

#: Where a project's own one is, relative to its root.
OWN_FOLDER = ".motia"


def own_folder(folder: Path) -> Path:
    """The folder; if there was none, it is made for this user alone, and git told to ignore it.

    A folder that is there already stays as it is: its owner may share it.

    Raises:
        OSError: it cannot be made, or is a file.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return folder
    (folder / ".gitignore").write_text("*\n")
    return folder
