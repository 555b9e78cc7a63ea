"""Keeps one lane busy: claims what is due while there is room, and says when all is quiet.

Decides only when to ask the queue and how many run at once; what a run means is the bus's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from motia_py.clock import Clock, Timer
from motia_py.interfaces import EventQueue
from motia_py.messages import Delivery, Lane
from motia_py.project.declarations import QueuePolicy
from motia_py.runtime.delivery import Outcome, Release
from motia_py.runtime.leases import Leases
from motia_py.runtime.outages import RETRY_SECONDS, Outages

#: Timers run on the monotonic clock, deliveries fall due by the wall clock: look again at least
#: this often, so that one that was wrong for a while does not keep a delivery waiting.
LOOK_AGAIN_SECONDS = 30.0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneServices:
    """What all lanes work with.

    `policy` is asked each time, because a reload changes it; None parks the lane. `run` runs the
    handler, `settle` carries out what follows from it.
    """

    queue: EventQueue
    clock: Clock
    activity: Activity
    leases: Leases
    outages: Outages
    policy: Callable[[Lane], QueuePolicy | None]
    run: Callable[[Delivery], Coroutine[Any, Any, Outcome]]
    settle: Callable[[Delivery, Outcome], Coroutine[Any, Any, None]]


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

    def wake(self) -> None:
        """Something may be due in any lane."""
        for lane in self.lanes:
            lane.is_behind = True
            lane.wake()


class Lanes:
    """The workers of all lanes; each is made when its lane is first heard of."""

    def __init__(self, services: LaneServices) -> None:
        self._services = services
        self._rooms: dict[str, StepRoom] = {}
        self._workers: dict[Lane, LaneWorker] = {}

    def __getitem__(self, lane: Lane) -> LaneWorker:
        worker = self._workers.get(lane)
        if worker is None:
            room = self._rooms.setdefault(lane.step, StepRoom())
            worker = self._workers[lane] = LaneWorker(lane, room, self._services)
        return worker

    def expect(self, stored: Sequence[Delivery]) -> None:
        """Deliveries were stored; those that are claimed already are their claimer's."""
        for delivery in stored:
            if not delivery.attempt:
                self[delivery.lane].expect(delivery.due_at)

    def wake_step(self, step: str) -> None:
        """Something may be due in any lane of a step."""
        if step in self._rooms:
            self._rooms[step].wake()

    def retire(self) -> None:
        """Wait for nothing more; what runs goes on."""
        for worker in self._workers.values():
            worker.retire()


class LaneWorker:
    """The runs of one lane."""

    __slots__ = (
        "_is_claiming",
        "_lane",
        "_must_look_again",
        "_room",
        "_services",
        "_timer",
        "_timer_due",
        "is_behind",
    )

    def __init__(self, lane: Lane, room: StepRoom, services: LaneServices) -> None:
        self._lane = lane
        self._room = room
        self._services = services
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
        if self.is_behind or delivery.group is not None or delivery.due_at > self._now():
            return False
        policy = self._policy()
        if self._places(policy) <= 0:
            return False
        delivery.attempt = 1
        delivery.lease_seconds = policy.lease_seconds
        self._enter()
        return True

    def free(self) -> None:
        """Give a place back."""
        self._services.activity.end()
        self._room.leave()

    def start(self, delivery: Delivery) -> None:
        """Run a delivery for which a place was taken."""
        self._services.activity.spawn(self._work(delivery))

    def expect(self, due_at: float) -> None:
        """A delivery was stored that is due then."""
        if due_at > self._now():
            self._arm(due_at)
        else:
            self.is_behind = True
            self.wake()

    def wake(self) -> None:
        """Claim what is due, as far as there is room."""
        if self._is_claiming:
            self._must_look_again = True
        elif self._places(self._policy()) > 0:
            self._is_claiming = True
            self._services.activity.spawn(self._claim())

    def retire(self) -> None:
        """Wait for nothing more; what runs goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now(self) -> float:
        return self._services.clock.now()

    def _policy(self) -> QueuePolicy:
        return self._services.policy(self._lane) or _PARKED

    def _places(self, policy: QueuePolicy) -> int:
        return policy.concurrency - self._room.running

    def _enter(self) -> None:
        self._room.running += 1
        self._services.activity.begin()

    async def _work(self, delivery: Delivery) -> None:
        services = self._services
        services.leases.begin(delivery)
        try:
            try:
                outcome = await services.run(delivery)
            finally:
                # Before it is settled: then the store gets the next claim in the same turn of the
                # loop as the ack, and a durable one has a single commit for both.
                self.free()
            services.leases.ending(delivery)
            await services.settle(delivery, outcome)
        finally:
            services.leases.end(delivery)
        if delivery.group is not None:
            self._room.wake()  # the next of its group may go now, whichever trigger it came by

    async def _claim(self) -> None:
        services = self._services
        try:
            while (places := self._places(policy := self._policy())) > 0:
                self._must_look_again = False
                await services.leases.catch_up()
                claimed = await services.queue.claim(
                    self._lane, limit=places, now=self._now(), lease_seconds=policy.lease_seconds
                )
                for delivery in claimed:
                    self._take(delivery)
                if len(claimed) == places or self._must_look_again:
                    continue
                self.is_behind = False
                due_at = await services.queue.next_due(self._lane)
                if due_at is not None:
                    self._arm(due_at)
                if not self._must_look_again:
                    break
        except Exception as error:
            services.outages.tell(error)
            self.is_behind = True
            self._arm(self._now() + RETRY_SECONDS)
        finally:
            self._is_claiming = False

    def _take(self, delivery: Delivery) -> None:
        """Run what was claimed, unless the lane was parked or the step filled up meanwhile."""
        services = self._services
        if self._places(self._policy()) > 0:
            self._enter()
            self.start(delivery)
        else:
            services.activity.spawn(services.settle(delivery, Release()))

    def _arm(self, due_at: float) -> None:
        """Wake at `due_at`, or earlier if that was said before."""
        if self._timer is not None:
            if self._timer_due <= due_at:
                return
            self._timer.cancel()
        self._timer_due = due_at
        wait = min(max(0.0, due_at - self._now()), LOOK_AGAIN_SECONDS)
        self._timer = self._services.clock.call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.is_behind = True
        self.wake()


_PARKED = QueuePolicy(concurrency=0)
