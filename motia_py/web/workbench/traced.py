"""The traces that are remembered: the last ones in short, and each with all its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from motia_py.runtime.tracing import MAX_SPANS_OF_TRACE, Span, TraceLog
from motia_py.web.responding import Refusal
from motia_py.web.workbench.activity import http_status_of
from motia_py.web.workbench.marks import span_view
from motia_py.web.workbench.views import OriginView, TraceSummary, TracesView, TraceView

#: Traces in one answer.
MAX_LISTED = 500


class Traced:
    """`origin` gives the run that a trace runs again; None for a trace that came by itself."""

    def __init__(self, traces: TraceLog, origin: Callable[[str], OriginView | None]) -> None:
        self._traces = traces
        self._origin = origin

    def traces(self, limit: int) -> TracesView:
        recent = self._traces.recent(limit=min(limit, MAX_LISTED))
        return TracesView(traces=[_summary(spans) for spans in recent], kept=len(recent))

    def trace(self, id: str) -> TraceView:
        """
        Raises:
            Refusal: it is not kept.
        """
        spans = self._traces.spans(id)
        if not spans:
            raise Refusal(404, f"The trace {id[:64]!r} is not kept any more")
        return TraceView(
            id=id,
            replay_of=self._origin(id),
            spans=[span_view(span) for span in spans],
            is_full=len(spans) == MAX_SPANS_OF_TRACE,
        )


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
        http_status=http_status_of(first),
        error=failed.error if failed is not None else None,
        started_at=first.started_at,
        duration_ms=None if is_running else (end - first.started_at) * 1000,
        steps=list(dict.fromkeys(span.step for span in spans)),
        runs=len(spans),
    )
