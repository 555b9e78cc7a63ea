"""Streams over Socket.IO: a client joins by `stream:join` and hears `stream:event`, on the same hub
and by the same rules as on any other transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motia_py.project.declarations import STREAM_EVENTS
from motia_py.runtime.access import Visitor
from motia_py.runtime.failures import Reply
from motia_py.runtime.frames import Announcement, Form
from motia_py.runtime.outbox import Outbox
from motia_py.web.joins import JOIN_FORM, Join, read_join, refusal_of
from motia_py.web.socketio.clients import Client
from motia_py.web.socketio.packets import Piece, stream_event
from motia_py.web.watching import Watching

JOIN, LEAVE = STREAM_EVENTS


class StreamWatcher:
    """A client as the hub's member. While it lags, changes wait in an outbox that merges them."""

    __slots__ = ("_client", "_outbox", "_pieces", "visitor")

    def __init__(self, client: Client, pieces: LastPiece) -> None:
        self.visitor: Visitor = client.visitor
        self._client = client
        self._outbox = Outbox(merges_above=0)
        self._pieces = pieces
        client.backlog.on_drained = self._flush

    def tell(self, announcement: Announcement, form: Form) -> None:
        backlog = self._client.backlog
        if self._client.is_gone:
            # From this namespace only, and its farewell has not come to the hub yet.
            return
        if self._outbox or backlog.is_behind:
            self._outbox.put(announcement, form)
            self._bound()
        else:
            backlog.post(self._pieces.of(announcement, form))

    def send(self, frame: bytes) -> None:
        if self._outbox:
            self._outbox.put_frame(frame)
        elif not self._client.is_gone:
            self._client.backlog.post(stream_event(frame))

    def close(self, code: int) -> None:
        """Cut the connection: clients come back by themselves and join again."""
        if not self._client.is_gone:
            self._client.backlog.overflow()

    def leave(self) -> None:
        """Watch no more. The client may be back on the same connection already, and watch."""
        backlog = self._client.backlog
        if backlog.on_drained == self._flush:
            backlog.on_drained = None

    def _flush(self) -> None:
        backlog = self._client.backlog
        while self._outbox and not backlog.is_behind and not self._client.is_gone:
            backlog.post(stream_event(self._outbox.take()))

    def _bound(self) -> None:
        backlog = self._client.backlog
        if self._outbox.size_bytes > backlog.max_bytes:
            backlog.overflow()
        elif not backlog.is_waiting:
            # Only the WebSocket itself was full, and nobody will tell when it is not.
            backlog.post(stream_event(self._outbox.take()))


class LastPiece:
    """The change that was told last, encoded: everyone is told it in a row."""

    __slots__ = ("_announcement", "_form", "_piece")

    def __init__(self) -> None:
        self._announcement: Announcement | None = None
        self._form = Form.MOTIA
        self._piece: Piece | None = None

    def of(self, announcement: Announcement, form: Form) -> Piece:
        piece = self._piece
        if piece is None or self._announcement is not announcement or self._form is not form:
            piece = self._piece = stream_event(announcement.frame(form))
            self._announcement, self._form = announcement, form
        return piece


class SocketStreams:
    """Who watches over Socket.IO."""

    def __init__(self, watching: Watching, *, max_subscriptions: int) -> None:
        self._watching = watching
        self._max_subscriptions = max_subscriptions
        self._watchers: dict[Client, StreamWatcher] = {}
        self._pieces = LastPiece()

    async def handle(self, client: Client, event: str, data: Any) -> Reply:
        """Do what the client asks for; one call per client at a time."""
        if event == LEAVE:
            return await self._leave(client, data)
        join = read_join(data)
        if join is None:
            return Reply(problem={"error": JOIN_FORM})
        watcher = self._watchers.get(client) or StreamWatcher(client, self._pieces)
        refusal = await refusal_of(join, watcher, self._watching, self._max_subscriptions)
        if refusal is not None:
            return Reply(problem={"error": refusal})
        if client.is_gone:
            await self._watching.left([join.channel], client.visitor)
            return Reply()
        self._watchers[client] = watcher
        await self._watching.join(
            watcher,
            join.channel,
            # Text that grows is sent whole: clients of Socket.IO take events as they are.
            form=Form.CURSORS if join.form.has_cursors else Form.MOTIA,
            subscription_id=_subscription(join),
            cursor=join.cursor,
        )
        return Reply({"subscriptionId": _subscription(join)})

    async def drop(self, client: Client) -> None:
        """The client is gone."""
        watcher = self._watchers.pop(client, None)
        if watcher is not None:
            watcher.leave()
            left = self._watching.hub.drop(watcher, now_ms=self._watching.now_ms())
            await self._watching.left(left, client.visitor)

    async def _leave(self, client: Client, data: Any) -> Reply:
        watcher = self._watchers.get(client)
        subscription_id = data.get("subscriptionId") if isinstance(data, Mapping) else None
        join = read_join(data)
        if subscription_id is None and join is not None:
            subscription_id = _subscription(join)
        if not isinstance(subscription_id, str):
            return Reply(problem={"error": "the data of a leave is what was sent to join"})
        if watcher is not None:
            now_ms = self._watching.now_ms()
            channel = self._watching.hub.leave(watcher, subscription_id, now_ms=now_ms)
            if channel is not None:
                await self._watching.left([channel], client.visitor)
        return Reply()


def _subscription(join: Join) -> str:
    """What the client calls its subscription, else what it watches."""
    if join.subscription_id:
        return join.subscription_id
    # A slash in a name is written otherwise: no two channels may have one name.
    parts = (part.replace("%", "%25").replace("/", "%2F") for part in join.channel if part)
    return "/".join(parts)
