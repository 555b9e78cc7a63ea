"""Asks the model for the answer to a conversation: in pieces, as events, or whole."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from motia_py import Context, ServerSentEvent
from steps.models.completions import ModelFailed, completion_of, tokens_of
from steps.models.providers import chosen_provider
from steps.rooms.messages import Chat, timestamp_of

MODEL = "gpt-4o-mini"
MAX_TOKENS = 2000


def pieces_of(chat: Chat, context: Context) -> AsyncGenerator[str]:
    """The answer piece by piece. Closing it ends the request: the model stops.

    Raises, when it is read:
        ModelFailed: there is no answer, or only what was given so far.
    """
    provider = chosen_provider(context, MODEL)
    return tokens_of(provider, messages_of(chat), context, max_tokens=MAX_TOKENS)


async def whole_of(chat: Chat, context: Context) -> dict[str, Any]:
    """The answer as OpenAI's API gives it: a `chat.completion` object.

    Raises:
        ModelFailed: there is none.
    """
    provider = chosen_provider(context, MODEL)
    return await completion_of(provider, messages_of(chat), context, max_tokens=MAX_TOKENS)


async def events_of(chat: Chat, context: Context) -> AsyncGenerator[ServerSentEvent]:
    """A `chunk` for each piece, then `complete`, or `error` and nothing after it."""
    text = ""
    try:
        async with aclosing(pieces_of(chat, context)) as pieces:
            async for piece in pieces:
                text += piece
                yield event("chunk", context, content=piece, isComplete=False)
    except ModelFailed as failure:
        yield event("error", context, content="", isComplete=True, error=told(failure, context))
        return
    yield event("complete", context, content="", isComplete=True, fullResponse=text)


def told(failure: ModelFailed, context: Context) -> str:
    """What clients are told of a failure, which is also logged."""
    context.logger.error("the model failed", {"error": str(failure)})
    return f"The model failed: {failure}"


def event(name: str, context: Context, **data: object) -> ServerSentEvent:
    return ServerSentEvent(event=name, data={**data, "timestamp": timestamp_of(context)})


def messages_of(chat: Chat) -> list[dict[str, str]]:
    return [message.model_dump() for message in chat.messages]
