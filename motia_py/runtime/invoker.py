"""The only room that calls the user's code: handlers, conditions, middleware and hooks.

A run is: condition, middleware, validation, handler by arity, its open calls, its outcome. What the
user's code raises is caught here and becomes an answer or an error value; nothing gets past.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from motia_py.clock import Clock, TimeLimitPassed, time_limit
from motia_py.errors import ConfigError, StepTimeout, ValidationFailed
from motia_py.messages import JSON, Delivery
from motia_py.project.handlers import accepted
from motia_py.project.registry import Target
from motia_py.runtime.ambient import current_context
from motia_py.runtime.context import Context, Services
from motia_py.runtime.isolation import Isolation
from motia_py.runtime.payloads import payload_of
from motia_py.runtime.requests import (
    ApiResponse,
    EventStream,
    Request,
    ServerSentEvent,
    as_response,
)
from motia_py.runtime.tracing import (
    SpanStatus,
    new_trace_id,
    read_traceparent,
    user_traceback,
)

_log = logging.getLogger("motia_py.invoker")


class _Skipped(Exception):
    """The trigger's condition said no."""


class Invoker:
    """Runs steps: `respond` those that a request asks for, `deliver` all others."""

    def __init__(self, services: Services, isolation: Isolation, clock: Clock) -> None:
        self._services = services
        self._traces = services.traces
        self._isolation = isolation
        self._clock = clock
        self._validates = services.validates

    async def respond(self, target: Target, request: Request) -> tuple[ApiResponse, str]:
        """Run an api step and give its answer and its trace id. Raises nothing but cancellation."""
        remote = read_traceparent(request.header("traceparent"))
        trace_id, parent_id = remote if remote is not None else (new_trace_id(), None)
        span = self._traces.begin(target.step.config.name, target.key, trace_id, parent_id)
        context = Context(self._services, target, span, value=request)
        token = current_context.set(context)
        status: SpanStatus = "ok"
        problem: str | None = None
        try:
            response = await self._answer(target, context, request)
        except _Skipped:
            status = "skipped"
            response = _refusal(422, "Request condition not met", skipped=True)
        except asyncio.CancelledError:
            self._traces.end(span, "error", "cancelled")
            raise
        except BaseException as error:
            await self._settle_after_failure(context)
            status, problem = "error", _one_line(error)
            response = self._failure(target, trace_id, error)
        finally:
            current_context.reset(token)
        if isinstance(response.body, EventStream) and status == "ok":
            events = self._streamed(target, context, response.body.events)
            return replace(response, body=EventStream(events)), trace_id
        self._traces.end(span, status, problem)
        return response, trace_id

    async def deliver(self, target: Target, delivery: Delivery) -> BaseException | None:
        """Run a delivery; the error that ended it, None if it is done (or its condition said no).

        Returns only once the handler no longer runs: past its time limit one on a thread cannot
        be stopped, and until it ends its place in the lane stays taken. Raises nothing but
        cancellation.
        """
        span = self._traces.begin(
            target.step.config.name,
            target.key,
            delivery.trace_id,
            delivery.parent_id,
            delivery.attempt,
        )
        value = payload_of(target.trigger, delivery)
        context = Context(self._services, target, span, value=value, delivery=delivery)
        token = current_context.set(context)
        try:
            await self._run(target, context, value)
            await context.settle()
        except _Skipped:
            self._traces.end(span, "skipped")
            return None
        except asyncio.CancelledError:
            self._traces.end(span, "error", "cancelled")
            raise
        except BaseException as error:
            await self._settle_after_failure(context)
            self._traces.end(span, "error", _one_line(error))
            self._report(target, delivery.trace_id, error)
            await context.thread_finished()
            return error
        finally:
            current_context.reset(token)
        self._traces.end(span, "ok")
        return None

    async def _streamed(
        self, target: Target, context: Context, events: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """The handler's events; the run ends with them. An error becomes the last event."""
        token = current_context.set(context)
        status: SpanStatus = "error"
        problem: str | None = "the client went away"
        try:
            async for event in events:
                yield event
            await context.settle()
            status, problem = "ok", None
        except Exception as error:
            problem = _one_line(error)
            self._report(target, context.trace_id, error)
            failure = {"error": "Internal server error", "traceId": context.trace_id}
            yield ServerSentEvent(event="error", data=failure)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
            self._traces.end(context.span, status, problem)
            # Another task may close this generator than the one that began it; then there is
            # nothing to reset, and trying would raise.
            with suppress(ValueError):
                current_context.reset(token)

    async def run_hook(
        self, function: Callable[..., Any], args: tuple[Any, ...], limit_seconds: float
    ) -> Any:
        """Call a hook (authenticate, canAccess ...) with as many of `args` as it takes.

        Raises whatever the hook raises, and TimeoutError after `limit_seconds`.
        """
        async with time_limit(self._clock, limit_seconds):
            args = args[: accepted(function, len(args))]
            if inspect.iscoroutinefunction(function):
                return await function(*args)
            result = await self._isolation.call_function(function, *args)
            return await result if inspect.isawaitable(result) else result

    async def _answer(self, target: Target, context: Context, request: Request) -> ApiResponse:
        try:
            if target.middleware or target.trigger.condition is not None:
                # The user's code reads the body before it is validated: parse where 400 is at hand.
                _ = request.body
            result = await self._run(target, context, request)
        except _InvalidRequest as error:
            return error.response
        except ValidationFailed as error:
            if error.subject != "body":
                raise
            return _InvalidRequest(error).response
        response = as_response(result)
        if not isinstance(response.body, EventStream):
            await context.settle()
        if target.response_checks and self._validates:
            self._check_response(target, context, response)
        return response

    def _run(self, target: Target, context: Context, value: Any) -> Awaitable[Any]:
        """Condition, middleware, handler: under the step's time limit."""
        if target.step.config.time_limit_seconds is not None:
            return self._limited(target, context, value)
        if target.middleware or target.trigger.condition is not None:
            return self._pass(target, context, value)
        return self._handle(target, context, value)

    async def _limited(self, target: Target, context: Context, value: Any) -> Any:
        limit_seconds = target.step.config.time_limit_seconds or 0.0
        try:
            async with time_limit(self._clock, limit_seconds):
                return await self._pass(target, context, value)
        except TimeLimitPassed as error:
            raise StepTimeout(
                f"step {target.step.config.name} ran longer than its limit of {limit_seconds:g} s"
            ) from error

    async def _pass(self, target: Target, context: Context, value: Any) -> Any:
        condition = target.trigger.condition
        if condition is not None:
            holds = condition(*(value, context)[: accepted(condition, 2)])
            if not (await holds if inspect.isawaitable(holds) else holds):
                raise _Skipped
        return await self._through(target, context, value, position=0)

    async def _through(self, target: Target, context: Context, value: Any, *, position: int) -> Any:
        """Run the middleware at `position`; its `next_fn` runs the rest, on a new value if any."""
        if position == len(target.middleware):
            return await self._handle(target, context, value)

        def next_fn(replacement: Any = None) -> Awaitable[Any]:
            onward = value if replacement is None else replacement
            return self._through(target, context, onward, position=position + 1)

        middleware = target.middleware[position]
        result = middleware(*(value, context, next_fn)[: accepted(middleware, 3)])
        return await result if inspect.isawaitable(result) else result

    async def _handle(self, target: Target, context: Context, value: Any) -> Any:
        """Validate and call the handler with as many arguments as it takes."""
        step = target.step
        handler = step.handler
        if handler is None:
            raise ConfigError(f"step {step.config.name} has no handler")
        if target.check is not None and self._validates:
            value = self._validated(target, value)
        context.input_value = value
        arguments = _arguments(target, value, context)
        if step.shape.kind == "generator":
            return EventStream(handler(*arguments))
        if step.shape.kind == "coroutine":
            if not self._isolation.needs_thread(step):
                return await handler(*arguments)
            context.thread_run = self._isolation.call_coroutine(step, handler, *arguments)
            return await asyncio.shield(context.thread_run)
        context.thread_run = self._isolation.call_function(handler, *arguments)
        result = await asyncio.shield(context.thread_run)
        return await result if inspect.isawaitable(result) else result

    def _validated(self, target: Target, value: Any) -> Any:
        """What the handler gets: the request itself, or the event's model or data.

        Raises:
            _InvalidRequest: for a request.
            ValidationFailed: for an event.
        """
        check = target.check
        assert check is not None  # narrowed by the caller
        # By type first: Request is a MutableMapping, and asking an ABC takes its time.
        if type(value) is not Request and not isinstance(value, Request):
            return check.value(value)
        try:
            text = value.untouched_json
            if check.is_model and text is not None:
                value.model = check.text(text)
            elif value.is_form and isinstance(value.body, dict):
                value.model = check.form(value.body)
            else:
                value.model = check.value(value.body)
        except ValidationFailed as error:
            raise _InvalidRequest(error) from error
        if not check.is_model:
            value.body, value.model = value.model, None
        return value

    def _check_response(self, target: Target, context: Context, response: ApiResponse) -> None:
        """Hold the answer against its schema: Motia's examples break theirs, so it is only told.

        Raises:
            ValidationFailed: under `validate: "strict"`.
        """
        check = target.response_checks.get(response.status)
        if check is None:
            return
        try:
            check.value(response.body)
        except ValidationFailed as error:
            if target.step.config.validate == "strict":
                raise
            self._traces.mark(context.span, "response", "does not fit its schema", str(error))
            _log.warning(
                "%s answered outside its responseSchema: %s",
                target.step.config.name,
                error,
                extra={"action": "step.response_invalid", "trace_id": context.trace_id},
            )

    async def _settle_after_failure(self, context: Context) -> None:
        """Let the open calls of a failed run end; the handler's own error is the one to tell."""
        try:
            await context.settle()
        except Exception as error:
            _log.error(
                "a call that nobody awaited failed too: %s",
                error,
                extra={"action": "step.call_failed", "trace_id": context.trace_id},
            )

    def _failure(self, target: Target, trace_id: str, error: BaseException) -> ApiResponse:
        self._report(target, trace_id, error)
        if isinstance(error, StepTimeout):
            return _refusal(504, "The step took too long", traceId=trace_id)
        return _refusal(500, "Internal server error", traceId=trace_id)

    def _report(self, target: Target, trace_id: str, error: BaseException) -> None:
        _log.error(
            "step %s failed: %s",
            target.step.config.name,
            _one_line(error),
            extra={
                "action": "step.failed",
                "step": target.step.config.name,
                "trace_id": trace_id,
                "traceback": user_traceback(error),
            },
        )


class _InvalidRequest(Exception):
    """A request's body does not fit; carries the answer, so that middleware sees it pass by."""

    def __init__(self, error: ValidationFailed) -> None:
        super().__init__(str(error))
        details = [{"path": v.path, "message": v.message} for v in error.violations]
        self.response = _refusal(400, "Request body is not valid", details=details)


def _arguments(target: Target, value: Any, context: Context) -> tuple[Any, ...]:
    arity = target.step.shape.arity
    is_cron = target.trigger.type == "cron"
    if is_cron and arity == 1 and target.step.config.cron_takes_context_only:
        return (context,)
    return (value, context)[:arity]


def _refusal(status: int, error: str, **more: JSON) -> ApiResponse:
    return ApiResponse(status=status, body={"error": error, **more})


def _one_line(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
