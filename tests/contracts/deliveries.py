"""Deliveries for the contract tests, and the ways in which they claim them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motia_py.clock import Clock
from motia_py.interfaces import EventQueue
from motia_py.messages import DeadLetter, Delivery, Lane

LANE = Lane("greet", "queue(hello)")
#: Another trigger of the same step.
SIBLING = Lane("greet", "queue(bye)")
OTHER = Lane("log", "queue(hello)")


def new(id: str, clock: Clock, **fields: Any) -> Delivery:
    """A delivery that is due now."""
    known = {"lane": LANE, "topic": "hello", "data": {}, "trace_id": "t", "due_at": clock.now()}
    return Delivery(id=id, created_at=clock.now(), **{**known, **fields})


def letter(delivery: Delivery, *, died_at: float = 0.0, error: str = "ValueError") -> DeadLetter:
    return DeadLetter(delivery=delivery, error=error, traceback="File ...", died_at=died_at)


async def claim(
    queue: EventQueue, clock: Clock, *, lane: Lane = LANE, limit: int = 100
) -> Sequence[Delivery]:
    return await queue.claim(lane, limit=limit, now=clock.now())


async def claim_ids(
    queue: EventQueue, clock: Clock, *, lane: Lane = LANE, limit: int = 100
) -> list[str]:
    return [each.id for each in await claim(queue, clock, lane=lane, limit=limit)]


async def claim_one(queue: EventQueue, clock: Clock) -> Delivery:
    (claimed,) = await claim(queue, clock, limit=1)
    return claimed
