"""Answers that are sent while they are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from motia_py.runtime.requests import ApiResponse, EventStream, Request
from tests.serving import Serving, api, raw_exchange


class Run:
    """A handler that streams, and what became of it."""

    def __init__(self, *events: Any, headers: Any = None) -> None:
        self._events = events
        self._headers = headers
        self.is_entered = False
        self.closes = 0

    def __call__(self, request: Request) -> Any:
        return ApiResponse(body=EventStream(self._made(), self._close), headers=self._headers)

    async def _made(self) -> AsyncIterator[Any]:
        self.is_entered = True
        for event in self._events:
            yield event

    async def _close(self) -> None:
        self.closes += 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_run_is_closed_once_whether_its_events_are_asked_for_or_not(method: str) -> None:
    """HEAD does not enter the handler's generator, whose own `finally` therefore never runs."""
    run = Run("a")
    async with (
        Serving(api("GET", "/count", run)) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.request(method, "/count") as got,
    ):
        text = await got.text()

    assert (got.status, got.content_type) == (200, "text/event-stream")
    assert text == ("data: a\n\n" if method == "GET" else "")
    assert run.is_entered == (method == "GET")
    assert run.closes == 1


async def test_a_connection_is_usable_after_the_head_of_a_stream() -> None:
    async with Serving(api("GET", "/count", Run("a"))) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        heads = []
        for _ in range(2):
            writer.write(b"HEAD /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
            heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    assert [head.split(b"\r\n")[0] for head in heads] == [b"HTTP/1.1 200 OK"] * 2


@pytest.mark.parametrize(
    "headers", [[("X-A", "1")], {"X-A": "a\nb"}], ids=["no mapping", "a line break"]
)
async def test_a_stream_whose_headers_cannot_be_sent_is_a_500_and_its_run_closed(
    headers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run("a", headers=headers)
    async with (
        Serving(api("GET", "/count", run)) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.get("/count") as got,
    ):
        body = await got.json()

    assert (got.status, got.headers["x-trace-id"]) == (500, "0" * 32)
    assert body["traceId"] == "0" * 32
    assert "cannot be sent" in caplog.text
    assert (run.is_entered, run.closes) == (False, 1)


async def test_a_streams_own_headers_win_however_they_are_spelled() -> None:
    run = Run("a", headers={"content-type": "text/plain; charset=utf-8", "cache-control": "x"})
    async with Serving(api("GET", "/count", run)) as serving:
        received = await raw_exchange(
            serving.port, b"HEAD /count HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )

    lines = received.lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(b"content-type:")] == [
        b"content-type: text/plain; charset=utf-8"
    ]
    assert b"cache-control: x" in lines


@pytest.mark.parametrize(
    "event",
    [{"data": object()}, {"event": "a\nb"}, {"retry": "soon"}, "half: \ud800"],
    ids=["data", "event", "retry", "character"],
)
async def test_an_event_that_cannot_be_sent_becomes_the_last_one(
    event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run("a", event, "b")
    async with (
        Serving(api("GET", "/count", run)) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.get("/count") as got,
    ):
        text = await got.text()

    trace = "0" * 32
    assert text == (
        "data: a\n\n"
        f'event: error\ndata: {{"error":"Internal server error","traceId":"{trace}"}}\n\n'
    )
    assert "an event cannot be sent" in caplog.text
    assert run.closes == 1
