"""What a running server tells: one log record for each request, run and reload.

A record brings its `line` for people (see `terminal`) and its `fields` for programs.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NamedTuple, TypeAlias

from motia_py.app import ReloadReport
from motia_py.cli.terminal import Line
from motia_py.errors import LoadFailure
from motia_py.messages import JSON
from motia_py.project.registry import Registry
from motia_py.reload import RestartNeeded
from motia_py.runtime.tracing import Span
from motia_py.web.doors import RequestLine

#: A longer path is cut: a line shall stay one.
_PATH_LENGTH = 120
#: Failed runs that are remembered until the bus has decided about them.
_UNDECIDED = 1000
#: Names in one reload's line; the rest is counted.
_NAMES = 5

_RUN_COLOURS = {"ok": "green", "skipped": "dim", "retry": "yellow", "failed": "red"}
_OUTCOMES = {"event.retry": "retry", "event.dead": "failed"}
_QUEUE_KEY = re.compile(r"queue\((.*)\)(?:::\d+)?", re.DOTALL)

_log = logging.getLogger("motia_py.activity")


def tell_request(request: RequestLine) -> None:
    """One line: method, path, status, time."""
    path = request.path
    shown = path if len(path) <= _PATH_LENGTH else path[:_PATH_LENGTH] + "…"
    milliseconds = round(request.seconds * 1000, 1)
    tell(
        "request",
        (
            (request.method, "bold"),
            (shown, ""),
            (str(request.status), _status_colour(request.status)),
            (f"{milliseconds:.1f} ms", "dim"),
        ),
        trace_id=request.trace_id,
        fields={
            "method": request.method,
            "path": path,
            "status": request.status,
            "ms": milliseconds,
        },
    )


def _status_colour(status: int) -> str:
    if status >= 500:
        return "red"
    return "yellow" if status >= 400 else "green"


class _Undecided(NamedTuple):
    cause: str
    milliseconds: float


_RunKey: TypeAlias = tuple[str, str, int]


class RunLines(logging.Filter):
    """One line for each run that an event, a tick or a change set off: cause, step, outcome, time.

    Whether a failed run is tried again is only known when the bus has decided: that record is given
    the run's line, so this is also a filter in front of the handler. `shows_all` False leaves runs
    that went well untold.
    """

    def __init__(self, *, shows_all: bool) -> None:
        super().__init__()
        self._shows_all = shows_all
        self._undecided: OrderedDict[_RunKey, _Undecided] = OrderedDict()

    def span_ended(self, span: Span) -> None:
        """To be told by the TraceLog."""
        if span.trigger.startswith("http("):
            return  # the request's own line tells it
        run = _Undecided(_cause(span.trigger), round((span.duration_seconds or 0) * 1000, 1))
        if span.status == "error" and span.error != "cancelled":
            self._undecided[span.trace_id, span.step, span.attempt] = run
            if len(self._undecided) > _UNDECIDED:
                self._undecided.popitem(last=False)
            return
        if not self._shows_all:
            return
        outcome = "cancelled" if span.status == "error" else span.status
        tell(
            "run",
            _run_line(run, span.step, outcome),
            step=span.step,
            trace_id=span.trace_id,
            fields={"cause": run.cause, "outcome": outcome, "ms": run.milliseconds},
        )

    def filter(self, record: logging.LogRecord) -> bool:
        outcome = _OUTCOMES.get(getattr(record, "action", ""))
        if outcome is None:
            return True
        step: str = getattr(record, "step", "")
        key = getattr(record, "trace_id", ""), step, getattr(record, "attempt", 0)
        run = self._undecided.pop(key, None)
        if run is not None:
            detail = record.getMessage().partition(f" for {step} ")[2] or record.getMessage()
            record.line = (*_run_line(run, step, outcome), (f"({detail})", ""))
            record.fields = {"cause": run.cause, "outcome": outcome, "ms": run.milliseconds}
        return True


def _run_line(run: _Undecided, step: str, outcome: str) -> Line:
    colour = _RUN_COLOURS.get(outcome, "yellow")
    return (
        (run.cause, "cyan"),
        ("->", "dim"),
        (step, "bold"),
        (outcome, colour),
        (f"{run.milliseconds:.1f} ms", "dim"),
    )


def _cause(trigger_key: str) -> str:
    """A topic by its own name, any other trigger by its key."""
    match = _QUEUE_KEY.fullmatch(trigger_key)
    return match[1] if match else trigger_key


class ReloadLines:
    """One line for each reload, and what has newly broken with file and line.

    What was broken before is not told again at every save, only counted.
    """

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry
        self._broken = frozenset(registry().failures)

    def __call__(self, news: ReloadReport | RestartNeeded) -> None:
        if isinstance(news, RestartNeeded):
            tell_warning(
                "restart",
                f"{', '.join(news.files)} changed: restart motia-py dev to use it",
                fields={"files": list(news.files)},
            )
            return
        broken = frozenset(news.failures)
        mended = {failure.file for failure in self._broken} - {failure.file for failure in broken}
        for failure in news.failures:
            if failure not in self._broken:
                tell_failure(failure, self._consequence(failure))
        self._broken = broken
        self._tell_summary(news, sorted(mended), len({failure.file for failure in broken}))

    def _tell_summary(self, report: ReloadReport, mended: Sequence[str], broken_files: int) -> None:
        milliseconds = round(report.seconds * 1000, 1)
        parts = [
            (_listed("added", report.added), "green"),
            (_listed("changed", report.changed), "cyan"),
            (_listed("removed", report.removed), "yellow"),
            (_listed("mended", mended), "green"),
            (f"{broken_files} broken" if broken_files else "", "red"),
        ]
        told = [(text, colour) for text, colour in parts if text] or [("no step changed", "dim")]
        tell(
            "reload",
            (
                (f"reloaded in {milliseconds:.1f} ms:", "bold"),
                *((f"{text};", colour) for text, colour in told[:-1]),
                told[-1],
            ),
            fields={
                "added": list(report.added),
                "changed": list(report.changed),
                "removed": list(report.removed),
                "mended": list(mended),
                "broken_files": broken_files,
                "ms": milliseconds,
            },
        )

    def _consequence(self, failure: LoadFailure) -> str:
        registry = self._registry()
        stale = [step.file for step in registry.steps.values() if step.is_stale]
        stale += [stream.file for stream in registry.streams.values() if stream.is_stale]
        if failure.file in stale:
            return "the last good version keeps serving"
        return ""


def tell_failure(failure: LoadFailure, consequence: str = "") -> None:
    """A file that does not load: place, message, advice, and what that means meanwhile."""
    text = f"{failure}; {consequence}" if consequence else str(failure)
    _log.error(
        "%s",
        text,
        extra={
            "action": "load.failed",
            "line": ((text, "red"),),
            "fields": {**asdict(failure), "consequence": consequence},
        },
    )


def tell_warning(action: str, text: str, *, fields: JSON = None) -> None:
    _log.warning(
        "%s", text, extra={"action": action, "line": ((text, "yellow"),), "fields": fields}
    )


def tell(
    action: str, line: Line, *, fields: JSON = None, trace_id: str = "", step: str = ""
) -> None:
    """One record; its message for other readers is the line without its colours."""
    _log.info(
        "%s",
        " ".join(text for text, _ in line),
        extra={
            "action": action,
            "line": line,
            "fields": fields,
            "trace_id": trace_id,
            "step": step,
        },
    )


def _listed(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{what} {', '.join(names[:_NAMES])}{more}"
