"""Motia's stream protocol on one WebSocket: joins and leaves in, frames out.

What our own client asks for besides (cursors, text that grows sent short) hangs on a join that says
so; Motia's clients never see any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

from motia_py import encoding
from motia_py.errors import NotJSON
from motia_py.web.joins import JOIN_FORM, read_join, refusal_of
from motia_py.web.socket import Socket
from motia_py.web.watching import Watching

TOO_MANY_BAD_MESSAGES = 4400

#: Messages that make no sense, before the socket is closed.
MAX_BAD_MESSAGES = 10


class MotiaProtocol:
    """Converses with each socket that speaks it."""

    def __init__(self, watching: Watching, *, max_subscriptions: int) -> None:
        self._watching = watching
        self._max_subscriptions = max_subscriptions

    async def __call__(self, response: web.WebSocketResponse, socket: Socket) -> None:
        """Handle messages one by one, so that a leave never overtakes its join."""
        bad_messages = 0
        while socket.close_code is None:
            await socket.answers_on_their_way()
            message = await response.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            problem = await self._handle(socket, message.data)
            if problem is None:
                continue
            bad_messages += 1
            socket.send(self._bad_message(problem))
            if bad_messages == MAX_BAD_MESSAGES:
                socket.close(TOO_MANY_BAD_MESSAGES)

    async def _handle(self, socket: Socket, data: str | bytes) -> str | None:
        """Do what a message asks; what is wrong with it, None if nothing is."""
        try:
            message = encoding.loads(data if isinstance(data, str) else data.decode())
        except (NotJSON, UnicodeDecodeError):
            return "a message is JSON text"
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str):
            return 'a message is {"type": "join" or "leave", "data": {...}}'
        if kind == "join":
            return await self._join(socket, message.get("data"))
        if kind == "leave":
            return await self._leave(socket, message.get("data"))
        # Motia ignores what it does not know, so clients may send more.
        return None

    async def _leave(self, socket: Socket, data: Any) -> str | None:
        if not isinstance(data, Mapping):
            return "the data of a leave is what was sent to join"
        subscription_id = data.get("subscriptionId")
        if isinstance(subscription_id, str):
            now_ms = self._watching.now_ms()
            channel = self._watching.hub.leave(socket, subscription_id, now_ms=now_ms)
            if channel is not None:
                await self._watching.left([channel], socket.visitor)
        return None

    async def _join(self, socket: Socket, data: Any) -> str | None:
        join = read_join(data)
        if join is None:
            return JOIN_FORM
        refusal = await refusal_of(join, socket, self._watching, self._max_subscriptions)
        if refusal is not None:
            now_ms = self._watching.now_ms()
            socket.send(self._watching.hub.refuse(join.channel, refusal, now_ms=now_ms))
            return None
        # What it will be shown may be newer than what its texts grew from so far.
        socket.forget_refs()
        await self._watching.join(
            socket,
            join.channel,
            form=join.form,
            subscription_id=join.subscription_id,
            cursor=join.cursor,
        )
        return None

    def _bad_message(self, problem: str) -> bytes:
        error = {"code": "BAD_MESSAGE", "message": problem}
        event = {"type": "event", "event": {"type": "error", "data": error}}
        timestamp_ms = self._watching.hub.clock.next(self._watching.now_ms())
        return encoding.dumps({"timestamp": timestamp_ms, "event": event})
