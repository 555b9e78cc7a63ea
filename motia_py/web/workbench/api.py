"""The addresses of the workbench's API, below /__motia/api: what is answered where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from aiohttp import web

from motia_py import encoding
from motia_py.errors import NotJSON
from motia_py.messages import JSON
from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import Refusal
from motia_py.web.workbench.history import Place
from motia_py.web.workbench.logs import KEPT_LOGS, LEVELS
from motia_py.web.workbench.queued import Queued
from motia_py.web.workbench.stored import MAX_VALUES, Page
from motia_py.web.workbench.traced import MAX_LISTED
from motia_py.web.workbench.views import Level, View
from motia_py.web.workbench.workbench import Workbench

PREFIX = "/__motia/api/"
LIVE = f"{PREFIX}live"
_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class Asked(NamedTuple):
    """One request: the variable parts of its path, its query and its body."""

    parts: Sequence[str]
    query: Mapping[str, list[str]]
    body: bytes

    def text(self, name: str) -> str | None:
        return self.query.get(name, [""])[0] or None

    def number(self, name: str, default: int, most: int) -> int:
        """
        Raises:
            Refusal: it is no number.
        """
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise Refusal(400, f"{name} is a number")
        return min(int(text), most)

    @property
    def only_step(self) -> str | None:
        """The step whose dead letters are meant; None for those of all.

        Raises:
            Refusal: something else is said: it is not taken for all of them.
        """
        if self.query.keys() - {"step", "token"} or self.body.strip() not in (b"", b"{}"):
            raise Refusal(400, "Say whose dead letters as ?step=NAME, or nothing for all of them")
        if self.query.get("step") == [""]:
            raise Refusal(400, "step is the name of a step; leave it away for all of them")
        return self.text("step")

    @property
    def page(self) -> Page:
        offset = self.number("offset", 0, 10**9)
        return Page(offset, self.number("limit", MAX_VALUES, MAX_VALUES))

    @property
    def level(self) -> Level | None:
        text = self.text("level")
        found = next((level for level in LEVELS if level == text), None)
        if text is not None and found is None:
            raise Refusal(400, f"level is one of {', '.join(LEVELS)}")
        return found

    @property
    def value(self) -> JSON:
        """The `value` of the body.

        Raises:
            Refusal: it has none.
        """
        try:
            sent = encoding.plain(encoding.loads(self.body))
        except NotJSON as error:
            raise Refusal(400, str(error)) from error
        if not isinstance(sent, dict) or "value" not in sent:
            raise Refusal(400, 'Send {"value": ...}')
        return sent["value"]


class _Route(NamedTuple):
    """`pattern` has `*` where a part of the path varies; `answer` gives None for nothing to say,
    and a dict for a document whose form is not ours."""

    method: str
    pattern: tuple[str, ...]
    answer: Callable[[Asked], Awaitable[View | dict[str, JSON] | None]]


class Api:
    """Answers for everything below PREFIX but the live socket."""

    def __init__(self, workbench: Workbench) -> None:
        self._routes = [*_views(workbench), *_writes(workbench)]

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of an address; empty if it is none."""
        parts = _parts(path)
        methods = [route.method for route in self._routes if _matches(route.pattern, parts)]
        return ("HEAD", *methods) if "GET" in methods else tuple(methods)

    async def answer(self, method: str, path: str, query_string: str, body: bytes) -> ApiResponse:
        """Answer for a method and path that `methods` has.

        Raises:
            Refusal: what is asked for is not there, or what was sent makes no sense.
        """
        method = "GET" if method == "HEAD" else method
        parts = _parts(path)
        route = next(
            each for each in self._routes if each.method == method and _matches(each.pattern, parts)
        )
        asked = Asked(
            parts=[part for part, name in zip(parts, route.pattern, strict=True) if name == "*"],
            query=parse_qs(query_string, keep_blank_values=True),
            body=body,
        )
        view = await route.answer(asked)
        if view is None:
            return ApiResponse(status=204)
        if isinstance(view, View):
            return ApiResponse(body=view.as_json().encode(), headers=_HEADERS)
        return ApiResponse(body=view, headers=_HEADERS)


def live_response(request: web.BaseRequest, ping_seconds: float) -> web.WebSocketResponse:
    """The upgrade to the live socket.

    Raises:
        Refusal: the handshake is wrong.
    """
    response = web.WebSocketResponse(heartbeat=ping_seconds, compress=False, max_msg_size=64 * 1024)
    if not response.can_prepare(request):
        raise Refusal(400, "The WebSocket handshake is not valid")
    return response


def _views(workbench: Workbench) -> list[_Route]:
    project, traced, remembered = workbench.project, workbench.traced, workbench.remembered
    stored, queued = workbench.stored, workbench.queued
    return [
        _get("project", lambda _: project.about()),
        _get("graph", lambda _: project.graph()),
        _get("endpoints", lambda _: project.endpoints()),
        _get("openapi", lambda _: project.openapi()),
        _get("problems", lambda _: project.problems()),
        _get("steps/*", lambda asked: project.step(*asked.parts)),
        _get("traces", lambda asked: traced.traces(asked.number("limit", 100, MAX_LISTED))),
        _get("traces/*", lambda asked: traced.trace(*asked.parts)),
        _get("runs/*/*/input", lambda asked: remembered.input(*asked.parts)),
        _get("runs/*/*/effects", lambda asked: remembered.run_effects(*asked.parts)),
        _get("effects/*/*/*", lambda asked: remembered.effects(*asked.parts)),
        _get("logs", lambda asked: _logs(workbench, asked)),
        _get("state", lambda _: stored.state()),
        _get("state/*", lambda asked: stored.state_group(*asked.parts, page=asked.page)),
        _get("state/*/*", lambda asked: stored.state_value(*asked.parts)),
        _get("streams/*/*/*", lambda asked: stored.item(*asked.parts)),
        _get("streams", lambda _: stored.streams()),
        _get("streams/*/*", lambda asked: stored.stream_group(*asked.parts, page=asked.page)),
        _get("queue", lambda _: queued.lanes()),
        _get("queue/dead", lambda asked: _dead_letters(queued, asked)),
        _get("queue/dead/*", lambda asked: queued.dead_letter(*asked.parts)),
        _get("cron", lambda _: queued.crons()),
        _get("topics", lambda _: queued.topics()),
        _get("history/*/*/*", lambda asked: workbench.history.of(Place(*asked.parts))),
    ]


def _writes(workbench: Workbench) -> list[_Route]:
    stored, queued, replaying = workbench.stored, workbench.queued, workbench.replaying
    return [
        _route(
            "POST",
            "queue/dead/*/rehearse",
            lambda asked: replaying.rehearse_letter(*asked.parts, value=asked.value),
        ),
        _route(
            "POST",
            "queue/dead/*/replay",
            lambda asked: replaying.replay_letter(*asked.parts, value=asked.value),
        ),
        _route(
            "POST",
            "runs/*/*/rehearse",
            lambda asked: replaying.rehearse_run(*asked.parts, value=asked.value),
        ),
        _route(
            "POST",
            "runs/*/*/replay",
            lambda asked: replaying.replay_run(*asked.parts, value=asked.value),
        ),
        _route("POST", "emit/*", lambda asked: queued.emit(*asked.parts, data=asked.value)),
        _route("POST", "cron/*/*", lambda asked: queued.run_cron(*asked.parts)),
        _route("POST", "queue/redrive", lambda asked: queued.redrive_all(asked.only_step)),
        _route("POST", "queue/discard", lambda asked: queued.discard_all(asked.only_step)),
        _route("POST", "queue/dead/*/redrive", lambda asked: queued.redrive(*asked.parts)),
        _route("DELETE", "queue/dead/*", lambda asked: queued.discard(*asked.parts)),
        _route(
            "PUT", "layout/*", lambda asked: workbench.project.pin(*asked.parts, body=asked.body)
        ),
        _route("PUT", "state/*/*", lambda asked: stored.set_state(*asked.parts, value=asked.value)),
        _route("DELETE", "state/*/*", lambda asked: stored.delete_state(*asked.parts)),
        _route(
            "PUT", "streams/*/*/*", lambda asked: stored.set_item(*asked.parts, item=asked.value)
        ),
        _route("DELETE", "streams/*/*/*", lambda asked: stored.delete_item(*asked.parts)),
    ]


def _logs(workbench: Workbench, asked: Asked) -> View:
    return workbench.logs.find(
        level=asked.level,
        step=asked.text("step"),
        trace=asked.text("trace"),
        text=asked.text("q"),
        limit=asked.number("limit", 1000, KEPT_LOGS),
    )


def _dead_letters(queued: Queued, asked: Asked) -> Awaitable[View]:
    limit, offset = asked.number("limit", 100, 1000), asked.number("offset", 0, 10**9)
    return queued.dead_letters(asked.text("step"), max(1, limit), offset)


def _get(pattern: str, answer: Callable[[Asked], Any]) -> _Route:
    return _route("GET", pattern, answer)


def _route(method: str, pattern: str, answer: Callable[[Asked], Any]) -> _Route:
    async def answered(asked: Asked) -> View | dict[str, JSON] | None:
        given: View | dict[str, JSON] | Awaitable[View | None] | None = answer(asked)
        return await given if isinstance(given, Awaitable) else given

    return _Route(method, tuple(pattern.split("/")), answered)


def _matches(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    return len(pattern) == len(parts) and all(
        name in ("*", part) and part for name, part in zip(pattern, parts, strict=True)
    )


def _parts(path: str) -> list[str]:
    """The parts of a path, each decoded by itself: names may hold slashes."""
    return [unquote(part) for part in path.removeprefix(PREFIX).split("/")]
