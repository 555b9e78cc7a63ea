"""The bus's house-keeping: one round of it at a time, when asked, hourly, and soon after a failure.

Knows no step and no delivery; what a round does is handed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from motia_py.clock import Clock, Timer
from motia_py.runtime.outages import RETRY_SECONDS, Outages

#: Seconds between two rounds that nobody asked for.
ROUND_SECONDS = 3600.0


class Upkeep:
    """Rounds of `work`, from the first `soon` to `stop`. `spawn` makes the tasks and owns them."""

    def __init__(
        self,
        work: Callable[[], Awaitable[None]],
        *,
        clock: Clock,
        outages: Outages,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._work = work
        self._clock = clock
        self._outages = outages
        self._spawn = spawn
        self._timer: Timer | None = None
        self._is_working = False
        self._is_asked_again = False
        self._is_stopped = False

    def soon(self) -> None:
        """Have a round that begins from now on."""
        if self._is_working:
            self._is_asked_again = True
        elif not self._is_stopped:
            self._is_working = True
            self._spawn(self._round())

    def stop(self) -> None:
        """Begin no more rounds; one that goes on does so."""
        self._is_stopped = True
        self._cancel()

    async def _round(self) -> None:
        self._cancel()
        seconds = ROUND_SECONDS
        try:
            self._is_asked_again = True
            while self._is_asked_again and not self._is_stopped:
                self._is_asked_again = False
                await self._work()
        except Exception as error:
            self._outages.tell(error)
            seconds = RETRY_SECONDS
        finally:
            self._is_working = False
        if not self._is_stopped:
            self._timer = self._clock.call_later(seconds, self.soon)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
