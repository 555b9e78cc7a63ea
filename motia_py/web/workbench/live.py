"""The workbench's one WebSocket: a client hears of the topics that it asks for, from a cursor on.

Nothing is kept for a client: what it is sent is read from the feeds when it can take it, so whoever
reads slowly misses some, and is told how much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from motia_py.runtime.frames import Cursor
from motia_py.runtime.tracing import Span
from motia_py.web.watching import GOING_AWAY
from motia_py.web.workbench.activity import run_view
from motia_py.web.workbench.feed import Feed, Missed, cursor_of
from motia_py.web.workbench.views import Batch, ReloadView, Subscribe, Subscribed, Topic

#: How long news is gathered before it is sent: a screen shows no more.
GATHERED_SECONDS = 0.05
#: Items of a topic in one message.
MAX_ITEMS = 500
MAX_MESSAGE_BYTES = 64 * 1024
PING_SECONDS = 25.0
#: A message that is no subscription: the client is not ours.
NOT_OURS = 4400


class LiveSockets:
    """Serves the WebSockets of the workbench."""

    def __init__(self, epoch: str, runs: Feed[Span], reloads: Feed[ReloadView]) -> None:
        self._epoch = epoch
        self._runs = runs
        self._reloads = reloads
        self._open: set[web.WebSocketResponse] = set()
        self._closing: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    def close_all(self) -> None:
        """Tell everybody that the server goes away; returns at once."""
        self._is_closing = True
        for response in self._open:
            task = asyncio.get_running_loop().create_task(response.close(code=GOING_AWAY))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def serve(self, request: web.BaseRequest, response: web.WebSocketResponse) -> None:
        """Serve one client until it goes."""
        await response.prepare(request)
        if self._is_closing:
            await response.close(code=GOING_AWAY)
            return
        self._open.add(response)
        listener = _Listener(response, self._epoch, self._runs, self._reloads)
        telling = asyncio.get_running_loop().create_task(listener.tell())
        try:
            await self._hear(response, listener)
        finally:
            self._open.discard(response)
            listener.close()
            telling.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling

    async def _hear(self, response: web.WebSocketResponse, listener: _Listener) -> None:
        async for message in response:
            try:
                if message.type is not WSMsgType.TEXT:
                    raise ValueError("a message is text")
                wish = Subscribe.model_validate_json(message.data)
            except (ValidationError, ValueError):
                await response.close(code=NOT_OURS, message=b"send a subscription")
                return
            await listener.subscribe(wish.topics)


class _Listener:
    """What one client hears."""

    def __init__(
        self,
        response: web.WebSocketResponse,
        epoch: str,
        runs: Feed[Span],
        reloads: Feed[ReloadView],
    ) -> None:
        self._response = response
        self._epoch = epoch
        self._feeds: Mapping[Topic, Feed[Any]] = {"runs": runs, "project": reloads}
        self._cursors: dict[Topic, Cursor] = {}
        self._news = asyncio.Event()
        self._ends: list[Callable[[], None]] = []

    async def subscribe(self, topics: Mapping[Topic, str | None]) -> None:
        self.close()
        self._cursors = {
            topic: cursor_of(text, self._feeds[topic]) for topic, text in topics.items()
        }
        self._ends = [self._feeds[topic].listen(self._news.set) for topic in self._cursors]
        cursors = {topic: str(self._feeds[topic].cursor) for topic in self._cursors}
        told = Subscribed(type="subscribed", epoch=self._epoch, cursors=cursors)
        await self._response.send_str(told.model_dump_json(by_alias=True))
        self._news.set()

    def close(self) -> None:
        for end in self._ends:
            end()
        self._ends = []

    async def tell(self) -> None:
        """Send what is new, again and again; waits while the client reads slowly."""
        while True:
            await self._news.wait()
            self._news.clear()
            for topic in list(self._cursors):
                await self._tell(topic)
            # The machine's own time: this is about a screen.
            await asyncio.sleep(GATHERED_SECONDS)

    async def _tell(self, topic: Topic) -> None:
        missed: Missed[Any] = self._feeds[topic].since(self._cursors[topic], MAX_ITEMS)
        self._cursors[topic] = missed.cursor
        if not missed.items and not missed.dropped:
            return
        batch = Batch(
            type="batch",
            topic=topic,
            cursor=str(missed.cursor),
            dropped=missed.dropped,
            reloads=missed.items if topic == "project" else [],
            # One that began and ended since is told once, as it is now.
            runs=[run_view(span) for span in _once(missed.items)] if topic == "runs" else [],
        )
        await self._response.send_str(batch.model_dump_json(by_alias=True))


def _once(spans: list[Span]) -> list[Span]:
    """Each span once, where it came last."""
    return list({id(span): span for span in reversed(spans)}.values())[::-1]
