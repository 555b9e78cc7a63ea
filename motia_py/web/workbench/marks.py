"""What a run did, as lines of Python: the shortest way to say it to who wrote the step. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from motia_py.messages import JSON
from motia_py.runtime.tracing import Mark, Span
from motia_py.web.workbench.activity import run_view
from motia_py.web.workbench.views import MarkView, SpanView

#: Characters of a value in a line; the whole stands in the detail.
_SHOWN = 80


def span_view(span: Span) -> SpanView:
    return SpanView(run=run_view(span), marks=[_mark(mark) for mark in span.marks or ()])


def _mark(mark: Mark) -> MarkView:
    return MarkView(
        at=mark.at, kind=mark.kind, name=mark.name, detail=mark.detail, code=_code(mark)
    )


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
    group, _, key = str(mark.detail).partition("/")
    return f"state.{mark.name}({group!r}, {key!r})"


def _stream(mark: Mark) -> str:
    stream, _, place = str(mark.detail).partition("/")
    return f"streams[{stream!r}].{mark.name}({place!r})"


def _socket(mark: Mark) -> str:
    namespace, _, subject = str(mark.detail).rpartition("/")
    return f"socket.{mark.name}({subject!r})  # {namespace or '/'}"


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
