"""Who gets no answer now: who asks too often, has spent too much, or says what is not allowed."""

import asyncio
import os
from math import ceil
from weakref import WeakValueDictionary

from motia_py import ApiResponse, Context
from steps.models.providers import chosen_provider, client_of

#: Messages that a session may send within the window, which begins with the first of them.
MESSAGES = 10
WINDOW_SECONDS = 60
CHARACTERS_PER_TOKEN = 4

#: Reading a window and renewing it are two steps: a session takes them one request at a time.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def refusal_of(session_id: str, message: str, context: Context) -> ApiResponse | None:
    """The answer to a request that is refused; None if the model may be asked."""
    async with _turns.setdefault(session_id, asyncio.Lock()):
        wait_seconds = await seconds_to_wait(session_id, context)
    if wait_seconds:
        headers = {"Retry-After": str(wait_seconds)}
        return ApiResponse(429, {"error": "Rate limit exceeded"}, headers)
    if await has_spent_all(session_id, context):
        return ApiResponse(402, {"error": "Spending limit of this session reached"})
    return await moderation_of(message, context)


async def seconds_to_wait(session_id: str, context: Context) -> int:
    """Count a message; 0 if it may pass, else in how many seconds the next one may."""
    key = f"rate-limit:{session_id}"
    now = int(context.now() * 1000)
    window = await context.state.get("rate-limits", key)
    if window is None or window["expiresAt"] <= now:
        window = {"count": 0, "expiresAt": now + WINDOW_SECONDS * 1000}
    if window["count"] >= MESSAGES:
        seconds: int = ceil((window["expiresAt"] - now) / 1000)
        return seconds
    await context.state.set("rate-limits", key, {**window, "count": window["count"] + 1})
    return 0


async def has_spent_all(session_id: str, context: Context) -> bool:
    limit = os.environ.get("SESSION_TOKEN_LIMIT")
    if not limit:
        return False
    spending = await context.state.get("session-spending", session_id) or {"tokens": 0}
    return bool(spending["tokens"] >= int(limit))


async def spend(session_id: str, characters: int, context: Context) -> None:
    """Count what the model read and said, roughly: servers need not tell what a stream costs."""
    if os.environ.get("SESSION_TOKEN_LIMIT"):
        tokens = ceil(characters / CHARACTERS_PER_TOKEN)
        operation = {"type": "increment", "path": "tokens", "by": tokens}
        await context.state.update("session-spending", session_id, [operation])


async def moderation_of(message: str, context: Context) -> ApiResponse | None:
    """Ask the model's server about the message; without an answer it is refused."""
    model = os.environ.get("MODERATION_MODEL")
    if not model:
        return None
    try:
        client = await asyncio.to_thread(client_of, chosen_provider(context, model))
        judged = await client.moderations.create(model=model, input=message)
    except Exception as error:
        context.logger.error("moderation failed", {"error": type(error).__name__})
        return ApiResponse(503, {"error": "Messages cannot be checked now"})
    if any(result.flagged for result in judged.results):
        return ApiResponse(400, {"error": "This message is not allowed here"})
    return None
