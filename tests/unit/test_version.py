"""The version of a project, whatever its pyproject.toml holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from motia_py.project.version import UNVERSIONED, project_version


def test_a_project_has_the_version_of_its_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "2.1"\n')
    assert project_version(tmp_path) == "2.1"


@pytest.mark.parametrize(
    "text",
    [None, "", "[project", 'project = "shop"', "[project]\nversion = 2", "[[project]]", b"\xff"],
)
def test_a_project_that_says_none_is_unversioned(tmp_path: Path, text: str | bytes | None) -> None:
    if text is not None:
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "pyproject.toml").write_bytes(data)
    assert project_version(tmp_path) == UNVERSIONED
