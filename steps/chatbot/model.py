"""Talks to the model: OpenAI's, that of any server with its API, or the offline demo model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from functools import cache
from typing import TYPE_CHECKING, Any

from motia_py import Context

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"


class ModelFailed(Exception):
    """No answer, or only half of one. Its text is the kind of error: more may quote the API key."""


async def tokens_of(messages: list[Any], context: Context) -> AsyncGenerator[str]:
    """The answer to `messages`, which are in OpenAI's form, piece by piece.

    Raises:
        ModelFailed: whatever it was, also if there is neither a key nor a base URL.
    """
    try:
        # On a thread: importing the library takes 0.7 s, making a client 25 ms, both once.
        client = await asyncio.to_thread(chosen_client, context.base_url)
        stream = await client.chat.completions.create(
            model=os.environ.get("OPENAI_MODEL") or "gpt-4o-mini",
            messages=messages,
            stream=True,
            extra_headers={"traceparent": context.traceparent},
        )
        async with stream as chunks:
            async for chunk in chunks:
                # Some servers send chunks without a choice, or without content.
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content
    except Exception as error:
        raise ModelFailed(type(error).__name__) from error


def chosen_client(server_url: str) -> AsyncOpenAI:
    """The client that the environment asks for; `server_url` is this server's own address."""
    key = os.environ.get("OPENAI_API_KEY")
    base_url = os.environ.get("OPENAI_BASE_URL")
    if key or base_url or os.environ.get("OFFLINE_MODEL") == "off":
        return client_of(base_url or OPENAI_URL, key or ("none" if base_url else None))
    return client_of(f"{server_url}/offline/v1", "none", is_here=True)


@cache
def client_of(base_url: str, key: str | None, *, is_here: bool = False) -> AsyncOpenAI:
    """One client per server and key, for as long as this module lives."""
    # Not at the top: every start and reload would have to wait for it.
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    return AsyncOpenAI(
        api_key=key,
        base_url=base_url,
        # A proxy that the environment names is for the internet, not for the way to ourselves.
        http_client=DefaultAsyncHttpxClient(trust_env=not is_here),
        # A connection ends with its answer: a reload or a stop leaves none open behind.
        default_headers={"Connection": "close"},
    )
