"""POST /api/chat/stream as a test asks it, and what comes to the user's stream."""

from __future__ import annotations

from typing import Any

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.openai_server import OpenAIServer

ROUTE = "/api/chat/stream"
FAILED = "An error occurred processing your request"


def name_of(server: OpenAIServer) -> str:
    """How a provider is called that is none of the known ones: by its host."""
    return server.url.removeprefix("http://").removesuffix("/v1")


async def ask(motia: MotiaTester, message: str = "Hello", **more: JSON) -> dict[str, Any]:
    answer = await motia.post(ROUTE, json={"message": message, **more})
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


async def stream(motia: MotiaTester, message: str = "Hello", user: str = "u1") -> list[JSON]:
    """Everything on the user's stream once the answer has ended."""
    await ask(motia, message, userId=user, stream=True)
    await motia.settle()
    return await motia.stream("chat-messages", f"user:{user}")


def kinds(messages: list[JSON]) -> list[str]:
    return [message["type"] for message in messages]
