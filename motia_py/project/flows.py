"""The flow graph as data, and what is odd about it. Pure: reads a registry.

An edge leads from a step that emits a topic to one that subscribes to it. Where either side is only
declared for the graph (`virtualEmits`, `virtualSubscribes`), the edge is virtual.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from motia_py.messages import TriggerType
from motia_py.project.declarations import Emit, QueueTrigger
from motia_py.project.loader import Step
from motia_py.project.registry import Registry

LintKind = Literal["unheard-topic", "unfed-topic", "undeclared-topic", "blocking-call"]

#: Of emitting a topic that is not listed, by what the step's config says about that.
_CONSEQUENCES: Mapping[str, str] = {
    "send": "it is sent all the same, but stands in no flow graph",
    "refuse": "it is refused",
    "raise": "it raises UndeclaredTopic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A step in the graph. `triggers` is empty for one that only stands in it."""

    step: str
    description: str
    file: str
    line: int
    flows: tuple[str, ...]
    triggers: tuple[TriggerType, ...]
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEdge:
    """One topic from one step to another; `label` and `is_conditional` are the emitter's words."""

    source: str
    target: str
    topic: str
    label: str
    is_conditional: bool
    is_virtual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGraph:
    """All steps and what flows between them; `flows` has the steps of each flow, in file order."""

    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]
    flows: Mapping[str, tuple[str, ...]]

    def flow(self, name: str) -> FlowGraph:
        """The part of the graph that lies within one flow."""
        steps = self.flows.get(name, ())
        return FlowGraph(
            nodes=tuple(node for node in self.nodes if node.step in steps),
            edges=tuple(
                edge for edge in self.edges if edge.source in steps and edge.target in steps
            ),
            flows={name: steps},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """Something that loads but is likely not meant; `file` is relative to the project's root."""

    file: str
    line: int
    step: str
    kind: LintKind
    message: str
    advice: str


def flow_graph(registry: Registry) -> FlowGraph:
    """The graph of all steps that are served."""
    steps = registry.steps.values()
    flows: defaultdict[str, list[str]] = defaultdict(list)
    for step in steps:
        for flow in dict.fromkeys(step.config.flows):
            flows[flow].append(step.config.name)
    return FlowGraph(
        nodes=tuple(map(_node, steps)),
        edges=tuple(_edges(registry)),
        flows={flow: tuple(names) for flow, names in flows.items()},
    )


def lint(registry: Registry) -> tuple[LintFinding, ...]:
    """What is odd about the steps that are served, in file order."""
    steps = registry.steps.values()
    emitted = {emit.topic for step in steps for emit in step.config.emits}
    emitted.update(call.topic for step in steps for call in step.emitted)
    is_open = any(step.config.triggers and not step.config.emits for step in steps)
    by_file: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_file[step.file].append(step)
    return tuple(
        finding
        for step in steps
        for finding in (
            *_unheard(step, registry),
            *_unfed(step, emitted, is_open=is_open),
            # What a file's source emits is not known by step: it is told with the first.
            *(_unlisted(by_file[step.file], registry) if step is by_file[step.file][0] else ()),
            *_blocking(step),
        )
    )


def _node(step: Step) -> FlowNode:
    return FlowNode(
        step=step.config.name,
        description=step.config.description,
        file=step.file,
        line=step.line,
        flows=step.config.flows,
        triggers=tuple(trigger.type for trigger in step.config.triggers),
        is_stale=step.is_stale,
    )


def _edges(registry: Registry) -> Iterator[FlowEdge]:
    listeners = _listeners(registry)
    for step in registry.steps.values():
        emits = [(emit, False) for emit in step.config.emits]
        virtual_emits = [(emit, True) for emit in step.config.virtual_emits]
        for emit, is_virtual in (*emits, *virtual_emits):
            for listener, only_listed in listeners.get(emit.topic, {}).items():
                yield _edge(step, listener, emit, is_virtual=is_virtual or only_listed)


def _edge(source: Step, target: str, emit: Emit, *, is_virtual: bool) -> FlowEdge:
    return FlowEdge(
        source=source.config.name,
        target=target,
        topic=emit.topic,
        label=emit.label,
        is_conditional=emit.conditional,
        is_virtual=is_virtual,
    )


def _listeners(registry: Registry) -> Mapping[str, Mapping[str, bool]]:
    """By topic, the steps that listen to it, and whether each does so in the graph only."""
    listeners: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for step in registry.steps.values():
        for topic in step.config.virtual_subscribes:
            listeners[topic][step.config.name] = True
        for topic in _subscribed(step):
            listeners[topic][step.config.name] = False
    return listeners


def _subscribed(step: Step) -> dict[str, None]:
    return dict.fromkeys(
        trigger.topic for trigger in step.config.triggers if isinstance(trigger, QueueTrigger)
    )


def _unheard(step: Step, registry: Registry) -> Iterator[LintFinding]:
    for emit in step.config.emits:
        # A file that does not load may be the one that subscribes.
        if not registry.subscribers(emit.topic) and not registry.failures:
            yield _finding(
                step,
                "unheard-topic",
                f"emits {emit.topic!r}, to which no step subscribes: its events go nowhere",
                advice="add a step that subscribes to it, or take it out of `emits`",
            )


def _unfed(step: Step, emitted: set[str], *, is_open: bool) -> Iterator[LintFinding]:
    for topic in _subscribed(step):
        if topic in emitted:
            continue
        hint = "; steps with an empty `emits` may still emit it" if is_open else ""
        yield _finding(
            step,
            "unfed-topic",
            f"subscribes to {topic!r}, but no step declares it{hint}",
            advice="name it in the `emits` of the step that emits it, or check the spelling",
        )


def _unlisted(steps: Sequence[Step], registry: Registry) -> Iterator[LintFinding]:
    """About topics in a file's source that no config of its steps lists."""
    first = steps[0]
    listed = {emit.topic for step in steps for emit in step.config.emits}
    may_emit_any = not all(step.config.emits for step in steps)
    lines = {emitted.topic: emitted.line for emitted in reversed(first.emitted)}
    for topic, line in sorted(lines.items(), key=lambda each: each[1]):
        if topic in listed:
            continue
        if not may_emit_any:
            yield _finding(
                first,
                "undeclared-topic",
                f"emits {topic!r}, which its config does not list:"
                f" {_CONSEQUENCES[first.config.undeclared_emits]}",
                advice="add it to `emits` (`enqueues`), or check the spelling",
                line=line,
            )
        elif not registry.subscribers(topic) and not registry.failures:
            yield _finding(
                first,
                "unheard-topic",
                f"emits {topic!r}, to which no step subscribes: its events go nowhere",
                advice="add a step that subscribes to it, or take the call out",
                line=line,
            )


def _blocking(step: Step) -> Iterator[LintFinding]:
    if step.config.isolation == "thread":
        return
    effect = "it needs a thread of its own"
    if step.config.isolation == "loop":
        effect = "meanwhile everything else stands still"
    for call in step.blocking:
        yield _finding(
            step,
            "blocking-call",
            f"calls {call.name} inside `async def`: {effect}",
            advice="await its asynchronous twin or asyncio.to_thread(...), or write the handler"
            " as a plain `def`",
            line=call.line,
        )


def _finding(
    step: Step, kind: LintKind, message: str, *, advice: str, line: int | None = None
) -> LintFinding:
    return LintFinding(
        file=step.file,
        line=step.line if line is None else line,
        step=step.config.name,
        kind=kind,
        message=message,
        advice=advice,
    )
