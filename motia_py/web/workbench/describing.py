"""The project as the workbench shows it: a registry to views. Reads source files, changes none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from motia_py.encoding import plain
from motia_py.errors import LoadFailure, NotJSON
from motia_py.messages import JSON
from motia_py.project.declarations import HttpTrigger, Trigger
from motia_py.project.flows import FlowEdge, FlowGraph, flow_graph, lint
from motia_py.project.loader import Step
from motia_py.project.registry import Registry, Target
from motia_py.project.schemas import json_schema
from motia_py.web.workbench.views import (
    EdgeView,
    EndpointView,
    FailureView,
    FindingView,
    FlowView,
    NodeKind,
    NodeView,
    ParameterView,
    SourceLine,
    TriggerView,
)

#: Lines of source around the one that is to blame.
_AROUND = 3
_KINDS: Mapping[str, NodeKind] = {"http": "api", "queue": "event"}
_SUBJECTS = ("method", "path", "topic", "expression", "stream", "event", "namespace")


class Description:
    """One snapshot of a project. `served_since` gives when the version of a file was loaded that is
    served; None if none is."""

    def __init__(
        self, registry: Registry, root: Path, served_since: Callable[[str], float | None]
    ) -> None:
        self._registry = registry
        self._root = root
        self._served_since = served_since

    def failures(self) -> list[FailureView]:
        return [self.failure(each) for each in self._registry.failures]

    def failure(self, failure: LoadFailure) -> FailureView:
        return FailureView(
            file=failure.file,
            line=failure.line,
            kind=failure.kind,
            message=failure.message,
            advice=failure.advice,
            excerpt=_excerpt(self._root / failure.file, failure.line),
            served_since=self._served_since(failure.file),
        )

    def nodes(self, runs: Mapping[str, int], errors: Mapping[str, int]) -> list[NodeView]:
        """Every step, and every step file that never loaded."""
        failures = {each.file: each for each in reversed(self._registry.failures)}
        steps = [
            self._node(step, failures.get(step.file), runs, errors)
            for step in self._registry.steps.values()
        ]
        known = {step.file for step in self._registry.steps.values()}
        missing = [self._missing(each) for file, each in failures.items() if file not in known]
        return [*steps, *missing]

    def node(self, name: str, runs: Mapping[str, int], errors: Mapping[str, int]) -> NodeView:
        """One step, which must be there."""
        step = self._registry.steps[name]
        failure = next((each for each in self._registry.failures if each.file == step.file), None)
        return self._node(step, failure, runs, errors)

    def edges(self, passed: Mapping[tuple[str, str, str], int]) -> list[EdgeView]:
        return [_edge(edge, passed) for edge in self._graph.edges]

    def flows(self) -> list[FlowView]:
        return [FlowView(name=name, steps=list(steps)) for name, steps in self._graph.flows.items()]

    def findings(self) -> list[FindingView]:
        return [FindingView(**dataclasses.asdict(finding)) for finding in lint(self._registry)]

    def endpoints(self) -> list[EndpointView]:
        return [
            _endpoint(target, target.trigger)
            for target in self._registry.targets
            if isinstance(target.trigger, HttpTrigger)
        ]

    def source(self, name: str) -> str:
        """The whole file of a step; empty if it cannot be read now."""
        return _text(self._root / self._registry.steps[name].file)

    def config(self, name: str) -> dict[str, JSON]:
        """The declaration of a step, in our one form."""
        config = self._registry.steps[name].config
        shown: dict[str, JSON] = _shown(config)
        return shown

    @cached_property
    def _graph(self) -> FlowGraph:
        return flow_graph(self._registry)

    def _node(
        self,
        step: Step,
        failure: LoadFailure | None,
        runs: Mapping[str, int],
        errors: Mapping[str, int],
    ) -> NodeView:
        name = step.config.name
        triggers = [_trigger(trigger) for trigger in step.config.triggers]
        return NodeView(
            id=name,
            kind=_kind(triggers),
            title=name,
            description=step.config.description,
            file=step.file,
            line=step.line,
            flows=list(dict.fromkeys(step.config.flows)),
            triggers=triggers,
            failure=None if failure is None else self.failure(failure),
            is_missing=False,
            runs=runs.get(name, 0),
            errors=errors.get(name, 0),
        )

    def _missing(self, failure: LoadFailure) -> NodeView:
        return NodeView(
            # No step has this name: steps are named by people, files by paths.
            id=f"file:{failure.file}",
            kind="noop",
            title=failure.file.rpartition("/")[2],
            description=failure.message,
            file=failure.file,
            line=failure.line or 1,
            flows=[],
            triggers=[],
            failure=self.failure(failure),
            is_missing=True,
            runs=0,
            errors=0,
        )


def _label(trigger: Trigger) -> str:
    """A trigger in a few words: `POST /chat`, `queue orders`, `cron 0 * * * *`."""
    if isinstance(trigger, HttpTrigger):
        return f"{trigger.method} {trigger.path}"
    subjects = [
        getattr(trigger, name)
        for name in ("topic", "expression", "stream", "event")
        if hasattr(trigger, name)
    ]
    return " ".join((trigger.type, *subjects))


def _trigger(trigger: Trigger) -> TriggerView:
    subjects = {name: getattr(trigger, name, None) for name in _SUBJECTS}
    return TriggerView(type=trigger.type, key=trigger.key, label=_label(trigger), **subjects)


def _kind(triggers: Sequence[TriggerView]) -> NodeKind:
    if not triggers:
        return "noop"
    kind = triggers[0].type
    if kind in _KINDS:
        return _KINDS[kind]
    return next(each for each in get_args(NodeKind) if each == kind)


def _edge(edge: FlowEdge, passed: Mapping[tuple[str, str, str], int]) -> EdgeView:
    return EdgeView(
        id=f"{edge.source}→{edge.target}:{edge.topic}",
        source=edge.source,
        target=edge.target,
        topic=edge.topic,
        label=edge.label,
        is_conditional=edge.is_conditional,
        is_virtual=edge.is_virtual,
        count=passed.get((edge.source, edge.target, f"queue({edge.topic})"), 0),
    )


def _endpoint(target: Target, trigger: HttpTrigger) -> EndpointView:
    step = target.step
    return EndpointView(
        id=f"{trigger.method} {trigger.path}",
        method=trigger.method,
        path=trigger.path,
        step=step.config.name,
        description=step.config.description,
        flows=list(step.config.flows),
        file=step.file,
        line=step.line,
        path_params=list(step.patterns[target.key].parameters),
        query_params=[
            ParameterView(name=each.name, description=each.description)
            for each in trigger.query_params
        ],
        body_schema=json_schema(trigger.body_schema),
        response_schemas={
            str(status): schema
            for status, given in trigger.response_schema.items()
            if (schema := json_schema(given)) is not None
        },
        streams=step.shape.kind == "generator",
        is_stale=step.is_stale,
    )


def _shown(value: Any) -> Any:
    """A declaration as JSON: functions by their names, schemas as JSON Schema."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        kind = {"type": value.type} if hasattr(value, "type") else {}
        return {**kind, **{name: _shown(part) for name, part in named.items()}}
    if isinstance(value, type) and issubclass(value, BaseModel):
        return json_schema(value)
    if isinstance(value, Mapping):
        return {str(key): _shown(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(part) for part in value]
    if callable(value):
        return f"{getattr(value, '__qualname__', type(value).__name__)}()"
    try:
        return plain(value)
    except NotJSON:
        return str(value)


def _excerpt(file: Path, line: int | None) -> list[SourceLine]:
    if line is None:
        return []
    return list(_numbered(_text(file).splitlines(), line))


def _numbered(lines: Sequence[str], line: int) -> Iterator[SourceLine]:
    first = max(1, line - _AROUND)
    for number, text in enumerate(lines[first - 1 : line + _AROUND], first):
        yield SourceLine(number=number, text=text[:500])


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return ""
