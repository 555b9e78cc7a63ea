"""Sends an answer while it is made: headers first, then each event as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from aiohttp import hdrs, web

from motia_py.runtime.requests import ApiResponse, EventStream
from motia_py.web.responding import build
from motia_py.web.sse import event_bytes

#: nginx and its like hold answers back unless they are told not to.
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


async def send_events(
    request: web.BaseRequest,
    response: ApiResponse,
    *,
    trace_id: str,
    extra: Mapping[str, str],
) -> web.StreamResponse:
    """Answer with the EventStream that is the body; returns once it ended or its client is gone.

    The handler's generator is closed in either case. A HEAD request does not enter it.
    """
    stream: EventStream = response.body
    head = ApiResponse(status=response.status, headers={**_STREAM_HEADERS, **response.headers})
    built = build(head, trace_id=trace_id, extra=extra)
    try:
        if built.status != response.status:
            return built  # its headers cannot be sent: it is a 500 now
        headers = built.headers
        headers.popall(hdrs.CONTENT_LENGTH, None)
        sent = web.StreamResponse(status=response.status, headers=headers)
        if request.method != hdrs.METH_HEAD:
            await _send(request, sent, stream.events)
    finally:
        if isinstance(stream.events, AsyncGenerator):
            await stream.events.aclose()
    return sent


async def _send(
    request: web.BaseRequest, sent: web.StreamResponse, events: AsyncIterator[Any]
) -> None:
    await sent.prepare(request)
    try:
        async for event in events:
            await sent.write(event_bytes(event))
        await sent.write_eof()
    except ConnectionError:
        # The client went; its handler hears of it by being closed.
        return
