"""Pushes a delivery for each tick of each cron trigger. Knows no handler and no clock of its own.

A tick's event id is its time, so that a tick is delivered once however often it is sent.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Awaitable, Callable, Sequence

from motia_py.clock import Clock, Timer
from motia_py.messages import Event, Lane
from motia_py.project.registry import Registry, Target
from motia_py.project.schedule import CronSchedule
from motia_py.runtime.lanes import Activity
from motia_py.runtime.tracing import new_trace_id

#: Timers run on the monotonic clock, ticks on the wall clock: look again at least this often, so
#: that a machine that slept or whose clock was set is not an hour late.
LOOK_AGAIN_SECONDS = 60.0

_log = logging.getLogger("motia_py.cron")

Send = Callable[[Event, Sequence[Target]], Awaitable[int]]


class CronScheduler:
    """The timers of all cron triggers, from `refresh` to `stop`."""

    def __init__(self, *, clock: Clock, send: Send, activity: Activity) -> None:
        self._clock = clock
        self._send = send
        self._activity = activity
        self._ticking: dict[Lane, _Ticking] = {}

    def refresh(self, registry: Registry) -> None:
        """Follow the registry: new and changed schedules start from now, gone ones stop."""
        current = {target.lane: target for target in registry.crons}
        for lane in list(self._ticking):
            if lane not in current or self._ticking[lane].schedule != current[lane].schedule:
                self._ticking.pop(lane).stop()
        for lane, target in current.items():
            if lane not in self._ticking and target.schedule is not None:
                self._ticking[lane] = _Ticking(self, target, target.schedule)

    def stop(self) -> None:
        for ticking in self._ticking.values():
            ticking.stop()
        self._ticking.clear()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return self._clock.call_later(seconds, callback)

    def now(self) -> float:
        return self._clock.now()

    def fire(self, target: Target, due_at: float) -> None:
        """Push the tick's delivery."""
        self._activity.spawn(self._deliver(target, due_at))

    async def _deliver(self, target: Target, due_at: float) -> None:
        tick = datetime.datetime.fromtimestamp(due_at, datetime.UTC).isoformat()
        data = {"trigger": "cron", "job_id": target.key, "scheduled_time": tick}
        await self._send(
            Event(topic=target.key, data=data, trace_id=new_trace_id(), id=tick), [target]
        )


class _Ticking:
    """One schedule and its timer."""

    def __init__(self, owner: CronScheduler, target: Target, schedule: CronSchedule) -> None:
        self.schedule = schedule
        self._owner = owner
        self._target = target
        self.next_at = schedule.next_after(owner.now())
        self._timer: Timer | None = None
        self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self.next_at is not None:
            wait = min(max(0.0, self.next_at - self._owner.now()), LOOK_AGAIN_SECONDS)
            self._timer = self._owner.call_later(wait, self._look)

    def _look(self) -> None:
        now = self._owner.now()
        if self.next_at is not None and now >= self.next_at:
            self._owner.fire(self._target, self.next_at)
            # From now, not from the tick: what a sleeping machine missed is not fired in a burst.
            self.next_at = self.schedule.next_after(max(now, self.next_at))
        self._arm()
