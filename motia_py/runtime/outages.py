"""Tells that the store does not answer: once in a while, whoever met it, with what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from motia_py.clock import Clock, sleep

T = TypeVar("T")

#: Seconds between two lines: everything that runs meets a full disk at once, again and again.
QUIET_SECONDS = 10.0

#: Seconds until a store is asked again that failed to answer.
RETRY_SECONDS = 1.0

_log = logging.getLogger("motia_py.bus")


class Outages:
    """What all that use a store have to say about it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quiet_until = 0.0

    def tell(self, error: BaseException) -> None:
        """Log what the store answered, unless that was done a moment ago."""
        now = self._clock.monotonic()
        if now < self._quiet_until:
            return
        self._quiet_until = now + QUIET_SECONDS
        _log.error(
            "the store does not do its work, and is asked again: %s",
            error,
            extra={"action": "queue.unavailable"},
        )

    async def insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the store answers, asked again until it does."""
        while True:
            try:
                return await ask()
            except Exception as error:
                self.tell(error)
            await sleep(self._clock, RETRY_SECONDS)
