"""What the last runs were given and what they answered, so that they can be run again. In memory,
bounded; originals, with their secrets, which never leave the server.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from motia_py import encoding
from motia_py.messages import JSON, Delivery
from motia_py.runtime.request_body import StreamedBody
from motia_py.runtime.requests import ApiResponse, Request, SentRequest, as_sent
from motia_py.runtime.tracing import Span, TraceLog
from motia_py.web.workbench.answers import MAX_KEPT_BYTES, Answer, kept

KEPT_RUNS = 500
#: Of those that begin within so many seconds: what comes faster is a load test, and would be gone
#: before anybody could look at it.
KEPT_AT_ONCE = 100
AT_ONCE_SECONDS = 0.1
#: Of all inputs and answers together.
MAX_TOTAL_BYTES = 16 * 1024 * 1024

_FORGOTTEN = (
    f"What it was given is not remembered: the last {KEPT_RUNS} runs are, but for those that came"
    " too fast."
)
_LARGE = f"What it was given is larger than {MAX_KEPT_BYTES // 1024} kB, and not kept."
_STREAMED = "Its step reads the request's body as it arrives: it is not kept."
_SOCKET = "It was set off by an event of a Socket.IO client, whose connection cannot be had again."


class GivenDelivery(NamedTuple):
    """`text` is the data as JSON: the handler may have changed the value that it got."""

    topic: str
    group: str | None
    text: bytes

    @property
    def data(self) -> JSON:
        return encoding.loads(self.text)


class NotKept(NamedTuple):
    """Why nothing is there; for people."""

    reason: str


Given = GivenDelivery | SentRequest | NotKept


class _Run:
    __slots__ = ("answer", "given", "size_bytes")

    def __init__(self, given: Given, size_bytes: int) -> None:
        self.given = given
        self.answer: Answer | None = None
        self.size_bytes = size_bytes


class Inputs:
    """Hears of every run. Called for each request: of those it keeps references."""

    def __init__(self, traces: TraceLog) -> None:
        self._runs: OrderedDict[Span, _Run] = OrderedDict()
        self._size_bytes = 0
        self._window_began_at = 0.0
        self._in_window = 0
        traces.listen(begun=self._begun, answered=self._answered)

    def given(self, span: Span) -> Given:
        run = self._runs.get(span)
        return NotKept(_FORGOTTEN) if run is None else run.given

    def answer(self, span: Span) -> Answer | None:
        """What it answered; None if that is not known, or it answers nobody."""
        run = self._runs.get(span)
        return None if run is None else run.answer

    def _begun(self, span: Span, given: object) -> None:
        if not self._has_room(span.started_at):
            return
        # By type: Request is a MutableMapping, and asking an ABC takes its time.
        if type(given) is Request:
            self._keep(span, *_of_request(given))
        elif isinstance(given, Delivery):
            self._keep(span, *_of_delivery(given))
        else:
            self._keep(span, NotKept(_SOCKET), 0)

    def _has_room(self, now: float) -> bool:
        """Whether one more run is kept that begins now."""
        if not 0 <= now - self._window_began_at < AT_ONCE_SECONDS:
            self._window_began_at, self._in_window = now, 0
        self._in_window += 1
        return self._in_window <= KEPT_AT_ONCE

    def _answered(self, span: Span, response: object) -> None:
        run = self._runs.get(span)
        if run is None or not isinstance(response, ApiResponse):
            return
        run.answer = kept(response)
        self._grow(run, run.answer.size_bytes)

    def _keep(self, span: Span, given: Given, size_bytes: int) -> None:
        run = self._runs[span] = _Run(given, 0)
        self._grow(run, size_bytes)

    def _grow(self, run: _Run, size_bytes: int) -> None:
        run.size_bytes += size_bytes
        self._size_bytes += size_bytes
        while len(self._runs) > KEPT_RUNS or self._size_bytes > MAX_TOTAL_BYTES:
            _, oldest = self._runs.popitem(last=False)
            self._size_bytes -= oldest.size_bytes


def _of_request(request: Request) -> tuple[Given, int]:
    sent = as_sent(request)
    if isinstance(sent.body, StreamedBody):
        return NotKept(_STREAMED), 0
    size_bytes = len(sent.body.raw)
    if size_bytes > MAX_KEPT_BYTES:
        return NotKept(_LARGE), 0
    return sent, size_bytes


def _of_delivery(delivery: Delivery) -> tuple[Given, int]:
    text = encoding.dumps(delivery.data)
    if len(text) > MAX_KEPT_BYTES:
        return NotKept(_LARGE), 0
    return GivenDelivery(delivery.topic, delivery.group, text), len(text)
