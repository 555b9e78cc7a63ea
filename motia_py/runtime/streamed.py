"""Runs that go on while their answer is sent: as events that are asked for, or written by hand.

Such a run ends with its answer: its time limit lasts over all of it, what it raises is the last
thing that its client gets, and the trace hears how it ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

from motia_py.clock import Clock, TimeLimitPassed, time_limit
from motia_py.project.loader import Step
from motia_py.runtime.ambient import current_context
from motia_py.runtime.context import Context
from motia_py.runtime.failures import one_line, report, too_long
from motia_py.runtime.invocation import Invocation, Services
from motia_py.runtime.requests import ApiResponse, EventStream, ServerSentEvent, internal_error
from motia_py.runtime.response_writer import ResponseWriter
from motia_py.runtime.tracing import SpanStatus

_log = logging.getLogger("motia_py.invoker")


class StreamedRuns:
    """Follows the runs whose handlers give events."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._traces = services.traces
        self._outages = services.outages
        self._clock = clock

    def follow(
        self, stream: EventStream, step: Step, *, invocation: Invocation, context: Context
    ) -> EventStream:
        """The same events, as a part of the run."""
        events = self._streamed(invocation, context, self._within_limit(step, stream.events))

        async def close() -> None:
            await events.aclose()
            if invocation.span.status == "running":
                # Nobody asked for an event, as for HEAD: the handler was never entered.
                self._traces.end(invocation.span, "ok")

        finishes = "finish" in (stream.on_disconnect, step.config.on_disconnect)
        return EventStream(events, close, "finish" if finishes else "cancel")

    async def _streamed(
        self, invocation: Invocation, context: Context, events: AsyncIterator[Any]
    ) -> AsyncGenerator[Any, None]:
        """The handler's events; the run ends with them. An error becomes the last event."""
        token = current_context.set(context)
        status: SpanStatus = "error"
        problem: str | None = "the client went away"
        try:
            async for event in events:
                yield event
            await invocation.settle()
            status, problem = "ok", None
        except GeneratorExit:
            raise
        except BaseException as error:
            if is_cancelled_from_outside(error):
                raise
            problem = one_line(error)
            report(invocation.span, error, self._outages)
            yield ServerSentEvent(event="error", data=internal_error(context.trace_id).body)
        finally:
            await _close(events)
            self._traces.end(invocation.span, status, problem)
            # Another task may close this generator than the one that began it; then there is
            # nothing to reset, and trying would raise.
            with suppress(ValueError):
                current_context.reset(token)

    def _within_limit(self, step: Step, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The events, as long as the step's time limit lasts over all of them."""
        limit_seconds = step.config.time_limit_seconds
        return events if limit_seconds is None else self._limited(step, events, limit_seconds)

    async def _limited(
        self, step: Step, events: AsyncIterator[Any], limit_seconds: float
    ) -> AsyncGenerator[Any, None]:
        end = self._clock.monotonic() + limit_seconds
        try:
            while True:
                # Around each wait and not around the whole: the time-out must strike in here.
                left_seconds = max(0.0, end - self._clock.monotonic())
                async with time_limit(self._clock, left_seconds):
                    event = await anext(events)
                yield event
        except StopAsyncIteration:
            return
        except TimeLimitPassed as error:
            raise too_long(step) from error
        finally:
            await _close(events)


async def _close(events: AsyncIterator[Any]) -> None:
    if isinstance(events, AsyncGenerator):
        await events.aclose()


async def finished(written: ResponseWriter, invocation: Invocation, result: Any) -> ApiResponse:
    """The answer that the handler wrote by hand, ended."""
    if result is not None:
        _log.warning(
            "step %s wrote its response and returned one too: what it returned is not sent",
            invocation.span.step,
            extra={"action": "response.ignored", "trace_id": invocation.span.trace_id},
        )
    await invocation.settle()
    await written.finish()
    return ApiResponse(written.sent_status, body=written)


async def failed(written: ResponseWriter, response: ApiResponse) -> ApiResponse:
    """What becomes of an answer that was being written when its run failed: an event with the
    error, or a cut; `response`, if nothing was sent."""
    if written.outlet is None:
        written.seal()
        return response
    await written.fail(response.body)
    return ApiResponse(written.sent_status, body=written)


def is_cancelled_from_outside(error: BaseException) -> bool:
    """Whether the run was cut off, rather than that a task of the handler's own was."""
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
