"""The `chat-messages` stream: a group per user, `user:<userId>`, and an item per message."""

from typing import Any, Literal

from pydantic import BaseModel
from pydantic.alias_generators import to_camel


class ChatMessage(BaseModel, alias_generator=to_camel):
    """Which of the optional fields a message has follows from its type.

    token: `content`, `metadata` (provider, model). provider_switch: `metadata` (from, to, reason).
    complete: `response`, `provider`, `model`. error: `error`.
    """

    type: Literal["token", "complete", "error", "provider_switch"]
    user_id: str
    trace_id: str
    timestamp: str
    content: str | None = None
    response: str | None = None
    provider: str | None = None
    model: str | None = None
    error: str | None = None
    metadata: dict[str, Any] | None = None


config = {
    "name": "chat-messages",
    "schema": ChatMessage,
    "baseConfig": {
        "storageType": "default",
        "ttl": 3600,  # seconds
        # Whoever connects late gets the whole of an answer, which has at most 2,000 tokens.
        "maxItems": 2500,
    },
}
