"""The `chat-sessions` stream: one group of conversations that wait for their answer to be fetched.

A stream, because its items end: after ten minutes, or when there are too many of them.
"""

from pydantic import BaseModel

from steps.rooms.messages import Message

GROUP = "waiting"


class ChatSession(BaseModel):
    messages: list[Message]


def nobody() -> bool:
    """What others have asked is nothing to watch."""
    return False


config = {
    "name": "chat-sessions",
    "schema": ChatSession,
    "canAccess": nobody,
    "baseConfig": {
        "storageType": "default",
        "ttl": 600,  # seconds
        "maxItems": 1000,
    },
}
