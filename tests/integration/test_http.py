"""The doors over real sockets: routing, bodies, limits, guards, binding, stopping."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import socket
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from pydantic import BaseModel
from yarl import URL

from motia_py.clock import FakeClock
from motia_py.errors import CannotStart, ConfigError
from motia_py.runtime.requests import ApiResponse, Request
from tests.serving import Serving, api, stream, until

JSON_TYPE = {"Content-Type": "application/json"}
DEV = "http://localhost:5173"


class Message(BaseModel):
    message: str


def echo(request: Request) -> Any:
    """What a handler sees of its request."""
    body = request.body
    seen = {
        "params": request.path_params,
        "query": request.query_params,
        "body": repr(body) if isinstance(body, bytes) else body,
        "files": {name: [f.filename for f in files] for name, files in request.files.items()},
        "raw": len(request.raw_body),
    }
    return ApiResponse(body=seen)


def answer(**parts: Any) -> Any:
    return lambda request: ApiResponse(**parts)


async def blow_up(request: Request) -> Any:
    raise RuntimeError("a secret detail")


def steps() -> list[Any]:
    return [
        api("GET", "/x", answer(body={"ok": True})),
        api("GET", "/items/:id", echo),
        api("POST", "/echo", echo),
        api("POST", "/chat", echo, body_schema=Message),
        api("POST", "/text", echo, body_schema={"type": "string"}),
        api("GET", "/empty", answer(status=204, body={"ignored": 1})),
        api("GET", "/large", answer(body=b"x" * 100_000)),
        api("GET", "/split", answer(headers={"X-A": "a\r\nB: c"})),
        api("GET", "/broken", blow_up),
        api("OPTIONS", "/own-options", answer(body="mine")),
        api("GET", "/own-options", answer(body="got")),
    ]


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    streams = [stream("chat"), stream("closed", can_access=lambda: False)]
    async with Serving(
        *steps(),
        streams=streams,
        mode="dev",
        serves_emit=True,
        serves_pages=True,
        cors_origins=("https://app.example.com",),
        max_body_bytes=100_000,
    ) as running:
        yield running


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(serving.url) as session:
        yield session


async def raw_exchange(port: int, sent: bytes) -> bytes:
    """The server's first answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        return head + await reader.readexactly(int(length[1]) if length else 0)
    finally:
        writer.close()


# Routing


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


# Bodies


async def posted(client: aiohttp.ClientSession, path: str, **parts: Any) -> tuple[int, Any]:
    async with client.post(path, **parts) as got:
        return got.status, await got.json()


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
    "packed", [b"no gzip", gzip.compress(b"x" * 100)[:-10], gzip.compress(b"{}") * 17]
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
    async with Serving(*steps(), clock=clock, body_timeout_seconds=15.0) as serving:
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
    async with Serving(*steps(), clock=clock, body_timeout_seconds=1.0) as serving:
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


# What HTTP itself forbids


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
    """aiohttp does not tell the reader of a body that its next chunk is nonsense."""
    async with Serving(*steps(), body_timeout_seconds=0.1) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await asyncio.sleep(0.02)
        with caplog.at_level(logging.INFO):
            writer.write(b"zz\r\n")
            received = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert received.startswith(b"HTTP/1.1 408 ")
    assert not caplog.records


async def test_http_10_without_a_host_is_refused_on_loopback(serving: Serving) -> None:
    assert (await raw_exchange(serving.port, b"GET /x HTTP/1.0\r\n\r\n")).startswith(
        b"HTTP/1.0 421 "
    )


# Who may come in


async def test_a_host_that_is_not_ours_is_a_421_that_names_the_setting(
    client: aiohttp.ClientSession,
) -> None:
    """S2."""
    async with client.get("/x", headers={"Host": "evil.test"}) as got:
        assert got.status == 421
        assert "MOTIA_ALLOWED_HOSTS" in (await got.json())["error"]


async def test_a_page_of_an_allowed_origin_may_read_answers_and_errors(
    client: aiohttp.ClientSession,
) -> None:
    """SX.10."""
    for path in ("/x", "/nothing", "/broken"):
        async with client.get(path, headers={"Origin": DEV}) as got:
            assert got.headers["Access-Control-Allow-Origin"] == DEV
            assert got.headers["Access-Control-Allow-Credentials"] == "true"
            assert got.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "http://evil.test", "http://localhost.evil.test"])
async def test_a_page_of_a_foreign_origin_may_not(
    client: aiohttp.ClientSession, origin: str
) -> None:
    """S1, S3."""
    async with client.get("/x", headers={"Origin": origin}) as got:
        assert "Access-Control-Allow-Origin" not in got.headers
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with client.options("/x", headers=preflight) as got:
        assert got.status == 403


async def test_a_preflight_is_answered_for_every_path(client: aiohttp.ClientSession) -> None:
    asked = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    for path in ("/x", "/own-options", "/nothing"):
        async with client.options(path, headers=asked) as got:
            assert got.status == 204
            assert got.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
            assert "POST" in got.headers["Access-Control-Allow-Methods"]
            assert got.headers["Access-Control-Allow-Headers"] == "content-type"
            assert "Access-Control-Allow-Private-Network" not in got.headers


# The server's own addresses


async def test_the_page_and_its_data_are_served(client: aiohttp.ClientSession) -> None:
    """S0.30."""
    for path in ("/", "/__motia", "/__motia/"):
        async with client.get(path) as got:
            assert (got.status, got.content_type) == (200, "text/html")
            assert got.headers["X-Content-Type-Options"] == "nosniff"
    async with client.get("/__motia/overview") as got:
        assert await got.json() == {"name": "project"}


@pytest.mark.parametrize(
    "path", ["/__motia/nothing", "/__motia/../x", "/__motia/%2e%2e/x", "/__motiax", "//__motia/"]
)
async def test_what_is_not_listed_does_not_exist(serving: Serving, path: str) -> None:
    """S7."""
    received = await raw_exchange(
        serving.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )

    assert received.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("path", ["/", "/__motia/", "/__motia/overview"])
@pytest.mark.parametrize("origin", [DEV, "null", "http://evil.test"])
async def test_own_pages_are_for_the_same_origin_only(
    client: aiohttp.ClientSession, path: str, origin: str
) -> None:
    """S5."""
    async with client.get(path, headers={"Origin": origin}) as got:
        assert got.status == 403


async def test_a_users_route_wins_over_ours_except_under_motia() -> None:
    own = [
        api("GET", "/", answer(body="mine")),
        api("POST", "/emit", answer(body="mine")),
        api("GET", "/streams/:name/:group", answer(body="mine")),
        api("GET", "/__motia/overview", answer(body="mine")),
    ]
    parts: dict[str, Any] = {"mode": "dev", "serves_emit": True, "serves_pages": True}
    async with (
        Serving(*own, streams=[stream("chat")], **parts) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        for method, path in [("GET", "/"), ("POST", "/emit"), ("GET", "/streams/chat/a")]:
            async with client.request(method, path) as got:
                assert await got.text() == "mine"
        async with client.get("/__motia/overview") as got:
            assert await got.json() == {"name": "project"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/__motia/"), ("GET", "/__motia/overview"), ("POST", "/emit")],
)
async def test_start_serves_nothing_of_its_own_unless_asked(method: str, path: str) -> None:
    async with (
        Serving(mode="start") as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.request(method, path, json={}) as got,
    ):
        assert got.status == 404


async def test_emit_publishes_an_event(serving: Serving, client: aiohttp.ClientSession) -> None:
    """As in Motia 0.17."""
    status, body = await posted(client, "/emit", json={"topic": "t", "data": {"a": 1}})

    assert status == 200
    assert body == {"success": True, "emitted": {"topic": "t", "data": {"a": 1}}}
    assert serving.emitted == [("t", {"a": 1})]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"topic": "unknown"}', JSON_TYPE, 400),
        (b'{"topic": ""}', JSON_TYPE, 400),
        (b'{"data": 1}', JSON_TYPE, 400),
        (b"[1]", JSON_TYPE, 400),
        (b"{", JSON_TYPE, 400),
        (b"", JSON_TYPE, 400),
        (b'{"topic": "t"}', {"Content-Type": "text/plain"}, 415),
        (b'{"topic": "t"}', {**JSON_TYPE, "Origin": DEV}, 403),
        (b'{"topic": "t"}', {**JSON_TYPE, "Origin": "null"}, 403),
    ],
)
async def test_emit_refuses_what_is_no_event_or_comes_from_elsewhere(
    serving: Serving,
    client: aiohttp.ClientSession,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    got, _ = await posted(client, "/emit", data=body, headers=headers)

    assert got == status
    assert not serving.emitted


async def test_off_loopback_own_pages_need_the_token() -> None:
    """S4."""
    parts: dict[str, Any] = {
        "mode": "dev",
        "serves_emit": True,
        "serves_pages": True,
        "token": "secret",
    }
    async with (
        Serving(api("GET", "/x", answer(body={})), hosts=("0.0.0.0",), **parts) as serving,
        aiohttp.ClientSession(serving.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        async with client.get("/x") as got:
            assert got.status == 200
        for path in ("/", "/__motia/overview", "/__motia/?token=wrong"):
            async with client.get(path) as got:
                assert got.status == 401
        assert (await posted(client, "/emit", json={"topic": "t"}))[0] == 401
        assert (await posted(client, "/emit?token=secret", json={"topic": "t"}))[0] == 200
        async with client.get("/__motia/?token=secret", allow_redirects=False) as got:
            assert (got.status, got.headers["Location"]) == (303, "/__motia/")
            assert got.headers["Set-Cookie"] == (
                "motia_token=secret; Path=/; HttpOnly; SameSite=Strict"
            )
        async with client.get("/__motia/overview") as got:
            assert got.status == 200


@pytest.mark.parametrize("served", ["serves_pages", "serves_emit"])
def test_own_pages_without_a_token_are_never_open_to_others(served: str) -> None:
    """S4, S6."""
    with pytest.raises(ConfigError, match="token"):
        Serving(hosts=("0.0.0.0",), streams=(), authenticate=None, clock=None, **{served: True})


# Streams over plain HTTP


async def test_a_streams_address_shows_what_its_watchers_see(
    serving: Serving, client: aiohttp.ClientSession
) -> None:
    serving.set("chat", "user:1/a", "m1", text="hi")

    async with client.get("/streams/chat/user:1%2Fa") as got:
        assert (got.status, await got.json()) == (200, [{"text": "hi", "id": "m1"}])
    async with client.get("/streams/chat/user:1%2Fa/m1") as got:
        assert await got.json() == {"text": "hi", "id": "m1"}
    async with client.get("/streams/chat/empty/") as got:
        assert await got.json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/streams/chat/a/nothing", 404),
        ("/streams/unknown/a", 404),
        ("/streams/chat", 404),
        ("/streams/chat/", 404),
        ("/streams/chat//a", 404),
        ("/streams/chat/a/b/c", 404),
        ("/streams/chat/%ff", 404),
        ("/streams/closed/a", 403),
    ],
)
async def test_a_streams_address_keeps_its_rules(serving: Serving, path: str, status: int) -> None:
    received = await raw_exchange(
        serving.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )

    assert int(received.split()[1]) == status


async def test_a_streams_address_takes_no_other_method(client: aiohttp.ClientSession) -> None:
    async with client.post("/streams/chat/a") as got:
        assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_a_streams_address_asks_who_it_is() -> None:
    def authenticate(request: Request) -> Any:
        return {"authorized": request.query_params.get("key") == "k"}

    async with (
        Serving(streams=[stream("chat")], authenticate=authenticate) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        async with client.get("/streams/chat/a") as got:
            assert got.status == 401
        async with client.get("/streams/chat/a?key=k") as got:
            assert got.status == 200


# Binding and stopping


async def test_localhost_answers_on_ipv4_and_ipv6(serving: Serving) -> None:
    """SX.11."""
    addresses = ["127.0.0.1"]
    if has_ipv6_loopback():
        addresses.append("::1")
    for address in addresses:
        _, writer = await asyncio.open_connection(address, serving.port)
        writer.close()


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_one_server_answers_on_several_ports(unused_tcp_port_factory: Any) -> None:
    """C2: the seeds hard-code three different ports."""
    ports = (unused_tcp_port_factory(), unused_tcp_port_factory())
    async with Serving(api("GET", "/x", answer(body={})), ports=ports) as serving:
        assert serving.server.ports == ports
        assert serving.server.urls == tuple(f"http://localhost:{port}" for port in ports)
        async with aiohttp.ClientSession() as client:
            for port in ports:
                async with client.get(f"http://127.0.0.1:{port}/x") as got:
                    assert got.status == 200


async def test_a_taken_port_is_one_clear_line() -> None:
    """SX.8."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"port {port} on 127.0.0.1 is taken") as caught:
            await Serving(ports=(port,)).server.start()

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"hosts": ("no.such.host.invalid",)}, "no address of this machine"),
        ({"hosts": ("192.0.2.1",)}, "no address of this machine"),
        ({"ports": (70_000,)}, "no port"),
    ],
)
async def test_an_address_that_cannot_be_bound_is_one_clear_line(
    parts: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotStart, match=reason):
        await Serving(**parts).server.start()


async def test_a_port_is_free_at_once_after_a_stop(unused_tcp_port: int) -> None:
    """SX.7."""
    for _ in range(2):
        async with (
            Serving(api("GET", "/x", answer(body={})), ports=(unused_tcp_port,)) as serving,
            aiohttp.ClientSession(serving.url) as client,
            client.get("/x") as got,
        ):
            assert got.status == 200


async def test_a_stop_lets_running_handlers_finish() -> None:
    """SX.7."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Any:
        entered.set()
        await leave.wait()
        return {"done": True}

    async with (
        Serving(api("GET", "/slow", slow)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        asking = asyncio.create_task(client.get("/slow").__aenter__())
        await entered.wait()
        stopping = asyncio.create_task(serving.server.stop(20.0))
        await asyncio.sleep(0)
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection("127.0.0.1", serving.port)
        leave.set()

        got = await asking
        await stopping

        assert await got.json() == {"done": True}


async def test_a_stop_cuts_off_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    entered, was_cut = asyncio.Event(), asyncio.Event()

    async def endless(request: Request) -> Any:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            was_cut.set()

    async with (
        Serving(api("GET", "/slow", endless)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        asking = asyncio.create_task(client.get("/slow").__aenter__())
        await entered.wait()
        await serving.server.stop(0.05)

        assert was_cut.is_set()
        assert "still running after 0.05 s" in caplog.text
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_a_client_that_goes_does_not_stop_the_handler() -> None:
    entered, leave, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Any:
        entered.set()
        await leave.wait()
        finished.set()
        return {}

    async with Serving(api("GET", "/slow", slow)) as serving:
        _, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await entered.wait()
        writer.transport.abort()
        await asyncio.sleep(0.02)
        leave.set()

        async with asyncio.timeout(5.0):
            await finished.wait()
