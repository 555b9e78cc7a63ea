"""Runs a past run or a dead letter again on the code as it is now, edited if wanted: for real, in a
trace that is linked to the old one, or as a rehearsal of which nothing comes.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from motia_py import encoding
from motia_py.interfaces import EventQueue
from motia_py.messages import JSON, Delivery, Event
from motia_py.project.registry import Target
from motia_py.runtime.bus import EventBus
from motia_py.runtime.rehearsal import Rehearsal
from motia_py.runtime.requests import ApiResponse, Request, SentRequest
from motia_py.runtime.tracing import MAX_TRACES, new_span_id, new_trace_id
from motia_py.web.responding import Refusal
from motia_py.web.workbench.answers import Reader
from motia_py.web.workbench.effects import rehearsed_effects
from motia_py.web.workbench.inputs import GivenDelivery
from motia_py.web.workbench.logs import LogTail
from motia_py.web.workbench.remembered import Again, Remembered
from motia_py.web.workbench.resending import sent_again
from motia_py.web.workbench.views import EffectsView, OriginView, StartedView


class Replaying:
    """`respond` runs an api step."""

    def __init__(
        self,
        remembered: Remembered,
        queue: EventQueue,
        bus: EventBus,
        rehearsal: Rehearsal,
        *,
        logs: LogTail,
        respond: Callable[[Target, Request], Awaitable[tuple[ApiResponse, str]]],
    ) -> None:
        self._remembered = remembered
        self._queue = queue
        self._bus = bus
        self._rehearsal = rehearsal
        self._logs = logs
        self._respond = respond
        self._origins: OrderedDict[str, OriginView] = OrderedDict()

    def origin(self, trace_id: str) -> OriginView | None:
        """The run that a trace runs again; None for a trace that came by itself."""
        return self._origins.get(trace_id)

    async def rehearse_run(self, trace_id: str, span_id: str, *, value: JSON) -> EffectsView:
        """What would come of a run with this value, if it ran on the code as it is now.

        Raises:
            Refusal: it is not remembered, its step does not load, or `value` cannot be sent.
        """
        return await self._rehearse(self._remembered.again(trace_id, span_id), value)

    async def replay_run(self, trace_id: str, span_id: str, *, value: JSON) -> StartedView:
        """Do that for real, in a trace of its own; raises as `rehearse_run`."""
        return await self._replay(self._remembered.again(trace_id, span_id), value)

    async def rehearse_letter(self, id: str, *, value: JSON) -> EffectsView:
        """As `rehearse_run` for a dead letter, which stays."""
        return await self._rehearse(await self._letter(id), value)

    async def replay_letter(self, id: str, *, value: JSON) -> StartedView:
        """As `replay_run` for a dead letter, which stays."""
        return await self._replay(await self._letter(id), value)

    async def _rehearse(self, again: Again, value: JSON) -> EffectsView:
        given, target = again.given, again.target
        value = again.with_secrets(value)
        if isinstance(given, GivenDelivery):
            delivery = Delivery(
                id=f"rehearsal-{uuid.uuid4().hex}",
                lane=target.lane,
                topic=given.topic,
                data=value,
                trace_id=new_trace_id(),
                group=given.group,
                attempt=1,
            )
            return rehearsed_effects(await self._rehearsal.deliver(target, delivery))
        reader = Reader(keeps=True)
        trace_id = new_trace_id()
        request = _asked(again, given, value, trace_id, reader)
        run = await self._rehearsal.respond(target, request, reader)
        return rehearsed_effects(run, answer=reader.answer, traceback=self._traceback(trace_id))

    async def _replay(self, again: Again, value: JSON) -> StartedView:
        given, target, origin = again.given, again.target, again.origin
        value = again.with_secrets(value)
        trace_id = new_trace_id()
        if isinstance(given, GivenDelivery):
            event = Event(
                topic=given.topic,
                data=value,
                trace_id=trace_id,
                parent_id=origin.span_id,
                group=given.group,
                # An id of its own: what absorbs a second event of its topic is not meant here.
                id=f"replay-{uuid.uuid4().hex}",
            )
            await self._bus.send(event, [target])
        else:
            reader = Reader(keeps=False)
            request = _asked(again, given, value, trace_id, reader)
            self._bus.activity.spawn(self._ask(target, request, reader))
        self._origins[trace_id] = origin
        if len(self._origins) > MAX_TRACES:
            self._origins.popitem(last=False)
        return StartedView(trace_id=trace_id)

    async def _ask(self, target: Target, request: Request, reader: Reader) -> None:
        response, _ = await self._respond(target, request)
        await reader.read(response)

    async def _letter(self, id: str) -> Again:
        letter = await self._queue.dead_letter(id)
        if letter is None:
            raise Refusal(404, f"There is no dead letter {id[:64]!r}")
        old = letter.delivery
        span = self._remembered.last(old.trace_id, old.lane)
        return Again(
            given=GivenDelivery(old.topic, old.group, encoding.dumps(old.data)),
            origin=OriginView(
                trace_id=old.trace_id, span_id=None if span is None else span.id, step=old.lane.step
            ),
            target=self._remembered.taker(old.lane),
        )

    def _traceback(self, trace_id: str) -> str | None:
        lines = self._logs.find(level="error", step=None, trace=trace_id, text=None, limit=50).logs
        return next((line.traceback for line in reversed(lines) if line.traceback), None)


def _asked(again: Again, given: SentRequest, value: JSON, trace_id: str, reader: Reader) -> Request:
    """The request again, in a trace that names the run which it repeats as its parent."""
    parent_id = again.origin.span_id or new_span_id()
    traceparent = f"00-{trace_id}-{parent_id}-01"
    return sent_again(given, value, traceparent=traceparent, begin=reader.begin)
