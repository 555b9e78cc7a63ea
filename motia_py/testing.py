"""Test your steps: the app on the memory engine and a clock that stands still, over real sockets.

async with MotiaTester(Path(".")) as motia:
    answer = await motia.post("/orders", json={"item": "tea"})
    await motia.settle()
    assert motia.emitted("order.placed") == [{"item": "tea"}]
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from motia_py import encoding
from motia_py.app import Motia
from motia_py.clock import FakeClock
from motia_py.errors import ConfigError, LoadFailure, MotiaError, UnknownStream
from motia_py.interfaces import Engine
from motia_py.messages import JSON, STATE_SPACE, DeadLetter, Event, QueueCounts
from motia_py.runtime.tracing import TraceLog
from motia_py.settings import Mode, Settings

#: Turns of the event loop given to what was just started, before it is asked whether all is quiet.
_TURNS = 5


class LoadFailed(MotiaError):
    """Files of the project under test do not load; the message lists each with its line."""

    def __init__(self, failures: Sequence[LoadFailure]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(str(failure) for failure in failures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: `body` is the parsed JSON where it is JSON, the text where it is text."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    body: JSON


class MotiaTester:
    """One project, served on a free port of the loopback while entered.

    Every file must load, unless `may_fail_to_load`: else a test of a step that is not there would
    only see a 404.

    `clock` only moves when `advance` says so: delays, retries and cron ticks wait for it.
    `env` is set for the time being; `.env` is not read.
    """

    def __init__(
        self,
        root: Path | str,
        *,
        env: Mapping[str, str] | None = None,
        clock: FakeClock | None = None,
        mode: Mode = "dev",
        engine: Engine | None = None,
        may_fail_to_load: bool = False,
        **settings: Any,
    ) -> None:
        self.clock = clock if clock is not None else FakeClock()
        # A handler that never ends fails its test; it shall not also hold up the others.
        # The developer's own environment shall not decide where a test listens.
        fixed = {"ports": (0,), "hosts": (), "engine": "memory://", "shutdown_seconds": 0.0}
        chosen = {**fixed, **settings}
        self.app = Motia(Path(root), Settings(**chosen), mode=mode, clock=self.clock, engine=engine)
        self._may_fail_to_load = may_fail_to_load
        self._env = dict(env or {})
        self._events: list[Event] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(_environment(self._env))
            await stack.enter_async_context(self.app)
            self.app.bus.listen(self._events.append)
            if self.app.registry.failures and not self._may_fail_to_load:
                raise LoadFailed(self.app.registry.failures)
            self._session = await stack.enter_async_context(aiohttp.ClientSession())
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """The server's address, as `http://127.0.0.1:49152`."""
        return self.app.urls[0]

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request; `options` are those of `aiohttp.ClientSession.request`."""
        async with self._session.request(method, self.url + path, **options) as response:
            raw = await response.read()
            return Answer(
                status=response.status,
                headers=response.headers,
                raw=raw,
                body=_parsed(raw, response.content_type),
            )

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> Answer:
        return await self.request("PUT", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.request("DELETE", path, **options)

    @asynccontextmanager
    async def connect(
        self, path: str = "/", **options: Any
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket to the server."""
        async with self._session.ws_connect(self.url + path, **options) as socket:
            yield socket

    async def emit(self, topic: str, data: JSON = None) -> None:
        """Publish an event as from outside of any step."""
        await self.app.emit(topic, data)

    async def settle(self) -> None:
        """Return once nothing runs and nothing is due now."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        await self.app.wait_idle()

    async def advance(self, seconds: float) -> None:
        """Let time pass, timer by timer, and let what falls due run to its end."""
        await self.settle()
        end = self.clock.monotonic() + seconds
        while True:
            wait = self.clock.next_timer()
            if wait is None or self.clock.monotonic() + wait > end:
                break
            self.clock.advance(max(0.0, wait))
            await self.settle()
        self.clock.advance(max(0.0, end - self.clock.monotonic()))
        await self.settle()

    @property
    def traces(self) -> TraceLog:
        return self.app.traces

    def emitted(self, topic: str) -> list[JSON]:
        """The data of every event of `topic` that was published, oldest first."""
        return [event.data for event in self._events if event.topic == topic]

    async def stream(self, name: str, group: str) -> list[JSON]:
        """The items of a stream's group, in the order in which they were first set."""
        if self.app.registry.stream(name) is None:
            raise UnknownStream(f"no stream is called {name!r}")
        items: list[JSON] = await self.app.snapshot(name, group, None)
        return items

    async def state(self, group: str, key: str) -> JSON:
        return await self.app.engine.state.get(STATE_SPACE, group, key)

    async def dead_letters(self) -> list[DeadLetter]:
        """Deliveries that were given up, newest first."""
        return list(await self.app.engine.queue.dead())

    async def queue(self, step: str) -> QueueCounts:
        """What waits, runs and is dead over all triggers of a step.

        Raises:
            ConfigError: no step has this name.
        """
        if step not in self.app.registry.steps:
            raise ConfigError(f"no step is called {step!r}")
        counts = [
            count
            for lane, count in (await self.app.engine.queue.counts()).items()
            if lane.step == step
        ]
        return QueueCounts(
            waiting=sum(count.waiting for count in counts),
            running=sum(count.running for count in counts),
            dead=sum(count.dead for count in counts),
        )


def _parsed(raw: bytes, content_type: str) -> JSON:
    if content_type == "application/json" or content_type.endswith("+json"):
        return encoding.loads(raw) if raw else None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


@contextmanager
def _environment(changes: Mapping[str, str]) -> Any:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
