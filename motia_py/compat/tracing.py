"""Motia 1.0's tracing functions over our own spans: they read the span that runs and start none.

A run is traced without them, so most of them have nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from motia_py.runtime.ambient import current_context
from motia_py.runtime.tracing import Span, read_traceparent

#: Code that asks this takes its way without OpenTelemetry.
HAS_OTEL = False


def get_tracer() -> None:
    """Always None, as in Motia where OpenTelemetry is not installed."""


@contextmanager
def step_span(step_name: str, trigger_type: str, **attributes: Any) -> Iterator[Span | None]:
    """The span of the run that this is in; None outside of one."""
    yield _running_span()


@contextmanager
def operation_span(operation: str, **attributes: Any) -> Iterator[Span | None]:
    """The span of the run that this is in; None outside of one."""
    yield _running_span()


def inject_context() -> dict[str, str]:
    """The headers that hand this trace on to another service; none outside of a run."""
    span = _running_span()
    return {} if span is None else {"traceparent": span.traceparent}


def extract_parent_context(
    traceparent: str | None, baggage: str | None = None
) -> tuple[str, str] | None:
    """Trace id and span id of a `traceparent` header; None if it is not valid."""
    return read_traceparent(traceparent)


def get_trace_id_from_span() -> str | None:
    span = _running_span()
    return None if span is None else span.trace_id


def record_exception(span: Any, exc: BaseException) -> None:
    """Log the error and mark it in the trace; does nothing outside of a run."""
    context = current_context.get(None)
    if span is not None and context is not None:
        context.logger.error(
            "exception recorded", {"type": type(exc).__name__, "message": str(exc)}
        )


def set_span_ok(span: Any) -> None:
    """Nothing: a run that raises no error is marked as ok."""


def instrument_bridge(bridge_instance: Any) -> None:
    """Nothing: traces pass from emit to handler by themselves."""


def _running_span() -> Span | None:
    context = current_context.get(None)
    return None if context is None else context.invocation.span
