"""Runs a dead letter's step again, with other data if wanted: for real, or as a rehearsal; and says
what came of a run, so that two can be compared.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence

from motia_py.interfaces import EventQueue
from motia_py.messages import JSON, Change, Delivery, Event, Lane, StreamChange
from motia_py.project.registry import Registry, Target
from motia_py.runtime.failures import one_line
from motia_py.runtime.rehearsal import Rehearsal, Rehearsed
from motia_py.runtime.sockets import SocketMessage
from motia_py.runtime.tracing import Mark, Span, TraceLog, new_trace_id, recorded, user_traceback
from motia_py.web.responding import Refusal
from motia_py.web.workbench.history import History
from motia_py.web.workbench.views import (
    EffectsView,
    EmitEffect,
    MessageEffect,
    StartedView,
    WriteEffect,
)


class Replaying:
    """`send` stores a delivery of an event for each target."""

    def __init__(
        self,
        queue: EventQueue,
        rehearsal: Rehearsal,
        *,
        registry: Callable[[], Registry],
        traces: TraceLog,
        history: History,
        send: Callable[[Event, Sequence[Target]], Awaitable[int]],
    ) -> None:
        self._queue = queue
        self._rehearsal = rehearsal
        self._registry = registry
        self._traces = traces
        self._history = history
        self._send = send

    async def rehearse(self, id: str, *, data: JSON) -> EffectsView:
        """What would come of a dead letter with this data, if it ran on the code as it is now.

        Raises:
            Refusal: there is no such letter, or its step does not load.
        """
        old, target = await self._found(id)
        delivery = Delivery(
            id=f"rehearsal-{uuid.uuid4().hex}",
            lane=old.lane,
            topic=old.topic,
            data=data,
            trace_id=new_trace_id(),
            group=old.group,
            attempt=1,
        )
        return _rehearsed(await self._rehearsal.run(target, delivery))

    async def replay(self, id: str, *, data: JSON) -> StartedView:
        """Run a dead letter with this data, in a trace of its own; the letter stays.

        Raises:
            Refusal: as `rehearse`.
        """
        old, target = await self._found(id)
        event = Event(
            topic=old.topic,
            data=data,
            trace_id=new_trace_id(),
            group=old.group,
            # An id of its own: what absorbs a second event of its topic is not meant here.
            id=f"replay-{uuid.uuid4().hex}",
        )
        await self._send(event, [target])
        return StartedView(trace_id=event.trace_id)

    def effects(self, trace_id: str, step: str, trigger: str) -> EffectsView:
        """What came of the last run of a step in a trace.

        Raises:
            Refusal: it is not remembered.
        """
        spans = [
            span
            for span in self._traces.spans(trace_id)
            if (span.step, span.trigger) == (step, trigger)
        ]
        if not spans:
            raise Refusal(404, "This run is not remembered any more")
        span = spans[-1]
        marks = span.marks or []
        return _effects(
            span,
            emits=[_emit_of(mark) for mark in marks if mark.kind == "emit"],
            writes=[_write(change) for change in self._history.written_by(trace_id, span.id)],
            messages=[],
        )

    async def _found(self, id: str) -> tuple[Delivery, Target]:
        letter = await self._queue.dead_letter(id)
        if letter is None:
            raise Refusal(404, f"There is no dead letter {id[:64]!r}")
        lane: Lane = letter.delivery.lane
        target = self._registry().target(lane)
        if target is None:
            raise Refusal(409, f"Step {lane.step} does not load, or has no {lane.trigger} any more")
        return letter.delivery, target


def _rehearsed(run: Rehearsed) -> EffectsView:
    return _effects(
        run.span,
        emits=[EmitEffect(topic=each.topic, data=recorded(each.data)) for each in run.emitted],
        writes=[_write(change) for change in run.changes],
        messages=[*map(_sent, run.sent), *map(_told, run.told)],
        error=run.error,
        is_rehearsal=True,
    )


def _effects(
    span: Span,
    *,
    emits: list[EmitEffect],
    writes: list[WriteEffect],
    messages: list[MessageEffect],
    error: BaseException | None = None,
    is_rehearsal: bool = False,
) -> EffectsView:
    duration = span.duration_seconds
    return EffectsView(
        trace_id=span.trace_id,
        step=span.step,
        trigger=span.trigger,
        is_rehearsal=is_rehearsal,
        status=span.status,
        error=span.error if error is None else one_line(error),
        traceback=user_traceback(error) if error is not None else None,
        duration_ms=None if duration is None else duration * 1000,
        emits=emits,
        writes=writes,
        messages=messages,
    )


def _emit_of(mark: Mark) -> EmitEffect:
    return EmitEffect(topic=mark.name, data=mark.detail)


def _write(change: Change) -> WriteEffect:
    return WriteEffect(
        space=change.space,
        group=change.group,
        key=change.key,
        kind=change.kind,
        value=recorded(change.new_value),
    )


def _sent(change: StreamChange) -> MessageEffect:
    to = change.group if change.id is None else f"{change.group}/{change.id}"
    event = change.data if isinstance(change.data, dict) else {}
    return MessageEffect(
        channel=f"stream/{change.stream}",
        to=to,
        event=str(event.get("type")),
        data=recorded(event.get("data")),
    )


def _told(message: SocketMessage) -> MessageEffect:
    to = message.room or message.to or "everybody"
    return MessageEffect(
        channel=f"socket {message.namespace}",
        to=to,
        event=message.event,
        data=recorded(message.data),
    )
