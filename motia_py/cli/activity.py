"""What a running server tells: one log record for each request, run and reload.

A record brings its `line` for people (see `terminal`) and its `fields` for programs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from motia_py.cli.overview import shown_finding
from motia_py.cli.terminal import Line, run_line
from motia_py.errors import LoadFailure
from motia_py.messages import JSON
from motia_py.project.declarations import TriggerKey
from motia_py.project.discovery import HOOKS_FILE
from motia_py.project.flows import lint
from motia_py.project.registry import Registry, ReloadReport
from motia_py.reload import RestartNeeded
from motia_py.runtime.tracing import Span
from motia_py.web.doors import RequestLine

#: A longer path is cut: a line shall stay one.
_PATH_LENGTH = 120
#: Names in one reload's line; the rest is counted.
_NAMES = 5

_log = logging.getLogger("motia_py.activity")


def tell_request(request: RequestLine) -> None:
    """One line: method, path, status, time, and whether the client left before the end."""
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
            *([("client left", "dim")] if request.has_left else []),
        ),
        trace_id=request.trace_id,
        fields={
            "method": request.method,
            "path": path,
            "status": request.status,
            "ms": milliseconds,
            **({"left": True} if request.has_left else {}),
        },
    )


def _status_colour(status: int) -> str:
    if status >= 500:
        return "red"
    return "yellow" if status >= 400 else "green"


def tell_run(span: Span) -> None:
    """One line for a run that an event, a tick or a change set off: cause, step, outcome, time.

    Not for one that failed: the bus tells of it once it has decided what becomes of it.
    """
    key = TriggerKey.read(span.trigger)
    is_cancelled = span.status == "error" and span.error == "cancelled"
    if key.type == "http" or (span.status == "error" and not is_cancelled):
        return
    cause = key.subject if key.type == "queue" else span.trigger
    outcome = "cancelled" if is_cancelled else span.status
    milliseconds = round((span.duration_seconds or 0) * 1000, 1)
    tell(
        "run",
        run_line(cause, span.step, outcome, f"{milliseconds:.1f} ms"),
        step=span.step,
        trace_id=span.trace_id,
        fields={"cause": cause, "outcome": outcome, "ms": milliseconds},
    )


class ReloadLines:
    """One line for each reload, and what is newly broken or newly odd with its place.

    What was broken before is not told again at every save, only counted.
    """

    def __init__(self, registry: Callable[[], Registry], root: Path) -> None:
        self._registry = registry
        self._root = root
        self._broken = frozenset(registry().failures)
        self._odd = frozenset(_oddities(registry()))

    def __call__(self, news: ReloadReport | RestartNeeded) -> None:
        if isinstance(news, RestartNeeded):
            # The rest of that file needs none.
            names = [f"settings in {file}" if file == HOOKS_FILE else file for file in news.files]
            tell_warning(
                "restart",
                f"{', '.join(names)} changed: restart motia-py dev to use it",
                fields={"files": list(news.files)},
            )
            return
        broken = frozenset(news.failures)
        mended = self._mended_files({failure.file for failure in broken})
        for failure in news.failures:
            if failure not in self._broken:
                tell_failure(failure, self._consequence(failure))
        self._broken = broken
        tell_oddities(self._registry(), known=self._odd)
        self._odd = frozenset(_oddities(self._registry()))
        self._tell_summary(news, mended, len({failure.file for failure in broken}))

    def _mended_files(self, broken: Collection[str]) -> list[str]:
        """What was broken and is there without a failure: not what was deleted."""
        before = {failure.file for failure in self._broken}
        return sorted(file for file in before - {*broken} if (self._root / file).exists())

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


class _Oddity(NamedTuple):
    """Something that loads but is likely not meant."""

    action: str
    text: str
    fields: JSON


def tell_oddities(registry: Registry, *, known: Collection[Hashable] = ()) -> None:
    """The project's warnings, each with its place, without those that are `known`."""
    for identity, oddity in _oddities(registry).items():
        if identity not in known:
            tell_warning(oddity.action, oddity.text, fields=oddity.fields)


def _oddities(registry: Registry) -> dict[Hashable, _Oddity]:
    odd: dict[Hashable, _Oddity] = {
        warning: _Oddity("load.warning", warning, None) for warning in registry.warnings
    }
    for finding in lint(registry):
        # The same one, wherever edits above it move its line.
        identity = replace(finding, line=0)
        odd[identity] = _Oddity("load.lint", shown_finding(finding), asdict(finding))
    return odd


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
