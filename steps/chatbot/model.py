"""Which model answers: OpenAI's, that of any server with its API, or the offline demo model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"


def open_model(server_url: str) -> AsyncOpenAI:
    """A client to be used with `async with`; `server_url` is this server's own address.

    Raises:
        openai.OpenAIError: there is neither a key nor a base URL, and OFFLINE_MODEL is off.
    """
    # Not at the top: this import takes 0.7 s, which every start and reload would have to wait for.
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    key = os.environ.get("OPENAI_API_KEY")
    base_url = os.environ.get("OPENAI_BASE_URL")
    if key or base_url or os.environ.get("OFFLINE_MODEL") == "off":
        key = key or ("none" if base_url else None)
        return AsyncOpenAI(api_key=key, base_url=base_url or OPENAI_URL)
    return AsyncOpenAI(
        api_key="none",
        base_url=f"{server_url}/offline/v1",
        # A proxy that the environment names is for the internet, not for the way to ourselves.
        http_client=DefaultAsyncHttpxClient(trust_env=False),
    )
