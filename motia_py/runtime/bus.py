"""Moves events: publishes them as deliveries, and settles each run as the policy decides.

Stores hold and hand out, `delivery` decides, `lanes` keeps them busy. At least once: every stored
delivery runs, or is among the dead letters with its error.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from motia_py.clock import Clock
from motia_py.interfaces import Engine
from motia_py.messages import (
    STATE_SPACE,
    Change,
    DeadLetter,
    Delivery,
    Event,
    Lane,
    StreamChange,
    Write,
)
from motia_py.project.registry import Registry, Target
from motia_py.runtime.delivery import Ack, RetryAt, decide, deliveries_of
from motia_py.runtime.lanes import Activity, LaneWorker
from motia_py.runtime.payloads import state_payload, stream_payload
from motia_py.runtime.tracing import new_trace_id

Deliver = Callable[[Target, Delivery], Awaitable[BaseException | None]]

_log = logging.getLogger("motia_py.bus")


class EventBus:
    """Publishes events and works through the queue, from `start` to `stop`."""

    def __init__(
        self, *, engine: Engine, clock: Clock, registry: Callable[[], Registry], deliver: Deliver
    ) -> None:
        self._engine = engine
        self._queue = engine.queue
        self._clock = clock
        self._registry = registry
        self._deliver = deliver
        self.activity = Activity()
        self._workers: dict[Lane, LaneWorker] = {}
        self._is_running = False

    # Publishing

    async def publish(self, event: Event) -> int:
        """Store a delivery for every trigger that subscribes; says how many there are.

        Returns after all are stored. Nobody subscribes: nothing is stored.
        """
        targets = self._registry().subscribers(event.topic)
        if not targets:
            _log.debug("nobody subscribes to %s", event.topic, extra={"action": "event.unheard"})
            return 0
        now = self._clock.now()
        await self.push(deliveries_of(event, targets, now=now, new_id=new_delivery_id))
        return len(targets)

    async def push(self, deliveries: Sequence[Delivery]) -> int:
        """Store deliveries and start those for which there is room; says how many were new.

        One that starts is stored as already claimed: a durable store then commits once, not twice.
        """
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
                self._delivery(target, payload, trace_id, parent_id)
                for change in changes
                for target, payload in self._watchers(registry, change)
            ]

        changes, stored = await self._engine.commit(writes=writes, deliveries=triggered)
        self._expect(stored)
        return changes

    async def signal(self, change: StreamChange, trace_id: str, parent_id: str | None) -> None:
        """Deliver a stream event that is not stored to the triggers that watch its stream."""
        targets = self._registry().stream_targets(change.stream, change.group, change.id)
        payload = stream_payload(change)
        await self.push([self._delivery(t, payload, trace_id, parent_id) for t in targets])

    def _watchers(
        self, registry: Registry, change: Change
    ) -> Sequence[tuple[Target, dict[str, object]]]:
        if change.space == STATE_SPACE:
            payload = state_payload(change)
            return [(t, payload) for t in registry.state_targets(change.group, change.key)]
        moved = _as_stream_change(change, self._clock.now())
        if moved is None:
            return []
        payload = stream_payload(moved)
        return [
            (t, payload) for t in registry.stream_targets(moved.stream, change.group, change.key)
        ]

    def _delivery(
        self, target: Target, payload: dict[str, object], trace_id: str, parent_id: str | None
    ) -> Delivery:
        now = self._clock.now()
        return Delivery(
            id=new_delivery_id(),
            lane=target.lane,
            topic=target.key,
            data=payload,
            trace_id=trace_id,
            parent_id=parent_id,
            due_at=now,
            created_at=now,
        )

    # Dead letters

    async def dead(self, *, limit: int = 100, offset: int = 0) -> Sequence[DeadLetter]:
        """Deliveries that were given up, newest first."""
        return await self._queue.dead(limit=limit, offset=offset)

    async def redrive(self, delivery_id: str) -> bool:
        """Run a dead letter again, at the tail of its lane. False if there is none of this id."""
        is_known = await self._queue.redrive(delivery_id, now=self._clock.now())
        for worker in self._workers.values():
            worker.expect(0.0)
        return is_known

    async def discard(self, delivery_id: str) -> bool:
        """Delete a dead letter for good. False if there is none of this id."""
        return await self._queue.discard(delivery_id)

    # Working

    def start(self) -> None:
        """Begin to run what is due."""
        self._is_running = True
        self.refresh()

    def refresh(self) -> None:
        """Look at every lane of the registry again: a reload may have changed them."""
        for lane in self._registry().lanes:
            self._worker(lane).wake()

    async def wait_idle(self) -> None:
        """Return once nothing runs and nothing is due now."""
        await self.activity.idle.wait()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let what runs end within `grace_seconds`, give the rest back."""
        self._is_running = False
        for worker in self._workers.values():
            worker.retire()
        tasks = set(self.activity.tasks)
        if tasks and grace_seconds > 0:
            _, tasks = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _worker(self, lane: Lane) -> LaneWorker:
        worker = self._workers.get(lane)
        if worker is None:
            worker = self._workers[lane] = LaneWorker(
                lane,
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
        await self._settle(target, delivery, error)

    async def _settle(
        self, target: Target, delivery: Delivery, error: BaseException | None
    ) -> None:
        now = self._clock.now()
        decision = decide(target.policy, delivery, error, now=now, random=random.random)
        if isinstance(decision, Ack):
            await self._queue.ack(delivery)
        elif isinstance(decision, RetryAt):
            await self._queue.retry(delivery, due_at=decision.due_at)
            self._worker(delivery.lane).expect(decision.due_at)
            self._tell("retries in %.1f s", delivery, decision.due_at - now, action="event.retry")
        else:
            await self._queue.bury(decision.letter)
            self._tell("is a dead letter: %s", delivery, decision.letter.error, action="event.dead")

    def _tell(self, what: str, delivery: Delivery, detail: object, *, action: str) -> None:
        _log.warning(
            "%s for %s " + what,
            delivery.topic,
            delivery.lane.step,
            detail,
            extra={
                "action": action,
                "step": delivery.lane.step,
                "trace_id": delivery.trace_id,
                "attempt": delivery.attempt,
            },
        )


def new_delivery_id() -> str:
    """32 hex digits; random as a trace's, which is ten times cheaper than a UUID."""
    return new_trace_id()


def _as_stream_change(change: Change, now: float) -> StreamChange | None:
    """The change as watchers of its stream see it; None for a delete of nothing."""
    if change.kind == "delete" and not change.existed:
        return None
    kind = "delete" if change.kind == "delete" else "update" if change.existed else "create"
    return StreamChange(
        stream=change.space.removeprefix("stream/"),
        group=change.group,
        id=change.key,
        type=kind,  # type: ignore[arg-type] # one of the three literals above
        data=change.old_value if kind == "delete" else change.new_value,
        timestamp_ms=int(now * 1000),
    )
