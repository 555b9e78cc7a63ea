"""What is stored: state and streams, and who wrote it."""

from __future__ import annotations

from typing import Any, Literal

from motia_py.web.workbench.views.base import View


class WriteView(View):
    """Who wrote a value, and when. `step` is empty for what the server or a person did; `spanId`
    is the run. `value` is the value after it, null for a delete; `isCut`: it is too large to be
    sent whole."""

    at: float
    kind: Literal["set", "update", "delete"]
    step: str
    trace_id: str
    span_id: str | None
    value: Any
    is_cut: bool


class GroupView(View):
    name: str
    count: int


class StateView(View):
    """GET /state: the groups of the handlers' state."""

    groups: list[GroupView]


class ValueView(View):
    """A stored value; `written` says who wrote it last, null if that is not known any more."""

    key: str
    value: Any
    written: WriteView | None


class StateGroupView(View):
    """GET /state/{group}: its values, in the order in which they were first written. At most
    `limit` from `offset` on; `total` is how many there are."""

    group: str
    total: int
    offset: int
    values: list[ValueView]


class StreamView(View):
    """A stream as it is declared; `itemSchema` is JSON Schema, null where nothing is checked."""

    name: str
    description: str
    file: str
    line: int
    is_stale: bool
    item_schema: dict[str, Any] | None
    ttl_seconds: float | None
    max_items: int | None
    groups: list[GroupView]


class StreamsView(View):
    """GET /streams: every stream with its groups."""

    streams: list[StreamView]


class StreamGroupView(View):
    """GET /streams/{name}/{group}: its items, as StateGroupView has values."""

    stream: str
    group: str
    total: int
    offset: int
    items: list[ValueView]


class ChangeView(View):
    """A write as it is told live. `space` is `state` or `stream/{name}`."""

    space: str
    group: str
    key: str
    write: WriteView


class HistoryView(View):
    """GET /history/{space}/{group}/{key}: the last writes of one value, newest first, as far as
    the server remembers them."""

    space: str
    group: str
    key: str
    writes: list[WriteView]
