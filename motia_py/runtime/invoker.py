"""The only room that calls the user's code: handlers, conditions, middleware and hooks.

A run is: condition, middleware, validation, handler by arity, its open calls, its outcome. What the
user's code raises is caught here and becomes an answer or an error value; nothing gets past.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from motia_py.clock import Clock, TimeLimitPassed, time_limit
from motia_py.errors import (
    ConfigError,
    ConnectionRefused,
    InvalidInput,
    NotJSON,
    StoreUnavailable,
    ValidationFailed,
)
from motia_py.messages import Delivery
from motia_py.project.handlers import accepted
from motia_py.project.loader import Step
from motia_py.project.registry import Target
from motia_py.runtime.ambient import current_context
from motia_py.runtime.context import Context
from motia_py.runtime.failures import Reply, answer_to, one_line, reply_to, report, too_long
from motia_py.runtime.files import FileResponse
from motia_py.runtime.invocation import Invocation, Services
from motia_py.runtime.isolation import Isolation, without_exit
from motia_py.runtime.payloads import payload_of
from motia_py.runtime.requests import (
    ApiResponse,
    EventStream,
    Request,
    as_response,
    problem,
)
from motia_py.runtime.sockets import SocketClient, with_bytes
from motia_py.runtime.streamed import (
    StreamedRuns,
    failed,
    finished,
    is_cancelled_from_outside,
)
from motia_py.runtime.tracing import Span, SpanStatus, new_trace_id, read_traceparent
from motia_py.runtime.validation import InvalidRequest, validated

_log = logging.getLogger("motia_py.invoker")


class _Skipped(Exception):
    """The trigger's condition said no."""


class Invoker:
    """Runs steps: `respond` those that a request asks for, `receive` those of a socket's event,
    `deliver` all others."""

    def __init__(self, services: Services, isolation: Isolation, clock: Clock) -> None:
        self._services = services
        self._traces = services.traces
        self._isolation = isolation
        self._clock = clock
        self._streams = StreamedRuns(services, clock)

    async def respond(self, target: Target, request: Request) -> tuple[ApiResponse, str]:
        """Run an api step and give its answer and its trace id. Raises nothing but cancellation."""
        remote = read_traceparent(request.header("traceparent"))
        trace_id, parent_id = remote if remote is not None else (new_trace_id(), None)
        span = self._traces.begin(
            target.step.config.name, target.key, trace_id, parent_id, given=request
        )
        invocation = Invocation(self._services, target, span)
        context = Context(invocation, request)
        request.bind(invocation)
        token = current_context.set(context)
        status: SpanStatus = "ok"
        failure: str | None = None
        try:
            response = await self._answer(target, request, invocation, context)
        except _Skipped:
            status = "skipped"
            response = problem(422, "Request condition not met", skipped=True)
        except BaseException as error:
            if is_cancelled_from_outside(error):
                self._cut_off(invocation)
                raise
            await self._settle_after_failure(invocation)
            status, failure = "error", one_line(error)
            report(span, error, self._services.outages)
            response = answer_to(error, trace_id)
            if request.written is not None:
                response = await failed(request.written, response)
        finally:
            current_context.reset(token)
        if request.written is None:
            request.answered()
        span.http_status = response.status
        self._traces.answer(span, response)
        if isinstance(response.body, EventStream) and status == "ok":
            stream = self._streams.follow(
                response.body, target.step, invocation=invocation, context=context
            )
            return replace(response, body=stream), trace_id
        self._traces.end(span, status, failure)
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
            delivery,
        )
        value = payload_of(target.trigger, delivery)
        invocation = Invocation(self._services, target, span, delivery)
        context = Context(invocation, value)
        token = current_context.set(context)
        try:
            await self._run(target, invocation, context)
            await invocation.settle()
        except _Skipped:
            self._traces.end(span, "skipped")
            return None
        except BaseException as error:
            if is_cancelled_from_outside(error):
                self._traces.end(span, "error", "cancelled")
                raise
            await self._settle_after_failure(invocation)
            self._traces.end(span, "error", one_line(error))
            is_first = delivery.attempt == delivery.spent + 1
            report(span, error, self._services.outages, is_first=is_first)
            await invocation.thread_finished()
            return error
        finally:
            current_context.reset(token)
        self._traces.end(span, "ok")
        return None

    async def receive(self, target: Target, client: SocketClient, data: Any) -> Reply:
        """Run a socket step on what its client sent. Raises nothing but cancellation."""
        span = self._traces.begin(target.step.config.name, target.key, new_trace_id(), None)
        invocation = Invocation(self._services, target, span, socket=client)
        context = Context(invocation, data)
        token = current_context.set(context)
        try:
            value = with_bytes(await self._run(target, invocation, context))
            await invocation.settle()
        except _Skipped:
            self._traces.end(span, "skipped")
            return Reply(problem={"error": "Event condition not met", "skipped": True})
        except BaseException as error:
            if is_cancelled_from_outside(error):
                self._cut_off(invocation)
                raise
            await self._settle_after_failure(invocation)
            return self._failed(span, error)
        finally:
            current_context.reset(token)
        self._traces.end(span, "ok")
        return Reply(value)

    async def run_hook(
        self, function: Callable[..., Any], args: tuple[Any, ...], limit_seconds: float
    ) -> Any:
        """Call a hook (authenticate, canAccess ...) with as many of `args` as it takes.

        Raises whatever the hook raises, and TimeoutError after `limit_seconds`.
        """
        args = args[: accepted(function, len(args))]
        async with time_limit(self._clock, limit_seconds):
            if inspect.iscoroutinefunction(function):
                return await without_exit(function(*args))
            result = await self._isolation.call_hook(function, *args)
            return await without_exit(result) if inspect.isawaitable(result) else result

    async def _answer(
        self, target: Target, request: Request, invocation: Invocation, context: Context
    ) -> ApiResponse:
        try:
            if target.reads_body_first:
                # The user's code reads the body before it is validated: parse where 400 is at hand.
                _ = request.body
            result = await self._run(target, invocation, context)
        except InvalidRequest as error:
            return error.response
        except InvalidInput as error:
            return InvalidRequest(error).response
        if request.written is not None:
            return await finished(request.written, invocation, result)
        response = as_response(result)
        if isinstance(response.body, EventStream):
            return response
        await invocation.settle()
        if isinstance(response.body, FileResponse):
            return replace(response, body=response.body.beside(invocation.folder))
        if target.response_checks and self._services.validates:
            self._check_response(target, invocation, response)
        return response

    def _run(self, target: Target, invocation: Invocation, context: Context) -> Awaitable[Any]:
        """Condition, middleware, handler: under the step's time limit."""
        value = context.input_value
        if target.step.config.time_limit_seconds is not None:
            return self._limited(target, invocation, context, value)
        if target.middleware or target.trigger.condition is not None:
            return self._pass(target, invocation, context, value)
        return self._handle(target, invocation, context, value)

    async def _limited(
        self, target: Target, invocation: Invocation, context: Context, value: Any
    ) -> Any:
        step = target.step
        try:
            async with time_limit(self._clock, step.config.time_limit_seconds or 0.0):
                return await self._pass(target, invocation, context, value)
        except TimeLimitPassed as error:
            if invocation.thread_run is not None:
                # It runs on, and nobody waits any more for how it ends.
                invocation.thread_run.add_done_callback(
                    lambda run: self._tell_late(invocation, run)
                )
            raise too_long(step) from error

    def _tell_late(self, invocation: Invocation, run: asyncio.Future[Any]) -> None:
        if not run.cancelled() and (error := run.exception()) is not None:
            report(invocation.span, error, self._services.outages)

    async def _pass(
        self, target: Target, invocation: Invocation, context: Context, value: Any
    ) -> Any:
        condition = target.trigger.condition
        if condition is not None:
            args = (value, context)[: accepted(condition, 2)]
            if not await self._call_aside(target.step, condition, args):
                raise _Skipped
        return await self._through(target, invocation, context, value, position=0)

    async def _through(
        self,
        target: Target,
        invocation: Invocation,
        context: Context,
        value: Any,
        *,
        position: int,
    ) -> Any:
        """Run the middleware at `position`; its `next_fn` runs the rest, on a new value if any."""
        chain = target.middleware
        if position == len(chain):
            return await self._handle(target, invocation, context, value)

        def next_fn(replacement: Any = None) -> Awaitable[Any]:
            onward = value if replacement is None else replacement
            return self._through(target, invocation, context, onward, position=position + 1)

        middleware = chain[position]
        args = (value, context, next_fn)[: accepted(middleware, 3)]
        return await self._call_aside(target.step, middleware, args)

    async def _call_aside(
        self, step: Step, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """Call a condition or middleware; a `def` of a file that blocks goes to a thread."""
        is_async = inspect.iscoroutinefunction(function)
        if is_async or not self._isolation.needs_thread(step):
            result = function(*args)
        else:
            result = await asyncio.shield(self._isolation.call_function(function, *args))
        return await result if inspect.isawaitable(result) else result

    async def _handle(
        self, target: Target, invocation: Invocation, context: Context, value: Any
    ) -> Any:
        """Validate and call the handler with as many arguments as it takes."""
        step = target.step
        handler = step.handler
        if handler is None:
            raise ConfigError(f"step {step.config.name} has no handler")
        if target.check is not None and self._services.validates:
            value = validated(target.check, value)
        context.input_value = value
        arguments = _arguments(target, value, context)
        if step.shape.kind == "generator":
            return EventStream(handler(*arguments))
        if step.shape.kind == "coroutine":
            if not self._isolation.needs_thread(step):
                return await handler(*arguments)
            invocation.thread_run = self._isolation.call_coroutine(step, handler, *arguments)
            return await asyncio.shield(invocation.thread_run)
        if step.config.isolation == "loop":
            result = handler(*arguments)
        else:
            invocation.thread_run = self._isolation.call_function(handler, *arguments)
            result = await asyncio.shield(invocation.thread_run)
        return await result if inspect.isawaitable(result) else result

    def _check_response(
        self, target: Target, invocation: Invocation, response: ApiResponse
    ) -> None:
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
            self._traces.mark(invocation.span, "response", "does not fit its schema", str(error))
            _log.warning(
                "%s answered outside its responseSchema: %s",
                target.step.config.name,
                error,
                extra={"action": "step.response_invalid", "trace_id": invocation.span.trace_id},
            )

    def _cut_off(self, invocation: Invocation) -> None:
        """Note that a run was cancelled, and cancel it where it waits on another loop."""
        self._traces.end(invocation.span, "error", "cancelled")
        if invocation.thread_run is not None:
            self._isolation.cancel(invocation.thread_run)

    def _failed(self, span: Span, error: BaseException) -> Reply:
        """What the client of a socket step that failed is told; what it is not to blame for is
        reported."""
        try:
            reply = reply_to(error, span.trace_id)
        except NotJSON as unsendable:
            return self._failed(span, unsendable)
        is_clients = isinstance(error, (InvalidInput, ConnectionRefused))
        self._traces.end(span, "skipped" if is_clients else "error", one_line(error))
        if not is_clients:
            report(span, error, self._services.outages)
        return reply

    async def _settle_after_failure(self, invocation: Invocation) -> None:
        """Let the open calls of a failed run end; the handler's own error is the one to tell."""
        try:
            await invocation.settle()
        except StoreUnavailable as error:
            self._services.outages.tell(error)
        except Exception as error:
            _log.error(
                "a call that nobody awaited failed too: %s",
                error,
                extra={"action": "step.call_failed", "trace_id": invocation.span.trace_id},
            )


def _arguments(target: Target, value: Any, context: Context) -> tuple[Any, ...]:
    arity = target.step.shape.arity
    is_cron = target.trigger.type == "cron"
    if is_cron and arity == 1 and target.step.config.cron_takes_context_only:
        return (context,)
    return (value, context)[:arity]
