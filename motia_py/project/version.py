"""The version that a project gives itself: in its `pyproject.toml`, which it may lack."""

from __future__ import annotations

import tomllib
from pathlib import Path

#: Of a project that says none.
UNVERSIONED = "0.0.0"


def project_version(root: Path) -> str:
    """`[project] version` of the folder's `pyproject.toml`; UNVERSIONED if it cannot be read."""
    try:
        declared = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
        version = declared["project"]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return UNVERSIONED
    return version if isinstance(version, str) else UNVERSIONED
