"""The workbench's half of the server, put together: what it watches, what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from motia_py.errors import MotiaError
from motia_py.interfaces import EventQueue, StateStore
from motia_py.messages import JSON, Change, Event, Lane, Write
from motia_py.project.loader import FileContents, Project
from motia_py.project.openapi import openapi
from motia_py.project.registry import Registry, ReloadReport, Target
from motia_py.project.version import project_version
from motia_py.runtime.operations import Operations
from motia_py.runtime.rehearsal import Rehearsal
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.runtime.tracing import MAX_SPANS_OF_TRACE, Span, TraceLog
from motia_py.settings import Mode
from motia_py.web.responding import Refusal
from motia_py.web.workbench.activity import Activity, runs_once
from motia_py.web.workbench.describing import Description
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.history import History
from motia_py.web.workbench.layout import read_layout, write_layout
from motia_py.web.workbench.live import LiveSockets, Source
from motia_py.web.workbench.logs import LogTail
from motia_py.web.workbench.marks import span_view
from motia_py.web.workbench.queued import Queued
from motia_py.web.workbench.replaying import Replaying
from motia_py.web.workbench.stored import Stored
from motia_py.web.workbench.views import (
    EndpointsView,
    GraphView,
    Position,
    ProblemsView,
    ProjectView,
    ReloadView,
    StepView,
    TraceSummary,
    TracesView,
    TraceView,
)

#: Runs of a step that are shown with it.
RECENT_RUNS = 20
KEPT_RELOADS = 100
MAX_TRACES = 500

_LAYOUT: TypeAdapter[dict[str, Position]] = TypeAdapter(dict[str, Position])


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the workbench looks at. `stranded` gives the parked deliveries and the number of dead
    letters. `commit` applies writes as a handler's would; `announce` tells the watchers of a stream
    what was changed there."""

    registry: Callable[[], Registry]
    root: Path
    traces: TraceLog
    mode: Mode
    version: str
    base_url: Callable[[], str]
    now: Callable[[], float]
    stranded: Callable[[], Awaitable[tuple[Mapping[Lane, int], int]]]
    store: StateStore
    commit: Callable[[Sequence[Write]], Awaitable[Sequence[Change]]]
    announce: Callable[[str, Change], object]
    queue: EventQueue
    operations: Operations
    send: Callable[[Event, Sequence[Target]], Awaitable[int]]
    publish: Callable[[Event], Awaitable[int]]
    respond: Callable[[Target, Request], Awaitable[tuple[ApiResponse, str]]]
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    rehearsal: Rehearsal


class Workbench:
    """Made once, when the server starts; watches from then on."""

    def __init__(self, watched: Watched, epoch: str) -> None:
        self._watched = watched
        self._epoch = epoch
        self._started_at = watched.now()
        self._revision = 0
        self._contents: Mapping[str, FileContents] = {}
        self._served_since: dict[str, float] = {}
        self._activity = Activity(watched.traces, epoch)
        self._reloads: Feed[ReloadView] = Feed(epoch, KEPT_RELOADS)
        self.history = History(watched.traces, watched.now, epoch)
        self.logs = LogTail(epoch)
        self.stored = Stored(
            watched.store,
            registry=watched.registry,
            history=self.history,
            commit=watched.commit,
            announce=watched.announce,
        )
        self.queued = Queued(
            watched.queue,
            watched.operations,
            registry=watched.registry,
            activity=self._activity,
            now=watched.now,
            send=watched.send,
            publish=watched.publish,
        )
        self.replaying = Replaying(
            watched.queue,
            watched.rehearsal,
            registry=watched.registry,
            traces=watched.traces,
            history=self.history,
            logs=self.logs,
            send=watched.send,
            respond=watched.respond,
            spawn=watched.spawn,
        )
        self.live = LiveSockets(
            epoch,
            {
                "project": Source(self._reloads, lambda items: {"reloads": items}),
                "runs": Source(self._activity.feed, lambda items: {"runs": runs_once(items)}),
                "logs": Source(self.logs.feed, lambda items: {"logs": items}),
                "changes": Source(
                    self.history.feed,
                    lambda items: {"changes": [self.history.change_view(each) for each in items]},
                ),
            },
        )

    def loaded(self, project: Project) -> None:
        """Note which files load now, so that it can be told since when one has been served."""
        now = self._watched.now()
        for file, contents in project.contents.items():
            if not contents.failures and self._contents.get(file) is not contents:
                self._served_since[file] = now
        for file in self._served_since.keys() - project.contents.keys():
            del self._served_since[file]
        self._contents = project.contents

    def reloaded(self, report: ReloadReport, project: Project) -> None:
        """Tell that the project was loaded anew."""
        self.loaded(project)
        self._revision += 1
        description = self._description()
        self._reloads.append(
            ReloadView(
                revision=self._revision,
                added=list(report.added),
                changed=list(report.changed),
                removed=list(report.removed),
                failures=[description.failure(failure) for failure in report.failures],
                seconds=report.seconds,
                at=self._watched.now(),
            )
        )

    def project(self) -> ProjectView:
        registry = self._watched.registry()
        return ProjectView(
            name=self._watched.root.name,
            root=str(self._watched.root),
            version=self._watched.version,
            mode=self._watched.mode,
            base_url=self._watched.base_url(),
            started_at=self._started_at,
            epoch=self._epoch,
            revision=self._revision,
            steps=len(registry.steps),
            streams=len(registry.streams),
            problems=len(registry.failures),
            flows=[flow.name for flow in self._description().flows()],
        )

    def graph(self) -> GraphView:
        description, activity = self._description(), self._activity
        return GraphView(
            revision=self._revision,
            nodes=description.nodes(activity.runs, activity.errors),
            edges=description.edges(activity.passed),
            flows=description.flows(),
            layout=read_layout(self._watched.root),
        )

    def step(self, name: str) -> StepView:
        """
        Raises:
            Refusal: there is no such step.
        """
        registry = self._watched.registry()
        step = registry.steps.get(name)
        if step is None:
            raise Refusal(404, f"No step is called {name[:200]!r}")
        description, activity = self._description(), self._activity
        return StepView(
            node=description.node(name, activity.runs, activity.errors),
            config=description.config(name),
            emits=[emit.topic for emit in step.config.emits],
            source=description.source(name),
            absolute_file=str(self._watched.root / step.file),
            recent=activity.recent(name, RECENT_RUNS),
        )

    def endpoints(self) -> EndpointsView:
        return EndpointsView(revision=self._revision, endpoints=self._description().endpoints())

    def openapi(self) -> dict[str, JSON]:
        """The routes as an OpenAPI document."""
        root = self._watched.root
        return openapi(self._watched.registry(), title=root.name, version=project_version(root))

    async def problems(self) -> ProblemsView:
        parked, dead = await self._watched.stranded()
        description = self._description()
        return ProblemsView(
            revision=self._revision,
            failures=description.failures(),
            findings=description.findings(),
            warnings=list(self._watched.registry().warnings),
            parked=sum(parked.values()),
            dead=dead,
        )

    def traces(self, limit: int) -> TracesView:
        recent = self._watched.traces.recent(limit=min(limit, MAX_TRACES))
        return TracesView(traces=[_summary(spans) for spans in recent], kept=len(recent))

    def trace(self, id: str) -> TraceView:
        """
        Raises:
            Refusal: it is not kept.
        """
        spans = self._watched.traces.spans(id)
        if not spans:
            raise Refusal(404, f"The trace {id[:64]!r} is not kept any more")
        return TraceView(
            id=id,
            replay_of=self.replaying.origin(id),
            spans=[span_view(span) for span in spans],
            is_full=len(spans) == MAX_SPANS_OF_TRACE,
        )

    def pin(self, flow: str, *, body: bytes) -> None:
        """Keep where the nodes of a flow are.

        Raises:
            Refusal: `body` says no positions, or the file cannot be written.
        """
        try:
            nodes = _LAYOUT.validate_json(body)
        except ValidationError as error:
            raise Refusal(400, 'A layout is {"step": {"x": 0, "y": 0}, ...}') from error
        try:
            write_layout(self._watched.root, flow, nodes)
        except MotiaError as error:
            raise Refusal(409, str(error)) from error

    def _description(self) -> Description:
        watched = self._watched
        return Description(watched.registry(), watched.root, self._served_since.get)


def _summary(spans: Sequence[Span]) -> TraceSummary:
    first = spans[0]
    is_running = any(span.duration_seconds is None for span in spans)
    failed = next((span for span in spans if span.status == "error"), None)
    end = max(span.started_at + (span.duration_seconds or 0.0) for span in spans)
    return TraceSummary(
        id=first.trace_id,
        step=first.step,
        trigger=first.trigger,
        status="running" if is_running else "error" if failed is not None else first.status,
        error=failed.error if failed is not None else None,
        started_at=first.started_at,
        duration_ms=None if is_running else (end - first.started_at) * 1000,
        steps=list(dict.fromkeys(span.step for span in spans)),
        runs=len(spans),
    )
