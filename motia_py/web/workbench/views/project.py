"""The project: its steps as a graph, its routes, its problems."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import FiniteFloat

from motia_py.web.workbench.views.base import View
from motia_py.web.workbench.views.runs import RunView

#: Where a step stands in the graph: by its first trigger; `noop` has none.
NodeKind = Literal["api", "event", "cron", "state", "stream", "socket", "noop"]


class ProjectView(View):
    """GET /project: the server and what it serves.

    `epoch` is another one for each process. `revision` counts the reloads of this one.
    """

    name: str
    root: str
    version: str
    mode: Literal["dev", "start"]
    base_url: str
    started_at: float
    epoch: str
    revision: int
    steps: int
    streams: int
    problems: int
    flows: list[str]


class TriggerView(View):
    """`label` is a few words for people, as `POST /chat` or `queue chat-message`."""

    type: Literal["http", "queue", "cron", "state", "stream", "socket"]
    key: str
    label: str
    method: str | None = None
    path: str | None = None
    topic: str | None = None
    expression: str | None = None
    stream: str | None = None
    event: str | None = None
    namespace: str | None = None


class SourceLine(View):
    number: int
    text: str


class FailureView(View):
    """Why a file, or a part of it, is not served.

    `excerpt` are the lines around `line`. `served_since` is when the version was loaded that is
    still served in its place; null if there is none.
    """

    file: str
    line: int | None
    kind: str
    message: str
    advice: str
    excerpt: list[SourceLine]
    served_since: float | None


class NodeView(View):
    """A step in the graph; or, with `isMissing`, a file that never loaded, which is all failure.

    `runs` and `errors` count since the server started. `line` is where its handler begins.
    """

    id: str
    kind: NodeKind
    title: str
    description: str
    file: str
    line: int
    flows: list[str]
    triggers: list[TriggerView]
    failure: FailureView | None
    is_missing: bool
    runs: int
    errors: int


class EdgeView(View):
    """A topic from one step to another; `count` is how many of its events `target` was given since
    the server started."""

    id: str
    source: str
    target: str
    topic: str
    label: str
    is_conditional: bool
    is_virtual: bool
    count: int


class FlowView(View):
    """A flow and its steps, in file order."""

    name: str
    steps: list[str]


class Position(View):
    x: FiniteFloat
    y: FiniteFloat


class GraphView(View):
    """GET /graph: every step, every edge. `layout` are the pinned nodes of each flow, as they stand
    in motia-workbench.json."""

    revision: int
    nodes: list[NodeView]
    edges: list[EdgeView]
    flows: list[FlowView]
    layout: dict[str, dict[str, Position]]


class StepView(View):
    """GET /steps/{name}: all about one step. `config` is the declaration as JSON; `source` is the
    whole file; `absoluteFile` is for the editor that opens it."""

    node: NodeView
    config: dict[str, Any]
    emits: list[str]
    source: str
    absolute_file: str
    recent: list[RunView]


class ParameterView(View):
    name: str
    description: str


class EndpointView(View):
    """A route. Schemas are JSON Schema; null where nothing is checked. `streams` says that its
    handler yields, so that it answers with events."""

    id: str
    method: str
    path: str
    step: str
    description: str
    flows: list[str]
    file: str
    line: int
    path_params: list[str]
    query_params: list[ParameterView]
    body_schema: dict[str, Any] | None
    response_schemas: dict[str, dict[str, Any]]
    streams: bool
    is_stale: bool


class EndpointsView(View):
    """GET /endpoints: every route, in file order."""

    revision: int
    endpoints: list[EndpointView]


class FindingView(View):
    """Something that loads but is likely not meant."""

    file: str
    line: int
    step: str
    kind: str
    message: str
    advice: str


class ProblemsView(View):
    """GET /problems. `parked` and `dead` are deliveries that wait for a step or were given up."""

    revision: int
    failures: list[FailureView]
    findings: list[FindingView]
    warnings: list[str]
    parked: int
    dead: int
