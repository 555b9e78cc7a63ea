"""The folders that the server makes for its own files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from motia_py.dotmotia import own_folder


def test_a_new_folder_is_closed_to_others_and_ignored_by_git(tmp_path: Path) -> None:
    folder = own_folder(tmp_path / "a" / ".motia")

    assert folder == tmp_path / "a" / ".motia"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)

    own_folder(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert list(folder.iterdir()) == []


def test_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".motia").write_text("")

    with pytest.raises(FileExistsError):
        own_folder(tmp_path / ".motia")
