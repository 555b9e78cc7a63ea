"""Asks a model through the `openai` client and gives its answer piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from motia_py import Context
from steps.models.providers import Provider, client_of

if TYPE_CHECKING:
    from openai.types.chat.chat_completion_chunk import ChoiceDelta


class ModelFailed(Exception):
    """No answer, or only half of one. Its text is the kind of error: more may quote the API key."""


async def tokens_of(
    provider: Provider, messages: list[Any], context: Context, **parameters: Any
) -> AsyncGenerator[str]:
    """The text of the answer to `messages`, which are in OpenAI's form.

    `parameters` are those of OpenAI's API, as `temperature`.

    Raises:
        ModelFailed: whatever it was, also if there is neither a key nor a base URL.
    """
    async with aclosing(deltas_of(provider, messages, context, **parameters)) as deltas:
        async for delta in deltas:
            if delta.content:
                yield delta.content


async def deltas_of(
    provider: Provider, messages: list[Any], context: Context, **parameters: Any
) -> AsyncGenerator[ChoiceDelta]:
    """As `tokens_of`, but whole: what the model says, and which tools it calls.

    Closing it ends the request: the model stops.
    """
    try:
        # On a thread: importing the library takes 0.7 s, making a client 25 ms, both once.
        client = await asyncio.to_thread(client_of, provider)
        stream = await client.chat.completions.create(
            model=provider.model,
            messages=messages,
            stream=True,
            extra_headers={"traceparent": context.traceparent},
            **parameters,
        )
        async with stream as chunks:
            async for chunk in chunks:
                # Some servers send chunks without a choice.
                if chunk.choices:
                    delta = chunk.choices[0].delta
                    # Half an emoji is no text: fail here, not where it is sent or stored.
                    (delta.content or "").encode()
                    yield delta
    except Exception as error:
        raise ModelFailed(type(error).__name__) from error


async def completion_of(
    provider: Provider, messages: list[Any], context: Context, **parameters: Any
) -> dict[str, Any]:
    """The whole answer at once, as the API gives it: a `chat.completion` object.

    Raises:
        ModelFailed: as `tokens_of`.
    """
    try:
        client = await asyncio.to_thread(client_of, provider)
        completion = await client.chat.completions.create(
            model=provider.model,
            messages=messages,
            extra_headers={"traceparent": context.traceparent},
            **parameters,
        )
        # Here as well: half an emoji would only fail where it is sent.
        completion.to_json().encode()
        whole: dict[str, Any] = completion.to_dict()
    except Exception as error:
        raise ModelFailed(type(error).__name__) from error
    return whole
