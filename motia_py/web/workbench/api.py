"""The addresses of the workbench's API, below /__motia/api: which view is where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, unquote

from aiohttp import web

from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import Refusal
from motia_py.web.workbench.views import View
from motia_py.web.workbench.workbench import Workbench, dumped

PREFIX = "/__motia/api/"
LIVE = f"{PREFIX}live"
_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_DEFAULT_TRACES = 100


class Api:
    """Answers for everything below PREFIX but the live socket."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._views: Mapping[str, Callable[[], View]] = {
            "project": workbench.project,
            "graph": workbench.graph,
            "endpoints": workbench.endpoints,
        }

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of an address; empty if it is none."""
        name, _, rest = path.removeprefix(PREFIX).partition("/")
        if name == "layout" and rest:
            return ("PUT",)
        is_one = name in self._views or name in ("problems", "traces")
        is_known = (is_one and not rest) or (name in ("steps", "traces") and rest)
        return ("GET", "HEAD") if is_known else ()

    async def answer(
        self, path: str, query_string: str, read_body: Callable[[], Awaitable[bytes]]
    ) -> ApiResponse:
        """
        Raises:
            Refusal: what is asked for is not there, or what was sent makes no sense.
        """
        name, _, rest = path.removeprefix(PREFIX).partition("/")
        subject = unquote(rest)
        if name == "layout":
            self._workbench.pin(subject, await read_body())
            return ApiResponse(status=204)
        view = await self._view(name, subject, query_string)
        return ApiResponse(body=dumped(view), headers=_HEADERS)

    async def _view(self, name: str, subject: str, query_string: str) -> View:
        if name == "problems":
            return await self._workbench.problems()
        if name == "steps":
            return self._workbench.step(subject)
        if name == "traces" and subject:
            return self._workbench.trace(subject)
        if name == "traces":
            return self._workbench.traces(_limit(query_string))
        return self._views[name]()


def live_response(request: web.BaseRequest, ping_seconds: float) -> web.WebSocketResponse:
    """The upgrade to the live socket.

    Raises:
        Refusal: the handshake is wrong.
    """
    response = web.WebSocketResponse(heartbeat=ping_seconds, compress=False, max_msg_size=64 * 1024)
    if not response.can_prepare(request):
        raise Refusal(400, "The WebSocket handshake is not valid")
    return response


def _limit(query_string: str) -> int:
    (text, *_) = parse_qs(query_string).get("limit", [str(_DEFAULT_TRACES)])
    if not text.isascii() or not text.isdigit() or not 0 < len(text) < 6:
        raise Refusal(400, "limit is a number")
    return max(1, int(text))
