"""The workbench's one WebSocket: a client hears of the topics that it asks for, from a cursor on.

Nothing is kept for a client: what it is sent is read from the feeds when it can take it, so whoever
reads slowly misses some, and is told how much.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from motia_py.runtime.frames import Cursor
from motia_py.web.watching import GOING_AWAY
from motia_py.web.workbench.feed import Feed, Missed, cursor_of
from motia_py.web.workbench.views import Batch, Subscribe, Subscribed, Topic

#: How long news is gathered before it is sent: a screen shows no more.
GATHERED_SECONDS = 0.05
#: Items of a topic in one message.
MAX_ITEMS = 500
_NOTHING: Mapping[str, list[Any]] = {"reloads": [], "runs": [], "logs": [], "changes": []}
#: A message that is no subscription: the client is not ours.
NOT_OURS = 4400
#: What is new could not be told: RFC 6455's code for a mistake of the server.
FAILED = 1011

_log = logging.getLogger("motia_py.web")


class News(NamedTuple):
    """A batch as JSON, of what is between two cursors; None: nothing."""

    since: Cursor
    until: Cursor
    text: str | None


class Source:
    """Where a topic's items come from; `shown` tells what they look like in a batch.

    Clients that wait wake together, so what is new is written once for all who heard as much.
    """

    def __init__(self, feed: Feed[Any], shown: Callable[[list[Any]], dict[str, list[Any]]]) -> None:
        self.feed = feed
        self._shown = shown
        self._last: News | None = None

    def news(self, topic: Topic, since: Cursor) -> News:
        if self._last is None or self._last[:2] != (since, self.feed.cursor):
            self._last = self._news(topic, since)
        return self._last

    def _news(self, topic: Topic, since: Cursor) -> News:
        missed: Missed[Any] = self.feed.since(since, MAX_ITEMS)
        if not missed.items and not missed.dropped:
            return News(since, missed.cursor, None)
        batch = Batch(
            type="batch",
            topic=topic,
            cursor=str(missed.cursor),
            dropped=missed.dropped,
            **{**_NOTHING, **self._shown(missed.items)},
        )
        return News(since, missed.cursor, batch.as_json())


class LiveSockets:
    """Serves the WebSockets of the workbench."""

    def __init__(self, epoch: str, sources: Mapping[Topic, Source]) -> None:
        self._epoch = epoch
        self._sources = sources
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
        listener = _Listener(response, self._epoch, self._sources)
        telling = asyncio.get_running_loop().create_task(self._tell(response, listener))
        try:
            await self._hear(response, listener)
        finally:
            self._open.discard(response)
            listener.close()
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling

    async def _tell(self, response: web.WebSocketResponse, listener: _Listener) -> None:
        """Tell a client what is new until it goes; it is never left to wait for nothing."""
        try:
            await listener.tell()
        except ConnectionError:
            return
        except Exception:
            _log.exception("a live socket failed", extra={"action": "workbench.live_failed"})
            await response.close(code=FAILED)

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
        self, response: web.WebSocketResponse, epoch: str, sources: Mapping[Topic, Source]
    ) -> None:
        self._response = response
        self._epoch = epoch
        self._sources = sources
        self._cursors: dict[Topic, Cursor] = {}
        self._news = asyncio.Event()
        self._ends: list[Callable[[], None]] = []

    async def subscribe(self, topics: Mapping[Topic, str | None]) -> None:
        self.close()
        self._cursors = {
            topic: cursor_of(text, self._sources[topic].feed) for topic, text in topics.items()
        }
        feeds = {topic: self._sources[topic].feed for topic in topics}
        self._ends = [feed.listen(self._news.set) for feed in feeds.values()]
        cursors = {topic: str(feed.cursor) for topic, feed in feeds.items()}
        told = Subscribed(type="subscribed", epoch=self._epoch, cursors=cursors)
        await self._response.send_str(told.as_json())
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
                # A client that reads slowly may have changed its topics meanwhile.
                if topic in self._cursors:
                    await self._tell(topic)
            # The machine's own time: this is about a screen.
            await asyncio.sleep(GATHERED_SECONDS)

    async def _tell(self, topic: Topic) -> None:
        news = self._sources[topic].news(topic, self._cursors[topic])
        self._cursors[topic] = news.until
        if news.text is not None:
            await self._response.send_str(news.text)
