"""What a run did, as lines of Python: the shortest way to say it to who wrote the step. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from motia_py.messages import JSON, STATE_SPACE, stream_space
from motia_py.runtime.tracing import Mark, Span
from motia_py.web.workbench.activity import run_view
from motia_py.web.workbench.views import MarkView, PlaceView, SpanView

#: Characters of a value in a line; the whole stands in the detail.
_SHOWN = 80


def span_view(span: Span) -> SpanView:
    return SpanView(run=run_view(span), marks=[_mark(mark) for mark in span.marks or ()])


def _mark(mark: Mark) -> MarkView:
    return MarkView(
        at=mark.at,
        kind=mark.kind,
        name=mark.name,
        detail=mark.detail,
        code=_code(mark),
        place=_place(mark),
    )


def _place(mark: Mark) -> PlaceView | None:
    match mark.kind, mark.detail:
        case "state", [str(group), str(key)]:
            return PlaceView(space=STATE_SPACE, group=group, key=key)
        case "stream", [str(stream), str(group), str(key)]:
            return PlaceView(space=stream_space(stream), group=group, key=key)
    return None


def _code(mark: Mark) -> str:
    write = _WRITERS.get(mark.kind)
    return write(mark) if write is not None else f"# {mark.name}: {_short(mark.detail)}"


def _log(mark: Mark) -> str:
    detail = mark.detail if isinstance(mark.detail, Mapping) else {}
    fields = detail.get("fields")
    more = "" if fields is None else f", {_short(fields)}"
    return f"logger.{mark.name}({detail.get('message')!r}{more})"


def _emit(mark: Mark) -> str:
    return f"emit({mark.name!r}, {_short(mark.detail)})"


def _state(mark: Mark) -> str:
    return f"state.{mark.name}({_arguments(mark.detail)})"


def _stream(mark: Mark) -> str:
    stream, *place = mark.detail
    return f"streams[{stream!r}].{mark.name}({_arguments(place)})"


def _socket(mark: Mark) -> str:
    namespace, *subject = mark.detail
    comment = "" if namespace == "/" else f"  # in {namespace}"
    return f"socket.{mark.name}({_arguments(subject)}){comment}"


def _arguments(values: Sequence[str]) -> str:
    return ", ".join(map(repr, values))


def _short(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_WRITERS: Mapping[str, Callable[[Mark], str]] = {
    "log": _log,
    "emit": _emit,
    "state": _state,
    "stream": _stream,
    "socket": _socket,
}
