"""Who wrote what: the last values of each key, with the run that wrote them. In memory only."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from motia_py.encoding import dumps
from motia_py.messages import JSON, Change
from motia_py.runtime.tracing import TraceLog, recorded
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.views import ChangeView, HistoryView, WriteView

#: Values of one key that are kept; keys; changes that are told to who was away.
KEPT_VALUES = 20
KEPT_KEYS = 5000
KEPT_CHANGES = 2000
#: Of a value in its history: there are many of them.
MAX_SHOWN_BYTES = 64 * 1024
#: Runs of a trace that are looked at for the one that wrote.
_LOOKED_AT = 200


class Place(NamedTuple):
    """Where a value stands: `space` is `state` or `stream/{name}`."""

    space: str
    group: str
    key: str


class _Written(NamedTuple):
    """Kept as it came: how it is shown is worked out for the few that are looked at."""

    at: float
    change: Change
    trace_id: str
    span_id: str | None


class History:
    """Hears of every write. Called for each token of an answer: it keeps, and copies nothing."""

    def __init__(self, traces: TraceLog, now: Callable[[], float], epoch: str) -> None:
        self._traces = traces
        self._now = now
        self._values: OrderedDict[Place, deque[_Written]] = OrderedDict()
        self.feed: Feed[_Written] = Feed(epoch, KEPT_CHANGES)

    def wrote(self, changes: Sequence[Change], trace_id: str, span_id: str | None) -> None:
        """Note what a run wrote; `span_id` is None for what no run did."""
        at = self._now()
        for change in changes:
            place = Place(change.space, change.group, change.key)
            values = self._values.get(place)
            if values is None:
                values = self._values[place] = deque(maxlen=KEPT_VALUES)
                if len(self._values) > KEPT_KEYS:
                    self._values.popitem(last=False)
            written = _Written(at, change, trace_id, span_id)
            values.append(written)
            self.feed.append(written)

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
        change = written.change
        value: JSON = change.new_value if has_value else None
        is_cut = has_value and len(dumps(value)) > MAX_SHOWN_BYTES
        return WriteView(
            at=written.at,
            kind=change.kind,
            step=self._step_of(written),
            trace_id=written.trace_id,
            span_id=written.span_id,
            value=recorded(value) if is_cut else value,
            is_cut=is_cut,
        )

    def _step_of(self, written: _Written) -> str:
        if written.span_id is None:
            return ""
        return self._traces.step_of(written.trace_id, written.span_id, among=_LOOKED_AT)
