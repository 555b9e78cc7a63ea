"""Routes over real sockets: what is found, what is not, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from motia_py.runtime.requests import Request
from tests.serving import Serving, answer, api, echo, raw_exchange


async def blow_up(request: Request) -> Any:
    raise RuntimeError("a secret detail")


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        api("GET", "/x", answer(body={"ok": True})),
        api("GET", "/items/:id", echo),
        api("GET", "/empty", answer(status=204, body={"ignored": 1})),
        api("GET", "/large", answer(body=b"x" * 100_000)),
        api("GET", "/split", answer(headers={"X-A": "a\r\nB: c"})),
        api("GET", "/listed", answer(headers=[("X-A", "a")])),
        api("GET", "/broken", blow_up),
        api("OPTIONS", "/own-options", answer(body="mine")),
        api("GET", "/own-options", answer(body="got")),
        mode="dev",
    ) as running:
        yield running


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(serving.url) as session:
        yield session


async def test_a_route_answers_json_with_its_trace(client: aiohttp.ClientSession) -> None:
    async with client.get("/x") as got:
        assert (got.status, await got.json()) == (200, {"ok": True})
        assert got.headers["x-trace-id"] == "0" * 32
        assert got.content_type == "application/json"


async def test_path_and_query_are_decoded_once(
    serving: Serving, client: aiohttp.ClientSession
) -> None:
    address = URL(f"{serving.url}/items/a%252Fb%2Fc?q=%2526&q=2", encoded=True)
    async with client.get(address) as got:
        seen = await got.json()

    assert seen["params"] == {"id": "a%2Fb/c"}
    assert seen["query"] == {"q": ["%26", "2"]}


async def test_an_unknown_path_is_a_404_as_json(client: aiohttp.ClientSession) -> None:
    async with client.get("/nothing") as got:
        assert got.status == 404
        assert got.headers["x-trace-id"]
        assert "error" in await got.json()


async def test_a_wrong_method_is_a_405_that_lists_the_right_ones(
    client: aiohttp.ClientSession,
) -> None:
    """S0.22."""
    async with client.delete("/x") as got:
        assert got.status == 405
        assert got.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert "error" in await got.json()


async def test_head_gives_the_headers_of_get(client: aiohttp.ClientSession) -> None:
    async with client.head("/large") as got:
        assert got.status == 200
        assert got.headers["Content-Length"] == "100000"
        assert await got.read() == b""


async def test_options_lists_the_methods_unless_a_step_answers(
    client: aiohttp.ClientSession,
) -> None:
    async with client.options("/x") as got:
        assert (got.status, got.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    async with client.options("/own-options") as got:
        assert (got.status, await got.text()) == (200, "mine")
    async with client.options("/nothing") as got:
        assert got.status == 404


async def test_a_bodyless_status_sends_no_body(serving: Serving) -> None:
    received = await raw_exchange(serving.port, b"GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n")

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 ")
    assert b"Content-Length" not in head
    assert body == b""


async def test_a_header_that_would_split_the_answer_is_a_500(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with client.get("/split") as got:
        assert got.status == 500
        assert "B" not in got.headers
    assert "cannot be sent" in caplog.text


async def test_headers_that_are_no_mapping_are_a_500_under_the_requests_own_trace(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with client.get("/listed") as got:
        body = await got.json()

    assert got.status == 500
    assert body["traceId"] == got.headers["x-trace-id"] == "0" * 32
    assert "headers must be a mapping, got list" in caplog.text


async def test_an_error_inside_the_server_shows_nothing_of_itself(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback is in the log, under the trace id that the client got."""
    async with client.get("/broken") as got:
        body = await got.json()

    assert got.status == 500
    assert body == {"error": "Internal server error", "traceId": got.headers["x-trace-id"]}
    record = next(each for each in caplog.records if each.exc_info)
    assert record.trace_id == body["traceId"]  # type: ignore[attr-defined] # given as extra
    assert "a secret detail" in caplog.text


async def test_every_finished_request_is_reported(
    serving: Serving, client: aiohttp.ClientSession
) -> None:
    async with client.get("/x?a=1"):
        pass
    async with client.get("/nothing"):
        pass

    seen = [(line.method, line.path, line.status) for line in serving.lines]
    assert seen == [("GET", "/x", 200), ("GET", "/nothing", 404)]
    assert all(line.trace_id and line.seconds >= 0 for line in serving.lines)


async def test_requests_for_the_servers_own_pages_are_not_reported(
    serving: Serving, client: aiohttp.ClientSession
) -> None:
    """The workbench asks again and again: a terminal would show nothing else."""
    for path in ("/__motia/flows", "/__motia/api/nothing", "/__motiax"):
        async with client.get(path):
            pass

    assert [line.path for line in serving.lines] == ["/__motiax"]
