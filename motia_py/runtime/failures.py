"""What is told of a run that failed: an answer to its client, a line in the log."""

from __future__ import annotations

import logging
from typing import NamedTuple

from motia_py.errors import (
    BodyCutShort,
    ConnectionRefused,
    InvalidInput,
    NonRetryable,
    Overloaded,
    Retry,
    StepTimeout,
    StoreUnavailable,
)
from motia_py.messages import JSON
from motia_py.project.loader import Step
from motia_py.runtime.outages import Outages
from motia_py.runtime.recording import said, shortened
from motia_py.runtime.requests import ApiResponse, internal_error, problem
from motia_py.runtime.sockets import with_bytes
from motia_py.runtime.tracing import MAX_MESSAGE_CHARACTERS, Span, user_place, user_traceback

_log = logging.getLogger("motia_py.invoker")


class Reply(NamedTuple):
    """What came of a socket step: the value that it gave, or the problem to tell its client."""

    value: JSON = None
    problem: dict[str, JSON] | None = None


def answer_to(error: BaseException, trace_id: str) -> ApiResponse:
    """What the client gets when an api step ended with `error`."""
    if isinstance(error, StepTimeout):
        return problem(504, "The step took too long", traceId=trace_id)
    if isinstance(error, Overloaded):
        return _not_now("The server is busy", trace_id)
    if isinstance(error, StoreUnavailable):
        return _not_now("The store does not take writes now", trace_id)
    if isinstance(error, BodyCutShort):
        return problem(error.status, str(error), traceId=trace_id)
    return internal_error(trace_id)


def reply_to(error: BaseException, trace_id: str) -> Reply:
    """What the client gets when a socket step ended with `error`.

    Raises:
        NotJSON: the `data` of a ConnectionRefused cannot be sent.
    """
    if isinstance(error, InvalidInput):
        details = [{"path": v.path, "message": v.message} for v in error.violations]
        return Reply(problem={"error": "Event data is not valid", "details": details})
    if isinstance(error, ConnectionRefused):
        return Reply(problem={"error": str(error), "data": with_bytes(error.data)})
    body: dict[str, JSON] = answer_to(error, trace_id).body
    return Reply(problem=body)


def report(span: Span, error: BaseException, outages: Outages, *, is_first: bool = True) -> None:
    """Log that a run failed, where, and with the traceback if it `is_first` of its delivery.

    What the store is to blame for is told by `outages`, once for all that it hits.
    """
    if isinstance(error, StoreUnavailable):
        outages.tell(error)
        return
    # What a handler asks for is no failure of it: the bus tells what becomes of the delivery. Nor
    # is what its client did.
    is_asked_for = isinstance(error, (Retry, NonRetryable, BodyCutShort))
    # The attempts after the first fail in the same place, mostly.
    is_told_whole = not is_asked_for and is_first
    _log.log(
        logging.INFO if is_asked_for else logging.ERROR,
        "step %s failed: %s%s",
        span.step,
        one_line(error),
        user_place(error),
        extra={
            "action": "step.failed",
            "step": span.step,
            "trace_id": span.trace_id,
            "span_id": span.id,
            "attempt": span.attempt,
            "traceback": user_traceback(error) if is_told_whole else "",
        },
    )


def one_line(error: BaseException) -> str:
    """The error's type and message."""
    text = shortened(said(error), MAX_MESSAGE_CHARACTERS)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def too_long(step: Step) -> StepTimeout:
    """The error of a handler that ran past its time limit."""
    limit_seconds = step.config.time_limit_seconds or 0.0
    return StepTimeout(f"step {step.config.name} ran longer than its limit of {limit_seconds:g} s")


def _not_now(message: str, trace_id: str) -> ApiResponse:
    return problem(503, message, headers={"Retry-After": "1"}, traceId=trace_id)
