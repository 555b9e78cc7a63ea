"""Tells the queue what became of a run, until it answers, and the log what is worth a line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import assert_never

from motia_py.clock import Clock
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery, Lane
from motia_py.runtime.delivery import Ack, Bury, Outcome, Release, RetryAt
from motia_py.runtime.outages import Outages

_log = logging.getLogger("motia_py.bus")


class Settler:
    """Settles runs. `expect` hears of deliveries that will be due again, and when."""

    def __init__(
        self,
        *,
        queue: EventQueue,
        clock: Clock,
        outages: Outages,
        expect: Callable[[Lane, float], None],
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._outages = outages
        self._expect = expect

    async def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Tell the queue, again until it answers: else the delivery would run anew.

        Cancelled, it tells once more: a store that was asked already refuses the second time.
        """
        try:
            is_current = await self._outages.insist(lambda: self._ask(delivery, outcome))
        except asyncio.CancelledError:
            await self.give_back(delivery, outcome)
            raise
        if is_current:
            self._follow_up(delivery, outcome)
        else:
            detail = "was handed out again while it ran: what became of this run does not count"
            self._tell(delivery, detail, action="delivery.fenced")

    async def give_back(self, delivery: Delivery, outcome: Outcome) -> None:
        """Tell the queue once, as the last thing: what it does not hear is for the next start."""
        try:
            await self._ask(delivery, outcome)
        except Exception as error:
            self._outages.tell(error)

    async def _ask(self, delivery: Delivery, outcome: Outcome) -> bool:
        match outcome:
            case Ack():
                return await self._queue.ack(delivery)
            case RetryAt(due_at):
                return await self._queue.retry(delivery, due_at=due_at)
            case Bury(letter):
                return await self._queue.bury(letter)
            case Release():
                return await self._queue.release(delivery)
            case _:
                assert_never(outcome)

    def _follow_up(self, delivery: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Ack():
                return
            case RetryAt(due_at):
                self._expect(delivery.lane, due_at)
                seconds = max(0.0, due_at - self._clock.now())
                self._tell(delivery, f"retries in {seconds:.1f} s", action="event.retry")
            case Bury(letter):
                detail = f"is a dead letter, {delivery.id[:8]}: {letter.error}"
                self._tell(delivery, detail, action="event.dead")
            case Release():
                self._expect(delivery.lane, delivery.due_at)
            case _:
                assert_never(outcome)

    def _tell(self, delivery: Delivery, detail: str, *, action: str) -> None:
        _log.warning(
            "%s for %s %s",
            delivery.topic,
            delivery.lane.step,
            detail,
            extra={
                "action": action,
                "topic": delivery.topic,
                "step": delivery.lane.step,
                "trace_id": delivery.trace_id,
                "delivery": delivery.id,
                "attempt": delivery.attempt,
                "detail": detail,
            },
        )
