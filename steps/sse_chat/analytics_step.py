"""Counts what each session has said: messages, tokens and how long answers took."""

from math import ceil

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from motia_py import Context, queue


class CompletedMessage(BaseModel, alias_generator=to_camel):
    """Lengths in characters, times in milliseconds."""

    conversation_id: str
    session_id: str
    message_length: int
    response_length: int
    chunk_count: int
    timestamp: int
    response_time: float | None = None


config = {
    "name": "Chat Analytics",
    "description": "Processes chat message analytics",
    "triggers": [queue("chat.message.completed", input=CompletedMessage)],
    "flows": ["ai-chatbot"],
}


async def handler(done: CompletedMessage, context: Context) -> None:
    stats = await context.state.get("session-stats", done.session_id) or {}
    if stats.get("lastCounted") == context.idempotency_key:
        return  # An event can come twice: if the server died before it was ticked off.

    # One message of a session is counted after the other, so this average is still the latest.
    average = stats.get("averageResponseTime", 0)
    timed = stats.get("timedMessages", 0)
    if done.response_time is not None:
        timed += 1
        average += (done.response_time - average) / timed
    await context.state.update(
        "session-stats",
        done.session_id,
        [
            {"type": "increment", "path": "totalMessages", "by": 1},
            {"type": "increment", "path": "totalTokens", "by": ceil(done.response_length / 4)},
            {"type": "set", "path": "averageResponseTime", "value": average},
            {"type": "set", "path": "timedMessages", "value": timed},
            # Not a path with the id in it: an id may have dots.
            {
                "type": "merge",
                "path": "conversations",
                "value": {done.conversation_id: done.timestamp},
            },
            {"type": "set", "path": "lastCounted", "value": context.idempotency_key},
        ],
    )
    context.logger.info(
        "Analytics processed",
        {"sessionId": done.session_id, "conversationId": done.conversation_id},
    )
