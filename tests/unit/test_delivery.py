"""What becomes of a run, and what an event turns into."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import pytest

from motia_py.errors import InvalidInput, NonRetryable, NotJSON, Retry, StepTimeout, Violation
from motia_py.messages import Delivery, Event, Lane
from motia_py.project.declarations import QueuePolicy
from motia_py.runtime.delivery import (
    DEDUPE_WINDOW_SECONDS,
    MAX_BACKOFF_SECONDS,
    Ack,
    Bury,
    Outcome,
    RetryAt,
    decide,
    deliveries_of,
)

NOW = 1_700_000_000.0
LANE = Lane("greet", "queue(hello)")
OTHER_LANE = Lane("log", "queue(hello)")


def outcome_of(
    error: BaseException | None,
    *,
    attempt: int = 1,
    spent: int = 0,
    policy: QueuePolicy | None = None,
    chance: float = 1.0,
) -> Outcome:
    delivery = Delivery(
        id="d1", lane=LANE, topic="hello", data={}, trace_id="t", attempt=attempt, spent=spent
    )
    return decide(policy or QueuePolicy(), delivery, error, now=NOW, random=lambda: chance)


def failure(error: Exception) -> Exception:
    """The error as a handler raises it, with a traceback."""
    try:
        raise error
    except Exception as raised:
        return raised


def test_a_run_without_an_error_is_acked() -> None:
    assert outcome_of(None) == Ack()


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1.0), (2, 2.0), (3, 4.0)])
def test_the_backoff_doubles(attempt: int, wait: float) -> None:
    assert outcome_of(ValueError(), attempt=attempt) == RetryAt(NOW + wait)


@pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
def test_the_wait_is_a_random_part_of_the_backoff(chance: float) -> None:
    assert outcome_of(ValueError(), attempt=3, chance=chance) == RetryAt(NOW + chance * 4.0)


@pytest.mark.parametrize("attempt", [7, 8, 100, 5_000])
def test_the_backoff_is_capped(attempt: int) -> None:
    policy = QueuePolicy(max_retries=10_000)

    outcome = outcome_of(ValueError(), attempt=attempt, policy=policy)

    assert outcome == RetryAt(NOW + MAX_BACKOFF_SECONDS)


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_fixed_backoff_is_exact(attempt: int) -> None:
    policy = QueuePolicy(backoff="fixed", backoff_seconds=90.0)

    outcome = outcome_of(ValueError(), attempt=attempt, policy=policy, chance=0.5)

    assert outcome == RetryAt(NOW + 90.0)


@pytest.mark.parametrize(("max_retries", "attempts"), [(0, 1), (3, 4)])
def test_a_delivery_runs_max_retries_plus_one_times(max_retries: int, attempts: int) -> None:
    policy = QueuePolicy(max_retries=max_retries)

    outcomes = [
        outcome_of(ValueError(), attempt=attempt, policy=policy)
        for attempt in range(1, attempts + 1)
    ]

    assert [type(outcome) for outcome in outcomes] == [RetryAt] * max_retries + [Bury]


def test_after_a_redrive_the_attempts_and_the_backoff_begin_anew() -> None:
    outcomes = [outcome_of(ValueError(), attempt=attempt, spent=4) for attempt in (5, 7, 8)]

    assert outcomes[:2] == [RetryAt(NOW + 1.0), RetryAt(NOW + 4.0)]
    assert isinstance(outcomes[2], Bury)


@pytest.mark.parametrize("after", [0, 0.5, 30, 86_400.0])
def test_retry_says_when(after: float) -> None:
    assert outcome_of(Retry(after=after), chance=0.5) == RetryAt(NOW + after)


@pytest.mark.parametrize("after", [-1, float("nan"), float("inf"), 10**400, "soon", None], ids=repr)
def test_a_retry_that_asks_for_the_impossible_is_an_ordinary_failure(after: Any) -> None:
    assert outcome_of(Retry(after=after)) == RetryAt(NOW + 1.0)


def test_a_retry_counts_as_an_attempt() -> None:
    assert isinstance(outcome_of(Retry(after=5), attempt=4), Bury)


@pytest.mark.parametrize(
    "error",
    [NonRetryable("no such user"), InvalidInput("the input", [Violation("a", "is missing")])],
)
def test_some_errors_are_final(error: Exception) -> None:
    assert isinstance(outcome_of(error), Bury)


@pytest.mark.parametrize(
    "error", [StepTimeout("took 30 s"), ExceptionGroup("two", [ValueError()]), SystemExit(1)]
)
def test_every_other_error_is_retried(error: BaseException) -> None:
    assert isinstance(outcome_of(error), RetryAt)


def test_a_letter_tells_what_went_wrong_where_and_when() -> None:
    error = failure(NonRetryable("no such user"))

    outcome = outcome_of(error, attempt=2)

    assert isinstance(outcome, Bury)
    letter = outcome.letter
    assert letter.error == "motia_py.errors.NonRetryable: no such user"
    assert "raise error" in letter.traceback
    assert "NonRetryable: no such user" in letter.traceback
    assert letter.died_at == NOW
    assert (letter.delivery.id, letter.delivery.attempt) == ("d1", 2)


def test_an_error_that_cannot_be_printed_is_still_buried() -> None:
    class Unprintable(NonRetryable):
        def __str__(self) -> str:
            raise RuntimeError

    outcome = outcome_of(Unprintable())

    assert isinstance(outcome, Bury)
    assert "Unprintable" in outcome.letter.error


class Target(NamedTuple):
    lane: Lane
    policy: QueuePolicy


def new_ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"d{next(numbers)}"


def deliver(event: Event, *targets: Target) -> list[Delivery]:
    return deliveries_of(event, targets, now=NOW, new_id=new_ids())


def event(**fields: Any) -> Event:
    return Event(**{"topic": "hello", "data": {"n": [1]}, "trace_id": "t", **fields})


def test_each_target_gets_a_delivery_of_its_own() -> None:
    targets = [Target(LANE, QueuePolicy()), Target(OTHER_LANE, QueuePolicy())]

    first, second = deliver(event(parent_id="p"), *targets)

    assert (first.id, first.lane, second.id, second.lane) == ("d1", LANE, "d2", OTHER_LANE)
    assert (first.topic, first.trace_id, first.parent_id) == ("hello", "t", "p")
    assert (first.attempt, first.created_at, first.due_at) == (0, NOW, NOW)


def test_no_target_is_no_delivery() -> None:
    assert deliver(event()) == []


def test_deliveries_share_no_data_with_the_event_or_each_other() -> None:
    emitted = event()

    first, second = deliver(emitted, Target(LANE, QueuePolicy()), Target(OTHER_LANE, QueuePolicy()))
    first.data["n"].append(2)

    assert second.data == emitted.data == {"n": [1]}


def test_data_without_a_json_form_is_refused() -> None:
    with pytest.raises(NotJSON):
        deliver(event(data=object()), Target(LANE, QueuePolicy()))


@pytest.mark.parametrize(
    ("of_event", "of_policy", "expected"), [(0, 0, 0), (5, 0, 5), (0, 60, 60), (5, 60, 65)]
)
def test_delays_of_the_event_and_of_the_queue_add_up(
    of_event: float, of_policy: float, expected: float
) -> None:
    policy = QueuePolicy(delay_seconds=of_policy)

    (delivery,) = deliver(event(delay_seconds=of_event), Target(LANE, policy))

    assert delivery.due_at == NOW + expected
    assert delivery.created_at == NOW


@pytest.mark.parametrize(
    ("group", "is_fifo", "expected"),
    [(None, False, None), (None, True, ""), ("g", False, "g"), ("g", True, "g")],
)
def test_fifo_without_a_group_is_one_group(
    group: str | None, is_fifo: bool, expected: str | None
) -> None:
    (delivery,) = deliver(event(group=group), Target(LANE, QueuePolicy(is_fifo=is_fifo)))

    assert delivery.group == expected


def test_an_id_is_remembered_for_a_day() -> None:
    (delivery,) = deliver(event(id="order-1"), Target(LANE, QueuePolicy()))

    assert delivery.dedupe_key == "hello:order-1"
    assert delivery.dedupe_until == NOW + DEDUPE_WINDOW_SECONDS == NOW + 24 * 60 * 60


def test_without_an_id_nothing_is_remembered() -> None:
    (delivery,) = deliver(event(), Target(LANE, QueuePolicy()))

    assert (delivery.dedupe_key, delivery.dedupe_until) == (None, 0.0)


def key_of(**fields: Any) -> str | None:
    (delivery,) = deliver(event(**fields), Target(LANE, QueuePolicy()))
    return delivery.dedupe_key


def test_what_a_delivery_emits_is_known_by_its_topic_its_data_and_its_number() -> None:
    parts: list[dict[str, Any]] = [
        {},
        {"nth": 1},
        {"topic": "bye"},
        {"data": {"n": [2]}},
        {"data": {"n": ["1"]}},
        {"topic": 'hello","x', "data": None},
    ]

    keys = [key_of(emitted_by="p", **fields) for fields in parts]

    assert len(set(keys)) == len(parts)
    assert keys == [key_of(emitted_by="p", **fields) for fields in parts]
    assert key_of(emitted_by="another") == keys[0]


def test_what_a_delivery_emits_is_remembered_as_long_as_that_lives() -> None:
    (delivery,) = deliver(event(emitted_by="p"), Target(LANE, QueuePolicy()))

    assert (delivery.emitted_by, delivery.dedupe_until) == ("p", 0.0)


def test_an_id_goes_before_the_emitter() -> None:
    (delivery,) = deliver(event(emitted_by="p", id="order-1"), Target(LANE, QueuePolicy()))

    assert (delivery.dedupe_key, delivery.emitted_by) == ("hello:order-1", None)
    assert delivery.dedupe_until == NOW + DEDUPE_WINDOW_SECONDS
