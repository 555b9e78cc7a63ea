"""The clock that everything asks: wall time and timers.

Only what must end in real time asks the machine itself: shutdown, and the watchdog's own thread.

`FakeClock` stands still until a test advances it; its timers fire in the order they fall due.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol


class Timer(Protocol):
    """A callback that is waiting; `cancel` is harmless after it fired."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Wall time in seconds since the epoch, and timers. Belongs to one event loop."""

    def now(self) -> float:
        """Seconds since the epoch, UTC. May jump: never subtract two to measure."""
        ...

    def monotonic(self) -> float:
        """Seconds that only rise; for durations."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Run `callback` on the loop once `seconds` have passed."""
        ...


class RealClock:
    """The machine's clock and the running loop's timers."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback)


class ForwardClock:
    """A clock whose wall time never goes back, and goes on at least as time passes.

    For what waits until a time: if the machine's clock is set back an hour, it shall not wait an
    hour longer. It keeps that hour for as long as it lives.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.monotonic = clock.monotonic
        self.call_later = clock.call_later
        self._last = clock.now()
        self._last_monotonic = clock.monotonic()

    def now(self) -> float:
        monotonic = self._clock.monotonic()
        passed = monotonic - self._last_monotonic
        self._last_monotonic = monotonic
        self._last = max(self._clock.now(), self._last + passed)
        return self._last


class FakeClock:
    """A clock for tests: it stands still until `advance` moves it."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._start = start
        self._passed = 0.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, _FakeTimer]] = []

    def now(self) -> float:
        return self._start + self._passed

    def monotonic(self) -> float:
        return self._passed

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        timer = _FakeTimer(callback)
        heapq.heappush(self._timers, (self._passed + seconds, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move on, firing what falls due on the way at its own time. Callbacks run inside.

        What they start (tasks, `sleep`) goes on when the loop next turns.
        """
        end = self._passed + seconds
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._passed = max(self._passed, due)
            timer.fire()
        self._passed = end

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an administrator does; timers do not notice."""
        self._start += seconds

    def next_timer(self) -> float | None:
        """Seconds until the next timer; None if nothing waits."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] - self._passed if self._timers else None


class _FakeTimer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None

    def fire(self) -> None:
        if self.callback is not None:
            self.callback()


async def sleep(clock: Clock, seconds: float) -> None:
    """Return once `seconds` have passed on `clock`."""
    passed = asyncio.Event()
    timer = clock.call_later(seconds, passed.set)
    try:
        await passed.wait()
    finally:
        timer.cancel()


class TimeLimitPassed(TimeoutError):
    """The time that `time_limit` gave is over; any other TimeoutError is the body's own."""


@asynccontextmanager
async def time_limit(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Cancel the body once `seconds` have passed.

    Raises:
        TimeLimitPassed: the limit passed.
    """
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)
    try:
        async with limit:
            timer = clock.call_later(seconds, lambda: limit.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()
    except TimeoutError as error:
        if limit.expired():
            raise TimeLimitPassed(f"more than {seconds:g} s") from error
        raise
