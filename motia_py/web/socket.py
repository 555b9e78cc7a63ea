"""One open WebSocket as the hub's member. Writing to it never waits.

While its client reads, each change is written as it comes. Once it lags, changes wait in an outbox
that merges them; past a bound it is cut off, and nobody else notices.
"""

from __future__ import annotations

import asyncio

from motia_py.runtime.access import Visitor
from motia_py.runtime.frames import Announcement, Form, text_message
from motia_py.runtime.outbox import MERGE_ABOVE_BYTES, Outbox
from motia_py.web.connection import Connection
from motia_py.web.watching import GOING_AWAY, TOO_SLOW

_DELTAS = Form.DELTAS

#: Growing texts that one client is told the short way. More are told whole once again.
MAX_REFS = 1000


class Socket:
    """`max_backlog_bytes` is what may wait for the client before it is cut off."""

    __slots__ = (
        "_answers_on_their_way",
        "_connection",
        "_interruption",
        "_is_behind",
        "_is_flush_due",
        "_max_backlog_bytes",
        "_outbox",
        "_refs",
        "_transport",
        "close_code",
        "visitor",
    )

    def __init__(
        self,
        connection: Connection,
        transport: asyncio.Transport,
        interruption: asyncio.Timeout,
        visitor: Visitor,
        *,
        max_backlog_bytes: int,
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._interruption = interruption
        self._max_backlog_bytes = max_backlog_bytes
        self._outbox = Outbox(merges_above=0)
        #: Whether something waits in the outbox; asked at every change.
        self._is_behind = False
        self._is_flush_due = False
        #: While somebody waits for it.
        self._answers_on_their_way: asyncio.Future[None] | None = None
        #: The growing texts whose number the client knows.
        self._refs: set[int] = set()
        self.visitor = visitor
        self.close_code: int | None = None
        transport.set_write_buffer_limits(high=MERGE_ABOVE_BYTES)
        connection.on_drained = self._flush
        connection.on_lost = self._tell_answers_on_their_way

    # Written out, because every change passes here once for every client.
    def tell(self, announcement: Announcement, form: Form) -> None:
        transport = self._transport
        if self._is_behind or transport.get_write_buffer_size() > MERGE_ABOVE_BYTES:
            if self.close_code is None:
                self._outbox.put(announcement, form)
                self._wait_for_client()
        elif self.close_code is None and not transport.is_closing():
            if form is _DELTAS and announcement.delta is not None:
                transport.write(self._shortest(announcement, announcement.delta.ref))
            else:
                transport.write(announcement.message(form))

    def send(self, text: bytes) -> None:
        """Write one text message, after those that wait; it is lost if the socket is closing."""
        if self._is_behind or self._transport.get_write_buffer_size() > MERGE_ABOVE_BYTES:
            self._outbox.put_frame(text)
            self._wait_for_client()
        else:
            self._write(text_message(text))

    async def answers_on_their_way(self) -> None:
        """Return once no frame waits that is no change, or the client is gone: one that asks and
        asks and does not read is not read either, and costs no more memory."""
        if self._outbox.frame_count:
            self._answers_on_their_way = asyncio.get_running_loop().create_future()
            await self._answers_on_their_way

    def forget_refs(self) -> None:
        """Tell every growing text whole once again: the client's own copy may be another one."""
        self._refs.clear()

    def close(self, code: int) -> None:
        """Have the socket closed by the task that serves it; the first code counts."""
        if self.close_code is None:
            self.close_code = code
            self._interruption.reschedule(0)

    def finish(self) -> None:
        """Nothing is written from here on; called by the task that serves the socket."""
        self._connection.on_drained = self._connection.on_lost = None
        if self.close_code is None:
            self.close_code = GOING_AWAY

    def _shortest(self, announcement: Announcement, ref: int) -> bytes:
        short = announcement.short_message
        if short is not None and ref in self._refs:
            return short
        if len(self._refs) >= MAX_REFS:
            self._refs.clear()
        self._refs.add(ref)
        return announcement.message(Form.DELTAS)

    def _write(self, message: bytes) -> None:
        if self.close_code is None and not self._transport.is_closing():
            self._transport.write(message)

    def _wait_for_client(self) -> None:
        self._is_behind = True
        if self._outbox.size_bytes > self._max_backlog_bytes:
            self.close(TOO_SLOW)
        elif not self._connection.writing_paused and not self._is_flush_due:
            # What was written in this turn of the loop may be on its way by the next, and then
            # nobody tells that there is room again.
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flush_due = False
        while self._outbox and self._transport.get_write_buffer_size() <= MERGE_ABOVE_BYTES:
            self._write(text_message(self._outbox.take()))
        self._is_behind = bool(self._outbox)
        if not self._outbox.frame_count:
            self._tell_answers_on_their_way()

    def _tell_answers_on_their_way(self) -> None:
        waiting, self._answers_on_their_way = self._answers_on_their_way, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
