"""Moves events: publishes them as deliveries, and settles each run as the policy decides.

Stores hold and hand out, `delivery` decides, `lanes` keeps them busy. At least once: every stored
delivery runs, or is among the dead letters with its error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

from motia_py.clock import Clock, sleep
from motia_py.interfaces import Engine
from motia_py.messages import (
    JSON,
    STATE_SPACE,
    Change,
    ChangeType,
    DeadLetter,
    Delivery,
    Event,
    Lane,
    StreamChange,
    Write,
)
from motia_py.project.registry import Registry, Target
from motia_py.runtime.delivery import Ack, Bury, Outcome, RetryAt, decide, deliveries_of
from motia_py.runtime.lanes import QUEUE_RETRY_SECONDS, Activity, LaneWorker, StepRoom
from motia_py.runtime.payloads import state_payload, stream_payload
from motia_py.runtime.tracing import new_trace_id

Deliver = Callable[[Target, Delivery], Awaitable[BaseException | None]]

#: Topics without a subscriber that are remembered as told; who makes up names must not fill memory.
MAX_UNHEARD = 1000

_log = logging.getLogger("motia_py.bus")


class EventBus:
    """Publishes events and works through the queue, from `start` to `stop`.

    `stamp_ms` gives the timestamps of stream changes: they rise strictly.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Clock,
        registry: Callable[[], Registry],
        deliver: Deliver,
        stamp_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._queue = engine.queue
        self._clock = clock
        self._registry = registry
        self._deliver = deliver
        self._stamp_ms = stamp_ms
        self.activity = Activity()
        self._rooms: dict[str, StepRoom] = {}
        self._workers: dict[Lane, LaneWorker] = {}
        self._listeners: list[Callable[[Event], None]] = []
        self._unheard: set[str] = set()
        self._is_running = False

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event that is published, heard or not."""
        self._listeners.append(listener)

    async def publish(self, event: Event) -> int:
        """Store a delivery for every trigger that subscribes; says how many there are.

        Returns after all are stored. Nobody subscribes: nothing is stored.
        """
        for listener in self._listeners:
            listener(event)
        targets = self._registry().subscribers(event.topic)
        if not targets:
            self._tell_unheard(event)
            return 0
        await self.send(event, targets)
        return len(targets)

    async def send(self, event: Event, targets: Sequence[Target]) -> int:
        """Store one delivery of `event` per target and start those for which there is room.

        Says how many were new. Not to be cancelled half-way, which is why a handler's calls are
        tasks of their own: a delivery that was stored as claimed must be run.
        """
        deliveries = self._deliveries(event, targets)
        # What can start is stored as already claimed: a durable store then commits once, not twice.
        reserved = [d for d in deliveries if self._worker(d.lane).reserve(d)]
        try:
            stored = await self._queue.push(deliveries)
        except BaseException:
            for delivery in reserved:
                self._worker(delivery.lane).free()
            raise
        known = {delivery.id for delivery in stored}
        for delivery in reserved:
            if delivery.id in known:
                self._worker(delivery.lane).start(delivery)
            else:
                self._worker(delivery.lane).free()
        self._expect(stored)
        return len(stored)

    async def commit(
        self, writes: Sequence[Write], trace_id: str, parent_id: str | None
    ) -> Sequence[Change]:
        """Apply writes in one step with the deliveries of the triggers that watch them."""
        registry = self._registry()
        if not any(registry.is_watched(write.space) for write in writes):
            return await self._engine.state.write(writes)

        def triggered(changes: Sequence[Change]) -> Sequence[Delivery]:
            return [
                delivery
                for change in changes
                for delivery in self._watchers(registry, change, trace_id, parent_id)
            ]

        changes, stored = await self._engine.commit(writes=writes, deliveries=triggered)
        self._expect(stored)
        return changes

    async def signal(self, change: StreamChange, trace_id: str, parent_id: str | None) -> None:
        """Deliver a stream event that is not stored to the triggers that watch its stream."""
        payload = stream_payload(change)
        for target in self._registry().stream_targets(change.stream, change.group, change.id):
            await self.send(_trigger_event(target, payload, trace_id, parent_id), [target])

    def _watchers(
        self, registry: Registry, change: Change, trace_id: str, parent_id: str | None
    ) -> Sequence[Delivery]:
        if change.space == STATE_SPACE:
            targets = registry.state_targets(change.group, change.key)
            payload = state_payload(change)
        else:
            moved = _as_stream_change(change, self._stamp_ms)
            if moved is None:
                return []
            targets = registry.stream_targets(moved.stream, change.group, change.key)
            payload = stream_payload(moved)
        return [
            delivery
            for target in targets
            for delivery in self._deliveries(
                _trigger_event(target, payload, trace_id, parent_id), [target]
            )
        ]

    def _deliveries(self, event: Event, targets: Sequence[Target]) -> list[Delivery]:
        return deliveries_of(event, targets, now=self._clock.now(), new_id=new_trace_id)

    async def dead(self, *, limit: int = 100, offset: int = 0) -> Sequence[DeadLetter]:
        """Deliveries that were given up, newest first."""
        return await self._queue.dead(limit=limit, offset=offset)

    async def redrive(self, delivery_id: str) -> bool:
        """Run a dead letter again, at the tail of its lane. False if there is none of this id."""
        lane = await self._queue.redrive(delivery_id, now=self._clock.now())
        if lane is not None:
            self._worker(lane).expect(0.0)
        return lane is not None

    async def discard(self, delivery_id: str) -> bool:
        """Delete a dead letter for good. False if there is none of this id."""
        return await self._queue.discard(delivery_id)

    def start(self) -> None:
        """Begin to run what is due."""
        self._is_running = True
        for lane in self._registry().lanes:
            self._worker(lane).wake()

    def refresh(self, older: Registry) -> None:
        """Follow a reload: look at every lane that is new, or may run more than before."""
        current = self._registry()
        for lane in current.lanes:
            if current.target(lane) is not older.target(lane):
                self._worker(lane).wake()

    def pause(self) -> None:
        """Claim nothing more; what is published from here on is only stored."""
        self._is_running = False
        for worker in self._workers.values():
            worker.retire()

    async def wait_idle(self) -> None:
        """Return once nothing runs and nothing is due now."""
        await self.activity.idle.wait()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let what runs end within `grace_seconds`, give the rest back."""
        self.pause()
        with contextlib.suppress(TimeoutError):
            # The machine's own time, also under a test's clock: this is about ending for real.
            async with asyncio.timeout(grace_seconds):
                await self.wait_idle()
        while self.activity.tasks:
            for task in self.activity.tasks:
                task.cancel()
            await asyncio.wait(set(self.activity.tasks))

    def _worker(self, lane: Lane) -> LaneWorker:
        worker = self._workers.get(lane)
        if worker is None:
            worker = self._workers[lane] = LaneWorker(
                lane,
                self._rooms.setdefault(lane.step, StepRoom()),
                queue=self._queue,
                clock=self._clock,
                activity=self.activity,
                concurrency=self._concurrency,
                run=self._run,
            )
        return worker

    def _concurrency(self, lane: Lane) -> int:
        target = self._registry().target(lane) if self._is_running else None
        return target.policy.concurrency if target is not None else 0

    def _expect(self, stored: Sequence[Delivery]) -> None:
        for delivery in stored:
            if not delivery.attempt:
                self._worker(delivery.lane).expect(delivery.due_at)

    async def _run(self, delivery: Delivery) -> None:
        target = self._registry().target(delivery.lane)
        if target is None:
            # Its step went away between claim and run: it waits for the step to come back.
            await self._queue.release(delivery)
            return
        try:
            error = await self._deliver(target, delivery)
        except asyncio.CancelledError:
            await asyncio.shield(self._queue.release(delivery))
            raise
        now = self._clock.now()
        outcome = decide(target.policy, delivery, error, now=now, random=random.random)
        await self._settle_surely(delivery, outcome)
        self._tell_outcome(delivery, outcome, now)

    async def _settle_surely(self, delivery: Delivery, outcome: Outcome) -> None:
        """Tell the queue what became of a run, again until it answers: else it would run anew."""
        while True:
            try:
                return await self._settle(delivery, outcome)
            except Exception as error:
                _log.error(
                    "the queue does not take what became of a run: %s",
                    error,
                    extra={"action": "queue.unavailable", "step": delivery.lane.step},
                )
            await sleep(self._clock, QUEUE_RETRY_SECONDS)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Ack():
                await self._queue.ack(delivery)
            case RetryAt(due_at):
                await self._queue.retry(delivery, due_at=due_at)
                self._worker(delivery.lane).expect(due_at)
            case Bury(letter):
                await self._queue.bury(letter)
            case _:
                assert_never(outcome)

    def _tell_outcome(self, delivery: Delivery, outcome: Outcome, now: float) -> None:
        if isinstance(outcome, RetryAt):
            detail = f"retries in {outcome.due_at - now:.1f} s"
            self._tell(delivery, detail, action="event.retry")
        elif isinstance(outcome, Bury):
            self._tell(delivery, f"is a dead letter: {outcome.letter.error}", action="event.dead")

    def _tell_unheard(self, event: Event) -> None:
        """Say once per topic that nobody listens: it may be a typo."""
        if event.topic in self._unheard or len(self._unheard) >= MAX_UNHEARD:
            return
        self._unheard.add(event.topic)
        _log.warning(
            "no step subscribes to %s",
            event.topic,
            extra={"action": "event.unheard", "trace_id": event.trace_id},
        )

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
                "attempt": delivery.attempt,
                "detail": detail,
            },
        )


def _trigger_event(
    target: Target, payload: dict[str, JSON], trace_id: str, parent_id: str | None
) -> Event:
    """What a change brings to one trigger, as an event that only this one gets."""
    return Event(topic=target.key, data=payload, trace_id=trace_id, parent_id=parent_id)


def _as_stream_change(change: Change, stamp_ms: Callable[[], int]) -> StreamChange | None:
    """The change as watchers of its stream see it; None for a delete of nothing."""
    kind: ChangeType
    if change.kind == "delete":
        if not change.existed:
            return None
        kind, data = "delete", change.old_value
    else:
        kind, data = ("update" if change.existed else "create"), change.new_value
    return StreamChange(
        stream=change.space.removeprefix("stream/"),
        group=change.group,
        id=change.key,
        type=kind,
        data=data,
        timestamp_ms=stamp_ms(),
    )
