"""Past runs: what each was given, what came of it, and whether its step can still take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from motia_py.messages import JSON, Lane
from motia_py.project.declarations import CronTrigger, HttpTrigger, QueueTrigger
from motia_py.project.registry import Registry, Target
from motia_py.project.schemas import json_schema
from motia_py.runtime.recording import is_secret
from motia_py.runtime.request_parts import collect, collect_headers
from motia_py.runtime.requests import SentRequest
from motia_py.runtime.tracing import Span, TraceLog
from motia_py.web.responding import Refusal
from motia_py.web.workbench.effects import effects_of
from motia_py.web.workbench.history import History
from motia_py.web.workbench.inputs import GivenDelivery, Inputs, NotKept
from motia_py.web.workbench.masking import masked, restored
from motia_py.web.workbench.resending import Editable, editable
from motia_py.web.workbench.views import EffectsView, OriginView, RequestView, RunInputView


class Again(NamedTuple):
    """Something that can be run again: what it was, where it was, who takes it now."""

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


class Remembered:
    """Listens to every run, and keeps what the last ones were given."""

    def __init__(
        self, traces: TraceLog, history: History, registry: Callable[[], Registry]
    ) -> None:
        self._traces = traces
        self._history = history
        self._registry = registry
        self._inputs = Inputs(traces)

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
        span = self.last(trace_id, Lane(step, trigger))
        if span is None:
            raise _forgotten()
        return self._effects(span)

    def again(self, trace_id: str, span_id: str) -> Again:
        """A run, to be run again.

        Raises:
            Refusal: it is not remembered, or its step does not load.
        """
        span = self._span(trace_id, span_id)
        given = self._inputs.given(span)
        if isinstance(given, NotKept):
            raise Refusal(409, given.reason)
        origin = OriginView(trace_id=trace_id, span_id=span_id, step=span.step)
        return Again(given, origin, self.taker(Lane(span.step, span.trigger)))

    def last(self, trace_id: str, lane: Lane) -> Span | None:
        """The last run of a lane in a trace; None if none is remembered."""
        spans = reversed(self._traces.spans(trace_id))
        return next((span for span in spans if Lane(span.step, span.trigger) == lane), None)

    def taker(self, lane: Lane) -> Target:
        """Who takes now what came by this lane.

        Raises:
            Refusal: nobody does.
        """
        target = self._target(lane)
        if target is None:
            raise Refusal(409, _gone(lane.step, lane.trigger))
        return target

    def _effects(self, span: Span) -> EffectsView:
        changes = self._history.written_by(span.trace_id, span.id)
        return effects_of(span, changes=changes, answer=self._inputs.answer(span))

    def _span(self, trace_id: str, span_id: str) -> Span:
        span = self._traces.find(trace_id, span_id)
        if span is None:
            raise _forgotten()
        return span

    def _target(self, lane: Lane) -> Target | None:
        return next((each for each in self._registry().targets if each.lane == lane), None)


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
