"""What ran: runs, traces, log lines."""

from __future__ import annotations

from typing import Any, Literal

from motia_py.web.workbench.views.base import View

RunStatus = Literal["running", "ok", "skipped", "error"]
Level = Literal["debug", "info", "warning", "error"]


class RunView(View):
    """One run of one step: a span of a trace. `httpStatus` is what a request was answered, null for
    what was none. `marks` counts what it did: emits, writes, logs."""

    id: str
    trace_id: str
    parent_id: str | None
    step: str
    trigger: str
    status: RunStatus
    http_status: int | None
    error: str | None
    attempt: int
    started_at: float
    duration_ms: float | None
    marks: int


class PlaceView(View):
    """Where a value stands: `space` is `state` or `stream/{name}`."""

    space: str
    group: str
    key: str


class MarkView(View):
    """Something that a run did: `kind` is log, emit, refused, state, stream, socket or response;
    `name` the operation, topic or level; `code` the same as a line of Python; `place` the value
    that a write is about."""

    at: float
    kind: str
    name: str
    detail: Any
    code: str
    place: PlaceView | None


class SpanView(View):
    """A run with all that it did."""

    run: RunView
    marks: list[MarkView]


class OriginView(View):
    """A run that was run again; `spanId` is null if only its trace is known."""

    trace_id: str
    span_id: str | None
    step: str


class TraceView(View):
    """GET /traces/{id}: the runs of one trace, in the order in which they began. `replayOf` is the
    run that it runs again, null for a trace that came by itself. `isFull`: there may have been more
    runs, which are not kept."""

    id: str
    replay_of: OriginView | None
    spans: list[SpanView]
    is_full: bool


class TraceSummary(View):
    """One row of GET /traces: `step` is where it began, and `httpStatus` what that answered."""

    id: str
    step: str
    trigger: str
    status: RunStatus
    http_status: int | None
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
    level: Level
    message: str
    logger: str
    action: str | None
    step: str | None
    trace_id: str | None
    span_id: str | None
    fields: Any
    traceback: str | None


class LogsView(View):
    """GET /logs: the last lines that fit the question, oldest first."""

    logs: list[LogView]
