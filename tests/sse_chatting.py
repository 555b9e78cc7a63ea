"""POST /chat/stream as a test asks it, and its answer in the frames that the seed's client cuts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp

from motia_py.messages import JSON
from motia_py.testing import MotiaTester

ROUTE = "/chat/stream"


class Frame(NamedTuple):
    """One event; a comment, as a ping, is none."""

    event: str
    data: JSON


def frames_of(text: str) -> list[Frame]:
    """The events of a whole answer: `event:` first, one `data:` line, LF only (S2.9)."""
    assert "\r" not in text
    *frames, rest = text.split("\n\n")
    assert rest == "", "the answer ends within a frame"
    return [frame_of(frame) for frame in frames if not frame.startswith(":")]


def frame_of(text: str) -> Frame:
    head, body = text.split("\n")
    assert head.startswith("event: ")
    # As the seed's client does it: a text with `data: ` in it must not cut it short.
    marker, *parts = body.split("data: ")
    assert marker == ""
    return Frame(head.removeprefix("event: "), json.loads(parts[0]))


def asking(message: str, conversation: str | None, session: str | None) -> JSON:
    ids = {"conversationId": conversation, "sessionId": session}
    return {"message": message, **{name: id for name, id in ids.items() if id is not None}}


async def chat(
    motia: MotiaTester,
    message: str = "Hello",
    *,
    conversation: str | None = "c1",
    session: str | None = "s1",
) -> list[Frame]:
    """The events of the whole answer."""
    answer = await motia.post(ROUTE, json=asking(message, conversation, session))
    assert answer.status == 200, answer.body
    return frames_of(answer.raw.decode())


def text_of(frames: Sequence[Frame]) -> str:
    return "".join(frame.data["content"] for frame in frames if frame.event == "chunk")


class Reader:
    """An answer that is read while it comes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> Frame:
        """The next event."""
        while True:
            text = (await self.response.content.readuntil(b"\n\n")).decode()
            if not text.startswith(":"):
                return frame_of(text.removesuffix("\n\n"))

    async def rest(self) -> list[Frame]:
        """All further events, once the server has ended the answer."""
        return frames_of((await self.response.read()).decode())


@asynccontextmanager
async def chatting(
    motia: MotiaTester,
    message: str = "Hello",
    *,
    conversation: str | None = "c1",
    session: str | None = "s1",
) -> AsyncIterator[Reader]:
    """An answer whose head has come; leaving hangs up."""
    body = asking(message, conversation, session)
    async with (
        aiohttp.ClientSession() as client,
        client.post(motia.url + ROUTE, json=body) as response,
    ):
        yield Reader(response)
