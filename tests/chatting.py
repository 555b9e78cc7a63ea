"""The chatbot example as a test serves it, and someone who watches one of its conversations."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from motia_py.messages import JSON
from motia_py.testing import MotiaTester

ROOT = Path(__file__).parents[1]
#: What the examples send as their key.
KEY = "sk-test-0123456789"
APOLOGY = "Sorry, I encountered an error. Please try again."
#: An environment that names no model, no limit and no LiveKit; for the examples, empty is as good as not set.
NO_MODEL = dict.fromkeys(
    (
        "OPENAI_API_KEY",
        "OPENAI_ADMIN_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
        "OFFLINE_MODEL",
        "FALLBACK_API_KEY",
        "FALLBACK_BASE_URL",
        "FALLBACK_MODEL",
        "SESSION_TOKEN_LIMIT",
        "MODERATION_MODEL",
        "LIVEKIT_URL",
        "LIVEKIT_API_KEY",
        "LIVEKIT_API_SECRET",
    ),
    "",
)


def copy_chatbot(root: Path) -> None:
    """The chatbot and the room that talks to its model, in a project of their own."""
    for folder in ("steps/chatbot", "steps/models"):
        shutil.copytree(ROOT / folder, root / folder)


class Watcher:
    """One socket that joined a conversation, or one item of it; `frames` has all it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.frames: list[JSON] = []

    async def until(self, condition: Callable[[JSON], bool]) -> None:
        """Return once the latest frame's event fulfils the condition."""
        while not self.frames or not condition(self.frames[-1]["event"]):
            self.frames.append(await self._socket.receive_json())

    async def until_answer(self, status: str, text: str | None = None) -> None:
        """Return once an answer is shown with this status, and this text if one is given."""
        await self.until(
            lambda event: any(
                item["from"] == "assistant"
                and item["status"] == status
                and text in (None, item["message"])
                for item in items_of(event)
            )
        )

    def items(self) -> list[JSON]:
        """Every state of every item, in the order in which they were shown."""
        return [item for frame in self.frames for item in items_of(frame["event"])]

    def answers(self) -> list[tuple[str, str]]:
        """Status and text of every state of the answers."""
        return [
            (item["status"], item["message"])
            for item in self.items()
            if item["from"] == "assistant"
        ]


def items_of(event: JSON) -> list[JSON]:
    """The items that an event shows: many for a group's `sync`, else one."""
    return event["data"] if isinstance(event["data"], list) else [event["data"]]


@asynccontextmanager
async def watching(motia: MotiaTester, group: str, id: str | None = None) -> AsyncIterator[Watcher]:
    """A watcher that has been sent what there was when it joined."""
    async with motia.connect("/") as socket:
        address = {"streamName": "conversation", "groupId": group, "subscriptionId": "s1"}
        data = address if id is None else {**address, "id": id}
        await socket.send_json({"type": "join", "data": data})
        watcher = Watcher(socket)
        await watcher.until(lambda event: event["type"] == "sync")
        yield watcher


async def say(motia: MotiaTester, message: str, conversation: str = "c1") -> JSON:
    """What POST /chat answers."""
    answer = await motia.post("/chat", json={"message": message, "conversationId": conversation})
    assert answer.status == 200, answer.body
    return answer.body


async def said(motia: MotiaTester, conversation: str = "c1") -> list[tuple[str, str, str]]:
    """Sender, status and text of each stored item."""
    items = await motia.stream("conversation", conversation)
    return [(item["from"], item["status"], item["message"]) for item in items]
