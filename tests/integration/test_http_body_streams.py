"""Bodies of requests that are read as they arrive."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.clock import FakeClock
from motia_py.errors import BodyCutShort, ConfigError
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project
from tests.serving import Serving, api, until

HEAD = b"POST /take HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Taker:
    """A handler that reads its body chunk by chunk, and lets the test see each of them.

    While `gate` is closed it does not ask for the next one.
    """

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.error: BodyCutShort | None = None
        self.is_over = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, request: Request) -> ApiResponse:
        try:
            async for chunk in request.stream():
                self.chunks.append(chunk)
                await self.gate.wait()
        except BodyCutShort as error:
            self.error = error
            return ApiResponse(error.status, {"error": str(error)})
        finally:
            self.is_over = True
        return ApiResponse(body={"size": self.size})

    @property
    def size(self) -> int:
        return sum(map(len, self.chunks))


def serve(handler: Callable[[Request], Any], **settings: Any) -> Serving:
    return Serving(api("POST", "/take", handler, is_body_streamed=True), **settings)


class Uploading:
    """A client that sends a body by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def begin(cls, serving: Serving, head: bytes) -> Uploading:
        upload = cls(*await asyncio.open_connection("127.0.0.1", serving.port))
        upload.writer.write(head)
        return upload

    def send(self, data: bytes) -> None:
        """One chunk of a chunked body; none is its end."""
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def answer(self) -> bytes:
        """All that the server sends until it closes."""
        return await self.reader.read()


async def test_each_chunk_arrives_before_the_next_one_is_sent() -> None:
    taker = Taker()
    async with serve(taker) as serving:
        upload = await Uploading.begin(serving, CHUNKED)
        for number in range(1, 4):
            upload.send(b"%d" % number)
            await until(lambda number=number: len(taker.chunks) == number)  # type: ignore[misc]  # mypy reads the default as an argument
        upload.send(b"")
        head = await upload.head()
        upload.writer.close()

    assert head.startswith(b"HTTP/1.1 200 ")
    assert taker.chunks == [b"1", b"2", b"3"]


async def test_a_client_is_held_back_while_nobody_reads() -> None:
    """What waits is bounded: the server stops to read from the connection."""
    taker, body = Taker(), bytes(64 * 1024 * 1024)
    async with serve(taker, max_body_bytes=1000) as serving:
        taker.gate.clear()
        upload = await Uploading.begin(serving, HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        upload.writer.write(body)
        await until(lambda: taker.chunks and not _is_reading(serving))
        taken, waiting = taker.size, upload.writer.transport.get_write_buffer_size()
        taker.gate.set()
        head = await upload.head()
        upload.writer.close()

    assert taken < 1024 * 1024
    assert waiting > 0
    assert head.startswith(b"HTTP/1.1 200 ")
    assert taker.size == len(body)
    assert max(map(len, taker.chunks)) < 2 * 1024 * 1024


def _is_reading(serving: Serving) -> bool:
    protocols = serving.server._protocols
    assert protocols is not None
    (connection,) = protocols.connections
    assert isinstance(connection.transport, asyncio.Transport)
    return connection.transport.is_reading()


async def test_a_whole_body_that_came_with_the_headers_is_read_too() -> None:
    taker = Taker()
    async with serve(taker) as serving, aiohttp.ClientSession(serving.url) as client:
        for data, status in ((b"hello", 200), (b"", 200), (b"again", 200)):
            async with client.post("/take", data=data) as got:
                assert (got.status, (await got.json())["size"]) == (status, taker.size)

    assert b"".join(taker.chunks) == b"helloagain"


async def test_a_client_of_aiohttp_can_stream_its_body() -> None:
    taker = Taker()

    async def made() -> AsyncIterator[bytes]:
        for number in range(1, 4):
            yield b"%d" % number
            await until(lambda number=number: len(taker.chunks) == number)  # type: ignore[misc]  # mypy reads the default as an argument

    async with (
        serve(taker) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.post("/take", data=made()) as got,
    ):
        assert await got.json() == {"size": 3}


async def test_the_names_of_motia_1_read_the_same_body() -> None:
    seen: list[bytes] = []

    async def handler(request: Request) -> ApiResponse:
        async for chunk in request.request.request_body.stream:
            seen.append(chunk)
            break
        seen.append(await request.request_body.read_all())
        seen.append(await request.request_body.read_all())
        return ApiResponse(204)

    async with serve(handler) as serving:
        upload = await Uploading.begin(serving, CHUNKED)
        upload.send(b"first")
        await until(lambda: seen)
        for data in (b"rest", b" of it", b""):
            upload.send(data)
        await upload.head()
        upload.writer.close()

    assert seen == [b"first", b"rest of it", b""]


async def test_without_the_key_the_body_that_was_read_comes_as_one_chunk() -> None:
    async def handler(request: Request) -> ApiResponse:
        chunks = [chunk.decode() async for chunk in request.stream()]
        whole = (await request.request_body.read_all()).decode()
        return ApiResponse(body=[chunks, whole, request.body])

    async with (
        Serving(api("POST", "/take", handler)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        async with client.post("/take", json=[1]) as got:
            assert await got.json() == [["[1]"], "[1]", [1]]
        async with client.post("/take") as got:
            assert await got.json() == [[], "", {}]


async def test_what_would_need_the_whole_body_says_what_to_do() -> None:
    """Empty, it would let every body pass a middleware that checks them."""
    problems: list[str] = []

    async def handler(request: Request) -> ApiResponse:
        for part in ("body", "rawBody", "raw_body", "files"):
            with pytest.raises(ConfigError) as failure:
                request[part]
            problems.append(str(failure.value))
        return ApiResponse(body=sorted(request))

    async with (
        serve(handler) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.post("/take", data=b"x") as got,
    ):
        assert await got.json() == ["headers", "method", "path", "pathParams", "queryParams"]

    assert len(problems) == 4
    assert all("async for chunk in req.stream()" in problem for problem in problems)


async def test_a_client_that_goes_away_is_an_error_in_the_handler() -> None:
    taker = Taker()
    async with serve(taker) as serving:
        upload = await Uploading.begin(serving, CHUNKED)
        upload.send(b"1")
        await until(lambda: taker.chunks)
        upload.writer.transport.abort()
        await until(lambda: taker.is_over)

    assert (taker.error and str(taker.error), taker.chunks) == ("The connection was lost", [b"1"])


async def test_a_body_that_breaks_http_is_an_error_in_the_handler() -> None:
    taker = Taker()
    async with serve(taker) as serving:
        upload = await Uploading.begin(serving, CHUNKED)
        upload.send(b"1")
        await until(lambda: taker.chunks)
        upload.writer.write(b"not a length\r\n")
        received = await upload.answer()
        upload.writer.close()

    assert taker.error is not None
    assert (taker.error.status, str(taker.error)) == (
        400,
        "The request body is not sent as HTTP demands",
    )
    assert b"HTTP/1.1 400 " in received


async def test_a_client_that_drips_is_cut_off() -> None:
    """S10: as with a body that is read whole; by the injected clock."""
    clock, taker = FakeClock(), Taker()
    async with serve(taker, clock=clock, body_timeout_seconds=15.0) as serving:
        upload = await Uploading.begin(serving, HEAD + b"Content-Length: 99\r\n\r\n")
        for number in range(1, 15):
            upload.writer.write(b"x")
            await until(lambda number=number: taker.size == number and clock.next_timer())  # type: ignore[misc]  # mypy reads the default as an argument
            clock.advance(1.1)

        head = await upload.head()
        upload.writer.close()

    assert head.startswith(b"HTTP/1.1 408 ")


async def test_the_time_in_which_the_handler_does_not_read_is_not_the_clients() -> None:
    clock, taker = FakeClock(), Taker()
    async with serve(taker, clock=clock, body_timeout_seconds=15.0) as serving:
        taker.gate.clear()
        upload = await Uploading.begin(serving, CHUNKED)
        upload.send(b"1")
        await until(lambda: taker.chunks)
        clock.advance(3600.0)
        taker.gate.set()
        await until(clock.next_timer)
        upload.send(b"2")
        upload.send(b"")
        head = await upload.head()
        upload.writer.close()

    assert head.startswith(b"HTTP/1.1 200 ")


async def test_the_go_ahead_is_given_when_the_handler_begins_to_read() -> None:
    begins, taker = asyncio.Event(), Taker()

    async def handler(request: Request) -> ApiResponse:
        await begins.wait()
        return await taker(request)

    async with serve(handler) as serving:
        upload = await Uploading.begin(
            serving, HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        first = asyncio.create_task(upload.head())
        await until(lambda: serving.server._running)
        was_early = first.done()
        begins.set()
        go_ahead = await first
        upload.writer.write(b"ok")
        head = await upload.head()
        upload.writer.close()

    assert not was_early
    assert go_ahead == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert head.startswith(b"HTTP/1.1 200 ")


async def test_a_handler_may_turn_a_body_away_without_reading_it() -> None:
    """No go-ahead is given, and what the client sends all the same harms nobody."""
    async with serve(lambda request: ApiResponse(413, {"error": "too large"})) as serving:
        waiting = await Uploading.begin(
            serving, HEAD + b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n"
        )
        refused = await waiting.head()
        waiting.writer.close()
        eager = await Uploading.begin(serving, HEAD + b"Content-Length: 100000\r\n\r\n")
        eager.writer.write(b"x" * 100_000)
        first = await eager.head()
        await eager.reader.readexactly(len(b'{"error":"too large"}'))
        # It was read away, so that the connection goes on.
        eager.writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        second = await eager.head()
        eager.writer.close()

    assert [each.split()[1] for each in (refused, first, second)] == [b"413"] * 3


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
async def test_a_compressed_body_is_refused(coding: str) -> None:
    """A kilobyte must not turn out to be a gigabyte for a handler that counts what comes."""
    taker = Taker()
    async with (
        serve(taker) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.post("/take", data=gzip.compress(b"x"), headers={"Content-Encoding": coding}) as got,
    ):
        assert got.status == 415
        assert got.headers["Accept-Encoding"] == "identity"

    assert not taker.is_over


async def test_a_body_cannot_be_read_once_its_request_is_answered() -> None:
    kept: list[Request] = []

    def handler(request: Request) -> ApiResponse:
        kept.append(request)
        return ApiResponse(204)

    async with serve(handler) as serving:
        upload = await Uploading.begin(serving, CHUNKED)
        await upload.head()
        upload.send(b"")
        upload.writer.write(CHUNKED)
        upload.send(b"")
        await upload.head()
        with pytest.raises(BodyCutShort, match="answered before"):
            await kept[0].request_body.read_all()
        upload.writer.close()


TAKING = """
async def handler(req, context):
    async for chunk in req.stream():
        await context.state.set("chunks", chunk.decode(), True)
    return {"body": {"is_over": True}}
"""
CONFIG = """
config = {{"name": "Take", "triggers": [{{"type": "http", "method": "POST", "path": "/take",
          "streamBody": True{more}}}]{after}}}
"""
KINDS = {
    "loop": CONFIG.format(more="", after="") + TAKING,
    "own loop": CONFIG.format(more="", after=', "isolation": "thread"') + TAKING,
    "thread": CONFIG.format(more="", after="") + TAKING.replace("async ", "").replace("await ", ""),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_wherever_a_handler_runs_it_reads_as_the_body_arrives(
    tmp_path: Path, kind: str
) -> None:
    write_project(tmp_path, {"steps/take_step.py": KINDS[kind]})
    async with MotiaTester(tmp_path) as motia:

        async def made() -> AsyncIterator[bytes]:
            for number in ("1", "2", "3"):
                yield number.encode()
                async with asyncio.timeout(10):
                    while not await motia.state("chunks", number):
                        await asyncio.sleep(0.002)

        got = await motia.post("/take", data=made())

    assert (got.status, got.body) == (200, {"is_over": True})


async def test_a_def_handler_can_have_it_all_at_once(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "steps/take_step.py": CONFIG.format(more="", after="")
            + "\ndef handler(req, context):\n    return req.request_body.read_all()\n"
        },
    )
    async with MotiaTester(tmp_path) as motia:
        got = await motia.post("/take", data=b"hello")

    assert got.raw == b"hello"


async def test_middleware_and_condition_see_the_request_before_its_body_is_read(
    tmp_path: Path,
) -> None:
    guards = """
        async def outer(req, context, next_fn):
            req.user = req.header("authorization")
            return await next_fn()

        def check(req):
            return req.query_params.get("go") == "1"
        """
    config = CONFIG.format(more=', "middleware": [outer], "condition": check', after="")
    handler = (
        "async def handler(req, context):\n"
        "    sent = await req.request_body.read_all()\n"
        '    return {"body": {"user": req.user, "sent": sent.decode()}}\n'
    )
    step = f"from steps.guards import check, outer\n{config}\n{handler}"
    write_project(tmp_path, {"steps/guards.py": guards, "steps/take_step.py": step})
    async with MotiaTester(tmp_path) as motia:
        got = await motia.post("/take?go=1", data=b"{", headers={"Authorization": "me"})
        refused = await motia.post("/take", data=b"{")

    assert (got.status, got.body) == (200, {"user": "me", "sent": "{"})
    assert refused.status == 422


async def test_a_client_that_is_cut_off_is_not_logged_as_the_steps_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    write_project(tmp_path, {"steps/take_step.py": KINDS["loop"]})
    async with MotiaTester(tmp_path) as motia:
        port = int(motia.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 9\r\n\r\n")
        await until(motia.clock.next_timer)
        await motia.advance(60.0)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert head.startswith(b"HTTP/1.1 408 ")
    (line,) = [each for each in caplog.records if each.getMessage().startswith("step Take failed")]
    assert line.levelname == "INFO"


async def test_a_schema_and_a_stream_do_not_load_together(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "steps/take_step.py": api_step(
                "take", "return {}", more='"streamBody": True, "bodySchema": {"type": "object"}'
            )
        },
    )
    async with MotiaTester(tmp_path, may_fail_to_load=True) as motia:
        (failure,) = motia.app.registry.failures

    assert "exclude each other" in failure.message
    assert failure.advice
