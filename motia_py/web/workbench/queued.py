"""What waits, runs and was given up, and the ways to set something off by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from motia_py.interfaces import EventQueue
from motia_py.messages import JSON, Event, Lane, QueueCounts
from motia_py.project.declarations import CronTrigger, QueueTrigger
from motia_py.project.registry import Registry, Target
from motia_py.project.schemas import json_schema
from motia_py.runtime.bus import EventBus
from motia_py.runtime.operations import Operations
from motia_py.runtime.tracing import new_trace_id
from motia_py.web.responding import Refusal
from motia_py.web.workbench.activity import Activity
from motia_py.web.workbench.doing import done
from motia_py.web.workbench.masking import masked
from motia_py.web.workbench.views import (
    CountView,
    CronsView,
    CronView,
    DeadLetterDetail,
    DeadLettersView,
    DeadLetterView,
    LaneView,
    QueueView,
    RunView,
    StartedView,
    TopicsView,
    TopicView,
)

#: Ticks and runs of a schedule that are shown.
_SHOWN = 5
_NOTHING = QueueCounts()


class Queued:
    """Shows and does what the queue, the bus and the operations can."""

    def __init__(
        self,
        queue: EventQueue,
        bus: EventBus,
        operations: Operations,
        *,
        registry: Callable[[], Registry],
        activity: Activity,
        now: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._bus = bus
        self._operations = operations
        self._registry = registry
        self._activity = activity
        self._now = now

    async def lanes(self) -> QueueView:
        counts = await self._queue.counts()
        delayed = await self._queue.delayed(now=self._now())
        known = dict.fromkeys(self._registry().lanes)
        lanes = [*known, *(lane for lane in sorted(counts) if lane not in known)]
        return QueueView(
            lanes=[
                _lane(lane, counts.get(lane, _NOTHING), delayed.get(lane, 0), lane in known)
                for lane in lanes
            ]
        )

    async def dead_letters(self, step: str | None, limit: int, offset: int) -> DeadLettersView:
        found = await self._operations.dead_letters(step, limit, offset)
        return DeadLettersView(
            total=found["total"], letters=[_letter(each) for each in found["letters"]]
        )

    async def dead_letter(self, id: str) -> DeadLetterDetail:
        """
        Raises:
            Refusal: there is none.
        """
        found = await done(self._operations.dead_letter(id))
        target = self._registry().target(Lane(found["step"], found["trigger"]))
        trigger = target.trigger if target is not None else None
        schema = json_schema(trigger.input) if isinstance(trigger, QueueTrigger) else None
        return DeadLetterDetail(
            letter=_letter(found),
            data=masked(found["data"]),
            traceback=found["traceback"],
            input_schema=schema,
        )

    async def redrive(self, id: str) -> StartedView:
        """Put a dead letter back as it is; it goes on in its own trace."""
        return StartedView(trace_id=(await done(self._operations.redrive(id)))["trace_id"])

    async def redrive_all(self, step: str | None) -> CountView:
        return CountView(count=(await done(self._operations.redrive_all(step)))["redriven"])

    async def discard(self, id: str) -> None:
        await done(self._operations.discard(id))

    async def discard_all(self, step: str | None) -> CountView:
        return CountView(count=(await done(self._operations.discard_all(step)))["discarded"])

    def crons(self) -> CronsView:
        targets = self._registry().crons
        last = self._activity.recent_by_lane((target.lane for target in targets), _SHOWN)
        return CronsView(crons=[self._cron(target, last[target.lane]) for target in targets])

    async def run_cron(self, step: str, trigger: str) -> StartedView:
        """Have a schedule's step run now, beside its ticks.

        Raises:
            Refusal: there is no such schedule.
        """
        target = self._registry().target(Lane(step, trigger))
        if target is None or not isinstance(target.trigger, CronTrigger):
            raise Refusal(404, f"No schedule {trigger[:200]!r} of a step {step[:200]!r}")
        now = datetime.fromtimestamp(self._now(), UTC).isoformat()
        data = {"trigger": "cron", "job_id": target.key, "scheduled_time": now, "manual": True}
        # An id of its own: it is none of the ticks, and absorbs none.
        event = Event(
            topic=target.key, data=data, trace_id=new_trace_id(), id=f"manual-{uuid.uuid4().hex}"
        )
        await done(self._bus.send(event, [target]))
        return StartedView(trace_id=event.trace_id)

    def topics(self) -> TopicsView:
        registry = self._registry()
        emitters: dict[str, list[str]] = {}
        for step in registry.steps.values():
            for emit in step.config.emits:
                emitters.setdefault(emit.topic, []).append(step.config.name)
        takers: dict[str, list[Target]] = {}
        for target in registry.targets:
            if isinstance(target.trigger, QueueTrigger):
                takers.setdefault(target.trigger.topic, []).append(target)
        return TopicsView(
            topics=[
                TopicView(
                    topic=topic,
                    emitters=list(dict.fromkeys(emitters.get(topic, []))),
                    subscribers=[target.lane.step for target in takers.get(topic, [])],
                    schemas=dict(_schemas(takers.get(topic, []))),
                )
                for topic in sorted({*emitters, *takers})
            ]
        )

    async def emit(self, topic: str, *, data: JSON) -> StartedView:
        """Publish an event as from outside of any step."""
        if not topic:
            raise Refusal(400, "A topic has a name")
        event = Event(topic=topic, data=data, trace_id=new_trace_id())
        await done(self._bus.publish(event))
        return StartedView(trace_id=event.trace_id)

    def _cron(self, target: Target, last: list[RunView]) -> CronView:
        trigger, schedule = target.trigger, target.schedule
        assert isinstance(trigger, CronTrigger)
        ticks: list[float] = []
        after: float | None = self._now()
        while schedule is not None and len(ticks) < _SHOWN:
            after = schedule.next_after(after) if after is not None else None
            if after is None:
                break
            ticks.append(after)
        return CronView(
            step=target.lane.step,
            trigger=target.key,
            expression=trigger.expression,
            tz=trigger.tz,
            misfire=trigger.misfire,
            file=target.step.file,
            line=target.step.line,
            next=ticks,
            last=last,
        )


def _lane(lane: Lane, counts: QueueCounts, delayed: int, is_known: bool) -> LaneView:
    return LaneView(
        step=lane.step,
        trigger=lane.trigger,
        waiting=counts.waiting,
        delayed=delayed,
        running=counts.running,
        dead=counts.dead,
        is_parked=not is_known,
    )


def _letter(found: Mapping[str, Any]) -> DeadLetterView:
    return DeadLetterView(**{name: found[name] for name in DeadLetterView.model_fields})


def _schemas(targets: Sequence[Target]) -> Iterator[tuple[str, dict[str, JSON]]]:
    for target in targets:
        trigger = target.trigger
        schema = json_schema(trigger.input) if isinstance(trigger, QueueTrigger) else None
        if schema is not None:
            yield target.lane.step, schema
