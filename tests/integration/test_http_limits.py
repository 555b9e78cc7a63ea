"""What HTTP itself forbids, over real sockets: malformed requests, and those that never end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from motia_py.errors import ConfigError
from motia_py.runtime.requests import Request
from tests.serving import Serving, answer, api, echo, raw_exchange, until


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        api("GET", "/x", answer(body={"ok": True})),
        api("POST", "/echo", echo),
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 17_000 + b"\r\n\r\n", 431),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\n" + b"a" * 17_000 + b": 1\r\n\r\n", 431),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\n" + b"A: 1\r\n" * 150 + b"\r\n", 431),
        (b"GET /x HTTP/1.1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nA B: 1\r\n\r\n", 400),
        (
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
        ),
        (
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
    ],
)
async def test_a_malformed_request_gets_one_json_error_and_no_log_line(
    serving: Serving, caplog: pytest.LogCaptureFixture, sent: bytes, status: int
) -> None:
    with caplog.at_level(logging.INFO):
        received = await raw_exchange(serving.port, sent)

    head, _, body = received.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert b"x-trace-id" in head
    assert json.loads(body)["error"]
    assert not caplog.records


async def test_a_body_whose_chunks_break_is_answered_and_no_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """aiohttp does not tell the reader of a body that its next chunk is nonsense: we do."""
    async with Serving(api("POST", "/echo", echo)) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await until(lambda: serving.server._running)
        with caplog.at_level(logging.INFO):
            writer.write(b"zz\r\n")
            received = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert received.startswith(b"HTTP/1.1 400 ")
    assert not caplog.records


async def test_http_10_without_a_host_is_refused_on_loopback(serving: Serving) -> None:
    assert (await raw_exchange(serving.port, b"GET /x HTTP/1.0\r\n\r\n")).startswith(
        b"HTTP/1.0 421 "
    )


# Requests that never come, or never end


@pytest.mark.parametrize(
    "sent", [b"", b"GET", b"GET /x HTTP/1.1\r\nHost: localhost\r\nA: 1"], ids=len
)
async def test_who_does_not_send_the_headers_of_a_request_is_cut_off(
    caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    """S10: by the machine's clock, as all that aiohttp times; much sooner than the idle limit."""
    async with Serving(header_timeout_seconds=0.05, idle_seconds=60.0) as serving:
        with caplog.at_level(logging.INFO):
            reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
            writer.write(sent)
            async with asyncio.timeout(5.0):
                received = await reader.read()
            writer.close()

    assert received == b""
    assert not caplog.records


async def test_headers_that_drip_are_cut_off_also_on_a_connection_that_was_in_use() -> None:
    """S10: each byte is in time, all of them together are not."""
    request = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    step = api("GET", "/x", answer(body={}))
    async with Serving(step, header_timeout_seconds=0.1, idle_seconds=60.0) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(request)
        await reader.readuntil(b"\r\n\r\n{}")

        async with asyncio.timeout(5.0):
            for byte in request[:-1]:
                writer.write(bytes((byte,)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        assert await reader.read() == b""
                        break
            else:
                pytest.fail("the connection was never closed")
        writer.close()


async def test_the_header_limit_is_for_headers_only() -> None:
    """Neither for a handler that takes its time, nor for the pause between two requests."""

    async def slow(request: Request) -> Any:
        await asyncio.sleep(0.15)
        return {}

    request = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with Serving(api("GET", "/slow", slow), header_timeout_seconds=0.05) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        for _ in range(2):
            writer.write(request)
            received = await reader.readuntil(b"\r\n\r\n{}")
            await asyncio.sleep(0.1)
        writer.close()

    assert received.startswith(b"HTTP/1.1 200 ")


async def test_a_connection_that_waits_too_long_for_its_next_request_is_closed() -> None:
    step = api("GET", "/x", answer(body={}))
    async with Serving(step, header_timeout_seconds=60.0, idle_seconds=0.05) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n{}")

        async with asyncio.timeout(5.0):
            assert await reader.read() == b""
        writer.close()


async def test_the_limits_of_line_and_header_can_be_set_apart() -> None:
    step = api("GET", "/x", answer(body={}))
    async with Serving(step, max_line_bytes=100, max_header_bytes=200) as serving:
        line = await raw_exchange(
            serving.port, b"GET /" + b"a" * 150 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        header = await raw_exchange(
            serving.port, b"GET /x HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 250 + b"\r\n\r\n"
        )

    assert b" 414 " in line.split(b"\r\n")[0] and b"100 bytes" in line
    assert b" 431 " in header.split(b"\r\n")[0] and b"200 bytes" in header


def test_limits_of_line_and_header_that_are_the_same_name_both_settings() -> None:
    with pytest.raises(ConfigError, match="MOTIA_MAX_LINE_BYTES and MOTIA_MAX_HEADER_BYTES"):
        Serving(max_line_bytes=100, max_header_bytes=100)
