"""Servers that speak OpenAI's API, and reports that can be sent from one process to another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator

import pytest

from tests.openai_server import OpenAIServer, serve_openai


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a character in what a test logged would end a run in several processes."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


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
