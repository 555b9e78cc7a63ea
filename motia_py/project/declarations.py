"""What a step or a stream is, in one form. Made by `dialects`; read by everything else.

Where Motia's two generations behave differently, the difference is a named field here
(`returns`, `undeclared_emits`, `cron_takes_context_only`), never a question about the dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeAlias

from motia_py.messages import JSON, TriggerType

#: As the user wrote it: a pydantic class or another type that pydantic reads (`list[Model]`), or
#: JSON Schema as a dict. None: nothing is checked.
Schema: TypeAlias = type[Any] | Mapping[str, JSON] | None
Condition: TypeAlias = Callable[..., Any]
Middleware: TypeAlias = Callable[..., Any]
Method = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]

#: Socket.IO events that no client sends: they tell that one comes and goes.
CONNECTION_EVENTS = ("connect", "disconnect")
#: What clients' libraries keep for themselves: no client sends or hears such an event.
RESERVED_EVENTS = (
    *CONNECTION_EVENTS,
    "connect_error",
    "disconnecting",
    "newListener",
    "removeListener",
)
#: By which clients join streams and leave them; no step gets them.
STREAM_EVENTS = ("stream:join", "stream:leave")

_KEY = re.compile(r"(?P<type>\w+)(?:\((?P<subject>.*)\))?(?:::(?P<repeat>\d+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emit:
    """A topic that a step says it emits; label and conditional only show in the flow graph."""

    topic: str
    label: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryParam:
    """A documented query parameter; it is never enforced."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePolicy:
    """How deliveries of one trigger are run and retried.

    A delivery runs at most `max_retries + 1` times. `lease_seconds` is how long a claim lasts
    without renewal. Under `is_fifo`, events without a group form one group.
    """

    concurrency: int = 10
    max_retries: int = 3
    backoff: Literal["exponential", "fixed"] = "exponential"
    backoff_seconds: float = 1.0
    lease_seconds: float = 30.0
    delay_seconds: float = 0.0
    is_fifo: bool = False


class TriggerKey(NamedTuple):
    """What names a trigger within its step: `queue(orders)`, `state`, `state::2` of a repeated one.

    `repeat` is 0 unless the key had to be told from an equal one before it.
    """

    type: str
    subject: str = ""
    repeat: int = 0

    def __str__(self) -> str:
        subject = f"({self.subject})" if self.subject else ""
        return f"{self.type}{subject}{f'::{self.repeat}' if self.repeat else ''}"

    @classmethod
    def read(cls, key: str) -> Self:
        """The parts of a key, as `str` puts them together."""
        match = _KEY.fullmatch(key)
        if match is None:
            return cls(key)
        return cls(match["type"], match["subject"] or "", int(match["repeat"] or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    """An API route. `path` is written as `/users/:id`; see `routing` for its grammar.

    `is_body_streamed`: the handler reads the body as it arrives; it has no schema then.
    """

    type: ClassVar[TriggerType] = "http"
    method: Method
    path: str
    body_schema: Schema = None
    response_schema: Mapping[int, Schema] = field(default_factory=dict)
    query_params: tuple[QueryParam, ...] = ()
    is_body_streamed: bool = False
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return str(TriggerKey(self.type, f"{self.method} {self.path}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    """A subscription to one topic; the name is exact, there are no wildcards."""

    type: ClassVar[TriggerType] = "queue"
    topic: str
    input: Schema = None
    policy: QueuePolicy = QueuePolicy()
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return str(TriggerKey(self.type, self.topic))


@dataclass(frozen=True, slots=True, kw_only=True)
class CronTrigger:
    """A schedule of 5, 6 (seconds first) or 7 fields. `tz` is an IANA name; None is local time."""

    type: ClassVar[TriggerType] = "cron"
    expression: str
    tz: str | None = None
    misfire: Literal["latest", "all", "skip"] = "latest"
    policy: QueuePolicy = QueuePolicy()
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return str(TriggerKey(self.type, self.expression))


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTrigger:
    """Runs after each change of handlers' state; `group` and `state_key` narrow it."""

    type: ClassVar[TriggerType] = "state"
    group: str | None = None
    state_key: str | None = None
    policy: QueuePolicy = QueuePolicy()
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return str(TriggerKey(self.type))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTrigger:
    """Runs after each change of one stream; `group` and `item` narrow it."""

    type: ClassVar[TriggerType] = "stream"
    stream: str
    group: str | None = None
    item: str | None = None
    policy: QueuePolicy = QueuePolicy()
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return str(TriggerKey(self.type, self.stream))


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTrigger:
    """A Socket.IO event; `connect` and `disconnect` are about the connection itself.

    `is_in_order`: of one client's events of this name, each begins when the one before has ended.
    """

    type: ClassVar[TriggerType] = "socket"
    event: str
    namespace: str = "/"
    input: Schema = None
    is_in_order: bool = True
    middleware: tuple[Middleware, ...] = ()
    condition: Condition | None = None

    @property
    def key(self) -> str:
        namespace = "" if self.namespace == "/" else f"{self.namespace} "
        return str(TriggerKey(self.type, f"{namespace}{self.event}"))

    @property
    def is_about_connection(self) -> bool:
        return self.event in CONNECTION_EVENTS


#: Those whose deliveries wait in a queue.
QueuedTrigger: TypeAlias = QueueTrigger | CronTrigger | StateTrigger | StreamTrigger
Trigger: TypeAlias = HttpTrigger | QueuedTrigger | SocketTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class StepConfig:
    """A step as declared. A step without triggers (`noop`) only shows in the flow graph.

    `emits` is an allow-list; empty means any topic. `undeclared_emits` says what happens outside
    it: `refuse` logs and drops, `send` sends, `raise` raises UndeclaredTopic.
    `returns` is what a state or stream write hands back: the new value, or old and new.
    """

    name: str
    triggers: tuple[Trigger, ...] = ()
    description: str = ""
    flows: tuple[str, ...] = ()
    emits: tuple[Emit, ...] = ()
    virtual_emits: tuple[Emit, ...] = ()
    virtual_subscribes: tuple[str, ...] = ()
    include_files: tuple[str, ...] = ()
    undeclared_emits: Literal["refuse", "send", "raise"] = "send"
    returns: Literal["value", "change"] = "change"
    validate: Literal["on", "off", "strict"] = "on"
    isolation: Literal["auto", "loop", "thread"] = "auto"
    time_limit_seconds: float | None = None
    on_disconnect: Literal["cancel", "finish"] = "cancel"
    cron_takes_context_only: bool = False

    def trigger_keys(self) -> tuple[str, ...]:
        """One key per trigger, unique within the step: a repeated one gets `::<index>`."""
        keys: list[str] = []
        for index, trigger in enumerate(self.triggers):
            key = trigger.key
            keys.append(
                key if key not in keys else str(TriggerKey.read(key)._replace(repeat=index))
            )
        return tuple(keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig:
    """A stream as declared. `ttl_seconds` and `max_items` bound a group; None is no bound.

    `can_access(subscription, auth_context)` must return True, `on_join(subscription, context,
    auth_context)` must not say `unauthorized`, or a join is denied.
    """

    name: str
    schema: Schema = None
    description: str = ""
    storage_type: str = "default"
    ttl_seconds: float | None = None
    max_items: int | None = None
    can_access: Callable[..., Any] | None = None
    on_join: Callable[..., Any] | None = None
    on_leave: Callable[..., Any] | None = None
