"""What a handler gets as `context`: everything that it may do, bound to one invocation.

A superset of Motia 0.17's context and 1.0's, with free attributes of the user's own. Parts are made
when first asked for: most handlers use two or three.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from motia_py import encoding
from motia_py.errors import ConfigError, MotiaError
from motia_py.messages import JSON, Event, TriggerInfo
from motia_py.project.loader import Stream
from motia_py.runtime.invocation import Invocation
from motia_py.runtime.sockets import Socket, Sockets
from motia_py.runtime.state import State
from motia_py.runtime.streams import LiveStream, Streams
from motia_py.runtime.tracing import StepLogger, new_trace_id

#: How long an event may be held back: a month, as long as a retry may ask to wait.
MAX_DELAY_SECONDS = 2_678_400.0


class Context:
    """One invocation as its handler sees it. Free attributes are the handler's own.

    `input_value` is what the handler got as its first argument; `invocation` is the runtime's own.
    """

    def __init__(self, invocation: Invocation, value: Any = None) -> None:
        self.invocation = invocation
        self.trace_id = invocation.span.trace_id
        self.input_value = value

    @property
    def traceId(self) -> str:
        return self.trace_id

    @property
    def traceparent(self) -> str:
        """The W3C header with which this invocation calls other services."""
        return self.invocation.span.traceparent

    @property
    def trigger(self) -> TriggerInfo:
        if self.invocation.target is None:
            raise MotiaError("context.trigger exists only while a step runs")
        return self.invocation.target.info

    @property
    def flows(self) -> list[str]:
        target = self.invocation.target
        return list(target.step.config.flows) if target is not None else []

    @property
    def attempt(self) -> int:
        """Which run of this delivery this is, from 1; always 1 for a request.

        A redrive from the dead letters goes on counting.
        """
        delivery = self.invocation.delivery
        return delivery.attempt if delivery is not None else 1

    @cached_property
    def idempotency_key(self) -> str:
        """The same for all runs of this delivery, also after a redrive: for services that take one.

        Each request has one of its own, because nobody repeats it here: a client that does so
        brings a key of its own.
        """
        delivery = self.invocation.delivery
        return delivery.id if delivery is not None else new_trace_id()

    @property
    def base_url(self) -> str:
        """The server's own address, as `http://127.0.0.1:3000`."""
        return self.invocation.services.base_url()

    def now(self) -> float:
        """Seconds since the epoch, as `time.time()`; in a test what the tester's clock says."""
        return self.invocation.services.now()

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

    def is_socket(self) -> bool:
        return self.trigger.type == "socket"

    def get_data(self) -> Any:
        """The payload: a request's body, or what the event, state or stream trigger brought."""
        return self.input_value.body if self.is_http() else self.input_value

    getData = get_data

    async def match(self, handlers: Mapping[str, Callable[..., Any]]) -> Any:
        """Run the handler that is listed for this trigger's type, else `default`.

        Keys are `http` (or `api`), `queue` (or `event`), `cron`, `state`, `stream`, `socket`,
        `default`. Each takes the input, the one for cron nothing.

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

    @cached_property
    def logger(self) -> StepLogger:
        invocation = self.invocation
        return StepLogger(invocation.span, invocation.services.traces, self.flows)

    @cached_property
    def state(self) -> State:
        invocation = self.invocation
        return State(
            store=invocation.services.store,
            commit=invocation.commit,
            calls=invocation.calls,
            observe=invocation.observer("state"),
            returns=self._returns,
        )

    @cached_property
    def streams(self) -> Streams:
        invocation = self.invocation
        return Streams(registry=lambda: invocation.registry, open=self._open_stream)

    @cached_property
    def socket(self) -> Socket:
        """The Socket.IO client whose event is handled; it exists only under a socket trigger."""
        invocation = self.invocation
        if invocation.socket is None:
            raise MotiaError(
                "context.socket exists only under a socket trigger; context.sockets.emit(...)"
                " reaches clients from any step"
            )
        directory, observe = invocation.services.sockets(), invocation.observer("socket")
        return Socket(invocation.socket, directory, invocation.calls, observe)

    @cached_property
    def sockets(self) -> Sockets:
        """Everybody who is connected over Socket.IO."""
        invocation = self.invocation
        directory, observe = invocation.services.sockets(), invocation.observer("socket")
        return Sockets(directory, invocation.calls, observe)

    def emit(
        self,
        topic: str | Mapping[str, JSON],
        data: JSON = None,
        *,
        group: object = None,
        delay: float = 0.0,
        id: str | None = None,
    ) -> Any:
        """Publish an event: `emit("topic", data)` or `emit({"topic", "data", "messageGroupId"?})`.

        Every subscribing step gets a delivery of its own. `group` orders deliveries, `delay` holds
        them back (seconds), `id` absorbs a second event of this topic with the same id for 24 h.
        The result is an awaitable that has already been started; it ends once the event is stored.
        What a delivery's handler emits without `id` is absorbed when a retried run emits it again.

        Raises:
            NotJSON: at the call, if `data` has no JSON form.
            ConfigError: at the call, if there is no topic, or `delay` is no time to wait.
            UndeclaredTopic: at the call, for a step with `strict_emits`.
        """
        if not isinstance(topic, str):
            folded = _unfold(topic)
            topic, data = folded.topic, folded.data
            group, delay, id = group or folded.group, delay or folded.delay, id or folded.id
        invocation = self.invocation
        event = Event(
            topic=topic,
            data=encoding.plain(data),
            trace_id=self.trace_id,
            parent_id=invocation.span.id,
            id=id,
            group=None if group is None else str(group),
            delay_seconds=_checked_delay(delay),
            emitted_by=invocation.emitter if id is None else None,
        )
        may_send = invocation.may_emit(topic)
        if may_send:
            invocation.services.traces.mark(invocation.span, "emit", topic, event.data)

        async def operation() -> None:
            if may_send:
                await invocation.publish(event)

        return invocation.calls.write(operation)

    enqueue = emit

    def _open_stream(self, stream: Stream) -> LiveStream:
        services = self.invocation.services
        return LiveStream(
            stream,
            store=services.store,
            commit=self.invocation.commit,
            commit_behind=self.invocation.commit_behind,
            announce=services.announce,
            created=services.created,
            signal=self.invocation.signal,
            calls=self.invocation.calls,
            observe=self.invocation.observer("stream"),
            returns=self._returns,
            validates=services.validates,
        )

    @property
    def _returns(self) -> Literal["value", "change"]:
        target = self.invocation.target
        return target.step.config.returns if target is not None else "value"


class _Folded(NamedTuple):
    """The parts of Motia's dict form of an event."""

    topic: str
    data: JSON
    group: object
    delay: Any
    id: str | None


def _unfold(event: Mapping[str, JSON]) -> _Folded:
    if not isinstance(event, Mapping) or not isinstance(event.get("topic"), str):
        raise ConfigError(
            f'emit takes a topic and data, or {{"topic": ..., "data": ...}}; got {event!r}'
        )
    group = event.get("messageGroupId", event.get("message_group_id", event.get("group")))
    return _Folded(
        event["topic"], event.get("data"), group, event.get("delay") or 0.0, event.get("id")
    )


def _checked_delay(delay: Any) -> float:
    if not isinstance(delay, (int, float)) or not 0 <= delay <= MAX_DELAY_SECONDS:
        raise ConfigError(f"emit: delay is seconds from 0 to {MAX_DELAY_SECONDS:g}, got {delay!r}")
    return float(delay)
