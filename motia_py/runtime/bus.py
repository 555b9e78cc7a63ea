"""Moves events: publishes them as deliveries, and settles each run as the policy decides.

Stores hold and hand out, `delivery` decides, `lanes` keeps them busy. At least once: every stored
delivery runs, or is among the dead letters with its error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from motia_py.clock import Clock
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
from motia_py.project.declarations import QueuePolicy
from motia_py.project.registry import Registry, Target
from motia_py.runtime.delivery import Outcome, Recipient, Release, decide, deliveries_of, used_up
from motia_py.runtime.lanes import Activity, Lanes, LaneServices
from motia_py.runtime.leases import Leases
from motia_py.runtime.outages import Outages
from motia_py.runtime.parking import Parking
from motia_py.runtime.payloads import state_payload, stream_payload
from motia_py.runtime.quarantine import Quarantine
from motia_py.runtime.settling import Settler
from motia_py.runtime.subscriptions import Subscriptions
from motia_py.runtime.tracing import new_trace_id
from motia_py.runtime.upkeep import Upkeep

Deliver = Callable[[Target, Delivery], Awaitable[BaseException | None]]

#: Topics without a subscriber that are remembered as told; who makes up names must not fill memory.
MAX_UNHEARD = 1000

#: How long runs may take to end once they are cancelled: a handler may swallow that.
CANCEL_SECONDS = 2.0

_log = logging.getLogger("motia_py.bus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What an engine still held when it was opened: numbers of deliveries.

    `retried` ran when it was closed; these and the `parked` ones are among the `pending`.
    """

    pending: int
    retried: int
    parked: int
    dead: int


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
        outages: Outages,
        stamp_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._queue = queue = engine.queue
        self._clock = clock
        self._registry = registry
        self._deliver = deliver
        self._stamp_ms = stamp_ms
        self._listeners: list[Callable[[Event], None]] = []
        self._unheard: set[str] = set()
        self._is_running = False
        self.activity = Activity()
        spawn = self.activity.spawn
        self._settler = Settler(queue=queue, clock=clock, outages=outages, expect=self._expect)
        leases = Leases(queue=queue, clock=clock, outages=outages, spawn=spawn)
        self._lanes = Lanes(
            LaneServices(
                queue=queue,
                clock=clock,
                activity=self.activity,
                leases=leases,
                outages=outages,
                policy=self._policy,
                run=self._run,
                settle=self._settle,
            )
        )
        self._quarantine = Quarantine(
            queue=queue,
            clock=clock,
            leases=leases,
            outages=outages,
            spawn=spawn,
            registry=registry,
            settle=self._settler.settle,
            expect=self._expect,
        )
        self._subscriptions = Subscriptions(engine.state)
        self._parking = Parking(
            engine=engine, clock=clock, registry=registry, freed=self._lanes.wake_step
        )
        self._upkeep = Upkeep(self._look_after, clock=clock, outages=outages, spawn=spawn)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event that is published, heard or not."""
        self._listeners.append(listener)

    async def publish(self, event: Event) -> int:
        """Store a delivery for every trigger that subscribes; says how many there are.

        Returns after all are stored. Nobody subscribes: nothing is stored.
        """
        for listener in self._listeners:
            listener(event)
        targets: Sequence[Recipient] = self._registry().subscribers(event.topic)
        missing = self._subscriptions.missing(event.topic)
        if missing:
            targets = (*targets, *missing)
        if not targets:
            self._tell_unheard(event)
            return 0
        await self.send(event, targets)
        if any(not self._parking.is_told(each.lane) for each in missing):
            self._upkeep.soon()
        return len(targets)

    async def send(
        self, event: Event, targets: Sequence[Recipient], *, writes: Sequence[Write] = ()
    ) -> int:
        """Store one delivery of `event` per target and start those for which there is room.

        Says how many were new. `writes`, which no trigger watches, are stored in the same step. Not
        to be cancelled half-way, which is why a handler's calls are tasks of their own: a delivery
        that was stored as claimed must be run.
        """
        deliveries = self._deliveries(event, targets)
        # What can start is stored as already claimed: a durable store then commits once, not twice.
        reserved = [d for d in deliveries if self._lanes[d.lane].reserve(d)]
        try:
            stored = await self._push(deliveries, writes)
        except BaseException:
            for delivery in reserved:
                self._lanes[delivery.lane].free()
            raise
        known = {delivery.id for delivery in stored}
        for delivery in reserved:
            if delivery.id in known:
                self._lanes[delivery.lane].start(delivery)
            else:
                self._lanes[delivery.lane].free()
        self._lanes.expect(stored)
        return len(stored)

    async def _push(
        self, deliveries: Sequence[Delivery], writes: Sequence[Write]
    ) -> Sequence[Delivery]:
        if not writes:
            return await self._queue.push(deliveries)
        return (await self._engine.commit(writes=writes, deliveries=lambda _: deliveries))[1]

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
        self._lanes.expect(stored)
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

    def _deliveries(self, event: Event, targets: Sequence[Recipient]) -> list[Delivery]:
        return deliveries_of(event, targets, now=self._clock.now(), new_id=new_trace_id)

    async def dead(self, *, limit: int = 100, offset: int = 0) -> Sequence[DeadLetter]:
        """Deliveries that were given up, newest first."""
        return await self._queue.dead(limit=limit, offset=offset)

    async def redrive(self, delivery_id: str) -> bool:
        """Run a dead letter again, at the tail of its lane. False if there is none of this id."""
        lane = await self._queue.redrive(delivery_id, now=self._clock.now())
        if lane is not None:
            self._expect(lane, 0.0)
        return lane is not None

    async def discard(self, delivery_id: str) -> bool:
        """Delete a dead letter for good. False if there is none of this id."""
        return await self._queue.discard(delivery_id)

    async def parked(self) -> Mapping[Lane, int]:
        """How many deliveries wait in each lane whose step is not loaded."""
        return (await self.stranded())[0]

    async def stranded(self) -> tuple[Mapping[Lane, int], int]:
        """What is `parked`, and how many dead letters there are; counted once."""
        counts = await self._queue.counts()
        return self._parking.parked(counts), sum(count.dead for count in counts.values())

    async def recover(self) -> Recovery:
        """Take up what the engine kept. Before anything is published, and before `start`."""
        await self._subscriptions.read(self._registry())
        recovered = await self._queue.recover()
        await self._quarantine.take(recovered)
        counts = await self._queue.counts()
        return Recovery(
            pending=sum(count.waiting + count.running for count in counts.values()),
            retried=len(recovered),
            parked=sum(self._parking.parked(counts).values()),
            dead=sum(count.dead for count in counts.values()),
        )

    def start(self) -> None:
        """Begin to run what is due."""
        self._is_running = True
        for lane in self._registry().lanes:
            self._lanes[lane].wake()
        self._quarantine.go_on()
        self._upkeep.soon()

    def refresh(self, older: Registry) -> None:
        """Follow a reload: look at every lane that is new, or may run more than before."""
        current = self._registry()
        self._subscriptions.follow(current)
        for lane in current.lanes:
            if current.target(lane) is not older.target(lane):
                self._lanes[lane].wake()
        self._quarantine.go_on()
        self._upkeep.soon()

    def pause(self) -> None:
        """Claim nothing more; what is published from here on is only stored."""
        self._is_running = False
        self._upkeep.stop()
        self._quarantine.stop()
        self._lanes.retire()

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
        for task in self.activity.tasks:
            task.cancel()
        if self.activity.tasks:
            await asyncio.wait(set(self.activity.tasks), timeout=CANCEL_SECONDS)
        if self.activity.tasks:
            _log.warning(
                "%d runs do not end when they are cancelled; they run again after the next start",
                len(self.activity.tasks),
                extra={"action": "bus.stuck"},
            )

    def _expect(self, lane: Lane, due_at: float) -> None:
        self._lanes[lane].expect(due_at)

    def _policy(self, lane: Lane) -> QueuePolicy | None:
        target = self._registry().target(lane) if self._is_running else None
        return target.policy if target is not None else None

    async def _look_after(self) -> None:
        await self._subscriptions.save(self._registry())
        await self._parking.look()

    async def _run(self, delivery: Delivery) -> Outcome:
        target = self._registry().target(delivery.lane)
        if target is None:
            # Its step went away between claim and run: it waits for the step to come back.
            return Release()
        runs = delivery.attempt - delivery.spent - 1
        burial = used_up(target.policy, delivery, runs=runs, now=self._clock.now())
        if burial is not None:
            return burial
        try:
            error = await self._deliver(target, delivery)
        except asyncio.CancelledError:
            await self._settler.give_back(delivery, Release())
            raise
        now = self._clock.now()
        return decide(target.policy, delivery, error, now=now, random=random.random)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        await self._settler.settle(delivery, outcome)
        self._quarantine.settled(delivery)

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
