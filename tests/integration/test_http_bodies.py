"""Request bodies over real sockets: forms of them, limits, and which types a step takes."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from pydantic import BaseModel

from motia_py.clock import FakeClock
from tests.serving import Serving, api, echo, posted, raw_exchange, until

JSON_TYPE = {"Content-Type": "application/json"}


class Message(BaseModel):
    message: str


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        api("POST", "/echo", echo),
        api("POST", "/chat", echo, body_schema=Message),
        api("POST", "/text", echo, body_schema={"type": "string"}),
        max_body_bytes=100_000,
    ) as running:
        yield running


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(serving.url) as session:
        yield session


async def test_json_text_forms_files_and_bytes_reach_the_handler(
    client: aiohttp.ClientSession,
) -> None:
    form = aiohttp.FormData()
    form.add_field("title", "t")
    form.add_field("file", b"content", filename="a.txt", content_type="text/plain")

    _, of_json = await posted(client, "/echo", json={"a": "é"})
    _, of_text = await posted(client, "/echo", data="é", headers={"Content-Type": "text/plain"})
    _, of_form = await posted(client, "/echo", data={"a": "1"})
    _, of_files = await posted(client, "/echo", data=form)
    _, of_bytes = await posted(
        client, "/echo", data=b"\xff", headers={"Content-Type": "application/octet-stream"}
    )
    _, of_nothing = await posted(client, "/echo")

    assert of_json["body"] == {"a": "é"}
    assert of_text["body"] == "é"
    assert of_form["body"] == {"a": "1"}
    assert (of_files["body"], of_files["files"]) == ({"title": "t"}, {"file": ["a.txt"]})
    assert of_bytes["body"] == "b'\\xff'"
    assert (of_nothing["body"], of_nothing["raw"]) == ({}, 0)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate", "raw deflate", "members"])
async def test_a_compressed_body_is_undone(client: aiohttp.ClientSession, coding: str) -> None:
    plain = b'{"a": 1}'
    packed = {
        "deflate": zlib.compress(plain),
        "raw deflate": zlib.compress(plain, wbits=-15),
        "members": gzip.compress(plain[:4]) + gzip.compress(plain[4:]),
    }.get(coding, gzip.compress(plain))
    name = {"raw deflate": "deflate", "members": "gzip"}.get(coding, coding)

    status, seen = await posted(
        client, "/echo", data=packed, headers={**JSON_TYPE, "Content-Encoding": name}
    )

    assert (status, seen["body"]) == (200, {"a": 1})


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
async def test_a_content_encoding_that_cannot_be_undone_is_a_415(
    client: aiohttp.ClientSession, coding: str
) -> None:
    status, body = await posted(
        client, "/echo", data=b"x", headers={**JSON_TYPE, "Content-Encoding": coding}
    )

    assert status == 415
    assert "Content-Encoding" in body["error"]


@pytest.mark.parametrize(
    "packed",
    [b"no gzip", gzip.compress(b"x" * 100, mtime=0)[:-10], gzip.compress(b"{}", mtime=0) * 17],
)
async def test_a_compressed_body_that_is_broken_is_a_400(
    client: aiohttp.ClientSession, packed: bytes
) -> None:
    status, _ = await posted(
        client, "/echo", data=packed, headers={**JSON_TYPE, "Content-Encoding": "gzip"}
    )

    assert status == 400


async def test_the_size_limit_counts_what_comes_out(client: aiohttp.ClientSession) -> None:
    """S11: a megabyte of zeros is a kilobyte on the wire."""
    status, _ = await posted(
        client,
        "/echo",
        data=gzip.compress(b" " * 1_000_000),
        headers={**JSON_TYPE, "Content-Encoding": "gzip"},
    )

    assert status == 413


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_above_the_limit_is_a_413(serving: Serving, is_chunked: bool) -> None:
    """SX.9, S10."""
    size = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: 200000"
    body = b"30d40\r\n" + b"x" * 150_000 if is_chunked else b"x" * 150_000
    sent = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n" + size + b"\r\n\r\n" + body

    received = await raw_exchange(serving.port, sent)

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"error"' in received


async def test_the_body_of_an_unknown_route_is_not_read(serving: Serving) -> None:
    received = await raw_exchange(
        serving.port, b"POST /no HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"
    )

    assert received.startswith(b"HTTP/1.1 404 ")


async def test_a_client_that_waits_for_a_go_ahead_gets_it(serving: Serving) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write(
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        b"Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
    )

    go_ahead = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"{}")
    received = await reader.readuntil(b"\r\n\r\n")
    writer.close()

    assert go_ahead == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert received.startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_drips_is_a_408() -> None:
    """S10: by the injected clock, so nobody waits for it."""
    clock = FakeClock()
    async with Serving(
        api("POST", "/echo", echo), clock=clock, body_timeout_seconds=15.0
    ) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n")
        for _ in range(14):
            writer.write(b"x")
            await settle(clock)
            clock.advance(1.1)

        received = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert received.startswith(b"HTTP/1.1 408 ")


async def settle(clock: FakeClock) -> None:
    """Let the server read what was just written, until it waits again."""
    await until(clock.next_timer)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_large_body_may_take_longer_than_a_small_one() -> None:
    clock = FakeClock()
    async with Serving(
        api("POST", "/echo", echo), clock=clock, body_timeout_seconds=1.0
    ) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200001\r\n"
            b"Content-Type: application/octet-stream\r\n\r\n" + b"x" * 200_000
        )
        await settle(clock)
        clock.advance(5.0)
        writer.write(b"x")

        received = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert received.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/vnd.api+json", 200),
        (None, 200),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/octet-stream", 415),
    ],
)
async def test_a_step_with_a_schema_takes_json_only_as_json(
    serving: Serving, content_type: str | None, status: int
) -> None:
    """S3: browsers let a page of any site send text/plain without asking."""
    header = b"" if content_type is None else f"Content-Type: {content_type}\r\n".encode()
    received = await raw_exchange(
        serving.port,
        b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n"
        + header
        + b'\r\n{"message":"x"}',
    )

    assert int(received.split()[1]) == status


async def test_json_without_a_type_from_a_foreign_page_is_refused(serving: Serving) -> None:
    """S3: a page of any site can send bytes without a type, too."""
    received = await raw_exchange(
        serving.port,
        b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n"
        b'Origin: http://evil.test\r\n\r\n{"message":"x"}',
    )

    assert received.startswith(b"HTTP/1.1 415 ")


async def test_a_step_for_text_takes_text(client: aiohttp.ClientSession) -> None:
    status, seen = await posted(
        client, "/text", data="hello", headers={"Content-Type": "text/plain"}
    )

    assert (status, seen["body"]) == (200, "hello")
