"""Takes a request's body from its connection, chunk by chunk, as fast as somebody reads it.

Who sends too slowly is cut off; the time in which nobody reads is not the client's.
"""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from motia_py.clock import Clock, TimeLimitPassed, time_limit
from motia_py.errors import BodyCutShort
from motia_py.runtime.request_body import IncomingBody, StreamedBody
from motia_py.web.responding import Refusal

#: A body that arrives slower than this, over all and after its grace, is a client that holds on.
SLOWEST_BYTES_PER_SECOND = 16 * 1024


class Incoming:
    """One body under way. `grace_seconds` is the time in which even a slow one may arrive."""

    def __init__(self, request: web.BaseRequest, grace_seconds: float, clock: Clock) -> None:
        self._request = request
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._size = 0
        self._waited_seconds = 0.0
        self._is_awaited = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
        # aiohttp lets one read at a time.
        self._turn = asyncio.Lock()

    async def receive(self) -> bytes:
        """What has arrived, once there is anything; no bytes at the end.

        Raises:
            BodyCutShort: the client is gone, or too slow, or breaks HTTP. So does every later call.
        """
        async with self._turn:
            if self._is_awaited:
                self._is_awaited = False
                await self._go_ahead()
            started = self._clock.monotonic()
            try:
                async with time_limit(self._clock, self._left_seconds()):
                    chunk = await self._request.content.readany()
            except TimeLimitPassed as error:
                raise BodyCutShort(
                    "The request body took too long to arrive", status=408
                ) from error
            # OSError: whatever ended the connection; RuntimeError: it had ended before.
            except (OSError, RuntimeError) as error:
                raise BodyCutShort("The connection was lost", status=400) from error
            except (web.RequestPayloadError, web.PayloadAccessError) as error:
                raise BodyCutShort(_broken(error), status=400) from error
            finally:
                self._waited_seconds += self._clock.monotonic() - started
            self._size += len(chunk)
            return chunk

    def _left_seconds(self) -> float:
        allowed_seconds = self._grace_seconds + self._size / SLOWEST_BYTES_PER_SECOND
        return max(0.0, allowed_seconds - self._waited_seconds)

    async def _go_ahead(self) -> None:
        """Tell a client to send that waits for this."""
        writer = self._request.writer
        if self._request.content.is_eof() or writer.output_size > 0:
            return  # it has not waited, or is being answered already
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer itself has not begun.
        writer.output_size = 0


def stream_body(request: web.BaseRequest, grace_seconds: float, clock: Clock) -> StreamedBody:
    """The body for a handler that reads it as it arrives.

    Raises:
        Refusal: it is compressed. Who reads a stream counts what comes, and a kilobyte must not
            turn out to be a gigabyte.
    """
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if coding not in ("", "identity"):
        raise Refusal(
            415,
            f"Content-Encoding {coding[:40]!r} is not taken here; send the body as it is",
            headers={"Accept-Encoding": "identity"},
            closes=True,
        )
    incoming = Incoming(request, grace_seconds, clock)
    return StreamedBody(IncomingBody(incoming.receive, asyncio.get_running_loop()))


def _broken(error: Exception) -> str:
    if isinstance(error, web.PayloadAccessError):
        return "The request was answered before its body was read"
    return "The request body is not sent as HTTP demands"
