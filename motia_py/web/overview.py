"""What dev's first page shows: the project as data. Reads the registry, changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from motia_py.messages import JSON
from motia_py.project.declarations import Trigger
from motia_py.project.registry import Registry

_SHOWN = ("method", "path", "topic", "expression", "stream")


def overview(registry: Registry, root: Path) -> dict[str, JSON]:
    """The project's steps, streams, load failures and warnings."""
    return {
        "name": root.name,
        "version": version("motia_py"),
        "steps": [
            {
                "name": step.config.name,
                "file": step.file,
                "flows": list(step.config.flows),
                "triggers": [_trigger(trigger) for trigger in step.config.triggers],
                "is_stale": step.is_stale,
            }
            for step in registry.steps.values()
        ],
        "streams": [
            {"name": stream.config.name, "file": stream.file}
            for stream in registry.streams.values()
        ],
        "failures": [asdict(failure) for failure in registry.failures],
        "warnings": list(registry.warnings),
    }


def _trigger(trigger: Trigger) -> dict[str, JSON]:
    shown = {name: getattr(trigger, name) for name in _SHOWN if hasattr(trigger, name)}
    return {"type": trigger.type, "key": trigger.key, **shown}
