"""Servers that speak OpenAI's API, for the examples that talk to a model."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.openai_server import OpenAIServer, serve_openai


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIServer]:
    async with serve_openai() as server:
        yield server


@pytest.fixture
async def second() -> AsyncIterator[OpenAIServer]:
    """The provider that is asked when the first fails."""
    async with serve_openai() as server:
        server.default = ("From ", "the second")
        yield server
