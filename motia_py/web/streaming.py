"""Sends an answer while it is made: the head first, then each piece as it comes.

Whoever makes an answer hears at once when its client is gone: it is cancelled, and with it what it
waits for, unless it asked to finish.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from motia_py.clock import Clock, Timer
from motia_py.errors import ConfigError, NotJSON
from motia_py.messages import JSON
from motia_py.runtime.requests import (
    ApiResponse,
    EventStream,
    ServerSentEvent,
    internal_error,
)
from motia_py.runtime.response_writer import OnDisconnect, ResponseWriter
from motia_py.web.connection import Connection
from motia_py.web.responding import build, headers_of
from motia_py.web.sse import PING, event_bytes

#: nginx and its like hold answers back unless they are told not to.
EVENT_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
#: Silence after which a comment is sent: proxies close what is idle for a minute or less.
SILENCE_SECONDS = 15.0
#: Pieces after which everybody else has a turn: to write to a client that reads fast, or is gone,
#: takes no wait, and a handler that never waits either would hold up the whole server.
WRITES_PER_TURN = 64

#: Under this key a request has the answer whose head was sent.
BEGUN = web.RequestKey("begun", web.StreamResponse)

_log = logging.getLogger("motia_py.web")


class Opening(NamedTuple):
    """How to answer one request while the answer is made; `extra` headers yield to its own."""

    request: web.BaseRequest
    extra: Mapping[str, str]
    clock: Clock

    async def begin(
        self,
        status: int,
        headers: Mapping[str, Any],
        *,
        trace_id: str,
        on_disconnect: OnDisconnect,
    ) -> LiveAnswer:
        """Send the head of an answer that a handler writes; see `response_writer.Begin`."""
        sent = _streamed(
            status, headers_of(ApiResponse(status, b"", headers), trace_id, self.extra)
        )
        return await LiveAnswer.begin(self.request, sent, on_disconnect, self.clock)


class LiveAnswer:
    """An answer whose head is sent: a `response_writer.Outlet`.

    Server-sent events that stay away for long are bridged by comments.
    """

    def __init__(self, request: web.BaseRequest, sent: web.StreamResponse, clock: Clock) -> None:
        self.sent = sent
        self._request = request
        self._clock = clock
        self._is_over = False
        self._writes = 0
        # What follows a HEAD, or a status that has no body.
        self._is_empty = request.method == hdrs.METH_HEAD or sent.status in (204, 304)
        self._wrote_at = clock.monotonic()
        self._is_between_events = True
        self._timer: Timer | None = None
        self._ping: asyncio.Task[None] | None = None

    @classmethod
    async def begin(
        cls,
        request: web.BaseRequest,
        sent: web.StreamResponse,
        on_disconnect: OnDisconnect,
        clock: Clock,
    ) -> LiveAnswer:
        """Send the head."""
        request[BEGUN] = sent
        answer = cls(request, sent, clock)
        if on_disconnect == "cancel":
            answer._cancel_when_lost()
        with suppress(ConnectionError):
            await sent.prepare(request)
        if answer._is_event_stream and not answer._is_empty:
            answer._watch_silence(SILENCE_SECONDS)
        return answer

    @property
    def _is_event_stream(self) -> bool:
        return self.sent.content_type == "text/event-stream"

    async def write(self, data: bytes) -> None:
        self._writes += 1
        if not self._writes % WRITES_PER_TURN:
            await asyncio.sleep(0)
        if self._is_over or self._is_empty or not data:
            return
        self._wrote_at = self._clock.monotonic()
        self._is_between_events = data.endswith(b"\n\n")
        try:
            await self.sent.write(data)
        except ConnectionError:
            return  # it takes nothing any more; its handler may be one that wants to finish

    async def close(self) -> None:
        if self._is_over:
            return
        self._end()
        with suppress(ConnectionError):
            await self.sent.write_eof()

    async def fail(self, problem: JSON) -> None:
        if self._is_event_stream:
            await self.write(event_bytes(ServerSentEvent(event="error", data=problem)))
            await self.close()
            return
        self._end()
        if self._request.transport is not None:
            self._request.transport.abort()

    def _cancel_when_lost(self) -> None:
        connection, task = self._request.protocol, self._request.task

        def lost() -> None:
            self._end()
            task.cancel()

        if self._request.transport is None:
            task.cancel()  # the client did not wait for the head
        elif isinstance(connection, Connection):
            connection.on_lost = lost

    def _end(self) -> None:
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        connection = self._request.protocol
        if isinstance(connection, Connection):
            connection.on_lost = None

    def _watch_silence(self, seconds: float) -> None:
        self._timer = self._clock.call_later(seconds, self._break_silence)

    def _break_silence(self) -> None:
        if self._request.transport is None:
            return
        silent_seconds = self._clock.monotonic() - self._wrote_at
        if silent_seconds < SILENCE_SECONDS:
            self._watch_silence(SILENCE_SECONDS - silent_seconds)
            return
        # Whoever has not read what waits for him needs no more of it.
        is_reading = not self._request.transport.get_write_buffer_size()
        if self._is_between_events and is_reading:
            self._ping = asyncio.get_running_loop().create_task(self.write(PING))
        self._watch_silence(SILENCE_SECONDS)


async def send_events(
    opening: Opening, response: ApiResponse, *, trace_id: str
) -> web.StreamResponse:
    """Answer with the EventStream that is the body; returns once it ended.

    The handler's run is closed in any case. A HEAD request does not enter its generator.
    """
    stream: EventStream = response.body
    request = opening.request
    extra = {**EVENT_STREAM_HEADERS, **opening.extra}
    try:
        head = ApiResponse(status=response.status, headers=response.headers)
        built = build(head, trace_id=trace_id, extra=extra)
        if built.status != response.status:
            return built  # its headers cannot be sent: it is a 500 now
        sent = _streamed(response.status, built.headers)
        if request.method == hdrs.METH_HEAD:
            return sent
        answer = await LiveAnswer.begin(request, sent, stream.on_disconnect, opening.clock)
        try:
            await _send(answer, stream.events, trace_id)
        finally:
            await answer.close()
    finally:
        await _close(stream)
    return sent


def sent_by(writer: ResponseWriter) -> web.StreamResponse:
    """The answer that a handler wrote."""
    answer = writer.outlet
    if not isinstance(answer, LiveAnswer):
        raise TypeError(f"{writer!r} was not begun here")
    return answer.sent


async def _send(answer: LiveAnswer, events: AsyncIterator[Any], trace_id: str) -> None:
    try:
        async for event in events:
            await answer.write(event_bytes(event))
    except (NotJSON, ConfigError) as error:
        _log.error(
            "an event cannot be sent: %s",
            error,
            extra={"action": "response.refused", "trace_id": trace_id},
        )
        await answer.fail(internal_error(trace_id).body)


def _streamed(status: int, headers: Any) -> web.StreamResponse:
    headers.popall(hdrs.CONTENT_LENGTH, None)
    return web.StreamResponse(status=status, headers=headers)


async def _close(stream: EventStream) -> None:
    if stream.close is not None:
        await stream.close()
    elif isinstance(stream.events, AsyncGenerator):
        await stream.events.aclose()
