"""The rooms as a test asks them, over HTTP and over Socket.IO."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motia_py.messages import JSON
from motia_py.testing import Answer, MotiaTester
from tests.socketio_client import Heard, SocketClient, connected
from tests.sse_chatting import Frame, frames_of

COMPLETION = "/openai/chatCompletion"
SIMPLE = f"{COMPLETION}/simple"
START = f"{COMPLETION}/stream/start"
#: What the tester's clock says while it stands still.
NOW = "2023-11-14T22:13:20.000Z"
EVENTS = {"Accept": "text/event-stream"}


def saying(text: str = "Hello") -> JSON:
    return {"messages": [{"role": "user", "content": text}]}


async def complete(motia: MotiaTester, path: str = COMPLETION) -> Answer:
    """The whole answer, which may be a refusal."""
    return await motia.post(path, json=saying())


async def stream(motia: MotiaTester) -> list[Frame]:
    """The events of the whole answer."""
    answer = await motia.post(COMPLETION, json=saying(), headers=EVENTS)
    assert answer.status == 200, answer.body
    return frames_of(answer.body)


async def start(motia: MotiaTester, session: str | None = "s1", text: str = "Hello") -> JSON:
    """What starting a session answers."""
    named = {} if session is None else {"sessionId": session}
    answer = await motia.post(START, json={**saying(text), **named})
    assert answer.status == 201, answer.body
    return answer.body


def text_of(frames: list[Frame]) -> str:
    return "".join(frame.data["content"] for frame in frames if frame.event == "chunk")


def refusal(status: int, message: JSON, error: str) -> JSON:
    """The body of a request that is not served."""
    return {"statusCode": status, "message": message, "error": error}


class Chatter:
    """A client of the rooms. What it hears is read in order; what was read is gone."""

    def __init__(self, socket: SocketClient) -> None:
        self.socket = socket

    async def ask(self, text: str = "Hello") -> None:
        await self.socket.emit("stream-chat", saying(text))

    async def join(self, room: str = "tea", name: str | None = None) -> None:
        """Returns once the client is in the room, and has read all up to there."""
        named = {} if name is None else {"participantName": name}
        await self.socket.emit("join-room", {"roomName": room, **named})
        assert (await self.socket.next("room-joined"))["roomName"] == room

    async def until(self, event: str) -> list[Heard]:
        """All that was heard, up to the next event of this name."""
        heard: list[Heard] = []
        async with asyncio.timeout(10):
            while not heard or heard[-1].event != event:
                heard.append(await self.socket.heard.get())
        return heard

    async def rest(self) -> list[Heard]:
        """All that was heard and not read yet. What comes is in order: an answer ends it."""
        await self.socket.call("get-room-info", {"roomName": "nowhere"})
        return (await self.until("room-info"))[:-1]

    async def people(self, room: str = "tea") -> list[str]:
        """Who is in the room."""
        info = await self.socket.call("get-room-info", {"roomName": room})
        await self.until("room-info")
        names: list[str] = info["participants"]
        return names


@asynccontextmanager
async def chatting(
    url: str, *, room: str | None = None, name: str | None = None, **options: Any
) -> AsyncIterator[Chatter]:
    """A client that has been greeted, and is in a room if one is named."""
    async with connected(url, **options) as socket:
        chatter = Chatter(socket)
        await chatter.until("connected")
        if room is not None:
            await chatter.join(room, name)
        yield chatter


def names(heard: list[Heard]) -> list[str]:
    return [each.event for each in heard]


def said_in(heard: list[Heard]) -> str:
    """The text of the chunks."""
    return "".join(each.data["content"] for each in heard if each.event == "stream-chunk")
