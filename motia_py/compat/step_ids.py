"""The ids by which Motia's tools know step files: equal for equal paths, on every machine."""

from __future__ import annotations

from uuid import UUID, uuid5

STEP_NAMESPACE = UUID("7f1c3ff2-9b00-4d0a-bdd7-efb8bca49d4f")


def generate_step_id(path: str) -> str:
    """The UUID of the step file at `path`, as text."""
    return str(uuid5(STEP_NAMESPACE, path))
