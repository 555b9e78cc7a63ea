"""Traces: what ran, when, how it ended and what it said. In memory, bounded, never on disk.

A trace is all that one request, tick or message set off; a span is one run of one step. Identifiers
and the `traceparent` header follow W3C Trace Context (https://www.w3.org/TR/trace-context/).
"""

from __future__ import annotations

import logging
import random
import re
import sysconfig
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from motia_py.clock import Clock
from motia_py.messages import JSON
from motia_py.runtime.recording import (
    MAX_CHARACTERS,
    recorded,
    recorded_within,
    said,
    shortened,
)

SpanStatus = Literal["running", "ok", "skipped", "error"]
MarkKind = Literal["log", "emit", "refused", "state", "stream", "socket", "response"]

#: Traces kept, and spans of all of them; the oldest trace goes first.
MAX_TRACES = 1000
MAX_SPANS = 50_000
#: Spans kept per trace, and marks per span: a loop that emits for ever must not eat the memory.
MAX_SPANS_OF_TRACE = 5_000
MAX_MARKS = 200
#: Characters kept of a traceback, and of an error's message: it may hold all that was being read.
MAX_TRACEBACK_CHARACTERS = 20_000
MAX_MESSAGE_CHARACTERS = 2_000
_PACKAGE = str(Path(__file__).parents[1])
#: Where Python's own modules and what was installed are: nobody's code to mend.
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
#: Characters of all marks of one span; once they are spent each mark keeps only the least.
_OF_SPAN = 64_000
_LEAST_OF_MARK = 200

# Not for secrets: identifiers only have to differ. Seeded from the system at import.
_bits = random.Random().getrandbits
_log = logging.getLogger("motia_py.step")


def new_trace_id() -> str:
    """32 hex digits."""
    return _bits(128).to_bytes(16).hex()


def new_span_id() -> str:
    """16 hex digits."""
    return _bits(64).to_bytes(8).hex()


def read_traceparent(header: str | None) -> tuple[str, str] | None:
    """Trace id and parent span id of a `traceparent` header; None if there is no valid one."""
    match = _TRACEPARENT.fullmatch(header) if header else None
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return None
    return match[1], match[2]


class Mark:
    """Something that a run did, as it happened: a log line, an emit, a write."""

    __slots__ = ("at", "detail", "kind", "name")

    def __init__(self, at: float, kind: MarkKind, name: str, detail: JSON) -> None:
        self.at = at
        self.kind = kind
        self.name = name
        self.detail = detail


class Observe(Protocol):
    """Is told of what a run does: the operation, and what it is about, part by part."""

    def __call__(self, operation: str, *subject: str) -> None: ...


class Span:
    """One run of one step. Times are wall clock seconds; `duration_seconds` is None while it runs,
    `http_status` while a request is not answered, and of what is none.

    A plain slotted class: one is made for every request.
    """

    __slots__ = (
        "_id",
        "_left",
        "_started",
        "attempt",
        "duration_seconds",
        "error",
        "http_status",
        "marks",
        "parent_id",
        "started_at",
        "status",
        "step",
        "trace_id",
        "trigger",
    )

    def __init__(
        self, step: str, trigger: str, trace_id: str, parent_id: str | None, attempt: int
    ) -> None:
        self._id: str | None = None
        self.step = step
        self.trigger = trigger
        self.trace_id = trace_id
        self.parent_id = parent_id
        self.attempt = attempt
        self.status: SpanStatus = "running"
        self.error: str | None = None
        self.http_status: int | None = None
        self.duration_seconds: float | None = None
        self.marks: list[Mark] | None = None
        self.started_at = 0.0
        self._started = 0.0
        self._left = _OF_SPAN

    @property
    def id(self) -> str:
        # Made when first asked for: most requests emit nothing and call nobody.
        if self._id is None:
            self._id = new_span_id()
        return self._id

    @property
    def traceparent(self) -> str:
        """The header that hands this span on to another service."""
        return f"00-{self.trace_id}-{self.id}-01"


class TraceLog:
    """The last traces, newest last. Listeners hear of every span that begins and ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = clock.now
        self._monotonic = clock.monotonic
        self._traces: OrderedDict[str, list[Span]] = OrderedDict()
        self._kept_spans = 0
        self._listeners: list[Callable[[Span], None]] = []
        self._begun: list[Callable[[Span, object], None]] = []
        self._answered: list[Callable[[Span, object], None]] = []

    def listen(
        self,
        ended: Callable[[Span], None] | None = None,
        *,
        begun: Callable[[Span, object], None] | None = None,
        answered: Callable[[Span, object], None] | None = None,
    ) -> None:
        """Call `begun` with each span before it runs, and what it is given; `answered` with what it
        answers a request; `ended` once it has ended. What is given and answered is not kept here:
        it may be large."""
        if ended is not None:
            self._listeners.append(ended)
        if begun is not None:
            self._begun.append(begun)
        if answered is not None:
            self._answered.append(answered)

    def begin(
        self,
        step: str,
        trigger: str,
        trace_id: str,
        parent_id: str | None,
        attempt: int = 1,
        given: object = None,
    ) -> Span:
        """A new running span, recorded unless its trace already holds MAX_SPANS_OF_TRACE."""
        span = Span(step, trigger, trace_id, parent_id, attempt)
        span.started_at = self._now()
        span._started = self._monotonic()
        spans = self._traces.get(trace_id)
        if spans is None:
            self._traces[trace_id] = [span]
            self._kept_spans += 1
        elif len(spans) < MAX_SPANS_OF_TRACE:
            spans.append(span)
            self._kept_spans += 1
        if self._kept_spans > MAX_SPANS or len(self._traces) > MAX_TRACES:
            _, forgotten = self._traces.popitem(last=False)
            self._kept_spans -= len(forgotten)
        for listener in self._begun:
            listener(span, given)
        return span

    def answer(self, span: Span, answer: object) -> None:
        """Tell who listens what a request is answered."""
        for listener in self._answered:
            listener(span, answer)

    def end(self, span: Span, status: SpanStatus, error: str | None = None) -> None:
        """Close the span; it says how long it took."""
        span.duration_seconds = self._monotonic() - span._started
        span.status = status
        span.error = error
        for listener in self._listeners:
            listener(span)

    def mark(self, span: Span, kind: MarkKind, name: str, detail: JSON = None) -> None:
        """Record what the run just did; secrets in `detail` are masked, long values cut."""
        if span.marks is None:
            span.marks = []
        if len(span.marks) < MAX_MARKS:
            most = max(_LEAST_OF_MARK, min(MAX_CHARACTERS, span._left))
            shown, spent = recorded_within(detail, most)
            span.marks.append(Mark(self._now(), kind, name, shown))
            span._left -= spent

    def spans(self, trace_id: str) -> Sequence[Span]:
        """The spans of one trace in the order they began; empty if it is not kept."""
        return tuple(self._traces.get(trace_id, ()))

    def find(self, trace_id: str, span_id: str, *, among: int = MAX_SPANS_OF_TRACE) -> Span | None:
        """A run that is one of the last `among` of its trace."""
        for span in self._traces.get(trace_id, ())[-among:]:
            # One that was never asked for its id was never named by anybody.
            if span._id == span_id:
                return span
        return None

    def step_of(self, trace_id: str, span_id: str, *, among: int) -> str:
        """The step of a run that is one of the last `among` of its trace; empty if it is none."""
        span = self.find(trace_id, span_id, among=among)
        return "" if span is None else span.step

    def recent(self, limit: int = 100) -> Sequence[Sequence[Span]]:
        """The last traces, newest first."""
        newest = list(self._traces.values())[: -limit - 1 : -1]
        return tuple(tuple(spans) for spans in newest)


def user_traceback(error: BaseException) -> str:
    """The error and its causes, with the frames of the user's code: ours only distract.

    Empty if none of it is the user's: then the message says it all.
    """
    shown = traceback.TracebackException.from_exception(error)
    cause: traceback.TracebackException | None = shown
    has_frames = False
    while cause is not None:
        own = [frame for frame in cause.stack if not frame.filename.startswith(_PACKAGE)]
        cause.stack = traceback.StackSummary.from_list(own)
        has_frames = has_frames or bool(own)
        cause = cause.__cause__ or cause.__context__
    return shortened("".join(shown.format()), MAX_TRACEBACK_CHARACTERS) if has_frames else ""


def user_place(error: BaseException) -> str:
    """` at file.py:7`, where the user's code stood when it failed; empty if it never ran."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((_PACKAGE, *_LIBRARIES))]
    return f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""


class StepLogger:
    """`context.logger`: one line in the server's log and one mark in the trace per call.

    `fields` is a dict, any object with attributes, or a single value (shown as `data`).
    """

    __slots__ = ("_flows", "_span", "_traces")

    def __init__(self, span: Span, traces: TraceLog, flows: Sequence[str]) -> None:
        self._span = span
        self._traces = traces
        self._flows = flows

    def debug(self, message: object, fields: object = None) -> None:
        self._write(logging.DEBUG, message, fields)

    def info(self, message: object, fields: object = None) -> None:
        self._write(logging.INFO, message, fields)

    def warning(self, message: object, fields: object = None) -> None:
        self._write(logging.WARNING, message, fields)

    warn = warning

    def error(self, message: object, fields: object = None) -> None:
        self._write(logging.ERROR, message, fields)

    def exception(self, message: object, fields: object = None) -> None:
        """As `error`, with the traceback of the exception that is being handled."""
        self._write(logging.ERROR, message, fields, has_traceback=True)

    def _write(
        self, level: int, message: object, fields: object, *, has_traceback: bool = False
    ) -> None:
        shown = _as_fields(fields)
        text = said(message)
        self._traces.mark(
            self._span,
            "log",
            logging.getLevelName(level).lower(),
            {"message": text, **({"fields": shown} if shown else {})},
        )
        _log.log(
            level,
            "%s",
            text,
            exc_info=has_traceback,
            extra={
                "action": "step.log",
                "step": self._span.step,
                "trace_id": self._span.trace_id,
                "span_id": self._span.id,
                "flows": self._flows,
                "fields": shown,
            },
        )


def _as_fields(fields: object) -> dict[str, JSON]:
    if fields is None:
        return {}
    shown = recorded(fields)
    return shown if isinstance(shown, dict) else {"data": shown}
