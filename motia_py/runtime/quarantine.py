"""What ran when the process ended: back to its lane, and one after the other what was there twice.

A handler that ends the process costs an attempt of all that run beside it. Run alone among those
that may be to blame, it costs only its own, and is a dead letter before the others are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from motia_py.clock import Clock
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery, Lane
from motia_py.project.registry import Registry
from motia_py.runtime.delivery import Outcome, used_up
from motia_py.runtime.leases import Leases
from motia_py.runtime.outages import Outages

#: Attempts that came to no end from which on a delivery may be to blame. One is everybody's who
#: runs when the power is cut, and needs no caution.
SUSPECT_ATTEMPTS = 2


class Quarantine:
    """The deliveries that were recovered. `spawn` makes tasks and owns them.

    `expect` hears that a delivery of a lane is due.
    """

    def __init__(
        self,
        *,
        queue: EventQueue,
        clock: Clock,
        leases: Leases,
        outages: Outages,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        registry: Callable[[], Registry],
        settle: Callable[[Delivery, Outcome], Awaitable[None]],
        expect: Callable[[Lane, float], None],
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._leases = leases
        self._outages = outages
        self._spawn = spawn
        self._registry = registry
        self._settle = settle
        self._expect = expect
        self._suspects: deque[Delivery] = deque()
        #: The suspect that was let go and is not through yet.
        self._loose: Delivery | None = None
        self._is_stopped = False

    async def take(self, recovered: Sequence[Delivery]) -> None:
        """Put all back but the suspects, and bury what has no run left. Before any claim."""
        alive = [each for each in recovered if not await self._has_buried(each)]
        self._suspects.extend(each for each in alive if self._is_suspect(each))
        innocent = [each for each in alive if not self._is_suspect(each)]
        # All at once: a durable store then commits once for all of them.
        await asyncio.gather(*(self._queue.retry(each, due_at=each.due_at) for each in innocent))
        for suspect in self._suspects:
            self._leases.begin(suspect)

    def go_on(self) -> None:
        """Let the next suspect go, unless one is on its way to its end."""
        if self._loose is not None and not self._is_served(self._loose.lane):
            self._loose = None  # its step is gone: it may wait for a day
        if self._loose is None and self._suspects and not self._is_stopped:
            self._loose = self._suspects.popleft()
            self._spawn(self._let_go(self._loose))

    def stop(self) -> None:
        """Let nobody go any more: those who are left are suspects at the next start."""
        self._is_stopped = True

    def settled(self, delivery: Delivery) -> None:
        """A run came to its end; if it was the suspect's, the next may go."""
        if self._loose is not None and self._loose.id == delivery.id:
            self._loose = None
            self.go_on()

    async def _has_buried(self, delivery: Delivery) -> bool:
        target = self._registry().target(delivery.lane)
        if target is None:
            return False
        runs = delivery.attempt - delivery.spent
        burial = used_up(target.policy, delivery, runs=runs, now=self._clock.now())
        if burial is not None:
            await self._settle(delivery, burial)
        return burial is not None

    def _is_suspect(self, delivery: Delivery) -> bool:
        attempts = delivery.attempt - delivery.spent
        return attempts >= SUSPECT_ATTEMPTS and self._is_served(delivery.lane)

    def _is_served(self, lane: Lane) -> bool:
        return self._registry().target(lane) is not None

    async def _let_go(self, suspect: Delivery) -> None:
        await self._outages.insist(lambda: self._queue.retry(suspect, due_at=suspect.due_at))
        self._leases.end(suspect)
        self._expect(suspect.lane, suspect.due_at)
