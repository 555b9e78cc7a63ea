"""Renews the leases of what runs, each at a third of its time. Decides nothing about the runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any

from motia_py.clock import Clock, Timer
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery
from motia_py.runtime.outages import RETRY_SECONDS, Outages

#: Renewals per lease: two may fail before it ends.
RENEWALS_PER_LEASE = 3

_log = logging.getLogger("motia_py.bus")


class Leases:
    """The leases of all that runs, under one timer: a run that ends soon costs a dict entry.

    `spawn` makes the task of a round of renewals, and owns it.
    """

    def __init__(
        self,
        *,
        queue: EventQueue,
        clock: Clock,
        outages: Outages,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._outages = outages
        self._spawn = spawn
        #: When each is to be renewed next, by the monotonic clock.
        self._held: dict[Delivery, float] = {}
        self._ending: set[Delivery] = set()
        #: None is to be renewed before that.
        self._due_at = inf
        self._timer: Timer | None = None
        self._renewing = asyncio.Lock()

    def begin(self, delivery: Delivery) -> None:
        """Hold the lease of a delivery that was just claimed, until `end`."""
        now = self._clock.monotonic()
        due_at = now + delivery.lease_seconds / RENEWALS_PER_LEASE
        self._held[delivery] = due_at
        if due_at < self._due_at:
            self._arm(due_at, due_at - now)

    def ending(self, delivery: Delivery) -> None:
        """Its run is over and gets settled: from now on a refusal means nothing."""
        self._ending.add(delivery)

    def end(self, delivery: Delivery) -> None:
        """Let go of it; harmless when it was lost before."""
        # The timer stays: to set it anew for each run would cost more than one idle look.
        self._held.pop(delivery, None)
        self._ending.discard(delivery)

    async def catch_up(self) -> None:
        """Renew what is overdue, as after a step that blocked the loop.

        To be awaited before a claim, which would else hand out once more what still runs here.
        """
        if self._renewing.locked() or self._clock.monotonic() >= self._due_at:
            await self._renew()

    def _arm(self, due_at: float, wait_seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due_at = due_at
        self._timer = None
        if due_at < inf:
            self._timer = self._clock.call_later(wait_seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._held:
            self._spawn(self._renew())
        else:
            self._due_at = inf

    async def _renew(self) -> None:
        async with self._renewing:
            now = self._clock.monotonic()
            due = [delivery for delivery, due_at in self._held.items() if due_at <= now]
            # All at once: a durable store then commits once for all of them.
            answers = await asyncio.gather(*map(self._has_answer, due))
            for delivery, has_answer in zip(due, answers, strict=True):
                if has_answer and delivery in self._held:
                    self._held[delivery] = now + delivery.lease_seconds / RENEWALS_PER_LEASE
            # What got no answer stays overdue, so that it goes before the next claim.
            due_at = min(self._held.values(), default=inf)
            wait_seconds = max(0.0, due_at - self._clock.monotonic())
            self._arm(due_at, wait_seconds if all(answers) else RETRY_SECONDS)

    async def _has_answer(self, delivery: Delivery) -> bool:
        try:
            is_ours = await self._queue.renew(delivery)
        except Exception as error:
            self._outages.tell(error)
            return False
        if is_ours or delivery in self._ending:
            return True
        if self._held.pop(delivery, None) is not None:
            _log.warning(
                "%s runs %s on a lease that was lost: somebody else has it, and what becomes of"
                " this run will not count",
                delivery.lane.step,
                delivery.topic,
                extra={
                    "action": "lease.lost",
                    "step": delivery.lane.step,
                    "topic": delivery.topic,
                    "trace_id": delivery.trace_id,
                    "attempt": delivery.attempt,
                },
            )
        return True
