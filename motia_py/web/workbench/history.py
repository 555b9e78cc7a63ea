"""Who wrote what: the last values of each key, with the run that wrote them. In memory only."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from motia_py.encoding import size_of
from motia_py.messages import Change
from motia_py.runtime.recording import recorded
from motia_py.runtime.tracing import TraceLog
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.views import ChangeView, HistoryView, WriteView

#: Values of one key that are kept; keys; about how many bytes of all; changes that are told to who
#: was away.
KEPT_VALUES = 20
KEPT_KEYS = 5000
KEPT_BYTES = 64 * 1024 * 1024
KEPT_CHANGES = 2000
#: Of one value that is kept: a larger one is cut.
MAX_VALUE_BYTES = 64 * 1024
#: Runs of a trace that are looked at for the one that wrote.
_LOOKED_AT = 200


class Place(NamedTuple):
    """Where a value stands: `space` is `state` or `stream/{name}`."""

    space: str
    group: str
    key: str


class _Written(NamedTuple):
    """The change as it came, without the value before it; cut if it is large. Who wrote it is
    worked out for the few that are looked at."""

    at: float
    change: Change
    trace_id: str
    span_id: str | None
    size_bytes: int
    is_cut: bool


class History:
    """Hears of every write. Called for each token of an answer: it keeps, and copies nothing but
    what it cuts."""

    def __init__(self, traces: TraceLog, now: Callable[[], float], epoch: str) -> None:
        self._traces = traces
        self._now = now
        self._values: OrderedDict[Place, deque[_Written]] = OrderedDict()
        self._kept_bytes = 0
        self.feed: Feed[_Written] = Feed(epoch, KEPT_CHANGES)

    def wrote(self, changes: Sequence[Change], trace_id: str, span_id: str | None) -> None:
        """Note what a run wrote; `span_id` is None for what no run did."""
        at = self._now()
        for change in changes:
            value = change.new_value
            size = size_of(value, MAX_VALUE_BYTES)
            is_cut = size > MAX_VALUE_BYTES
            if is_cut:
                value = recorded(value)
                size = size_of(value, MAX_VALUE_BYTES)
            kept = replace(change, old_value=None, new_value=value)
            written = _Written(at, kept, trace_id, span_id, size, is_cut)
            self._keep(Place(change.space, change.group, change.key), written)
            self.feed.append(written)

    def _keep(self, place: Place, written: _Written) -> None:
        values = self._values.setdefault(place, deque())
        self._values.move_to_end(place)
        values.append(written)
        self._kept_bytes += written.size_bytes
        if len(values) > KEPT_VALUES:
            self._kept_bytes -= values.popleft().size_bytes
        while len(self._values) > KEPT_KEYS or self._kept_bytes > KEPT_BYTES:
            _, forgotten = self._values.popitem(last=False)
            self._kept_bytes -= sum(each.size_bytes for each in forgotten)

    def last(self, place: Place) -> WriteView | None:
        """Who wrote a value last, without the value; None if it is not known."""
        values = self._values.get(place)
        if not values:
            return None
        return self._view(values[-1], has_value=False)

    def written_by(self, trace_id: str, span_id: str) -> list[Change]:
        """What one run wrote, as far as it is remembered, oldest first."""
        return [
            written.change
            for written in self.feed.items()
            if (written.trace_id, written.span_id) == (trace_id, span_id)
        ]

    def of(self, place: Place) -> HistoryView:
        """The last writes of one value, newest first."""
        values = self._values.get(place, ())
        writes = [self._view(written) for written in reversed(values)]
        return HistoryView(space=place.space, group=place.group, key=place.key, writes=writes)

    def change_view(self, written: _Written) -> ChangeView:
        change = written.change
        view = self._view(written)
        return ChangeView(space=change.space, group=change.group, key=change.key, write=view)

    def _view(self, written: _Written, *, has_value: bool = True) -> WriteView:
        return WriteView(
            at=written.at,
            kind=written.change.kind,
            step=self._step_of(written),
            trace_id=written.trace_id,
            span_id=written.span_id,
            value=written.change.new_value if has_value else None,
            is_cut=has_value and written.is_cut,
        )

    def _step_of(self, written: _Written) -> str:
        if written.span_id is None:
            return ""
        return self._traces.step_of(written.trace_id, written.span_id, among=_LOOKED_AT)
