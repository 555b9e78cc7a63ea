"""What came of a run, or would have come: told in one form, so that the two compare. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from motia_py.messages import Change, StreamChange
from motia_py.runtime.failures import one_line
from motia_py.runtime.recording import recorded
from motia_py.runtime.rehearsal import Rehearsed
from motia_py.runtime.sockets import SocketMessage
from motia_py.runtime.tracing import Span, user_traceback
from motia_py.web.workbench.answers import Answer
from motia_py.web.workbench.views import EffectsView, EmitEffect, MessageEffect, WriteEffect


def effects_of(span: Span, *, changes: Sequence[Change], answer: Answer | None) -> EffectsView:
    """What came of a run; `changes` are its writes. What it told clients is not recorded."""
    marks = span.marks or []
    return _effects(
        span,
        emits=[EmitEffect(topic=m.name, data=m.detail) for m in marks if m.kind == "emit"],
        changes=changes,
        answer=answer,
    )


def rehearsed_effects(
    run: Rehearsed, *, answer: Answer | None = None, traceback: str | None = None
) -> EffectsView:
    """`traceback` is that of a run whose error became its answer."""
    error = run.error
    return _effects(
        run.span,
        emits=[EmitEffect(topic=each.topic, data=recorded(each.data)) for each in run.emitted],
        changes=run.changes,
        answer=answer,
        messages=[*map(_sent, run.sent), *map(_told, run.told)],
        error=None if error is None else one_line(error),
        traceback=traceback if error is None else user_traceback(error),
        is_rehearsal=True,
    )


def _effects(
    span: Span,
    *,
    emits: list[EmitEffect],
    changes: Sequence[Change],
    answer: Answer | None,
    messages: Sequence[MessageEffect] = (),
    error: str | None = None,
    traceback: str | None = None,
    is_rehearsal: bool = False,
) -> EffectsView:
    duration = span.duration_seconds
    return EffectsView(
        trace_id=span.trace_id,
        step=span.step,
        trigger=span.trigger,
        is_rehearsal=is_rehearsal,
        status=span.status,
        error=error or span.error,
        traceback=traceback,
        duration_ms=None if duration is None else duration * 1000,
        emits=emits,
        writes=[_write(change) for change in changes],
        messages=list(messages),
        response=None if answer is None else answer.view(),
    )


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
