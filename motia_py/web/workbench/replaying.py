"""Runs a past run or a dead letter again on the code as it is now, edited if wanted: for real, in a
trace that is linked to the old one, or as a rehearsal of which nothing comes.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from motia_py import encoding
from motia_py.interfaces import EventQueue
from motia_py.messages import JSON, Delivery, Event, Lane
from motia_py.project.declarations import CronTrigger, HttpTrigger, QueueTrigger
from motia_py.project.registry import Registry, Target
from motia_py.project.schemas import json_schema
from motia_py.runtime.rehearsal import Rehearsal
from motia_py.runtime.request_parts import collect, collect_headers
from motia_py.runtime.requests import ApiResponse, Request, SentRequest
from motia_py.runtime.tracing import (
    MAX_TRACES,
    Span,
    TraceLog,
    is_secret,
    new_span_id,
    new_trace_id,
)
from motia_py.web.responding import Refusal
from motia_py.web.workbench.answers import Reader
from motia_py.web.workbench.effects import effects_of, rehearsed_effects
from motia_py.web.workbench.history import History
from motia_py.web.workbench.inputs import GivenDelivery, Inputs, NotKept
from motia_py.web.workbench.logs import LogTail
from motia_py.web.workbench.masking import masked, restored
from motia_py.web.workbench.resending import Editable, editable, sent_again
from motia_py.web.workbench.views import (
    EffectsView,
    OriginView,
    RequestView,
    RunInputView,
    StartedView,
)


class _Again(NamedTuple):
    """Something that is run again: what it was, where it was, who takes it now."""

    given: GivenDelivery | SentRequest
    origin: OriginView
    target: Target

    def with_secrets(self, value: JSON) -> JSON:
        """
        Raises:
            Refusal: a mask in `value` hides what is not known.
        """
        part, original = _editable(self.given, self.target)
        return original if part == "nothing" else restored(value, original)


class Replaying:
    """`send` stores a delivery of an event for each target, `respond` runs an api step, `spawn`
    begins what is waited for by nobody."""

    def __init__(
        self,
        queue: EventQueue,
        rehearsal: Rehearsal,
        *,
        registry: Callable[[], Registry],
        traces: TraceLog,
        history: History,
        logs: LogTail,
        send: Callable[[Event, Sequence[Target]], Awaitable[int]],
        respond: Callable[[Target, Request], Awaitable[tuple[ApiResponse, str]]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._queue = queue
        self._rehearsal = rehearsal
        self._registry = registry
        self._traces = traces
        self._history = history
        self._logs = logs
        self._send = send
        self._respond = respond
        self._spawn = spawn
        self._inputs = Inputs(traces)
        self._origins: OrderedDict[str, OriginView] = OrderedDict()

    def origin(self, trace_id: str) -> OriginView | None:
        """The run that a trace runs again; None for a trace that came by itself."""
        return self._origins.get(trace_id)

    def input(self, trace_id: str, span_id: str) -> RunInputView:
        """
        Raises:
            Refusal: the run is not remembered.
        """
        span = self._span(trace_id, span_id)
        given = self._inputs.given(span)
        target = self._target(Lane(span.step, span.trigger))
        refusal = given.reason if isinstance(given, NotKept) else None
        part, value = _editable(given, target)
        return RunInputView(
            step=span.step,
            trigger=span.trigger,
            part=part,
            value=masked(value),
            input_schema=None if target is None else _schema(part, target),
            request=_request_view(given, target) if isinstance(given, SentRequest) else None,
            refusal=refusal or (_gone(span.step, span.trigger) if target is None else None),
        )

    def run_effects(self, trace_id: str, span_id: str) -> EffectsView:
        """What came of one run.

        Raises:
            Refusal: it is not remembered.
        """
        return self._effects(self._span(trace_id, span_id))

    def effects(self, trace_id: str, step: str, trigger: str) -> EffectsView:
        """What came of the last run of a step in a trace.

        Raises:
            Refusal: it is not remembered.
        """
        span = self._last(trace_id, step, trigger)
        if span is None:
            raise _forgotten()
        return self._effects(span)

    async def rehearse_run(self, trace_id: str, span_id: str, *, value: JSON) -> EffectsView:
        """What would come of a run with this value, if it ran on the code as it is now.

        Raises:
            Refusal: it is not remembered, its step does not load, or `value` cannot be sent.
        """
        return await self._rehearse(self._run(trace_id, span_id), value)

    async def replay_run(self, trace_id: str, span_id: str, *, value: JSON) -> StartedView:
        """Do that for real, in a trace of its own; raises as `rehearse_run`."""
        return await self._replay(self._run(trace_id, span_id), value)

    async def rehearse_letter(self, id: str, *, value: JSON) -> EffectsView:
        """As `rehearse_run` for a dead letter, which stays."""
        return await self._rehearse(await self._letter(id), value)

    async def replay_letter(self, id: str, *, value: JSON) -> StartedView:
        """As `replay_run` for a dead letter, which stays."""
        return await self._replay(await self._letter(id), value)

    async def _rehearse(self, again: _Again, value: JSON) -> EffectsView:
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

    async def _replay(self, again: _Again, value: JSON) -> StartedView:
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
            await self._send(event, [target])
        else:
            reader = Reader(keeps=False)
            request = _asked(again, given, value, trace_id, reader)
            self._spawn(self._ask(target, request, reader))
        self._origins[trace_id] = origin
        if len(self._origins) > MAX_TRACES:
            self._origins.popitem(last=False)
        return StartedView(trace_id=trace_id)

    async def _ask(self, target: Target, request: Request, reader: Reader) -> None:
        response, _ = await self._respond(target, request)
        await reader.read(response)

    def _effects(self, span: Span) -> EffectsView:
        changes = self._history.written_by(span.trace_id, span.id)
        return effects_of(span, changes=changes, answer=self._inputs.answer(span))

    def _run(self, trace_id: str, span_id: str) -> _Again:
        span = self._span(trace_id, span_id)
        given = self._inputs.given(span)
        if isinstance(given, NotKept):
            raise Refusal(409, given.reason)
        origin = OriginView(trace_id=trace_id, span_id=span_id, step=span.step)
        return _Again(given, origin, self._loaded(Lane(span.step, span.trigger)))

    async def _letter(self, id: str) -> _Again:
        letter = await self._queue.dead_letter(id)
        if letter is None:
            raise Refusal(404, f"There is no dead letter {id[:64]!r}")
        old = letter.delivery
        given = GivenDelivery(old.topic, old.group, encoding.dumps(old.data))
        span = self._last(old.trace_id, old.lane.step, old.lane.trigger)
        origin = OriginView(
            trace_id=old.trace_id, span_id=None if span is None else span.id, step=old.lane.step
        )
        return _Again(given, origin, self._loaded(old.lane))

    def _span(self, trace_id: str, span_id: str) -> Span:
        span = self._traces.find(trace_id, span_id)
        if span is None:
            raise _forgotten()
        return span

    def _last(self, trace_id: str, step: str, trigger: str) -> Span | None:
        found = None
        for span in self._traces.spans(trace_id):
            if (span.step, span.trigger) == (step, trigger):
                found = span
        return found

    def _target(self, lane: Lane) -> Target | None:
        return next((each for each in self._registry().targets if each.lane == lane), None)

    def _loaded(self, lane: Lane) -> Target:
        target = self._target(lane)
        if target is None:
            raise Refusal(409, _gone(lane.step, lane.trigger))
        return target

    def _traceback(self, trace_id: str) -> str | None:
        lines = self._logs.find(level="error", step=None, trace=trace_id, text=None, limit=50).logs
        return next((line.traceback for line in reversed(lines) if line.traceback), None)


def _asked(
    again: _Again, given: SentRequest, value: JSON, trace_id: str, reader: Reader
) -> Request:
    """The request again, in a trace that names the run which it repeats as its parent."""
    parent_id = again.origin.span_id or new_span_id()
    traceparent = f"00-{trace_id}-{parent_id}-01"
    return sent_again(given, value, traceparent=traceparent, begin=reader.begin)


def _editable(given: GivenDelivery | SentRequest | NotKept, target: Target | None) -> Editable:
    if isinstance(given, SentRequest):
        return editable(given)
    if isinstance(given, NotKept):
        return Editable("nothing", None)
    # A schedule brings its step nothing.
    is_cron = target is not None and isinstance(target.trigger, CronTrigger)
    return Editable("nothing" if is_cron else "data", given.data)


def _schema(part: str, target: Target) -> dict[str, JSON] | None:
    trigger = target.trigger
    if part == "data" and isinstance(trigger, QueueTrigger):
        return json_schema(trigger.input)
    if part == "body" and isinstance(trigger, HttpTrigger):
        return json_schema(trigger.body_schema)
    return None


def _request_view(sent: SentRequest, target: Target | None) -> RequestView:
    has_secret = any(is_secret(name) for name in sent.path_params)
    route = target.trigger.path if target and isinstance(target.trigger, HttpTrigger) else "…"
    return RequestView(
        method=sent.method,
        path=route if has_secret else sent.path,
        query=masked(collect(parse_qsl(sent.query_string, keep_blank_values=True))),
        headers=masked(collect_headers(sent.headers)),
    )


def _gone(step: str, trigger: str) -> str:
    return f"Step {step} does not load, or has no {trigger} any more"


def _forgotten() -> Refusal:
    return Refusal(404, "This run is not remembered any more")
