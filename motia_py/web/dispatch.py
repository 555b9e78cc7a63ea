"""Which door a request belongs to, in one fixed order; and an answer, whatever happens behind it.

The server's own pages under /__motia, the CORS preflight, the project's routes, then what the
server offers where no step does. Upgrades have an order of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aiohttp import hdrs, web

from motia_py.project.declarations import HttpTrigger, Schema
from motia_py.project.registry import Target
from motia_py.runtime.files import FileResponse
from motia_py.runtime.requests import ApiResponse, EventStream, internal_error, problem
from motia_py.runtime.response_writer import ResponseWriter
from motia_py.runtime.tracing import new_trace_id
from motia_py.web import streams
from motia_py.web.admin import OwnPages, is_own_path
from motia_py.web.doors import Doors, RequestLine, WebSettings
from motia_py.web.events import wants_events
from motia_py.web.files import send_file
from motia_py.web.guard import Guard, preflight_headers
from motia_py.web.reading import BodyLimits, read_request, request_view, split_target
from motia_py.web.responding import NO_HEADERS, TRACE_ID, Refusal, Sent, build
from motia_py.web.socketio import door
from motia_py.web.socketio.door import SocketIo
from motia_py.web.streaming import BEGUN, Opening, send_events, sent_by
from motia_py.web.streams import Streams, read_address

_log = logging.getLogger("motia_py.web")


class Dispatch:
    """Answers every request; only cancellation passes."""

    def __init__(
        self,
        doors: Doors,
        settings: WebSettings,
        guard: Guard,
        *,
        streams: Streams,
        socketio: SocketIo,
    ) -> None:
        self._doors = doors
        self._guard = guard
        self._streams = streams
        self._socketio = socketio
        self._pages = OwnPages(doors, settings, guard)
        self._limits = BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds)

    def close_all(self) -> None:
        """Tell those who look on that the server goes away."""
        self._pages.close_all()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request and report it, unless it is of those that ask again and again for what
        is new: the server's own pages, and clients of Socket.IO that are answered."""
        observe = self._doors.observe
        path = split_target(request)[0]
        if observe is None or is_own_path(path):
            return (await self._answer(request))[0]
        started = self._doors.clock.monotonic()

        def report(response: web.StreamResponse, trace_id: str, *, has_left: bool = False) -> None:
            if path == door.PATH and response.status < 400:
                return
            seconds = self._doors.clock.monotonic() - started
            observe(
                RequestLine(
                    method=request.method,
                    path=path,
                    status=response.status,
                    seconds=seconds,
                    trace_id=trace_id,
                    has_left=has_left,
                )
            )

        try:
            response, trace_id = await self._answer(request)
        except asyncio.CancelledError:
            # A streamed answer whose client is gone.
            begun = request.get(BEGUN)
            if begun is not None:
                report(begun, begun.headers[TRACE_ID], has_left=True)
            raise
        report(response, trace_id)
        return response

    async def _answer(self, request: web.BaseRequest) -> tuple[web.StreamResponse, str]:
        headers = request.headers
        host = headers.get(hdrs.HOST)
        origin = headers.get(hdrs.ORIGIN)
        cors = NO_HEADERS if origin is None else self._guard.cors_headers(origin, host)
        closes = False
        try:
            if not self._guard.knows_host(host):
                raise _wrong_host(host)
            if hdrs.UPGRADE in headers and headers[hdrs.UPGRADE].lower() == "websocket":
                return await self._upgrade(request, origin, host)
            opening = Opening(request, cors, self._doors.clock)
            response, trace_id = await self._respond(request, origin, opening)
        except Refusal as refusal:
            response, trace_id, closes = refusal.response, new_trace_id(), refusal.closes
        except ConnectionError:
            # Nobody is there to be answered; aiohttp finds that out when it tries.
            response, trace_id = problem(400, "The connection was lost"), new_trace_id()
        except Exception:
            trace_id = new_trace_id()
            response = internal_error(trace_id)
            _log.exception(
                "a request failed inside the server",
                extra={"action": "request.failed", "trace_id": trace_id},
            )
        if isinstance(response.body, _STREAMED):
            return await _stream(Opening(request, cors, self._doors.clock), response, trace_id)
        sent = build(response, trace_id=trace_id, extra=cors)
        if closes:
            sent.force_close()
        return sent, trace_id

    async def _respond(
        self, request: web.BaseRequest, origin: str | None, opening: Opening
    ) -> tuple[ApiResponse, str]:
        method, cors = request.method, opening.extra
        path, query_string = split_target(request)
        if is_own_path(path):
            return await self._own(opening, path, query_string), new_trace_id()
        if origin is not None and method == "OPTIONS":
            preflight = _preflight(request, cors)
            if preflight is not None:
                return preflight, new_trace_id()
        found = self._doors.registry().routes.find(method, path)
        if found is None:
            return await self._own(opening, path, query_string), new_trace_id()
        target, path_params = found
        read = await read_request(
            request,
            path=path,
            query_string=query_string,
            path_params=path_params,
            schema=_body_schema(target),
            is_origin_trusted=origin is None or hdrs.ACCESS_CONTROL_ALLOW_ORIGIN in cors,
            limits=self._limits,
            clock=self._doors.clock,
            is_streamed=_is_body_streamed(target),
            begin=opening.begin,
        )
        return await self._doors.respond(target, read)

    async def _own(self, opening: Opening, path: str, query_string: str) -> ApiResponse:
        """What the server itself has at a path where no step answers."""
        request = opening.request
        method = request.method
        if method in self._pages.methods(path):
            return await self._pages.answer(request, path=path, query_string=query_string)
        is_socketio = path == door.PATH and self._socketio.is_served
        if is_socketio and method in door.METHODS:
            return await self._answer_socketio(opening, path, query_string)
        channel = read_address(path)
        if channel is not None and method in streams.METHODS:
            headers = request.headers
            if wants_events(request):
                self._refuse_origin(headers.get(hdrs.ORIGIN), headers.get(hdrs.HOST))
            view = request_view(request, path=path, query_string=query_string)
            return await self._streams.answer(opening, channel, view)
        allowed = {*self._doors.registry().routes.allowed(path), *self._pages.methods(path)}
        if channel is not None and self._streams.has(channel.stream):
            allowed.update(streams.METHODS)
        if is_socketio:
            allowed.update(door.METHODS)
        if not allowed:
            raise Refusal(404, f"Nothing is served at {path[:200]!r}")
        allow = {"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))}
        if method == "OPTIONS":
            return ApiResponse(status=204, headers=allow)
        raise Refusal(405, f"{method} is not served here", headers=allow)

    async def _upgrade(
        self, request: web.BaseRequest, origin: str | None, host: str | None
    ) -> tuple[web.StreamResponse, str]:
        path, query_string = split_target(request)
        if is_own_path(path):
            served = await self._pages.upgrade(request, path, query_string)
            return served, new_trace_id()
        self._refuse_origin(origin, host)
        view = request_view(request, path=path, query_string=query_string)
        if path.startswith(door.PATH):
            answered = await self._socketio.answer(request, view)
            return answered, answered.headers.get(TRACE_ID) or new_trace_id()
        response = await self._streams.upgrade(request, path, view)
        return response, response.headers[TRACE_ID]

    async def _answer_socketio(self, opening: Opening, path: str, query_string: str) -> ApiResponse:
        """One request of a client that polls."""
        request = opening.request
        self._refuse_origin(request.headers.get(hdrs.ORIGIN), request.headers.get(hdrs.HOST))
        view = request_view(request, path=path, query_string=query_string)
        answered = await self._socketio.answer(request, view)
        answered.headers.update(opening.extra)
        return ApiResponse(body=Sent(answered, answered.headers[TRACE_ID]))

    def _refuse_origin(self, origin: str | None, host: str | None) -> None:
        if not self._guard.allows_origin(origin, host):
            raise Refusal(
                403, "Pages of this origin may not connect; list it in MOTIA_CORS_ORIGINS"
            )


#: Bodies that are no value to be written, but something that is sent while it is made or read.
_STREAMED = (FileResponse, EventStream, ResponseWriter, Sent)


async def _stream(
    opening: Opening, response: ApiResponse, trace_id: str
) -> tuple[web.StreamResponse, str]:
    body = response.body
    if isinstance(body, Sent):
        return body
    if isinstance(body, ResponseWriter):
        return sent_by(body), trace_id
    if isinstance(body, EventStream):
        return await send_events(opening, response, trace_id=trace_id), trace_id
    sent = await send_file(opening.request, response, trace_id=trace_id, extra=opening.extra)
    return sent, trace_id


def _body_schema(target: Target) -> Schema:
    trigger = target.trigger
    return trigger.body_schema if isinstance(trigger, HttpTrigger) else None


def _is_body_streamed(target: Target) -> bool:
    trigger = target.trigger
    return isinstance(trigger, HttpTrigger) and trigger.is_body_streamed


def _preflight(request: web.BaseRequest, cors: Mapping[str, str]) -> ApiResponse | None:
    """The answer to a browser that asks before it sends; None if this is another OPTIONS."""
    if hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers:
        return None
    if hdrs.ACCESS_CONTROL_ALLOW_ORIGIN not in cors:
        raise Refusal(403, "Pages of this origin may not call; list it in MOTIA_CORS_ORIGINS")
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
    return ApiResponse(status=204, headers=dict(preflight_headers(asked)))


def _wrong_host(host: str | None) -> Refusal:
    sent = (host or "")[:200]
    return Refusal(
        421,
        f"Host {sent!r} is not served: this server listens on loopback only and answers to"
        " localhost. If a proxy sends this name, list it in MOTIA_ALLOWED_HOSTS",
    )
