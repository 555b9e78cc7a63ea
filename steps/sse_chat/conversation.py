"""A conversation's messages in state: a turn is kept whole, question and answer, or not at all."""

import asyncio
from typing import Any, Literal, TypedDict
from weakref import WeakValueDictionary

from motia_py import Context

GROUP = "conversations"
#: What a conversation keeps and the model is told: the oldest turns go first.
KEPT_CHARACTERS = 100_000
#: What a message weighs besides its text.
MESSAGE_CHARACTERS = 100


_writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class Message(TypedDict):
    """`timestamp`: milliseconds since the epoch."""

    role: Literal["user", "assistant"]
    content: str
    timestamp: int


async def messages_of(conversation_id: str, context: Context) -> list[Message]:
    """What was said so far, oldest first."""
    conversation = await context.state.get(GROUP, conversation_id)
    messages: list[Message] = (conversation or {}).get("messages", [])
    return messages


async def remember(conversation_id: str, turn: list[Message], context: Context) -> int:
    """Add a turn, and give the number of messages that are kept.

    Of two turns at once none is lost, and none gets between the other's two.
    """
    # What is too much depends on what is there: one turn of a conversation after the other.
    async with _writing.setdefault(conversation_id, asyncio.Lock()):
        return await add(conversation_id, turn, context)


async def add(conversation_id: str, turn: list[Message], context: Context) -> int:
    messages = await messages_of(conversation_id, context)
    now = turn[-1]["timestamp"]
    forgotten = surplus(messages)
    operations: list[dict[str, Any]] = [
        *[{"type": "remove", "path": ["messages", 0]}] * forgotten,
        *[{"type": "append", "path": "messages", "value": message} for message in turn],
        {"type": "increment", "path": "messageCount", "by": len(turn) - forgotten},
        {"type": "set", "path": "lastMessageAt", "value": now},
    ]
    if not messages:
        operations.append({"type": "set", "path": "createdAt", "value": turn[0]["timestamp"]})
    change = await context.state.update(GROUP, conversation_id, operations)
    count: int = change["new_value"]["messageCount"]
    return count


def surplus(messages: list[Message]) -> int:
    """How many of the oldest messages are too many; whole turns only."""
    weights = [len(message["content"]) + MESSAGE_CHARACTERS for message in messages]
    count, total = 0, sum(weights)
    while total > KEPT_CHARACTERS:
        total -= sum(weights[count : count + 2])
        count += 2
    return count
