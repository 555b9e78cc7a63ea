"""Thousands of malformed requests and frames, while a well-behaved client keeps working."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from motia_py.runtime.requests import ApiResponse, Request
from tests.serving import Serving, api, stream, until

#: Written twice as often as read: a server that waits for more must not slow the test down.
PATIENCE_SECONDS = 0.01
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MANY = settings(
    max_examples=1000,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class Message(BaseModel):
    message: str


def echo(request: Request) -> Any:
    seen = {
        "params": request.path_params,
        "query": request.query_params,
        "cookies": request.cookies,
        "body": request.body,
        "files": sorted(request.files),
    }
    return ApiResponse(body=seen)


class Town:
    """A server with a canary: its own loop, which only turns while something is asked of it."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        steps = [
            api("GET", "/echo/:id", echo),
            api("POST", "/echo", echo),
            api("POST", "/chat", echo, body_schema=Message),
        ]
        self.serving = Serving(
            *steps,
            streams=[stream("chat")],
            mode="dev",
            serves_emit=True,
            serves_pages=True,
            max_body_bytes=10_000,
            max_frame_bytes=10_000,
            body_timeout_seconds=0.2,
            close_seconds=0.05,
        )

    async def open(self) -> None:
        await self.serving.__aenter__()
        self.session = aiohttp.ClientSession(self.serving.url)
        self.canary = await self.session.ws_connect("/")
        join = {"type": "join", "data": {"streamName": "chat", "groupId": "canary"}}
        await self.canary.send_json(join)
        await self.canary.receive(timeout=5.0)

    async def close(self) -> None:
        await self.session.close()
        await self.serving.__aexit__(None, None, None)

    async def hear_canary(self) -> None:
        """The well-behaved client is answered and told of changes, at once."""
        async with asyncio.timeout(5.0):
            async with self.session.get("/echo/canary") as got:
                assert got.status == 200
            change = self.serving.set("chat", "canary", "m1")
            assert (
                json.loads((await self.canary.receive()).data)["timestamp"] == change.timestamp_ms
            )

    async def send(self, *pieces: bytes, upgrade: bool = False) -> bytes:
        """Everything that is answered until the server has nothing more to say."""
        loop = asyncio.get_running_loop()
        received = b""
        # Bare, because asyncio's own streams log what they cannot write.
        with socket.socket() as client, suppress(ConnectionError, TimeoutError):
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", self.serving.port))
            if upgrade:
                await loop.sock_sendall(client, UPGRADE)
                await loop.sock_recv(client, 65536)
            for piece in pieces:
                await loop.sock_sendall(client, piece)
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while chunk := await loop.sock_recv(client, 65536):
                    received += chunk
        return received


@pytest.fixture
def town(caplog: pytest.LogCaptureFixture) -> Iterator[Town]:
    caplog.set_level(logging.INFO)
    town = Town()
    with town.runner:
        town.runner.run(town.open())
        yield town
        town.runner.run(town.hear_canary())
        town.runner.run(town.close())


def header(name: bytes, values: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.sampled_from(values).map(lambda value: name + b": " + value + b"\r\n")


junk = st.binary(max_size=40)
methods = st.sampled_from(
    [
        b"GET",
        b"POST",
        b"POST",
        b"POST",
        b"PUT",
        b"HEAD",
        b"OPTIONS",
        b"CONNECT",
        b"get",
        b"\xff",
        b"",
    ]
)
targets = st.one_of(
    st.sampled_from(
        [b"/echo", b"/chat", b"/emit", b"/", b"/__motia/api/graph", b"/streams/chat/g"]
    ),
    st.sampled_from([b"/echo", b"/echo/", b"/streams/", b"/__motia/", b"/stream/"]).flatmap(
        lambda start: st.text(alphabet=st.sampled_from("a/.%2fF0\\?&=#;:+~"), max_size=12).map(
            lambda end: start + end.encode()
        )
    ),
    st.sampled_from(
        [b"*", b"http://[::1", b"//evil.test/echo", b"http://evil.test/echo", b"/" + b"a" * 9000]
    ),
    junk,
)
versions = st.sampled_from(
    [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"", b"HTTP/1"]
)
headers = st.one_of(
    header(b"Host", [b"localhost", b"evil.test", b"", b"localhost:x", b"[::1", b"\xff"]),
    header(b"Content-Length", [b"0", b"2", b"5", b"99999999", b"-1", b"+1", b"1e3", b"0x5", b""]),
    header(b"Transfer-Encoding", [b"chunked", b"chunked, chunked", b"gzip", b"\x0bchunked"]),
    header(
        b"Content-Type",
        [
            b"application/json",
            b"application/json; charset=utf-16",
            b"application/json; charset=nonsense",
            b"text/plain",
            b"application/x-www-form-urlencoded",
            b"multipart/form-data; boundary=x",
            b"multipart/form-data; boundary=\xff",
            b"multipart/form-data",
            b";;;=",
            b"\xff/\xfe",
        ],
    ),
    header(b"Content-Encoding", [b"gzip", b"deflate", b"br", b"gzip, gzip", b"\xff"]),
    header(b"Origin", [b"null", b"http://evil.test", b"http://localhost:1", b"\xff", b"http://["]),
    header(b"Cookie", [b"a=1; a=2; =; ;;", b'a="', b"\xff=\xff", b"motia_token"]),
    header(b"Expect", [b"100-continue", b"200-ok"]),
    header(b"Upgrade", [b"websocket", b"h2c", b"\xff"]),
    header(b"Connection", [b"close", b"Upgrade", b"keep-alive, \xff"]),
    header(b"Sec-WebSocket-Protocol", [b"a, b", b",", b"\xff", b"a b"]),
    header(b"Access-Control-Request-Method", [b"POST", b"\xff"]),
    header(b"X", [b"a" * 20_000, b"a\x00b", b" folded\r\n more"]),
    st.just(b"A: 1\r\n" * 150),
    junk.map(lambda name: name + b": 1\r\n"),
)  # fmt: skip
bodies = st.one_of(
    st.sampled_from(
        [
            b"{}",
            b'{"message":',
            b'{"message":"\xff"}',
            b'{"message":"\\ud800"}',
            b"[" * 5000,
            b"NaN",
            b"\xef\xbb\xbf{}",
            b"a=1&a=2&%=%zz&=",
            b"--x\r\n\r\n\r\n--x--",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--x--\r\n',
            b"--x\r\n" + b"A: " + b"a" * 9000 + b"\r\n\r\n--x--\r\n",
            b"2\r\n{}\r\n0\r\n\r\n",
            b"zz\r\n{}\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
            b"-1\r\n\r\n",
            b"2;" + b"e" * 9000 + b"\r\n{}\r\n",
            gzip.compress(b"{}"),
            gzip.compress(b"0" * 1_000_000),
            gzip.compress(b"{}")[:-4],
            b"x" * 20_000,
        ]
    ),
    junk,
)


@st.composite
def requests(draw: st.DrawFn) -> list[bytes]:
    """One request in one to three pieces, wrong in one place or in several."""
    is_broken_everywhere = draw(st.booleans())
    line, sent = b"POST /echo HTTP/1.1\r\n", [b"Host: localhost\r\n"]
    if is_broken_everywhere:
        line = b" ".join((draw(methods), draw(targets), draw(versions))) + b"\r\n"
        sent = draw(st.sampled_from([sent, sent, []]))
    body = draw(bodies)
    if not is_broken_everywhere or draw(st.booleans()):
        sent = [*sent, b"Content-Length: %d\r\n" % len(body)]
    sent = [*sent, *draw(st.lists(headers, max_size=4 if is_broken_everywhere else 1))]
    whole = line + b"".join(sent) + b"\r\n" + body
    if draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(whole)))
        whole = whole[:place] + draw(junk) + whole[place + draw(st.integers(0, 3)) :]
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=2)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def test_malformed_requests_harm_nobody(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A19, S10, S13: no 500, no traceback, nothing unhandled, and the canary sings."""
    statuses: Counter[int] = Counter()

    @MANY
    @given(requests())
    def throw(pieces: list[bytes]) -> None:
        caplog.clear()
        received = town.runner.run(town.send(*pieces))
        statuses.update(int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received))
        assert 500 not in statuses, (pieces, received)
        assert b"Traceback" not in received
        assert not caplog.records, (pieces, caplog.text)
        town.runner.run(town.hear_canary())

    throw()

    assert {200, 400, 404, 405, 413, 415, 421, 431} <= statuses.keys()
    assert 500 not in {line.status for line in town.serving.lines}


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """One WebSocket frame, well formed or not."""
    payload = draw(st.one_of(st.sampled_from(MESSAGES), junk))
    opcode = draw(st.sampled_from([1, 1, 1, 1, 2, 0, 8, 9, 10, 3, 11]))
    first = draw(st.sampled_from([0x80, 0x80, 0x80, 0x00, 0xC0, 0xF0])) | opcode
    length = draw(st.one_of(st.just(len(payload)), st.sampled_from([0, 125, 20_000, 2**40, 2**63])))
    if length < 126:
        head = bytes((first, 0x80 | length))
    elif length < 65536:
        head = bytes((first, 0xFE)) + length.to_bytes(2)
    else:
        head = bytes((first, 0xFF)) + length.to_bytes(8)
    if draw(st.integers(0, 9)) == 0:
        return bytes((head[0], head[1] & 0x7F)) + head[2:] + payload
    return head + b"\0\0\0\0" + payload


OBJECTS: list[Any] = [
    {},
    [],
    None,
    {"type": "join"},
    {"type": "join", "data": {"streamName": "chat", "groupId": "g"}},
    {"type": "join", "data": {"streamName": "chat", "groupId": "g", "id": "i"}},
    {"type": "join", "data": {"streamName": "\ud800", "groupId": "g"}},
    {"type": "join", "data": {"streamName": None, "groupId": {}}},
    {"type": "leave", "data": {"subscriptionId": []}},
    {"type": "leave", "data": {"subscriptionId": "s"}},
    {"type": {"type": "join"}},
]
MESSAGES = [
    *(json.dumps(value).encode() for value in OBJECTS),
    *(b"{", b"[" * 5000, b"\xff", b"", b"\x03\xe8bye", b"\x00", b"NaN", b'{"type": "join", ' * 3),
]


def test_malformed_frames_harm_nobody(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A19, S12, SP.15."""

    @MANY
    @given(st.lists(frames(), min_size=1, max_size=12))
    def throw(sent: list[bytes]) -> None:
        caplog.clear()
        received = town.runner.run(town.send(*sent, upgrade=True))
        assert b"Traceback" not in received
        assert not caplog.records, (sent, caplog.text)
        town.runner.run(town.hear_canary())

    throw()

    town.runner.run(until(lambda: town.serving.hub.member_count == 1))
