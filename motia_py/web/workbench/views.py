"""Everything that the workbench's API says, as models: its documentation and its TypeScript types
are made from their schemas. Data only.

Keys are camelCase. Times are seconds since the epoch, durations milliseconds. What is not known is
null, never absent.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

#: Where a step stands in the graph: by its first trigger; `noop` has none.
NodeKind = Literal["api", "event", "cron", "state", "stream", "socket", "noop"]
RunStatus = Literal["running", "ok", "skipped", "error"]


class View(BaseModel):
    """What goes out. Every key is always there, so none is optional in TypeScript."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,
    )


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
    x: float
    y: float


class GraphView(View):
    """GET /graph: every step, every edge. `layout` are the pinned nodes of each flow, as they stand
    in motia-workbench.json."""

    revision: int
    nodes: list[NodeView]
    edges: list[EdgeView]
    flows: list[FlowView]
    layout: dict[str, dict[str, Position]]


class RunView(View):
    """One run of one step: a span of a trace. `marks` counts what it did: emits, writes, logs."""

    id: str
    trace_id: str
    parent_id: str | None
    step: str
    trigger: str
    status: RunStatus
    error: str | None
    attempt: int
    started_at: float
    duration_ms: float | None
    marks: int


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


class MarkView(View):
    """Something that a run did: `kind` is log, emit, refused, state, stream, socket or response;
    `name` the operation, topic or level; `code` the same as a line of Python."""

    at: float
    kind: str
    name: str
    detail: Any
    code: str


class SpanView(View):
    """A run with all that it did."""

    run: RunView
    marks: list[MarkView]


class TraceView(View):
    """GET /traces/{id}: the runs of one trace, in the order in which they began."""

    id: str
    spans: list[SpanView]


class TraceSummary(View):
    """One row of GET /traces: `step` is where it began."""

    id: str
    step: str
    trigger: str
    status: RunStatus
    error: str | None
    started_at: float
    duration_ms: float | None
    steps: list[str]
    runs: int


class TracesView(View):
    """GET /traces: the last ones, newest first. `kept` is how many the server remembers."""

    traces: list[TraceSummary]
    kept: int


class LogView(View):
    """One line of the server's log. `logger` is the part of it that speaks; `step` and `traceId`
    are those of the run, if it was one. `fields` is what came with it, secrets masked."""

    number: int
    at: float
    level: Literal["debug", "info", "warning", "error"]
    message: str
    logger: str
    action: str | None
    step: str | None
    trace_id: str | None
    fields: Any
    traceback: str | None


class LogsView(View):
    """GET /logs: the last lines that fit the question, oldest first."""

    logs: list[LogView]


class GroupView(View):
    name: str
    count: int


class StateView(View):
    """GET /state: the groups of the handlers' state."""

    groups: list[GroupView]


class ValueView(View):
    """A stored value; `written` says who wrote it last, null if that is not known any more."""

    key: str
    value: Any
    written: WriteView | None


class StateGroupView(View):
    """GET /state/{group}: its values, in the order in which they were first written. At most
    `limit` from `offset` on; `total` is how many there are."""

    group: str
    total: int
    offset: int
    values: list[ValueView]


class StreamView(View):
    """A stream as it is declared; `itemSchema` is JSON Schema, null where nothing is checked."""

    name: str
    description: str
    file: str
    line: int
    is_stale: bool
    item_schema: dict[str, Any] | None
    ttl_seconds: float | None
    max_items: int | None
    groups: list[GroupView]


class StreamsView(View):
    """GET /streams: every stream with its groups."""

    streams: list[StreamView]


class StreamGroupView(View):
    """GET /streams/{name}/{group}: its items, as StateGroupView has values."""

    stream: str
    group: str
    total: int
    offset: int
    items: list[ValueView]


class WriteView(View):
    """Who wrote a value, and when. `step` is empty for what the server or a person did; `spanId`
    is the run. `value` is the value after it, null for a delete."""

    at: float
    kind: Literal["set", "update", "delete"]
    step: str
    trace_id: str
    span_id: str | None
    value: Any


class ChangeView(View):
    """A write as it is told live. `space` is `state` or `stream/{name}`."""

    space: str
    group: str
    key: str
    write: WriteView


class HistoryView(View):
    """GET /history/{space}/{group}/{key}: the last writes of one value, newest first, as far as
    the server remembers them."""

    space: str
    group: str
    key: str
    writes: list[WriteView]


class ErrorView(View):
    """What is answered, with its status, when something cannot be done."""

    error: str


# Live: the WebSocket /live. Messages of the client, then those of the server.

Topic = Literal["project", "runs", "logs", "changes"]


class Subscribe(View):
    """Hear of these topics from now on. A cursor asks for what came after it; null for what is
    new. Topics that are not named are heard no more."""

    type: Literal["subscribe"]
    topics: dict[Topic, str | None]


class ReloadView(View):
    """The project was loaded anew; `revision` is that of what is served now."""

    revision: int
    added: list[str]
    changed: list[str]
    removed: list[str]
    failures: list[FailureView]
    seconds: float
    at: float


class Subscribed(View):
    """The server hears us; `cursors` are where each topic stands."""

    type: Literal["subscribed"]
    epoch: str
    cursors: dict[Topic, str]


class Batch(View):
    """What happened in one topic, oldest first, and the cursor after it.

    `dropped` is how many items are missing before these: more came than could be sent, or the
    cursor was too old. -1: nobody knows, the server was started again.
    """

    type: Literal["batch"]
    topic: Topic
    cursor: str
    dropped: int
    reloads: list[ReloadView]
    runs: list[RunView]
    logs: list[LogView]
    changes: list[ChangeView]


#: What the schema file describes.
CONTRACT = (
    ProjectView,
    GraphView,
    StepView,
    EndpointsView,
    ProblemsView,
    TracesView,
    TraceView,
    LogsView,
    StateView,
    StateGroupView,
    StreamsView,
    StreamGroupView,
    HistoryView,
    ErrorView,
    Subscribe,
    Subscribed,
    Batch,
)
