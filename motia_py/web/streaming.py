"""Sends an answer while it is made: headers first, then each event as it comes."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import hdrs, web

from motia_py.errors import ConfigError, NotJSON
from motia_py.runtime.requests import (
    ApiResponse,
    EventStream,
    ServerSentEvent,
    internal_error,
)
from motia_py.web.responding import build
from motia_py.web.sse import event_bytes

#: nginx and its like hold answers back unless they are told not to.
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}

_log = logging.getLogger("motia_py.web")


async def send_events(
    request: web.BaseRequest,
    response: ApiResponse,
    *,
    trace_id: str,
    extra: Mapping[str, str],
) -> web.StreamResponse:
    """Answer with the EventStream that is the body; returns once it ended or its client is gone.

    The handler's run is closed in any case. A HEAD request does not enter its generator.
    """
    stream: EventStream = response.body
    try:
        head = ApiResponse(status=response.status, headers=response.headers)
        built = build(head, trace_id=trace_id, extra={**_STREAM_HEADERS, **extra})
        if built.status != response.status:
            return built  # its headers cannot be sent: it is a 500 now
        headers = built.headers
        headers.popall(hdrs.CONTENT_LENGTH, None)
        sent = web.StreamResponse(status=response.status, headers=headers)
        if request.method != hdrs.METH_HEAD:
            await _send(request, sent, stream.events, trace_id)
    finally:
        await _close(stream)
    return sent


async def _send(
    request: web.BaseRequest, sent: web.StreamResponse, events: AsyncIterator[Any], trace_id: str
) -> None:
    await sent.prepare(request)
    try:
        async for event in events:
            await sent.write(event_bytes(event))
        await sent.write_eof()
    except ConnectionError:
        # The client went; its handler hears of it by being closed.
        return
    except (NotJSON, ConfigError) as error:
        _log.error(
            "an event cannot be sent: %s",
            error,
            extra={"action": "response.refused", "trace_id": trace_id},
        )
        failure = ServerSentEvent(event="error", data=internal_error(trace_id).body)
        with suppress(ConnectionError):
            await sent.write(event_bytes(failure))
            await sent.write_eof()


async def _close(stream: EventStream) -> None:
    if stream.close is not None:
        await stream.close()
    elif isinstance(stream.events, AsyncGenerator):
        await stream.events.aclose()
