"""Pushes a delivery for each tick of each cron trigger, and remembers the last one in one commit.

Timers run on the monotonic clock, ticks on the wall clock. A tick that is remembered is never sent
again, also when the wall clock goes back; `ticks` decides about those that were missed.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from motia_py.clock import Clock, Timer
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, RUNTIME_SPACE, Event, Lane, Write
from motia_py.project.declarations import CronTrigger
from motia_py.project.registry import Registry, Target
from motia_py.project.schedule import CronSchedule
from motia_py.runtime.lanes import Activity
from motia_py.runtime.outages import RETRY_SECONDS, Outages
from motia_py.runtime.ticks import (
    MAX_COUNTED,
    MISSED_AFTER_SECONDS,
    Due,
    Misfire,
    Skipped,
    due_ticks,
    has_missed,
)
from motia_py.runtime.tracing import new_trace_id

#: Look again at least this often, so that a machine that slept or whose clock was set notices:
#: twice before a tick counts as missed.
LOOK_AGAIN_SECONDS = MISSED_AFTER_SECONDS / 2

#: Where the last ticks are remembered, in RUNTIME_SPACE.
_MEMORY = "cron"

_log = logging.getLogger("motia_py.cron")


class Send(Protocol):
    """Stores a delivery of the event per target and the writes, in one commit."""

    def __call__(
        self, event: Event, targets: Sequence[Target], *, writes: Sequence[Write]
    ) -> Awaitable[int]: ...


class CronScheduler:
    """The timers of all cron triggers, from `refresh` to `stop`.

    What a schedule remembers is forgotten when it is gone from a project whose files all load.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        send: Send,
        state: StateStore,
        activity: Activity,
        outages: Outages,
    ) -> None:
        self.clock = clock
        self.outages = outages
        self.activity = activity
        self._send = send
        self._state = state
        self._ticking: dict[Lane, _Ticking] = {}
        #: None before the first look at what is remembered.
        self._may_forget: bool | None = None
        self._is_stopped = False
        self._beginning = asyncio.Lock()
        self._retry: Timer | None = None

    def refresh(self, registry: Registry) -> None:
        """Follow the registry: gone schedules stop at once, new ones begin once memory is read."""
        current = {
            target.lane: (target, trigger.misfire, target.schedule)
            for target in registry.crons
            if isinstance(trigger := target.trigger, CronTrigger) and target.schedule is not None
        }
        # A file that does not load may hold what seems to be gone.
        may_forget = not registry.failures
        must_read = may_forget is not self._may_forget
        self._may_forget = may_forget
        for lane in list(self._ticking):
            if lane not in current or self._ticking[lane].schedule != current[lane][2]:
                self._ticking.pop(lane).stop()
                must_read = True
        for lane, (target, misfire, schedule) in current.items():
            if lane not in self._ticking:
                self._ticking[lane] = _Ticking(self, schedule)
                must_read = True
            self._ticking[lane].follow(target, misfire)
        if must_read:
            self._spawn_begin()

    def stop(self) -> None:
        self._is_stopped = True
        if self._retry is not None:
            self._retry.cancel()
        for ticking in self._ticking.values():
            ticking.stop()
        self._ticking.clear()

    async def send(self, target: Target, schedule: CronSchedule, due_at: float) -> None:
        """Push the tick's delivery and remember the tick.

        The event's id is the tick's time: a second one is absorbed, as of another process.
        """
        tick = _shown(due_at)
        data = {"trigger": "cron", "job_id": target.key, "scheduled_time": tick}
        await self._send(
            Event(topic=target.key, data=data, trace_id=new_trace_id(), id=tick),
            [target],
            writes=[_memory(target.lane, schedule, due_at)],
        )

    async def remember(self, lane: Lane, schedule: CronSchedule, tick: float) -> None:
        """Never send this tick, nor one before it."""
        await self._state.write([_memory(lane, schedule, tick)])

    def _spawn_begin(self) -> None:
        self.activity.spawn(self._begin())

    async def _begin(self) -> None:
        """Let all new schedules go on from what is remembered of them, read at once."""
        async with self._beginning:
            if self._is_stopped:
                return
            new = {lane: each for lane, each in self._ticking.items() if not each.has_begun}
            current = {_key(lane) for lane in self._ticking}
            try:
                remembered = dict(await self._state.list(RUNTIME_SPACE, _MEMORY))
                writes = [*_starts(new, remembered)]
                if self._may_forget:
                    writes += _forgets(remembered.keys() - current)
                if writes:
                    await self._state.write(writes)
            except Exception as error:
                self.outages.tell(error)
                if not self._is_stopped:
                    self._retry = self.clock.call_later(RETRY_SECONDS, self._spawn_begin)
                return
            for lane, ticking in new.items():
                last = _last_tick(remembered.get(_key(lane)), ticking.schedule)
                ticking.begin(ticking.seen_at if last is None else last)


class _Ticking:
    """One schedule and its timer: it waits for the next tick, or works off those that are due."""

    def __init__(self, owner: CronScheduler, schedule: CronSchedule) -> None:
        self.schedule = schedule
        self.seen_at = owner.clock.now()
        self.has_begun = False
        self._owner = owner
        self._is_stopped = False
        self._is_waiting_told = False
        self._timer: Timer | None = None
        #: What is under way; kept while the store is out, so that what was on time stays so.
        self._due: Due | None = None

    def follow(self, target: Target, misfire: Misfire) -> None:
        """Send to this target from now on: a reload may change all but the schedule."""
        self._target = target
        self._misfire = misfire

    def begin(self, after: float) -> None:
        """Send every tick later than `after`, those missed as `misfire` says."""
        self.has_begun = True
        self._pass(after)
        self._look()

    def stop(self) -> None:
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _pass(self, tick: float) -> None:
        self._after = tick
        # From the tick and not from now, which may be earlier: nothing is sent twice.
        self._next_at = self.schedule.next_after(tick)

    def _look(self) -> None:
        if self._is_stopped or self._next_at is None:
            return
        now = self._owner.clock.now()
        if now >= self._next_at or self._due is not None:
            self._owner.activity.spawn(self._work_off())
            return
        self._tell_clock_went_back(now, self._next_at)
        self._look_in(min(self._next_at - now, LOOK_AGAIN_SECONDS))

    def _look_in(self, seconds: float) -> None:
        if not self._is_stopped:
            self._timer = self._owner.clock.call_later(seconds, self._look)

    async def _work_off(self) -> None:
        """Send what is due; where the store is out, go on where it stopped a little later."""
        try:
            self._due = self._due or await self._reckon()
            if self._due.skipped is not None:
                await self._skip(self._due.skipped)
            while self._due.send and not self._is_stopped:
                tick, *rest = self._due.send
                await self._owner.send(self._target, self.schedule, tick)
                self._pass(tick)
                self._due = replace(self._due, send=tuple(rest))
        except Exception as error:
            self._owner.outages.tell(error)
            self._look_in(RETRY_SECONDS)
        else:
            self._due = None
            self._look()

    async def _reckon(self) -> Due:
        now = self._owner.clock.now()
        if self._next_at is None or not has_missed(self._next_at, now):
            return due_ticks(self.schedule, self._misfire, after=self._after, now=now)
        # Off the loop, for there may be thousands; a schedule of its own, for one counts in place.
        schedule = CronSchedule(self.schedule.expression, self.schedule.tz)
        return await asyncio.to_thread(
            due_ticks, schedule, self._misfire, after=self._after, now=now
        )

    async def _skip(self, skipped: Skipped) -> None:
        """Say what is not made up for, and remember it, so that no restart says it again."""
        lane = self._target.lane
        await self._owner.remember(lane, self.schedule, skipped.last)
        self._pass(skipped.last)
        if self._due is not None:
            self._due = replace(self._due, skipped=None)
        count = f"{'more than ' * (skipped.count >= MAX_COUNTED)}{skipped.count}"
        first, last = _shown(skipped.first), _shown(skipped.last)
        _log.warning(
            "%s does not make up for missed ticks of %s: %s, from %s to %s",
            lane.step,
            self.schedule.expression,
            count,
            first,
            last,
            extra={
                "action": "cron.skipped",
                "step": lane.step,
                "schedule": self.schedule.expression,
                "misfire": self._misfire,
                "skipped": skipped.count,
                "first": first,
                "last": last,
            },
        )

    def _tell_clock_went_back(self, now: float, next_at: float) -> None:
        """Say once why a schedule is silent: its ticks until then were dealt with before."""
        is_back = self._after - now > MISSED_AFTER_SECONDS
        if is_back and not self._is_waiting_told:
            _log.warning(
                "the clock went back: %s had its ticks of %s up to %s, the next one is at %s",
                self._target.lane.step,
                self.schedule.expression,
                _shown(self._after),
                _shown(next_at),
                extra={"action": "cron.waiting", "step": self._target.lane.step},
            )
        self._is_waiting_told = is_back


def _starts(new: Mapping[Lane, _Ticking], remembered: Mapping[str, JSON]) -> Iterator[Write]:
    """The starts of schedules never seen, so that a miss before their first tick is known."""
    for lane, ticking in new.items():
        if _last_tick(remembered.get(_key(lane)), ticking.schedule) is None:
            yield _memory(lane, ticking.schedule, ticking.seen_at)


def _forgets(keys: Iterable[str]) -> Iterator[Write]:
    for key in keys:
        yield Write(space=RUNTIME_SPACE, group=_MEMORY, key=key, kind="delete")


def _memory(lane: Lane, schedule: CronSchedule, tick: float) -> Write:
    value = {"tick": tick, "schedule": [schedule.expression, schedule.tz]}
    return Write(space=RUNTIME_SPACE, group=_MEMORY, key=_key(lane), kind="set", value=value)


def _key(lane: Lane) -> str:
    return json.dumps(lane)


def _last_tick(memory: JSON, schedule: CronSchedule) -> float | None:
    """The last tick that was dealt with; None if it was one of another schedule."""
    if memory is None or memory["schedule"] != [schedule.expression, schedule.tz]:
        return None
    return float(memory["tick"])


def _shown(tick: float) -> str:
    return datetime.datetime.fromtimestamp(tick, datetime.UTC).isoformat()
