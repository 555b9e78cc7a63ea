"""What travels between the floors: events, deliveries, writes and changes. Data only.

`Delivery`, `Write` and `Change` are made on the hot path, so they are plain slotted classes; nobody
changes one after it was handed on (stores hand out a copy when an attempt is counted).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

#: A user's payload: None, bool, int, float, str, list or dict of these.
JSON: TypeAlias = Any

TriggerType = Literal["http", "queue", "cron", "state", "stream", "socket"]
ChangeType = Literal["create", "update", "delete", "event"]

#: The space in which handlers' own state lives; a stream's items live in `stream_space(name)`.
STATE_SPACE = "state"
#: What the runtime itself remembers: ticks, subscriptions. Handlers never see it.
RUNTIME_SPACE = "motia"
#: How long a claim lasts without renewal, unless its trigger says otherwise.
DEFAULT_LEASE_SECONDS = 30.0


def stream_space(name: str) -> str:
    """The StateStore space that holds the items of stream `name`."""
    return f"stream/{name}"


class Lane(NamedTuple):
    """Where deliveries queue: one step and one of its triggers, as `queue(chat-message)`.

    The trigger's key outlives a reload, so that waiting deliveries find their handler again.
    """

    step: str
    trigger: str


@dataclass(slots=True, kw_only=True, eq=False)
class Event:
    """What a handler emitted. `delay_seconds` holds every delivery of it back.

    An `id` is unique per topic for a day. `emitted_by` and `nth` make an emit safe to repeat: they
    are the delivery whose handler emitted it, and its number among equal ones of that run.
    """

    topic: str
    data: JSON
    trace_id: str
    parent_id: str | None = None
    id: str | None = None
    group: str | None = None
    delay_seconds: float = 0.0
    emitted_by: str | None = None
    nth: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One event on its way to one lane.

    `attempt` counts the runs that were started, 0 while it never ran; it is the fencing token of
    every later call about this delivery. `spent` are the attempts before its last redrive. A claim
    of it ends after `lease_seconds`. `due_at` and `created_at` are wall clock, in seconds.
    Deliveries of one step with the same `group` run one at a time, in the order they were pushed.

    A second one with the same `dedupe_key` is absorbed by its lane until `dedupe_until`; or, with
    `emitted_by`, as long as the delivery of that id lives, dead letters included. Queues do not
    hand these three out again.
    """

    id: str
    lane: Lane
    topic: str
    data: JSON
    trace_id: str
    parent_id: str | None = None
    group: str | None = None
    attempt: int = 0
    spent: int = 0
    lease_seconds: float = DEFAULT_LEASE_SECONDS
    due_at: float = 0.0
    created_at: float = 0.0
    dedupe_key: str | None = None
    dedupe_until: float = 0.0
    emitted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A delivery that will not run again by itself, with the error that ended it."""

    delivery: Delivery
    error: str
    traceback: str
    died_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A delivery that ran to its end, kept for those who look; when is wall clock, in seconds."""

    delivery: Delivery
    finished_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How many deliveries of a lane are waiting (delayed ones included), running and dead."""

    waiting: int = 0
    running: int = 0
    dead: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Write:
    """One change asked of the StateStore: `value` for a set, `operations` for an update.

    `check` is called with the new value before anything is stored; if it raises, the whole batch
    is refused with that error. It is pure and may run on any thread. A delete does nothing to what
    was last written after `unless_written_after` (wall clock, in seconds).
    """

    space: str
    group: str
    key: str
    kind: Literal["set", "update", "delete"]
    value: JSON = None
    operations: Sequence[dict[str, JSON]] = ()
    check: Callable[[JSON], object] | None = None
    unless_written_after: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Change:
    """What a write did. `existed` tells a stored null from a missing key; values are copies."""

    space: str
    group: str
    key: str
    kind: Literal["set", "update", "delete"]
    existed: bool
    old_value: JSON
    new_value: JSON


@dataclass(slots=True, kw_only=True, eq=False)
class StreamChange:
    """What the watchers of a stream are told. `id` is None only for an `event` to a whole group.

    `timestamp_ms` rises strictly over all changes of one server.
    """

    stream: str
    group: str
    id: str | None
    type: ChangeType
    data: JSON
    timestamp_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerInfo:
    """Which trigger made this invocation run; fields that do not fit its type are None."""

    type: TriggerType
    index: int
    key: str
    path: str | None = None
    method: str | None = None
    topic: str | None = None
    expression: str | None = None
    stream: str | None = None
    event: str | None = None
    namespace: str | None = None
