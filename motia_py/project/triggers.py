"""What the triggers of a step need at run time, compiled from its config. Pure."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, assert_never

from motia_py.errors import ConfigError
from motia_py.project.declarations import (
    CronTrigger,
    HttpTrigger,
    QueueTrigger,
    SocketTrigger,
    StateTrigger,
    StepConfig,
    StreamTrigger,
    Trigger,
)
from motia_py.project.routing import PathPattern, parse_path
from motia_py.project.schedule import CronSchedule
from motia_py.project.schemas import Check, CompiledSchema, compile_schema

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerChecks:
    """Checks by trigger key, and of answers by status; what checks nothing is left out."""

    inputs: Mapping[str, Check]
    responses: Mapping[str, Mapping[int, Check]]
    warnings: tuple[str, ...]


def require_extras(config: StepConfig) -> None:
    """Judge whether what the triggers need is installed.

    Raises:
        ConfigError: it is not.
    """
    has_socket = any(isinstance(trigger, SocketTrigger) for trigger in config.triggers)
    # Only found, not imported: that takes time, and the server may never need it.
    if has_socket and importlib.util.find_spec("socketio") is None:
        raise ConfigError(
            f"step {config.name!r} has a socket trigger, for which python-socketio is missing",
            advice="pip install 'motia_py[socketio]'",
        )


def patterns_of(config: StepConfig) -> Mapping[str, PathPattern]:
    """The path of each http trigger, by its key.

    Raises:
        ConfigError: a path that the grammar does not have.
    """
    return {
        key: parse_path(trigger.path)
        for key, trigger in _keyed(config)
        if isinstance(trigger, HttpTrigger)
    }


def schedules_of(config: StepConfig) -> Mapping[str, CronSchedule]:
    """The schedule of each cron trigger, by its key.

    Raises:
        ConfigError: an expression or a time zone that means nothing.
    """
    return {
        key: CronSchedule(trigger.expression, trigger.tz)
        for key, trigger in _keyed(config)
        if isinstance(trigger, CronTrigger)
    }


def checks_of(config: StepConfig) -> TriggerChecks:
    """The checks of what each trigger takes and answers.

    Raises:
        ConfigError: a schema that cannot be used.
    """
    inputs = {key: _input(trigger) for key, trigger in _keyed(config)}
    responses = {key: _responses(trigger) for key, trigger in _keyed(config)}
    compiled = [*inputs.values(), *(each for one in responses.values() for each in one.values())]
    return TriggerChecks(
        inputs=_checking(inputs),
        responses={key: checks for key, each in responses.items() if (checks := _checking(each))},
        warnings=tuple(each.warning for each in compiled if each.warning is not None),
    )


def _keyed(config: StepConfig) -> Iterator[tuple[str, Trigger]]:
    return zip(config.trigger_keys(), config.triggers, strict=True)


def _input(trigger: Trigger) -> CompiledSchema:
    match trigger:
        case HttpTrigger(method=method, path=path, body_schema=schema):
            return compile_schema(schema, subject=f"body of {method} {path}")
        case QueueTrigger(topic=topic, input=schema):
            return compile_schema(schema, subject=f"event {topic!r}")
        case SocketTrigger(event=event, input=schema):
            return compile_schema(schema, subject=f"socket event {event!r}")
        case CronTrigger() | StateTrigger() | StreamTrigger():
            return CompiledSchema(check=None)
    assert_never(trigger)


def _responses(trigger: Trigger) -> Mapping[int, CompiledSchema]:
    if not isinstance(trigger, HttpTrigger):
        return {}
    return {
        status: compile_schema(
            schema, subject=f"answer {status} of {trigger.method} {trigger.path}"
        )
        for status, schema in trigger.response_schema.items()
    }


def _checking(compiled: Mapping[K, CompiledSchema]) -> dict[K, Check]:
    return {key: each.check for key, each in compiled.items() if each.check is not None}
