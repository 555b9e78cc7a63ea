"""What dev's first page shows: the project as data. Reads the registry, changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from motia_py.messages import JSON, Lane
from motia_py.project.declarations import Trigger
from motia_py.project.loader import Step
from motia_py.project.registry import Registry

_SHOWN = ("method", "path", "topic", "expression", "stream", "event", "namespace")


def overview(
    registry: Registry, root: Path, *, parked: Mapping[Lane, int], dead: int
) -> dict[str, JSON]:
    """The project's steps, streams, load failures and warnings.

    `parked` are the deliveries that wait for a step that is not loaded, `dead` the dead letters.
    """
    return {
        "name": root.name,
        "version": version("motia_py"),
        "steps": [
            {
                "name": step.config.name,
                "file": step.file,
                "flows": list(step.config.flows),
                "triggers": [_trigger(trigger) for trigger in triggers],
                "is_stale": step.is_stale,
            }
            for step, triggers in served_steps(registry)
        ],
        "streams": [
            {"name": stream.config.name, "file": stream.file}
            for stream in registry.streams.values()
        ],
        "failures": [asdict(failure) for failure in registry.failures],
        "warnings": [*registry.warnings, *_deliveries(parked, dead)],
    }


def _deliveries(parked: Mapping[Lane, int], dead: int) -> Iterator[str]:
    for lane, count in parked.items():
        what = "delivery waits" if count == 1 else "deliveries wait"
        yield f"{count} {what} for {lane.trigger} of step {lane.step}, which no file declares now"
    if dead:
        what = "dead letter" if dead == 1 else "dead letters"
        yield f"{dead} {what}: motia-py dlq list"


def served_steps(registry: Registry) -> Iterator[tuple[Step, Sequence[Trigger]]]:
    """Each step with those of its triggers that are served, without steps that lost all of them.

    Another step may have a trigger's route; a step that never had any trigger counts as served.
    """
    served: defaultdict[str, list[Trigger]] = defaultdict(list)
    for target in registry.targets:
        served[target.lane.step].append(target.trigger)
    for name, step in registry.steps.items():
        if name in served or not step.config.triggers:
            yield step, served[name]


def _trigger(trigger: Trigger) -> dict[str, JSON]:
    shown = {name: getattr(trigger, name) for name in _SHOWN if hasattr(trigger, name)}
    return {"type": trigger.type, "key": trigger.key, **shown}
