"""One client's connection: aiohttp's HTTP under our limits.

It tells whoever is answering when the client is gone, and when it reads again; it does not know
what is answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from motia_py.runtime.requests import internal_error, problem
from motia_py.runtime.tracing import new_trace_id
from motia_py.web.responding import build

_log = logging.getLogger("motia_py.web")


class Connection(web.RequestHandler):
    """Errors are answered as ours are, a client's mistakes are not logged as ours, and who takes
    longer than `header_seconds` over the headers of a request is cut off: from the opening of the
    connection, later from the first byte that came.

    `on_lost` is called once the client is gone, `on_drained` once it has read most of what was
    waiting for it (asyncio's low-water mark); both belong to the answer under way.
    """

    __slots__ = ("_header_seconds", "_header_timer", "on_drained", "on_lost")

    def __init__(self, server: web.Server, *, header_seconds: float, **parts: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **parts)
        self._header_seconds = header_seconds
        self._header_timer: asyncio.TimerHandle | None = None
        self.on_lost: Callable[[], object] | None = None
        self.on_drained: Callable[[], object] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        before, body = self._request_count, self._body_under_way()
        super().data_received(data)
        if self._request_count != before:
            self._stop_header_timer()
            if body is not None and not body.is_eof():
                # What cannot be read as the rest of a body is queued as a bad request of its own;
                # whoever waits for the rest would hear nothing of it.
                body.set_exception(web.RequestPayloadError("the body breaks off"))
        elif self._waiter is not None and self._header_timer is None:
            # No request is being handled, so these bytes are the begin of one.
            self._expect_headers()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_header_timer()
        super().connection_lost(exc)
        on_lost, self.on_lost, self.on_drained = self.on_lost, None, None
        if on_lost is not None:
            on_lost()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_drained is not None:
            self.on_drained()

    def _body_under_way(self) -> StreamReader | None:
        """The body of the request that came last, if it is not answered yet."""
        if self._messages:
            return self._messages[-1][1]
        return None if self._current_request is None else self._current_request.content

    def _expect_headers(self) -> None:
        # The machine's own time, as that of aiohttp's idle limit.
        loop = asyncio.get_running_loop()
        self._header_timer = loop.call_later(self._header_seconds, self.force_close)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        trace_id = new_trace_id()
        if isinstance(exc, HttpProcessingError):
            _log.debug("malformed request: %r", exc, extra={"action": "request.malformed"})
            response = problem(*self._mistake(exc))
        else:
            _log.error(
                "a request failed inside the server",
                exc_info=exc,
                extra={"action": "request.failed", "trace_id": trace_id},
            )
            response = internal_error(trace_id)
        sent = build(response, trace_id=trace_id)
        sent.force_close()
        return sent

    def log_exception(self, *args: Any, **kw: Any) -> None:
        # A body that breaks off after its request was answered is nobody's error.
        is_body = isinstance(kw.get("exc_info"), (web.RequestPayloadError, web.PayloadAccessError))
        level = logging.DEBUG if is_body else logging.ERROR
        _log.log(level, *args, extra={"action": "connection.failed"}, **kw)

    def _mistake(self, error: HttpProcessingError) -> tuple[int, str]:
        if isinstance(error, LineTooLong):
            if error.args[1] == self.max_line_size:
                return 414, f"The address is longer than {self.max_line_size} bytes"
            return 431, f"A header is longer than {self.max_field_size} bytes"
        if "Too many headers" in error.message:
            return 431, f"There are more than {self.max_headers} headers"
        return 400, "The request is not valid HTTP"
