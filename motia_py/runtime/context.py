"""What a handler gets as `context`: everything that it may do, bound to one invocation.

A superset of Motia 0.17's context and 1.0's, with free attributes of the user's own. Parts are made
when first asked for: most handlers use two or three.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from motia_py import encoding
from motia_py.errors import ConfigError, MotiaError, UndeclaredTopic
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, Change, Delivery, Event, StreamChange, TriggerInfo, Write
from motia_py.project.loader import Step, Stream
from motia_py.project.registry import Registry, Target
from motia_py.runtime.calls import Calls
from motia_py.runtime.state import State
from motia_py.runtime.streams import Announce, LiveStream, Streams
from motia_py.runtime.tracing import MarkKind, Span, StepLogger, TraceLog

#: How long an event may be held back: a month, as long as a retry may ask to wait.
MAX_DELAY_SECONDS = 2_678_400.0

_log = logging.getLogger("motia_py.emit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What invocations share: the stores, the bus and the way out. Made once by the app.

    `validates` is False under `MOTIA_VALIDATE=off`: then no schema is enforced.
    """

    loop: asyncio.AbstractEventLoop
    store: StateStore
    traces: TraceLog
    registry: Callable[[], Registry]
    publish: Callable[[Event], Coroutine[Any, Any, int]]
    commit: Callable[[Sequence[Write], str, str | None], Coroutine[Any, Any, Sequence[Change]]]
    announce: Announce
    signal: Callable[[StreamChange, str, str | None], Awaitable[None]]
    base_url: Callable[[], str]
    validates: bool


class Context:
    """One invocation as its handler sees it. Free attributes are the handler's own.

    `input_value` is what the handler got as its first argument; `attempt` counts from 1.
    """

    def __init__(
        self,
        services: Services,
        target: Target | None,
        span: Span,
        *,
        value: Any = None,
        delivery: Delivery | None = None,
    ) -> None:
        self._services = services
        self._target = target
        self._span = span
        # The snapshot on which this invocation began: a reload does not change it under way. What
        # runs outside of steps outlives reloads.
        self._registry = services.registry() if target is not None else None
        self._delivery = delivery
        self._calls: Calls | None = None
        #: Set by the invoker for a handler that runs on a thread: done once it returned.
        self.thread_run: asyncio.Future[Any] | None = None
        self.trace_id = span.trace_id
        self.input_value = value

    # What ran, and why

    @property
    def traceId(self) -> str:
        return self.trace_id

    @property
    def traceparent(self) -> str:
        """The W3C header with which this invocation calls other services."""
        return self._span.traceparent

    @property
    def trigger(self) -> TriggerInfo:
        target = self._require_target("trigger")
        return target.info

    @property
    def flows(self) -> list[str]:
        return list(self._target.step.config.flows) if self._target else []

    @property
    def attempt(self) -> int:
        """Which run of this delivery this is, from 1; always 1 for a request."""
        return self._delivery.attempt if self._delivery else 1

    @property
    def base_url(self) -> str:
        """The server's own address, as `http://127.0.0.1:3000`."""
        return self._services.base_url()

    def is_http(self) -> bool:
        return self.trigger.type == "http"

    is_api = is_http

    def is_queue(self) -> bool:
        return self.trigger.type == "queue"

    is_event = is_queue

    def is_cron(self) -> bool:
        return self.trigger.type == "cron"

    def is_state(self) -> bool:
        return self.trigger.type == "state"

    def is_stream(self) -> bool:
        return self.trigger.type == "stream"

    def get_data(self) -> Any:
        """The payload: a request's body, or what the event, state or stream trigger brought."""
        return self.input_value.body if self.is_http() else self.input_value

    getData = get_data

    async def match(self, handlers: Mapping[str, Callable[..., Any]]) -> Any:
        """Run the handler that is listed for this trigger's type, else `default`.

        Keys are `http` (or `api`), `queue` (or `event`), `cron`, `state`, `stream`, `default`. Each
        takes the input, the one for cron nothing.

        Raises:
            ConfigError: there is none for this trigger, and no `default`.
        """
        kind = self.trigger.type
        names = {"http": ("http", "api"), "queue": ("queue", "event")}.get(kind, (kind,))
        chosen = next((handlers[name] for name in (*names, "default") if name in handlers), None)
        if chosen is None:
            listed = ", ".join(handlers) or "nothing"
            raise ConfigError(
                f"match: no handler for a {kind} trigger (listed: {listed});"
                f" add a {kind!r} or 'default' entry"
            )
        result = (
            chosen()
            if kind == "cron" and chosen is not handlers.get("default")
            else chosen(self.input_value)
        )
        return await result if inspect.isawaitable(result) else result

    # What it may do

    @property
    def logger(self) -> StepLogger:
        logger = self.__dict__.get("_logger")
        if logger is None:
            logger = StepLogger(self._span, self._services.traces, self.flows)
            self.__dict__["_logger"] = logger
        return logger

    @property
    def state(self) -> State:
        state = self.__dict__.get("_state")
        if state is None:
            state = self.__dict__["_state"] = State(
                store=self._services.store,
                commit=self._commit,
                calls=self.calls,
                observe=self._observer("state"),
                returns=self._returns,
            )
        return state

    @property
    def streams(self) -> Streams:
        streams = self.__dict__.get("_streams")
        if streams is None:
            streams = self.__dict__["_streams"] = Streams(
                registry=lambda: self._registry or self._services.registry(),
                open=self._open_stream,
            )
        return streams

    def _open_stream(self, stream: Stream) -> LiveStream:
        return LiveStream(
            stream,
            store=self._services.store,
            commit=self._commit,
            announce=self._services.announce,
            signal=self._signal,
            calls=self.calls,
            observe=self._observer("stream"),
            returns=self._returns,
            validates=self._services.validates,
        )

    def emit(
        self,
        topic: str | Mapping[str, JSON],
        data: JSON = None,
        *,
        group: str | None = None,
        delay: float = 0.0,
        id: str | None = None,
    ) -> Any:
        """Publish an event: `emit("topic", data)` or `emit({"topic", "data", "messageGroupId"?})`.

        Every subscribing step gets a delivery of its own. `group` orders deliveries, `delay` holds
        them back (seconds), `id` absorbs a second event of this topic with the same id for 24 h.
        The result is an awaitable that has already been started; it ends once the event is stored.

        Raises:
            NotJSON: at the call, if `data` has no JSON form.
            ConfigError: at the call, if there is no topic, or `delay` is no time to wait.
            UndeclaredTopic: at the call, for a step with `strict_emits`.
        """
        if not isinstance(topic, str):
            topic, data, group, delay, id = _unfold(topic)
        _check_delay(delay)
        event = Event(
            topic=topic,
            data=encoding.plain(data),
            trace_id=self.trace_id,
            parent_id=self._span.id,
            id=id,
            group=group,
            delay_seconds=delay,
        )
        may_send = self._may_emit(topic)
        if may_send:
            self._services.traces.mark(self._span, "emit", topic, event.data)

        async def operation() -> None:
            if may_send:
                await self._services.publish(event)

        return self.calls.write(operation)

    enqueue = emit

    # For the runtime

    @property
    def calls(self) -> Calls:
        """The calls of this invocation, started and not yet waited for."""
        if self._calls is None:
            self._calls = Calls(self._services.loop, is_tracked=self._target is not None)
        return self._calls

    async def settle(self) -> None:
        """Wait for calls under way. Raises the first error that the handler did not see."""
        if self._calls is not None:
            await self._calls.settle()

    async def thread_finished(self) -> None:
        """Return once a handler on a thread has returned; at once for any other."""
        if self.thread_run is not None:
            await asyncio.wait([self.thread_run])

    @property
    def span(self) -> Span:
        return self._span

    @property
    def step(self) -> Step:
        return self._require_target("step").step

    @property
    def _returns(self) -> Literal["value", "change"]:
        return self._target.step.config.returns if self._target else "value"

    def _require_target(self, what: str) -> Target:
        if self._target is None:
            raise MotiaError(f"context.{what} exists only while a step runs")
        return self._target

    async def _commit(self, writes: Sequence[Write]) -> Sequence[Change]:
        return await self._services.commit(writes, self.trace_id, self._span.id)

    async def _signal(self, change: StreamChange) -> None:
        await self._services.signal(change, self.trace_id, self._span.id)

    def _observer(self, kind: MarkKind) -> Callable[[str, str, str], None]:
        def observe(operation: str, first: str, second: str) -> None:
            self._services.traces.mark(self._span, kind, operation, f"{first}/{second}")

        return observe

    def _may_emit(self, topic: str) -> bool:
        """Apply the step's allow-list: an empty list means any topic."""
        if self._target is None or not self._target.emits or topic in self._target.emits:
            return True
        config = self._target.step.config
        if config.undeclared_emits == "send":
            return True
        declared = ", ".join(self._target.emits)
        problem = (
            f"step {config.name} ({self._target.step.file}) emits {topic!r}, which its config does"
            f" not list (declared: {declared}): add it to `emits`"
        )
        if config.undeclared_emits == "raise":
            raise UndeclaredTopic(problem)
        self._services.traces.mark(self._span, "refused", topic, problem)
        _log.error(
            "%s",
            problem,
            extra={"action": "emit.refused", "step": config.name, "trace_id": self.trace_id},
        )
        return False


def _unfold(
    event: Mapping[str, JSON],
) -> tuple[str, JSON, str | None, float, str | None]:
    """The parts of Motia's dict form of an event.

    Raises:
        ConfigError: it has no topic.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("topic"), str):
        raise ConfigError(
            f'emit takes a topic and data, or {{"topic": ..., "data": ...}}; got {event!r}'
        )
    group = event.get("messageGroupId", event.get("message_group_id", event.get("group")))
    return (
        event["topic"],
        event.get("data"),
        None if group is None else str(group),
        event.get("delay") or 0.0,
        event.get("id"),
    )


def _check_delay(delay: object) -> None:
    if not isinstance(delay, (int, float)) or not 0 <= delay <= MAX_DELAY_SECONDS:
        raise ConfigError(f"emit: delay is seconds from 0 to {MAX_DELAY_SECONDS:g}, got {delay!r}")
