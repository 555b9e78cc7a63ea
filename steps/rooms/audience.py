"""Who sees an answer: who asked for it, and the others in the room that the asker joined last."""

from collections.abc import Awaitable
from typing import Any

from motia_py import Context
from steps.rooms.membership import last_room_of, rooms_of
from steps.rooms.messages import timestamp_of
from steps.rooms.packets import Packets

HAS_LEFT = "The participant has left"


class Audience:
    """The others get what the asker gets, with the asker's name, until the asker leaves the room.

    LiveKit's room of the same name gets what they get. What they began to see they see end: with
    `stream-complete`, or with `stream-error`.
    """

    def __init__(self, ctx: Context, packets: Packets | None = None) -> None:
        self._ctx = ctx
        self._packets = packets
        self._room = last_room_of(ctx)
        self._name = rooms_of(ctx).get(self._room or "")

    async def tell(self, event: str, **data: object) -> None:
        """Send an event to all; returns once the asker can take more."""
        told = {**data, "timestamp": timestamp_of(self._ctx)}
        # Both are begun before one is awaited: who is cancelled here has told all, or nobody.
        others = self._tell_others(event, told)
        own = self._ctx.socket.emit(event, told)
        for sent in (*others, own):
            await sent

    async def leave(self) -> None:
        """Tell the others that nothing more comes."""
        for sent in self._tell_others("stream-error", self._goodbye()):
            await sent

    def _tell_others(self, event: str, told: dict[str, object]) -> list[Awaitable[Any]]:
        if self._room is None:
            return []
        if self._room not in rooms_of(self._ctx):
            event, told = "stream-error", self._goodbye()
        told = {**told, "participantName": self._name}
        if self._packets is not None:
            self._packets.add(event, told)
        room = self._room
        if event in ("stream-complete", "stream-error"):
            self._room = None
        return [self._ctx.socket.emit(event, told, room=room, skip_self=True)]

    def _goodbye(self) -> dict[str, object]:
        return {"error": HAS_LEFT, "timestamp": timestamp_of(self._ctx)}
