"""What becomes of an event and of a run: the deliveries it makes, and ack, retry or bury after it.

Pure: time, chance and ids are handed in; nothing is stored or run here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from traceback import format_exception_only
from typing import Protocol, TypeAlias

from motia_py.encoding import dumps, plain
from motia_py.errors import InvalidInput, NonRetryable, Retry
from motia_py.messages import DeadLetter, Delivery, Event, Lane
from motia_py.project.declarations import QueuePolicy
from motia_py.runtime.recording import shortened
from motia_py.runtime.tracing import MAX_MESSAGE_CHARACTERS, user_traceback

#: Seconds; the longest exponential wait. A longer one looks like a lost event to whoever waits.
MAX_BACKOFF_SECONDS = 60.0
#: Seconds for which an event's `id` is remembered: a day, so that a nightly job may be repeated.
DEDUPE_WINDOW_SECONDS = 86_400.0
#: Under fifo, events without a group form this one.
DEFAULT_GROUP = ""

#: Seconds a handler may ask for with Retry: a month. Timers overflow far beyond it.
MAX_RETRY_AFTER_SECONDS = 2_678_400.0

#: What tells the emits of one delivery apart: enough that no two ever meet by chance.
_DIGEST_BYTES = 16
#: Doublings after which any base is over the cap; keeps the power from overflowing a float.
_MAX_DOUBLINGS = 64


class Recipient(Protocol):
    """A lane that gets an event, with its policy."""

    @property
    def lane(self) -> Lane: ...

    @property
    def policy(self) -> QueuePolicy: ...


@dataclass(frozen=True, slots=True)
class Ack:
    """The run succeeded: forget the delivery."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    """The run failed: run it again at `due_at`, wall clock."""

    due_at: float


@dataclass(frozen=True, slots=True)
class Bury:
    """The run failed for good: `letter` goes to the dead letters."""

    letter: DeadLetter


@dataclass(frozen=True, slots=True)
class Release:
    """It did not run, or was cut off: as if it had never been claimed."""


Outcome: TypeAlias = Ack | RetryAt | Bury | Release


def used_up(policy: QueuePolicy, delivery: Delivery, *, runs: int, now: float) -> Bury | None:
    """What becomes of a delivery that has run `runs` times; None if it may run once more.

    Attempts are counted before they run, so that a handler that takes the process with it does not
    do so for ever.
    """
    if runs <= policy.max_retries:
        return None
    error = "its last run came to no end: the process ended, or the lease was lost"
    letter = DeadLetter(delivery=delivery, error=error, traceback=error, died_at=now)
    return Bury(letter)


def decide(
    policy: QueuePolicy,
    delivery: Delivery,
    error: BaseException | None,
    *,
    now: float,
    random: Callable[[], float],
) -> Outcome:
    """What becomes of a delivery whose run ended with `error`; None is success. Never raises.

    `random` gives numbers from 0 to 1: an exponential backoff waits for a random part of its time,
    so that deliveries that failed together do not come back together. A Retry that asks for no
    possible wait is a failure like any other.
    """
    if error is None:
        return Ack()
    is_final = isinstance(error, (NonRetryable, InvalidInput))
    if is_final or delivery.attempt - delivery.spent > policy.max_retries:
        return Bury(_letter(delivery, error, now))
    if isinstance(error, Retry) and _is_time(error.after):
        return RetryAt(now + error.after)
    return RetryAt(now + _backoff_seconds(policy, delivery.attempt - delivery.spent, random))


def deliveries_of(
    event: Event, targets: Iterable[Recipient], *, now: float, new_id: Callable[[], str]
) -> list[Delivery]:
    """One delivery per target, each with its own copy of the data, as the target's policy says.

    An event's `id` goes before what its emitter would be recognised by.

    Raises:
        NotJSON: the event's data has no JSON form.
    """
    key = _dedupe_key(event)
    return [_delivery(event, target, key, now=now, id=new_id()) for target in targets]


def _dedupe_key(event: Event) -> str | None:
    if event.id is not None:
        return f"{event.topic}:{event.id}"
    if event.emitted_by is None:
        return None
    text = dumps([event.topic, event.data, event.nth])
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


def _delivery(
    event: Event, target: Recipient, dedupe_key: str | None, *, now: float, id: str
) -> Delivery:
    policy = target.policy
    group = event.group
    if group is None and policy.is_fifo:
        group = DEFAULT_GROUP
    has_id = event.id is not None
    return Delivery(
        id=id,
        lane=target.lane,
        topic=event.topic,
        data=plain(event.data),
        trace_id=event.trace_id,
        parent_id=event.parent_id,
        group=group,
        due_at=now + event.delay_seconds + policy.delay_seconds,
        created_at=now,
        dedupe_key=dedupe_key,
        dedupe_until=now + DEDUPE_WINDOW_SECONDS if has_id else 0.0,
        emitted_by=None if has_id else event.emitted_by,
    )


def _backoff_seconds(policy: QueuePolicy, attempt: int, random: Callable[[], float]) -> float:
    if policy.backoff == "fixed":
        return policy.backoff_seconds
    doublings = min(attempt - 1, _MAX_DOUBLINGS)
    return random() * min(MAX_BACKOFF_SECONDS, policy.backoff_seconds * 2.0**doublings)


def _is_time(seconds: object) -> bool:
    """Whether it can be waited for; a handler may have raised Retry with anything, NaN included."""
    return isinstance(seconds, (int, float)) and 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


def _letter(delivery: Delivery, error: BaseException, now: float) -> DeadLetter:
    text = shortened("".join(format_exception_only(error)).strip(), MAX_MESSAGE_CHARACTERS)
    return DeadLetter(
        delivery=delivery,
        error=text,
        traceback=user_traceback(error) or text,
        died_at=now,
    )
