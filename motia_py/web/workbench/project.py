"""The project that is served, as it is now: what it is made of, what is wrong with it, and what its
reloads changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from motia_py.errors import MotiaError
from motia_py.messages import JSON, Lane
from motia_py.project.loader import FileContents, Project
from motia_py.project.openapi import openapi
from motia_py.project.registry import Registry, ReloadReport
from motia_py.project.version import project_version
from motia_py.settings import Mode
from motia_py.web.responding import Refusal
from motia_py.web.workbench.activity import Activity
from motia_py.web.workbench.describing import Description
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.layout import read_layout, write_layout
from motia_py.web.workbench.views import (
    EndpointsView,
    GraphView,
    Position,
    ProblemsView,
    ProjectView,
    ReloadView,
    StepView,
)

#: Runs of a step that are shown with it.
RECENT_RUNS = 20
KEPT_RELOADS = 100

_LAYOUT: TypeAdapter[dict[str, Position]] = TypeAdapter(dict[str, Position])


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who serves. `epoch` is a text that no other process had; `base_url` is known once it is
    bound."""

    root: Path
    mode: Mode
    version: str
    epoch: str
    base_url: Callable[[], str]
    now: Callable[[], float]


class ServedProject:
    """`stranded` gives the parked deliveries and the number of dead letters."""

    def __init__(
        self,
        server: Server,
        *,
        registry: Callable[[], Registry],
        activity: Activity,
        stranded: Callable[[], Awaitable[tuple[Mapping[Lane, int], int]]],
    ) -> None:
        self._server = server
        self._registry = registry
        self._activity = activity
        self._stranded = stranded
        self._started_at = server.now()
        self._revision = 0
        self._contents: Mapping[str, FileContents] = {}
        self._served_since: dict[str, float] = {}
        self.reloads: Feed[ReloadView] = Feed(server.epoch, KEPT_RELOADS)

    def loaded(self, project: Project) -> None:
        """Note which files load now, so that it can be told since when one has been served."""
        now = self._server.now()
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
        self.reloads.append(
            ReloadView(
                revision=self._revision,
                added=list(report.added),
                changed=list(report.changed),
                removed=list(report.removed),
                failures=[description.failure(failure) for failure in report.failures],
                seconds=report.seconds,
                at=self._server.now(),
            )
        )

    def about(self) -> ProjectView:
        server, registry = self._server, self._registry()
        return ProjectView(
            name=server.root.name,
            root=str(server.root),
            version=server.version,
            mode=server.mode,
            base_url=server.base_url(),
            started_at=self._started_at,
            epoch=server.epoch,
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
            layout=read_layout(self._server.root),
        )

    def step(self, name: str) -> StepView:
        """
        Raises:
            Refusal: there is no such step.
        """
        step = self._registry().steps.get(name)
        if step is None:
            raise Refusal(404, f"No step is called {name[:200]!r}")
        description, activity = self._description(), self._activity
        return StepView(
            node=description.node(name, activity.runs, activity.errors),
            config=description.config(name),
            emits=[emit.topic for emit in step.config.emits],
            source=description.source(name),
            absolute_file=str(self._server.root / step.file),
            recent=activity.recent(name, RECENT_RUNS),
        )

    def endpoints(self) -> EndpointsView:
        return EndpointsView(revision=self._revision, endpoints=self._description().endpoints())

    def openapi(self) -> dict[str, JSON]:
        """The routes as an OpenAPI document."""
        root = self._server.root
        return openapi(self._registry(), title=root.name, version=project_version(root))

    async def problems(self) -> ProblemsView:
        parked, dead = await self._stranded()
        description = self._description()
        return ProblemsView(
            revision=self._revision,
            failures=description.failures(),
            findings=description.findings(),
            warnings=list(self._registry().warnings),
            parked=sum(parked.values()),
            dead=dead,
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
            write_layout(self._server.root, flow, nodes)
        except MotiaError as error:
            raise Refusal(409, str(error)) from error

    def _description(self) -> Description:
        return Description(self._registry(), self._server.root, self._served_since.get)
