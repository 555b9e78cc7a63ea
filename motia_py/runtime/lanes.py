"""Keeps one lane busy: claims what is due while there is room, and says when all is quiet.

Decides only when to ask the queue and how many run at once; what a run means is the bus's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from motia_py.clock import Clock, Timer
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery, Lane

#: How long a lane waits before it asks a queue again that failed to answer.
QUEUE_RETRY_SECONDS = 1.0

_log = logging.getLogger("motia_py.bus")


class Activity:
    """What is under way, and a signal for when nothing is. Owns the tasks."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.idle = asyncio.Event()
        self.idle.set()
        self._count = 0

    def begin(self) -> None:
        self._count += 1
        if self._count == 1:
            self.idle.clear()

    def end(self) -> None:
        self._count -= 1
        if self._count == 0:
            self.idle.set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as a task that counts as activity until it is over."""
        self.begin()
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        self.end()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the bus failed: %s", error, exc_info=error, extra={"action": "bus.failed"})


class StepRoom:
    """How many deliveries of one step run: all its lanes share the step's places."""

    __slots__ = ("lanes", "running")

    def __init__(self) -> None:
        self.running = 0
        self.lanes: list[LaneWorker] = []

    def leave(self) -> None:
        """A place is free: whoever waits for one may look, the longest waiting first."""
        self.running -= 1
        for lane in list(self.lanes):
            if lane.is_behind:
                self.lanes.remove(lane)
                self.lanes.append(lane)
                lane.wake()


class LaneWorker:
    """The runs of one lane. `concurrency` is asked each time: a reload changes it, 0 parks it."""

    __slots__ = (
        "_activity",
        "_clock",
        "_concurrency",
        "_is_claiming",
        "_lane",
        "_must_look_again",
        "_queue",
        "_room",
        "_run",
        "_timer",
        "_timer_due",
        "is_behind",
    )

    def __init__(
        self,
        lane: Lane,
        room: StepRoom,
        *,
        queue: EventQueue,
        clock: Clock,
        activity: Activity,
        concurrency: Callable[[Lane], int],
        run: Callable[[Delivery], Coroutine[Any, Any, None]],
    ) -> None:
        self._lane = lane
        self._room = room
        self._queue = queue
        self._clock = clock
        self._activity = activity
        self._concurrency = concurrency
        self._run = run
        #: Something may be due that nobody has claimed; at first nobody knows.
        self.is_behind = True
        self._is_claiming = False
        self._must_look_again = False
        self._timer: Timer | None = None
        self._timer_due = 0.0
        room.lanes.append(self)

    def reserve(self, delivery: Delivery) -> bool:
        """Take a place for a new delivery that may start at once; it then counts as claimed.

        Not while older ones wait, nor for one with a group: only the queue knows its order.
        """
        if (
            self.is_behind
            or delivery.group is not None
            or delivery.due_at > self._clock.now()
            or self._places() <= 0
        ):
            return False
        delivery.attempt = 1
        self._enter()
        return True

    def free(self) -> None:
        """Give a place back."""
        self._activity.end()
        self._room.leave()

    def start(self, delivery: Delivery) -> None:
        """Run a delivery for which a place was taken."""
        self._activity.spawn(self._work(delivery))

    def expect(self, due_at: float) -> None:
        """A delivery was stored that is due then."""
        if due_at > self._clock.now():
            self._arm(due_at)
        else:
            self.is_behind = True
            self.wake()

    def wake(self) -> None:
        """Claim what is due, as far as there is room."""
        if self._is_claiming:
            self._must_look_again = True
        elif self._places() > 0:
            self._is_claiming = True
            self._activity.spawn(self._claim())

    def retire(self) -> None:
        """Wait for nothing more; what runs goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _places(self) -> int:
        return self._concurrency(self._lane) - self._room.running

    def _enter(self) -> None:
        self._room.running += 1
        self._activity.begin()

    async def _work(self, delivery: Delivery) -> None:
        try:
            await self._run(delivery)
        finally:
            if delivery.group is not None:
                self.is_behind = True  # the next of its group may go now
            self.free()

    async def _claim(self) -> None:
        try:
            while (places := self._places()) > 0:
                self._must_look_again = False
                claimed = await self._queue.claim(self._lane, limit=places, now=self._clock.now())
                for delivery in claimed:
                    await self._take(delivery)
                if len(claimed) == places or self._must_look_again:
                    continue
                self.is_behind = False
                due_at = await self._queue.next_due(self._lane)
                if due_at is not None:
                    self._arm(due_at)
                if not self._must_look_again:
                    break
        except Exception as error:
            _log.error(
                "the queue does not answer: %s", error, extra={"action": "queue.unavailable"}
            )
            self.is_behind = True
            self._arm(self._clock.now() + QUEUE_RETRY_SECONDS)
        finally:
            self._is_claiming = False

    async def _take(self, delivery: Delivery) -> None:
        """Run what was claimed, unless the lane was parked or the step filled up meanwhile."""
        if self._places() <= 0:
            self.is_behind = True
            await self._queue.release(delivery)
            return
        self._enter()
        self.start(delivery)

    def _arm(self, due_at: float) -> None:
        """Wake at `due_at`, or earlier if that was said before."""
        if self._timer is not None:
            if self._timer_due <= due_at:
                return
            self._timer.cancel()
        self._timer_due = due_at
        self._timer = self._clock.call_later(max(0.0, due_at - self._clock.now()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.is_behind = True
        self.wake()
