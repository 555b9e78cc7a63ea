"""Which models the environment names: OpenAI's, another server's with its API, the offline one.

A model that an example asks for is what `OPENAI_MODEL` or `FALLBACK_MODEL` overrides.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from motia_py import Context

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
#: How long a model may be silent, as a local one is while it loads.
SILENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A model and the server that has it. Without a key the client cannot be made."""

    name: str
    model: str
    base_url: str
    key: str | None = field(repr=False)
    is_here: bool = False


def chosen_provider(context: Context, model: str) -> Provider:
    """The provider that the environment asks for; without a word from it, the offline model."""
    key = os.environ.get("OPENAI_API_KEY")
    base_url = os.environ.get("OPENAI_BASE_URL")
    model = os.environ.get("OPENAI_MODEL") or model
    if key or base_url or os.environ.get("OFFLINE_MODEL") == "off":
        return _provider_at(base_url, key, model)
    offline_url = f"{context.base_url}/offline/v1"
    return Provider(name="offline", model=model, base_url=offline_url, key="none", is_here=True)


def all_providers(context: Context, model: str) -> list[Provider]:
    """The chosen provider, and the one to ask when it fails, if the environment names one."""
    chosen = chosen_provider(context, model)
    key = os.environ.get("FALLBACK_API_KEY")
    base_url = os.environ.get("FALLBACK_BASE_URL")
    model = os.environ.get("FALLBACK_MODEL") or model
    return [chosen, _provider_at(base_url, key, model)] if key or base_url else [chosen]


def client_of(provider: Provider) -> AsyncOpenAI:
    """The client for this provider. It is slow when called first: call it on a thread.

    Raises:
        openai.OpenAIError: there is no key.
    """
    return _client(provider.base_url, provider.key, provider.is_here)


def _provider_at(base_url: str | None, key: str | None, model: str) -> Provider:
    """OpenAI, or with a base URL the server there, which needs no key by itself."""
    if not base_url:
        return Provider(name="openai", model=model, base_url=OPENAI_URL, key=key or None)
    # A URL may hold a name and a password, which are nobody's business.
    host = urlsplit(base_url).netloc.rpartition("@")[2]
    return Provider(name=host, model=model, base_url=base_url, key=key or "none")


@cache
def _client(base_url: str, key: str | None, is_here: bool) -> AsyncOpenAI:
    """One client per server and key, for as long as this module lives."""
    # Not at the top: every start and reload would have to wait for it.
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    return AsyncOpenAI(
        api_key=key,
        base_url=base_url,
        # A server that says nothing for so long is taken for gone; the client's own is ten minutes.
        timeout=SILENCE_SECONDS,
        # A proxy that the environment names is for the internet, not for the way to ourselves.
        http_client=DefaultAsyncHttpxClient(trust_env=not is_here),
        # A connection ends with its answer: a reload or a stop leaves none open behind.
        default_headers={"Connection": "close"},
    )
