"""A stream's address as server-sent events: what there is or what was missed, then each change.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from aiohttp import hdrs, web

from motia_py.runtime.access import Visitor
from motia_py.runtime.frames import NOWHERE, Announcement, Channel, Cursor, Form, read_cursor
from motia_py.runtime.outbox import Outbox
from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import headers_of
from motia_py.web.streaming import EVENT_STREAM_HEADERS, LiveAnswer, Opening
from motia_py.web.watching import GOING_AWAY, TOO_SLOW, Watching


class EventReader:
    """One reader as the hub's member. What it is told waits until it has read what came before."""

    __slots__ = ("_max_backlog_bytes", "_news", "_outbox", "close_code", "visitor")

    def __init__(self, visitor: Visitor, *, max_backlog_bytes: int) -> None:
        self.visitor = visitor
        self.close_code: int | None = None
        self._max_backlog_bytes = max_backlog_bytes
        self._outbox = Outbox()
        self._news = asyncio.Event()

    def tell(self, announcement: Announcement, form: Form) -> None:
        self._outbox.put(announcement, form)
        if self._outbox.size_bytes > self._max_backlog_bytes:
            self.close(TOO_SLOW)
        self._news.set()

    def send(self, frame: bytes) -> None:
        self._outbox.put_frame(frame)
        self._news.set()

    def close(self, code: int) -> None:
        if self.close_code is None:
            self.close_code = code
        self._news.set()

    async def read_into(self, answer: LiveAnswer) -> None:
        """Write what it is told until it is closed; then it comes back, with what it saw last."""
        while self.close_code is None:
            self._news.clear()
            while self._outbox and self.close_code is None:
                await answer.write(self._outbox.take())
            if self.close_code is None and not self._outbox:
                await self._news.wait()


class EventReaders:
    """Everyone who reads events, so that they can be told to go."""

    def __init__(self, watching: Watching, *, max_backlog_bytes: int) -> None:
        self._watching = watching
        self._max_backlog_bytes = max_backlog_bytes
        self._open: set[EventReader] = set()
        self._is_closing = False

    def close_all(self) -> None:
        """End every answer, also one that is just beginning."""
        self._is_closing = True
        for reader in self._open:
            reader.close(GOING_AWAY)

    async def serve(
        self, opening: Opening, channel: Channel, visitor: Visitor, *, trace_id: str
    ) -> web.StreamResponse:
        """Answer a visitor that was let in, for as long as it reads."""
        request = opening.request
        headers = {**EVENT_STREAM_HEADERS, **opening.extra}
        sent = web.StreamResponse(headers=headers_of(ApiResponse(), trace_id, headers))
        reader = EventReader(visitor, max_backlog_bytes=self._max_backlog_bytes)
        try:
            if request.method == hdrs.METH_HEAD:
                return sent
            answer = await LiveAnswer.begin(request, sent, "cancel", opening.clock)
            self._open.add(reader)
            if self._is_closing:
                reader.close(GOING_AWAY)
            cursor = _cursor_of(request)
            await self._watching.join(reader, channel, form=Form.EVENTS, cursor=cursor)
            await reader.read_into(answer)
            await answer.close()
        finally:
            self._open.discard(reader)
            self._watching.hub.drop(reader, now_ms=self._watching.now_ms())
            await self._watching.left([channel], visitor)
        return sent


def wants_events(request: web.BaseRequest) -> bool:
    """Whether a GET of a stream's address asks for events rather than for JSON."""
    return "text/event-stream" in request.headers.get(hdrs.ACCEPT, "").lower()


def _cursor_of(request: web.BaseRequest) -> Cursor | None:
    """Where the reader was: browsers send a header, others may not be able to."""
    sent = request.headers.get("Last-Event-ID")
    if sent is None:
        sent = parse_qs(request.query_string).get("lastEventId", [None])[0]
    return None if not sent else read_cursor(sent) or NOWHERE
