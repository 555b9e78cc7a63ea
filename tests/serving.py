"""The real doors on free ports, before a hand-made project: what is behind them answers at once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from motia_py.clock import Clock, RealClock
from motia_py.errors import ConfigError, ValidationFailed
from motia_py.messages import JSON, ChangeType, StreamChange
from motia_py.project.declarations import HttpTrigger, Method, StepConfig, StreamConfig
from motia_py.project.handlers import accepted, shape_of
from motia_py.project.hooks import ProjectHooks
from motia_py.project.loader import Project, Step, Stream
from motia_py.project.registry import Registry, Target
from motia_py.project.routing import parse_path
from motia_py.runtime.access import StreamAccess
from motia_py.runtime.failures import Reply
from motia_py.runtime.frames import StreamClock
from motia_py.runtime.hub import StreamHub
from motia_py.runtime.requests import ApiResponse, Request, as_response, problem
from motia_py.runtime.sockets import SocketClient
from motia_py.settings import Mode, Settings
from motia_py.web.doors import Doors, RequestLine, WebSettings
from motia_py.web.server import HttpServer
from motia_py.web.watching import Watcher, announce


async def until(is_so: Callable[[], object]) -> None:
    """Return once `is_so()` is true; fails after 10 seconds."""
    async with asyncio.timeout(10.0):
        while not is_so():  # what is waited for has no event to wait on
            await asyncio.sleep(0.002)


Handler = Callable[[Request], Any]


def api(method: Method, path: str, handler: Handler, **parts: Any) -> Step:
    """An api step whose handler takes the request; `parts` are those of HttpTrigger."""
    trigger = HttpTrigger(method=method, path=path, **parts)
    return Step(
        config=StepConfig(name=f"{method} {path}", triggers=(trigger,)),
        handler=handler,
        shape=shape_of(handler),
        file="steps/x_step.py",
        line=1,
        module="steps.x_step",
        patterns={trigger.key: parse_path(path)},
    )


def stream(name: str, **parts: Any) -> Stream:
    """A stream without a schema; `parts` are those of StreamConfig."""
    return Stream(config=StreamConfig(name=name, **parts), file="steps/x_stream.py", line=1)


def echo(request: Request) -> ApiResponse:
    """A handler that answers with what it sees of its request."""
    body = request.body
    seen = {
        "params": request.path_params,
        "query": request.query_params,
        "body": repr(body) if isinstance(body, bytes) else body,
        "files": {name: [f.filename for f in files] for name, files in request.files.items()},
        "raw": len(request.raw_body),
    }
    return ApiResponse(body=seen)


def answer(**parts: Any) -> Handler:
    """A handler that always answers the ApiResponse with these parts."""
    return lambda request: ApiResponse(**parts)


async def run_hook(function: Callable[..., Any], args: tuple[Any, ...], limit: float) -> Any:
    """A hook by its arity, sync or async, as the invoker does it; `limit` is not kept."""
    result = function(*args[: accepted(function, len(args))])
    return await result if isinstance(result, Awaitable) else result


async def _receive(target: Target, client: SocketClient, data: Any) -> Reply:
    raise NotImplementedError("no step of these projects listens to sockets")


class Serving:
    """A running server. `emitted` and `lines` hold what came through; `set` changes a stream."""

    def __init__(
        self,
        *steps: Step,
        streams: Sequence[Stream] = (),
        authenticate: Callable[..., Any] | None = None,
        clock: Clock | None = None,
        mode: Mode = "start",
        **settings: Any,
    ) -> None:
        self.clock: Clock = clock if clock is not None else RealClock()
        self.registry = Registry(
            Project(
                root=Path("/project"),
                contents={},
                hooks=ProjectHooks(authenticate=authenticate),
                steps=steps,
                streams=tuple(streams),
                failures=(),
                warnings=(),
            )
        )
        self.emitted: list[tuple[str, JSON]] = []
        self.lines: list[RequestLine] = []
        self.items: dict[tuple[str, str], dict[str, JSON]] = {}
        self.before_snapshot: Callable[[], Awaitable[None]] | None = None
        self.hub: StreamHub[Watcher] = StreamHub(StreamClock(), "test")
        self.server = HttpServer(
            Doors(
                registry=lambda: self.registry,
                respond=self._respond,
                receive=_receive,
                emit=self._emit,
                snapshot=self._snapshot,
                hub=self.hub,
                access=StreamAccess(
                    run_hook=run_hook,
                    authenticate=lambda: self.registry.hooks.authenticate,
                    make_context=lambda: "context",
                ),
                clock=self.clock,
                observe=self.lines.append,
            ),
            replace(WebSettings.of(Settings(), mode=mode), **{"ports": (0,), **settings}),
        )

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.server.stop(1.0)

    @property
    def port(self) -> int:
        return self.server.ports[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set(self, stream: str, group: str, id: str, **item: JSON) -> StreamChange:
        """Store an item and tell its watchers, in one step."""
        items = self.items.setdefault((stream, group), {})
        kind: ChangeType = "update" if id in items else "create"
        items[id] = {**item, "id": id}
        return self.tell(stream, group, id, kind, items[id])

    def tell(
        self, stream: str, group: str, id: str | None, kind: ChangeType, data: JSON
    ) -> StreamChange:
        change = StreamChange(
            stream=stream,
            group=group,
            id=id,
            type=kind,
            data=data,
            timestamp_ms=self.hub.clock.next(int(self.clock.now() * 1000)),
        )
        announce(self.hub.publish(change))
        return change

    async def _respond(self, target: Target, request: Request) -> tuple[ApiResponse, str]:
        handler = target.step.handler
        assert handler is not None
        try:
            result = handler(request)
            response = as_response(await result if isinstance(result, Awaitable) else result)
        except ValidationFailed as error:
            details = [{"path": v.path, "message": v.message} for v in error.violations]
            response = problem(400, "Request body is not valid", details=details)
        return response, "0" * 32

    async def _emit(self, topic: str, data: JSON) -> None:
        if topic == "unknown":
            raise ConfigError("nobody takes this topic")
        self.emitted.append((topic, data))

    async def _snapshot(self, stream: str, group: str, id: str | None) -> JSON:
        if self.before_snapshot is not None:
            await self.before_snapshot()
        items = self.items.get((stream, group), {})
        return list(items.values()) if id is None else items.get(id)


class Client:
    """One WebSocket that speaks Motia's protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, kind: str, **data: Any) -> None:
        await self.socket.send_json({"type": kind, "data": data})

    async def join(self, name: str = "chat", group: str = "room", **more: Any) -> None:
        await self.send("join", streamName=name, groupId=group, **{"subscriptionId": "s1", **more})

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=5.0))
        return frame

    async def event(self) -> Any:
        return (await self.next())["event"]

    async def is_silent(self) -> bool:
        """Nothing is on its way: the answer to a refused join is the next thing to come."""
        await self.join("no such stream", "probe", subscriptionId="probe")
        return bool((await self.next())["groupId"] == "probe")

    async def close_code(self) -> int | None:
        """Read until the server closes."""
        async with asyncio.timeout(5.0):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


class Connector:
    """Opens sockets to one server."""

    def __init__(self, serving: Serving, session: aiohttp.ClientSession) -> None:
        self.serving = serving
        self.session = session

    async def __call__(self, path: str = "/", **parts: Any) -> Client:
        return Client(await self.session.ws_connect(self.serving.url + path, **parts))


async def raw_exchange(port: int, sent: bytes) -> bytes:
    """The server's first answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        return head + await reader.readexactly(int(length[1]) if length else 0)
    finally:
        writer.close()


async def posted(client: aiohttp.ClientSession, path: str, **parts: Any) -> tuple[int, Any]:
    """Status and JSON body of the answer to a POST."""
    async with client.post(path, **parts) as got:
        return got.status, await got.json()
