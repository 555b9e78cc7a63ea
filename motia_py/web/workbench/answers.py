"""What requests were answered: kept in bounds, and taken in where no client is there to do so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import hdrs

from motia_py import encoding
from motia_py.errors import NotJSON
from motia_py.messages import JSON
from motia_py.runtime.files import FileResponse
from motia_py.runtime.requests import ApiResponse, EventStream
from motia_py.runtime.response_writer import OnDisconnect, ResponseWriter
from motia_py.web.responding import TRACE_ID
from motia_py.web.sse import parts_of
from motia_py.web.streaming import LiveAnswer
from motia_py.web.workbench.masking import masked
from motia_py.web.workbench.views import ResponseView

#: Of one body.
MAX_KEPT_BYTES = 64 * 1024
#: Of an answer that is made while it is read: then its reader leaves.
MAX_PIECES = 200
MAX_READ_SECONDS = 10.0

_LARGE = f"It is larger than {MAX_KEPT_BYTES // 1024} kB, and not kept."
_STREAMED = "It was sent piece by piece, which is not kept of a real run."
#: Set by the server, whatever the step does.
_OUR_HEADERS = frozenset({TRACE_ID, hdrs.SERVER, hdrs.DATE, hdrs.TRANSFER_ENCODING})


def status_sent(status: object) -> int:
    """The status that the client saw: in place of what is none the server sends a 500."""
    return status if isinstance(status, int) and 100 <= status <= 599 else 500


class Answer(NamedTuple):
    """`body` as the handler gave it where that was text or bytes, else as JSON text; None if it is
    not kept. `note` says what is missing, and why."""

    status: int
    headers: Mapping[str, Any]
    body: str | bytes | None
    note: str | None = None
    is_json: bool = False

    @property
    def size_bytes(self) -> int:
        return len(self.body) if self.body is not None else 0

    def view(self) -> ResponseView:
        body, note = self._shown()
        return ResponseView(
            status=status_sent(self.status),
            headers={name.lower(): str(value) for name, value in masked(self.headers).items()},
            body=masked(body),
            has_body=note is None or body is not None,
            note=note,
        )

    def _shown(self) -> tuple[JSON, str | None]:
        if self.body is None:
            return None, self.note
        types = [
            str(value) for name, value in self.headers.items() if name.lower() == "content-type"
        ]
        if self.is_json or any("json" in each for each in types):
            try:
                return encoding.loads(self.body), self.note
            except NotJSON:
                pass
        if isinstance(self.body, str):
            return self.body, self.note
        try:
            return self.body.decode(), self.note
        except UnicodeDecodeError:
            return None, f"{len(self.body)} bytes, which are no text."


def kept(response: ApiResponse) -> Answer:
    """An answer as it may be kept: what is large, or sent while it is made, is left out."""
    headers = response.headers or {}
    body = response.body
    if isinstance(body, ResponseWriter):
        return _written(body)
    if isinstance(body, EventStream):
        return Answer(response.status, headers, None, _STREAMED)
    if isinstance(body, FileResponse):
        return Answer(response.status, headers, None, "It is a file.")
    if isinstance(body, (str, bytes)):
        return _in_bounds(Answer(response.status, headers, body))
    try:
        text = encoding.dumps(body)
    except NotJSON as error:
        return Answer(500, {}, None, f"It could not be sent: {error}")
    return _in_bounds(Answer(response.status, headers, text, is_json=True))


def _written(writer: ResponseWriter) -> Answer:
    outlet = writer.outlet
    if isinstance(outlet, LiveAnswer):
        sent = outlet.sent
        own = {name: each for name, each in sent.headers.items() if name not in _OUR_HEADERS}
        return Answer(sent.status, own, None, _STREAMED)
    assert isinstance(outlet, Reader)
    head = outlet.answer
    assert head is not None
    return head._replace(body=None, note=_STREAMED)


def _in_bounds(answer: Answer) -> Answer:
    if answer.size_bytes <= MAX_KEPT_BYTES:
        return answer
    return answer._replace(body=None, note=_LARGE)


class Reader:
    """Takes in one answer, as a client would: a `rehearsal.Client`, and the `Begin` and `Outlet` of
    what a handler writes by hand. `keeps`: it notes the first of it, and leaves when it has that;
    else it lets all of it pass by.
    """

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._answer: Answer | None = None
        #: Of an answer that is written by hand.
        self._text = b""
        self._count = 0
        self._size_bytes = 0
        self._may_leave = False
        self._timer: asyncio.TimerHandle | None = None
        self.leave: Callable[[], object] = lambda: None
        self.has_left = False

    @property
    def answer(self) -> Answer | None:
        """None: there is none, or not yet."""
        answer = self._answer
        if answer is None or answer.body is not None or answer.note is not None:
            return answer
        return answer._replace(body=self._text.decode(errors="replace"), note=self._cut)

    async def begin(
        self,
        status: int,
        headers: Mapping[str, Any],
        *,
        trace_id: str,
        on_disconnect: OnDisconnect,
    ) -> Reader:
        self._answer = Answer(status, dict(headers), None)
        if self._keeps and on_disconnect == "cancel":
            self._may_leave = True
            # The machine's own time: a person waits.
            self._timer = asyncio.get_running_loop().call_later(MAX_READ_SECONDS, self._go)
        return self

    async def write(self, data: bytes) -> None:
        if self._takes(len(data)):
            self._text += data
        else:
            self._go()

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def fail(self, problem: JSON) -> None:
        await self.write(encoding.dumps(problem))
        await self.close()

    async def read(self, response: ApiResponse) -> None:
        body = response.body
        if isinstance(body, EventStream):
            await self._read_events(response, body)
        elif not isinstance(body, ResponseWriter):
            self._answer = kept(response)

    async def _read_events(self, response: ApiResponse, stream: EventStream) -> None:
        events: list[JSON] = []
        self._may_leave = self._keeps and stream.on_disconnect == "cancel"
        try:
            async with asyncio.timeout(MAX_READ_SECONDS if self._may_leave else None):
                async for event in stream.events:
                    shown = _event(event) if self._keeps else None
                    if self._takes(len(encoding.dumps(shown))):
                        events.append(shown)
                    elif self._may_leave:
                        self.has_left = True
                        break
        except TimeoutError:
            self.has_left = True
        finally:
            await _close(stream)
        text = encoding.dumps(events)
        self._answer = Answer(response.status, response.headers or {}, text, self._cut, True)

    def _takes(self, size_bytes: int) -> bool:
        """Whether one more piece is kept."""
        self._count += 1
        self._size_bytes += size_bytes
        is_in_bounds = self._count <= MAX_PIECES and self._size_bytes <= MAX_KEPT_BYTES
        return self._keeps and is_in_bounds

    def _go(self) -> None:
        if self._may_leave and not self.has_left:
            self.has_left = True
            self.leave()

    @property
    def _cut(self) -> str | None:
        if self._count <= MAX_PIECES and self._size_bytes <= MAX_KEPT_BYTES and not self.has_left:
            return None
        return "Only its first part: a rehearsal reads so much, then it goes away as a client may."


def _event(event: Any) -> JSON:
    type, data, id, _ = parts_of(event)
    named = {"event": type, "id": id, "data": data}
    try:
        return encoding.plain({name: part for name, part in named.items() if part is not None})
    except NotJSON as error:
        return f"cannot be sent: {error}"


async def _close(stream: EventStream) -> None:
    if stream.close is not None:
        await stream.close()
    elif isinstance(stream.events, AsyncGenerator):
        await stream.events.aclose()
