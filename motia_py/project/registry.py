"""What is served: a frozen snapshot of a project, indexed by everything that can make a step run.

Of two that claim one name or one route, the first in file order is served, the other is a failure;
what is stale gives way without one. While a stream file has never loaded, nobody may watch a
stream that is only known by name: its access rules may be in that file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, TypeVar

from motia_py.errors import ConfigError, LoadFailure
from motia_py.messages import STATE_SPACE, Lane, TriggerInfo, stream_space
from motia_py.project.declarations import (
    CronTrigger,
    HttpTrigger,
    Middleware,
    QueuedTrigger,
    QueuePolicy,
    QueueTrigger,
    SocketTrigger,
    StateTrigger,
    StreamTrigger,
    Trigger,
)
from motia_py.project.loader import Project, Step, Stream
from motia_py.project.routing import RouteTable

D = TypeVar("D", Step, Stream)
K = TypeVar("K", bound=Hashable)

_NO_POLICY = QueuePolicy()


class Target:
    """One trigger of one step, with all that a run needs. Nobody changes one; many share it.

    `middleware` stands before the handler, outermost first; `emits` is the step's allow-list, empty
    where any topic may go; `schedule` is None unless the trigger is a cron.
    `reads_body_first`: code of the user's may look at a request's body before it is checked.
    """

    # Plain slots, because they are read for every request.
    __slots__ = (
        "check",
        "emits",
        "index",
        "info",
        "key",
        "lane",
        "middleware",
        "policy",
        "reads_body_first",
        "response_checks",
        "schedule",
        "step",
        "trigger",
    )

    def __init__(
        self, step: Step, index: int, key: str, *, route_middleware: tuple[Middleware, ...] = ()
    ) -> None:
        self.step = step
        self.index = index
        self.key = key
        self.lane = Lane(step.config.name, key)
        self.trigger: Trigger = step.config.triggers[index]
        self.info = _info(self.trigger, index, key)
        self.policy = _NO_POLICY
        self.middleware = tuple(self.trigger.middleware)
        self.reads_body_first = False
        if isinstance(self.trigger, HttpTrigger):
            # The project's middleware expects requests: other triggers bring none.
            self.middleware = (*route_middleware, *self.middleware)
            has_readers = bool(self.middleware) or self.trigger.condition is not None
            self.reads_body_first = has_readers and not self.trigger.is_body_streamed
        elif isinstance(self.trigger, QueuedTrigger):
            self.policy = self.trigger.policy
        self.emits = tuple(emit.topic for emit in step.config.emits)
        is_checked = step.config.validate != "off"
        self.check = step.checks.get(key) if is_checked else None
        self.response_checks = step.response_checks.get(key, {}) if is_checked else {}
        self.schedule = step.schedules.get(key)

    def __repr__(self) -> str:
        return f"<Target {self.lane.step} {self.key}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDiff:
    """Names of the steps and streams that a newer snapshot added, changed and removed, sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadReport:
    """What a reload did: names of steps and streams, what is broken now, and how long it took."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    failures: tuple[LoadFailure, ...]
    seconds: float


class Registry:
    """The snapshot of one project. Nothing changes it: a reload makes another."""

    def __init__(self, project: Project) -> None:
        conflicts: list[LoadFailure] = []
        self.root = project.root
        self.hooks = project.hooks
        self.warnings = project.warnings
        self.steps: Mapping[str, Step] = _by_name(project.steps, conflicts)
        self.streams: Mapping[str, Stream] = _by_name(project.streams, conflicts)
        if project.may_lack_streams:
            self.streams = {name: _closed(stream) for name, stream in self.streams.items()}
        #: Every trigger that is served, in file order.
        self.targets = _served(self._all_targets(), conflicts)
        self.failures: tuple[LoadFailure, ...] = (*project.failures, *conflicts)
        self.routes: RouteTable[Target] = RouteTable(
            (target.trigger.method, target.step.patterns[target.key], target)
            for target in self.targets
            if isinstance(target.trigger, HttpTrigger)
        )
        self.crons = tuple(each for each in self.targets if isinstance(each.trigger, CronTrigger))
        self._subscribers = _grouped(
            (target.trigger.topic, target)
            for target in self.targets
            if isinstance(target.trigger, QueueTrigger)
        )
        self._watchers = _grouped(
            (space, target) for target in self.targets for space in _watched_spaces(target)
        )
        self._listeners = _grouped(
            ((target.trigger.namespace, target.trigger.event), target)
            for target in self.targets
            if isinstance(target.trigger, SocketTrigger)
        )
        #: Those of Socket.IO in which some step listens.
        self.namespaces = frozenset(namespace for namespace, _ in self._listeners)
        self._by_lane = {
            target.lane: target
            for target in self.targets
            if isinstance(target.trigger, QueuedTrigger)
        }
        #: Where deliveries queue.
        self.lanes: tuple[Lane, ...] = tuple(self._by_lane)
        self._aliases = {_alias(name): name for name in reversed(self.streams)}

    def subscribers(self, topic: str) -> Sequence[Target]:
        """The queue triggers that get a delivery of each event of `topic`."""
        return self._subscribers.get(topic, ())

    def listeners(self, namespace: str, event: str) -> Sequence[Target]:
        """The socket triggers of one event: several only for `connect` and `disconnect`."""
        return self._listeners.get((namespace, event), ())

    def target(self, lane: Lane) -> Target | None:
        """The trigger behind a lane; None while its step is gone."""
        return self._by_lane.get(lane)

    def is_watched(self, space: str) -> bool:
        """Whether any trigger watches a space of the StateStore."""
        return space in self._watchers

    def state_targets(self, group: str, key: str) -> Sequence[Target]:
        """The state triggers that a change of this key sets off."""
        return [
            target
            for target in self._watchers.get(STATE_SPACE, ())
            if isinstance(target.trigger, StateTrigger)
            and target.trigger.group in (None, group)
            and target.trigger.state_key in (None, key)
        ]

    def stream_targets(self, name: str, group: str, item: str | None) -> Sequence[Target]:
        """The stream triggers that a change sets off; `item` is None for one of a whole group."""
        return [
            target
            for target in self._watchers.get(stream_space(name), ())
            if isinstance(target.trigger, StreamTrigger)
            and target.trigger.group in (None, group)
            and target.trigger.item in (None, item)
        ]

    def stream(self, name: str) -> Stream | None:
        """The stream of this name; a dash in it may be written as an underscore."""
        return self.streams.get(name) or self.streams.get(self._aliases.get(_alias(name), ""))

    def diff(self, older: Registry) -> RegistryDiff:
        """What is different from `older`."""
        added = {*(self.steps.keys() - older.steps), *(self.streams.keys() - older.streams)}
        removed = {*(older.steps.keys() - self.steps), *(older.streams.keys() - self.streams)}
        changed = {
            *_changed(self.steps, older.steps, _step_differs),
            *_changed(self.streams, older.streams, _stream_differs),
        }
        return RegistryDiff(
            added=tuple(sorted(added)),
            changed=tuple(sorted(changed)),
            removed=tuple(sorted(removed)),
        )

    def _all_targets(self) -> Iterator[Target]:
        for step in self.steps.values():
            for index, key in enumerate(step.config.trigger_keys()):
                yield Target(step, index, key, route_middleware=self.hooks.middleware)


def _info(trigger: Trigger, index: int, key: str) -> TriggerInfo:
    return TriggerInfo(
        type=trigger.type,
        index=index,
        key=key,
        path=getattr(trigger, "path", None),
        method=getattr(trigger, "method", None),
        topic=getattr(trigger, "topic", None),
        expression=getattr(trigger, "expression", None),
        stream=getattr(trigger, "stream", None),
        event=getattr(trigger, "event", None),
        namespace=getattr(trigger, "namespace", None),
    )


def _by_name(declared: Sequence[D], conflicts: list[LoadFailure]) -> dict[str, D]:
    served: dict[str, D] = {}
    for each in sorted(declared, key=_yielding):
        first = served.setdefault(each.config.name, each)
        if not (first is each or _yielding(each) or _is_same(first, each)):
            conflicts.append(_double_name(first, each))
    return {each.config.name: each for each in declared if served[each.config.name] is each}


def _yielding(declared: Step | Stream) -> int:
    """How readily it gives up its name; 0: only to one that comes before it."""
    # A stale stream still has its schema and its access rules, which a mere name lacks.
    if isinstance(declared, Stream) and declared.is_reference:
        return 2
    return 1 if declared.is_stale else 0


def _closed(stream: Stream) -> Stream:
    """The stream; one that is only known by name lets nobody watch."""
    if not stream.is_reference:
        return stream
    return replace(stream, config=replace(stream.config, can_access=_deny))


def _deny(*_: object) -> NoReturn:
    raise ConfigError(
        "a stream file failed to load, and this stream's access rules may be in it",
        advice="mend the stream file",
    )


def _is_same(first: Step | Stream, second: Step | Stream) -> bool:
    """Whether two files show one declaration, because one imports it from the other."""
    if isinstance(first, Step) and isinstance(second, Step) and first.handler is not None:
        return first.handler is second.handler
    return first.config == second.config


def _double_name(first: Step | Stream, second: Step | Stream) -> LoadFailure:
    kind = "step" if isinstance(second, Step) else "stream"
    return LoadFailure(
        file=second.file,
        line=second.line,
        kind="duplicate-name",
        message=f"{first.file}:{first.line} already declares a {kind} {second.config.name!r}",
        advice="give one of the two another `name`",
    )


def _served(targets: Iterable[Target], conflicts: list[LoadFailure]) -> tuple[Target, ...]:
    """The targets without those whose route or socket event another one has."""
    all_targets = tuple(targets)
    holders: dict[Hashable, Target] = {}
    losers = set()
    for target in sorted(all_targets, key=lambda target: target.step.is_stale):
        claim = _claim(target)
        first = target if claim is None else holders.setdefault(claim, target)
        if first is target:
            continue
        losers.add(target)
        if not target.step.is_stale:
            conflicts.append(_conflict(first, target))
    return tuple(target for target in all_targets if target not in losers)


def _claim(target: Target) -> Hashable | None:
    """What only one trigger can have; None if it wants no such thing."""
    match target.trigger:
        case HttpTrigger(method=method):
            return method, target.step.patterns[target.key].shape
        case SocketTrigger(is_about_connection=False) as trigger:
            # Only one handler can acknowledge what a client sent.
            return trigger.type, trigger.namespace, trigger.event
    return None


def _conflict(first: Target, second: Target) -> LoadFailure:
    place = f"{first.step.file}:{first.step.line}"
    if isinstance(second.trigger, HttpTrigger):
        route = f"{second.trigger.method} {second.trigger.path}"
        message = f"is not served at {route}: {place} has this route ({first.key})"
        advice = "change the path or the method of one of the two"
    else:
        message = f"does not get {second.key}: {place} listens to it"
        advice = "rename the event of one of the two, or use another namespace"
    return LoadFailure(
        file=second.step.file,
        line=second.step.line,
        kind="duplicate-route" if isinstance(second.trigger, HttpTrigger) else "duplicate-event",
        message=f"step {second.lane.step!r} {message}",
        advice=advice,
    )


def _watched_spaces(target: Target) -> Iterator[str]:
    if isinstance(target.trigger, StateTrigger):
        yield STATE_SPACE
    elif isinstance(target.trigger, StreamTrigger):
        yield stream_space(target.trigger.stream)


def _grouped(pairs: Iterable[tuple[K, Target]]) -> dict[K, tuple[Target, ...]]:
    groups: defaultdict[K, list[Target]] = defaultdict(list)
    for key, target in pairs:
        groups[key].append(target)
    return {key: tuple(targets) for key, targets in groups.items()}


def _alias(name: str) -> str:
    return name.replace("-", "_")


def _changed(
    newer: Mapping[str, D], older: Mapping[str, D], differs: Callable[[D, D], bool]
) -> Iterator[str]:
    for name, declared in newer.items():
        if name in older and older[name] is not declared and differs(older[name], declared):
            yield name


def _step_differs(older: Step, newer: Step) -> bool:
    return older.handler is not newer.handler or older.config != newer.config


def _stream_differs(older: Stream, newer: Stream) -> bool:
    return older.config != newer.config
