"""What runs, as it begins and ends: the feed of runs, and how many there were of each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from motia_py.messages import Lane
from motia_py.runtime.tracing import MAX_TRACES, Span, TraceLog
from motia_py.web.workbench.answers import status_sent
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.views import RunView

#: Begins and ends that are kept for whoever was away or reads slowly.
KEPT_RUNS = 5000
#: Runs of a trace that are looked at for the one that emitted.
_LOOKED_AT = 100


class Activity:
    """Listens to every run of the server. Called for each request: it counts, and makes nothing."""

    def __init__(self, traces: TraceLog, epoch: str) -> None:
        self._traces = traces
        self.feed: Feed[Span] = Feed(epoch, KEPT_RUNS)
        self.runs: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        #: By the step that emitted, the step that ran and its trigger.
        self.passed: Counter[tuple[str, str, str]] = Counter()
        traces.listen(self._ended, begun=self._begun)

    def recent(self, step: str, limit: int) -> list[RunView]:
        """The last runs of a step, newest first."""
        found = (span for span in self._newest() if span.step == step)
        return [run_view(span) for span in islice(found, limit)]

    def recent_by_lane(self, lanes: Iterable[Lane], limit: int) -> Mapping[Lane, list[RunView]]:
        """The last runs of each of these triggers, newest first; all are found in one walk."""
        found: dict[Lane, list[RunView]] = {lane: [] for lane in lanes}
        for span in self._newest():
            runs = found.get(Lane(span.step, span.trigger))
            if runs is not None and len(runs) < limit:
                runs.append(run_view(span))
        return found

    def _newest(self) -> Iterator[Span]:
        for spans in self._traces.recent(limit=MAX_TRACES):
            yield from reversed(spans)

    def _begun(self, span: Span, _: object) -> None:
        self.feed.append(span)
        # An attempt that is repeated was passed on once.
        if span.parent_id is not None and span.attempt == 1:
            emitter = self._traces.step_of(span.trace_id, span.parent_id, among=_LOOKED_AT)
            self.passed[emitter, span.step, span.trigger] += 1

    def _ended(self, span: Span) -> None:
        self.feed.append(span)
        self.runs[span.step] += 1
        if span.status == "error":
            self.errors[span.step] += 1


def runs_once(spans: list[Span]) -> list[RunView]:
    """Each run once, where it came last: one that began and ended is told as it is now."""
    last = {id(span): span for span in reversed(spans)}
    return [run_view(span) for span in reversed(last.values())]


def http_status_of(span: Span) -> int | None:
    """None: it answers nobody, or did not yet."""
    return None if span.http_status is None else status_sent(span.http_status)


def run_view(span: Span) -> RunView:
    duration = span.duration_seconds
    return RunView(
        id=span.id,
        trace_id=span.trace_id,
        parent_id=span.parent_id,
        step=span.step,
        trigger=span.trigger,
        status=span.status,
        http_status=http_status_of(span),
        error=span.error,
        attempt=span.attempt,
        started_at=span.started_at,
        duration_ms=None if duration is None else duration * 1000,
        marks=len(span.marks or ()),
    )
