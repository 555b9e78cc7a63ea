"""Motia 1.0's config classes as constructors: `StepConfig(name=..., triggers=[...])`.

They check no key, as the helpers in `project.builders` do not: what is built stays a raw config,
which `dialects` judges with the file's name at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from motia_py.project.builders import TriggerDeclaration


class Declaration(dict[str, Any]):
    """The keys that were given, readable and writable as attributes.

    A key that was left out reads as Motia's default, which is not in the dict: there it would stand
    beside the same key in camelCase.
    """

    _defaults: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def model_validate(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**raw)

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """A plain dict of what was given, to the last level."""
        return {key: _plain(value) for key, value in self.items()}

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name in self._defaults:
            return self._defaults[name]
        raise AttributeError(f"this {type(self).__name__} has no {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class _TriggerKind(type):
    """What `http(...)` returns is an ApiTrigger, and so on: told by its `type`."""

    _types: tuple[str, ...] = ()

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TriggerDeclaration) and instance.get("type") in cls._types


class _Trigger(Declaration, TriggerDeclaration, metaclass=_TriggerKind):
    def __init__(self, **keys: Any) -> None:
        super().__init__(**{"type": self._types[0], **keys})


class ApiTrigger(_Trigger):
    _types = ("http", "api")
    _defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys(
        ("condition", "middleware", "body_schema", "response_schema", "query_params")
    )


class QueueTrigger(_Trigger):
    _types = ("queue", "event")
    _defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys(("condition", "input", "config"))


class CronTrigger(_Trigger):
    _types = ("cron",)
    _defaults: ClassVar[Mapping[str, Any]] = {"condition": None}


class StateTrigger(_Trigger):
    _types = ("state",)
    _defaults: ClassVar[Mapping[str, Any]] = {"condition": None}


class StreamTrigger(_Trigger):
    _types = ("stream",)
    _defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys(("condition", "group_id", "item_id"))


class QueueConfig(Declaration):
    """What `queue(topic, config=...)` takes."""

    _defaults: ClassVar[Mapping[str, Any]] = {
        "type": "standard",
        "max_retries": 3,
        "visibility_timeout": 30,
        "delay_seconds": 0,
        "concurrency": None,
        "backoff_type": None,
        "backoff_delay_ms": None,
    }


class HandlerConfig(Declaration):
    """`infrastructure.handler`; only its `timeout` has an effect."""

    _defaults: ClassVar[Mapping[str, Any]] = {"ram": 128, "cpu": None, "timeout": 30}


class Enqueue(Declaration):
    """A topic with what the flow graph shows of it."""

    _defaults: ClassVar[Mapping[str, Any]] = {"label": None, "conditional": False}


class QueryParam(Declaration):
    _defaults: ClassVar[Mapping[str, Any]] = {"description": ""}


class StepConfig(Declaration):
    _defaults: ClassVar[Mapping[str, Any]] = {
        "enqueues": (),
        **dict.fromkeys(
            ("virtual_enqueues", "virtual_subscribes", "description", "flows", "include_files")
        ),
    }


class Step(Declaration):
    """A config with the file that it stands in: `Step(file_path=..., config=...)`."""


class StreamConfig(Declaration):
    _defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys(
        ("description", "schema", "base_config", "on_join", "on_leave")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAuthResult:
    """What `authenticate` may return.

    Not a Declaration: one without `authorized` would pass for a context, and so let everybody in.
    """

    authorized: bool
    context: Any = None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
