"""What the server says and does about itself: the workbench, its data, POST /emit.

One guard stands before all of it but the public files, and whatever is not listed here does not
exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import parse_qs

from aiohttp import hdrs, web

from motia_py import encoding
from motia_py.errors import MotiaError, NotJSON, StoreUnavailable
from motia_py.messages import JSON
from motia_py.runtime.requests import ApiResponse
from motia_py.web.doors import Doors, WebSettings
from motia_py.web.guard import Guard
from motia_py.web.public import METHODS, PublicFiles
from motia_py.web.reading import BodyLimits, read_request
from motia_py.web.responding import Refusal
from motia_py.web.workbench import api
from motia_py.web.workbench.api import Api
from motia_py.web.workbench.pages import ASSETS, AppPages

PREFIX = "/__motia"

_STATIC = files("motia_py.web") / "static"


def is_own_path(path: str) -> bool:
    """Whether a path belongs to the server whatever steps there are."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def has_workbench() -> bool:
    """Whether the workbench's page was built, so that there is one to serve."""
    return _STATIC.joinpath("workbench", "index.html").is_file()


class OwnPages:
    """The server's own addresses: the public files, and what the two `serves_` settings ask for."""

    def __init__(self, doors: Doors, settings: WebSettings, guard: Guard) -> None:
        self._doors = doors
        self._guard = guard
        self._limits = BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds)
        self._public = PublicFiles(_STATIC)
        self._workbench = doors.workbench if settings.serves_pages else None
        self._api = None if self._workbench is None else Api(self._workbench)
        self._app = AppPages(_STATIC / "workbench")
        self._ping_seconds = settings.ping_seconds
        self._methods: dict[str, tuple[str, ...]] = {}
        self._serves_pages = settings.serves_pages
        if settings.serves_pages:
            self._methods.update({"/": METHODS, PREFIX: METHODS})
        if settings.serves_emit:
            self._methods["/emit"] = ("POST",)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path of ours takes; empty if there is none."""
        if self._public.has(path):
            return METHODS
        if self._api is not None and path.startswith(api.PREFIX):
            return self._api.methods(path)
        # Every other address below ours is one within the app.
        is_page = self._serves_pages and path.startswith(f"{PREFIX}/")
        return METHODS if is_page else self._methods.get(path, ())

    def close_all(self) -> None:
        """Tell the workbench's clients that the server goes away; returns at once."""
        if self._workbench is not None:
            self._workbench.live.close_all()

    async def upgrade(
        self, request: web.BaseRequest, path: str, query_string: str
    ) -> web.StreamResponse:
        """Serve the workbench's WebSocket.

        Raises:
            Refusal: as `admit`; there is none at this path; the handshake is wrong.
        """
        self.admit(request, query_string)
        if self._workbench is None or path != api.LIVE:
            raise Refusal(404, "There is no WebSocket here")
        response = api.live_response(request, self._ping_seconds)
        await self._workbench.live.serve(request, response)
        return response

    def admit(self, request: web.BaseRequest, query_string: str) -> None:
        """Let the request pass or raise.

        Raises:
            Refusal: the request may not use what the server offers about itself.
        """
        token = _sent_token(query_string)
        denial = self._guard.denies_own_pages(request.method, request.headers, token)
        if denial is not None:
            raise Refusal(denial.status, denial.error)

    async def answer(
        self, request: web.BaseRequest, *, path: str, query_string: str
    ) -> ApiResponse:
        """Answer for a path and method that `methods` has.

        Raises:
            Refusal: as `admit`; what was sent to /emit is no event; or a file was not built.
        """
        if self._public.has(path):
            return self._public.answer(path, request.headers)
        self.admit(request, query_string)
        if path == "/emit":
            return await self._emit(await self._body(request, path, query_string))
        cookie = self._guard.token_cookie(_sent_token(query_string))
        if cookie is not None:
            # Out of the address bar, the history and what is sent on as Referer.
            return ApiResponse(status=303, headers={"Location": path, "Set-Cookie": cookie})
        if self._api is not None and path.startswith(api.PREFIX):
            body = await self._body(request, path, query_string)
            return await self._api.answer(request.method, path, query_string, body)
        if path.startswith(ASSETS):
            return self._app.asset(path, request.headers.get(hdrs.ACCEPT_ENCODING, ""))
        return self._app.page()

    async def _body(self, request: web.BaseRequest, path: str, query_string: str) -> bytes:
        """What was sent, within the limits that hold for every request.

        Raises:
            Refusal: it is too large, too slow, broken, or packed in a way that is not taken.
        """
        sent = await read_request(
            request,
            path=path,
            query_string=query_string,
            path_params={},
            schema={"type": "object"},
            is_origin_trusted=True,
            limits=self._limits,
            clock=self._doors.clock,
        )
        return sent.raw_body

    async def _emit(self, body: bytes) -> ApiResponse:
        event = _read_event(body)
        try:
            await self._doors.emit(event["topic"], event["data"])
        except StoreUnavailable as error:
            what = "The store does not take writes now"
            raise Refusal(503, what, headers={"Retry-After": "1"}) from error
        except MotiaError as error:
            raise Refusal(400, str(error)) from error
        return ApiResponse(body={"success": True, "emitted": event})


def _read_event(raw: bytes) -> Mapping[str, JSON]:
    try:
        event = encoding.loads(raw)
    except NotJSON as error:
        raise Refusal(400, str(error)) from error
    topic = event.get("topic") if isinstance(event, dict) else None
    if not isinstance(topic, str) or not topic:
        raise Refusal(400, 'An event is {"topic": "...", "data": ...}')
    return {"topic": topic, "data": event.get("data")}


def _sent_token(query_string: str) -> str | None:
    return parse_qs(query_string).get("token", [None])[0] if "token=" in query_string else None
