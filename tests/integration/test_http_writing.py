"""Answers that handlers write by hand, and what becomes of streamed ones when their client goes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from motia_py.app import Motia
from motia_py.errors import MotiaError
from motia_py.runtime.requests import Request
from motia_py.settings import Settings
from motia_py.testing import MotiaTester
from motia_py.web.doors import RequestLine
from tests.projects import write_project
from tests.serving import until

CONFIG = '{"name": "Write", "triggers": [{"type": "http", "method": "GET", "path": "/write"}]}'
#: Handlers tell what happened to them here, and wait here.
BOARD = """
import asyncio
gate = asyncio.Event()
told = []
heard = asyncio.Event()

def tell(what):
    told.append(what)
    heard.set()
"""


def handler(body: str, *, define: str = "async def", more: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return (
        f"import asyncio\nfrom steps.board import gate, tell, told\nconfig = {CONFIG}\n"
        f"config.update({{{more}}})\n\n{define} handler(args, ctx):\n"
        f"    request, response = args.request, args.response\n{lines}\n"
    )


@asynccontextmanager
async def serving(root: Path, text: str) -> AsyncIterator[MotiaTester]:
    write_project(root, {"steps/board.py": BOARD, "steps/write_step.py": text})
    async with MotiaTester(root) as motia:
        yield motia


def board() -> Any:
    return sys.modules["steps.board"]


async def told(what: str) -> None:
    """Return once the handler told it."""
    async with asyncio.timeout(10):
        while what not in board().told:
            board().heard.clear()
            await board().heard.wait()


def open_gate() -> None:
    board().gate.set()


@asynccontextmanager
async def answer(motia: MotiaTester) -> AsyncIterator[aiohttp.ClientResponse]:
    async with aiohttp.ClientSession() as session, session.get(motia.url + "/write") as got:
        yield got


AS_THE_SEED_WRITES_IT = """
response.status(201)
response.headers({"content-type": "text/event-stream", "connection": "keep-alive"})
response.stream.write("event: chunk\\ndata: 1\\n\\n")
response.stream.write(b"event: chunk\\ndata: 2\\n\\n")
response.close()
"""
AS_MOTIA_1_WRITES_IT = """
await response.status(201)
await response.headers({"content-type": "text/event-stream"})
await response.writer.stream.write("event: chunk\\ndata: 1\\n\\n")
await response.writer.stream.write(b"event: chunk\\ndata: 2\\n\\n")
await response.writer.close_async()
"""


@pytest.mark.parametrize("body", [AS_THE_SEED_WRITES_IT, AS_MOTIA_1_WRITES_IT])
async def test_both_spellings_write_the_same_answer(tmp_path: Path, body: str) -> None:
    async with serving(tmp_path, handler(body)) as motia:
        got = await motia.get("/write")

    assert (got.status, got.headers["Content-Type"]) == (201, "text/event-stream")
    assert got.raw == b"event: chunk\ndata: 1\n\nevent: chunk\ndata: 2\n\n"
    assert len(got.headers["x-trace-id"]) == 32


async def test_a_def_handler_on_a_thread_writes_too(tmp_path: Path) -> None:
    body = AS_THE_SEED_WRITES_IT

    async with serving(tmp_path, handler(body, define="def")) as motia:
        got = await motia.get("/write")

    assert (got.status, got.raw.count(b"event: chunk")) == (201, 2)


async def test_the_head_leaves_before_the_first_write(tmp_path: Path) -> None:
    body = """
response.headers({"content-type": "text/plain"})
await gate.wait()
response.stream.write("late")
"""
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        assert got.status == 200  # the client has the head, and the handler waits
        open_gate()

        assert await got.text() == "late"


async def test_what_is_written_arrives_while_the_handler_goes_on(tmp_path: Path) -> None:
    body = """
await response.stream.write("first ")
await gate.wait()
await response.stream.write("second")
"""
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        assert await got.content.readany() == b"first "
        open_gate()

        assert await got.content.read() == b"second"


async def test_an_answer_ends_before_its_handler_does(tmp_path: Path) -> None:
    body = """
await response.stream.write("all")
await response.close()
await gate.wait()
tell("went on")
"""
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        assert await got.text() == "all"
        open_gate()

        await told("went on")


async def test_an_error_after_the_head_is_the_last_event(tmp_path: Path) -> None:
    body = """
response.headers({"content-type": "text/event-stream"})
response.stream.write("data: 1\\n\\n")
raise ValueError("secret")
"""
    async with serving(tmp_path, handler(body)) as motia:
        got = await motia.get("/write")
        (span,) = motia.traces.spans(got.headers["x-trace-id"])

    assert got.raw.startswith(b"data: 1\n\nevent: error\ndata: {")
    assert b"secret" not in got.raw
    assert span.status == "error"


async def test_an_error_in_a_plain_answer_cuts_it_off(tmp_path: Path) -> None:
    body = 'await response.stream.write("half")\nraise ValueError'

    async with serving(tmp_path, handler(body)) as motia:
        with pytest.raises(aiohttp.ClientPayloadError):
            await motia.get("/write")


async def test_an_error_before_the_head_is_an_ordinary_500(tmp_path: Path) -> None:
    async with serving(tmp_path, handler("response.status(201)\nraise ValueError")) as motia:
        got = await motia.get("/write")

    assert (got.status, got.body["error"]) == (500, "Internal server error")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("response.headers({'a': 'b\\nc'})", "holds a line break"),
        ("response.status(999)\nresponse.headers({})", "is not a number from 100 to 599"),
        ("response.headers([])", "takes a mapping"),
        ("response.stream.write({'a': 1})", "takes text or bytes"),
        ("response.headers({})\nresponse.status(201)", "is sent already"),
    ],
)
async def test_what_cannot_be_sent_is_an_error_that_says_so(
    tmp_path: Path, body: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        is_begun = got.status == 200
        with pytest.raises(aiohttp.ClientPayloadError) if is_begun else nullcontext():
            await got.read()

    assert problem in caplog.text


async def test_a_write_after_the_end_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = 'response.stream.write("all")\nresponse.close()\nresponse.close()\nresponse.stream.write("more")'

    async with serving(tmp_path, handler(body)) as motia:
        got = await motia.get("/write")

    assert got.raw == b"all"
    assert "the response is closed" in caplog.text


async def test_what_is_returned_after_writing_is_not_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = 'response.stream.write("written")\nreturn {"status": 500, "body": "returned"}'

    async with serving(tmp_path, handler(body)) as motia:
        got = await motia.get("/write")

    assert (got.status, got.raw) == (200, b"written")
    assert "what it returned is not sent" in caplog.text


async def test_a_head_request_gets_only_the_head(tmp_path: Path) -> None:
    async with serving(tmp_path, handler(AS_THE_SEED_WRITES_IT)) as motia:
        got = await motia.request("HEAD", "/write")
        again = await motia.request("HEAD", "/write")

    assert (got.status, got.raw, again.status) == (201, b"", 201)


async def test_a_client_that_does_not_read_holds_the_handler_back(tmp_path: Path) -> None:
    body = """
sent = 0
while sent < 64 << 20:
    await response.stream.write(bytes(1 << 16))
    sent += 1 << 16
    told[:] = [sent]
"""
    async with serving(tmp_path, handler(body)) as motia, answer(motia):
        before = -1
        async with asyncio.timeout(10):
            while board().told[0] != before:
                before = board().told[0]
                await asyncio.sleep(0.1)

        assert before < 32 << 20


async def test_writes_that_nobody_awaits_are_bounded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = "while True:\n    response.stream.write(bytes(1 << 16))"

    async with serving(tmp_path, handler(body)) as motia:
        with pytest.raises(aiohttp.ClientPayloadError):
            await motia.get("/write")

    assert "await each write" in caplog.text


WAITS = """
try:
    response.headers({"content-type": "text/event-stream"})
    await gate.wait()
except asyncio.CancelledError:
    tell("cancelled")
    raise
tell("finished")
"""
GIVES = """
try:
    yield "first"
    await gate.wait()
except asyncio.CancelledError:
    tell("cancelled")
    raise
yield "second"
tell("finished")
"""
RETURNS = (
    "from motia_py import EventStream\nasync def events():\n"
    + "\n".join(f"    {line}" for line in GIVES.strip().splitlines())
    + "\nreturn EventStream(events())"
)


@pytest.mark.parametrize("body", [WAITS, GIVES, RETURNS], ids=["written", "given", "returned"])
async def test_whoever_streams_is_cancelled_once_the_client_is_gone(
    tmp_path: Path, body: str
) -> None:
    """S2.21: while it waits, as for a model, and not only at its next event."""
    async with serving(tmp_path, handler(body)) as motia:
        async with answer(motia) as got:
            trace_id = got.headers["x-trace-id"]

        await told("cancelled")
        (span,) = motia.traces.spans(trace_id)

    assert span.status == "error"


@pytest.mark.parametrize("body", [WAITS, GIVES, RETURNS], ids=["written", "given", "returned"])
async def test_a_step_may_finish_without_its_client(tmp_path: Path, body: str) -> None:
    more = '"onDisconnect": "finish"'

    async with serving(tmp_path, handler(body, more=more)) as motia:
        async with answer(motia):
            pass
        open_gate()

        await told("finished")


NEVER_WAITS = """
if "after" in args.query_params:
    yield "first"
    await gate.wait()
asyncio.get_running_loop().call_soon(tell, "others had a turn")
for number in range(100_000):
    if "others had a turn" in told:
        tell(number)
        return
    yield {"n": number}
tell("nobody had a turn")
"""


@pytest.mark.parametrize("is_gone", [False, True])
async def test_a_handler_that_never_waits_leaves_others_their_turns(
    tmp_path: Path, is_gone: bool
) -> None:
    text = handler(NEVER_WAITS, more='"onDisconnect": "finish"')

    async with serving(tmp_path, text) as motia, aiohttp.ClientSession() as session:
        async with session.get(motia.url + "/write", params={"after": "1"} if is_gone else {}):
            if not is_gone:
                await told("others had a turn")
        open_gate()
        await until(lambda: len(board().told) == 2)

        first, events = board().told
    assert first == "others had a turn"
    assert events < 1000


@pytest.mark.parametrize("define", ["def", "async def"])
async def test_one_on_a_thread_runs_to_its_end(tmp_path: Path, define: str) -> None:
    body = """
response.headers({"content-type": "text/event-stream"})
while not gate.is_set():
    __import__("time").sleep(0.01)
response.stream.write("late")
tell("finished")
"""
    text = handler(body, define=define, more='"isolation": "thread"')
    async with serving(tmp_path, text) as motia:
        async with answer(motia):
            pass
        open_gate()

        await until(lambda: "finished" in board().told)


async def test_one_with_a_loop_of_its_own_is_cancelled_there(tmp_path: Path) -> None:
    """S2.21: also the model call of a step that was found to block."""
    body = """
response.headers({"content-type": "text/event-stream"})
try:
    await asyncio.sleep(60)
except asyncio.CancelledError:
    tell("cancelled")
    raise
"""
    text = handler(body, more='"isolation": "thread"')
    async with serving(tmp_path, text) as motia:
        async with answer(motia):
            pass

        await until(lambda: "cancelled" in board().told)


async def test_a_streamed_answer_whose_client_left_is_in_the_request_log(tmp_path: Path) -> None:
    lines: list[RequestLine] = []
    write_project(tmp_path, {"steps/board.py": BOARD, "steps/write_step.py": handler(WAITS)})
    settings = Settings(ports=(0,), engine="memory://")
    async with (
        Motia(tmp_path, settings, observe=lines.append) as app,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(app.urls[0] + "/write") as got:
            trace_id = got.headers["x-trace-id"]
        await until(lambda: lines)

    (line,) = lines
    assert (line.path, line.status, line.trace_id) == ("/write", 200, trace_id)
    assert line.has_left


async def test_an_ordinary_handler_is_not_cut_off_with_its_client(tmp_path: Path) -> None:
    body = 'tell("begun")\nawait gate.wait()\ntell("finished")'

    async with serving(tmp_path, handler(body)) as motia:
        asking = asyncio.create_task(motia.get("/write"))
        await told("begun")
        asking.cancel()
        open_gate()

        await told("finished")


@pytest.mark.parametrize("body", [WAITS, GIVES], ids=["written", "given"])
async def test_silence_is_bridged_by_comments(tmp_path: Path, body: str) -> None:
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        if body == GIVES:
            assert await got.content.readany() == b"data: first\n\n"
        for _ in range(2):
            motia.clock.advance(14)
            motia.clock.advance(1)

            assert await got.content.readexactly(8) == b": ping\n\n"
        open_gate()

        assert b"ping" not in await got.content.read()


async def test_an_event_that_is_half_written_is_left_alone(tmp_path: Path) -> None:
    body = """
response.headers({"content-type": "text/event-stream"})
await response.stream.write("data: half")
await gate.wait()
await response.stream.write(" whole\\n\\n")
"""
    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        await got.content.readany()
        motia.clock.advance(60)
        open_gate()

        assert await got.content.read() == b" whole\n\n"


async def test_a_plain_answer_is_never_commented(tmp_path: Path) -> None:
    body = 'await response.stream.write("a\\n\\n")\nawait gate.wait()'

    async with serving(tmp_path, handler(body)) as motia, answer(motia) as got:
        await got.content.readany()
        motia.clock.advance(60)
        open_gate()

        assert await got.content.read() == b""


def test_a_request_that_nobody_answers_has_no_response() -> None:
    with pytest.raises(MotiaError, match="only while a step answers"):
        _ = Request(method="GET", path="/").response


async def exchange(motia: MotiaTester, count: int) -> bytes:
    """All that comes for so many requests on one connection, one sent after the other's answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(motia.url.rpartition(":")[2]))
    came = b""
    async with asyncio.timeout(10):
        for last in [*[False] * (count - 1), True]:
            close = b"Connection: close\r\n" if last else b""
            writer.write(b"GET /write HTTP/1.1\r\nHost: localhost\r\n" + close + b"\r\n")
            came += await (reader.read() if last else reader.readuntil(b"end"))
    writer.close()
    return came


WRITES_LATE = """
async def later():
    await gate.wait()
    try:
        await response.stream.write("LATE")
        tell("written")
    except Exception as error:
        tell(str(error))
response.status(200)
told.append(asyncio.create_task(later()))
return "returned, end"
"""


@pytest.mark.parametrize("more", ["", '"onDisconnect": "finish"'])
async def test_what_writes_after_the_handler_returned_puts_nothing_between_answers(
    tmp_path: Path, more: str
) -> None:
    async with serving(tmp_path, handler(WRITES_LATE, more=more)) as motia:
        first = asyncio.create_task(exchange(motia, 2))
        await until(lambda: board_or_nothing())
        open_gate()

        assert (await first).count(b"HTTP/1.1 200") == 2
        await told("response.stream.write: the request has another answer already")


async def test_a_handler_that_yields_cannot_write_besides(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = 'yield "one"\nawait response.stream.write("TWO")\nyield "end"'

    async with serving(tmp_path, handler(body)) as motia:
        came = await exchange(motia, 1)

    assert came.count(b"HTTP/1.1") == 1
    assert b"event: error" in came and b"TWO" not in came
    assert "the request has another answer already" in caplog.text


async def test_a_thread_past_its_time_limit_writes_nothing(tmp_path: Path) -> None:
    body = """
import time
from steps.board import may_write
tell("waits")
may_write.wait(10)
try:
    response.stream.write("LATE")
    tell("written")
except Exception as error:
    tell(type(error).__name__)
"""
    more = '"timeout": 5, "onDisconnect": "finish"'
    write_project(
        tmp_path,
        {
            "steps/board.py": BOARD + "import threading\nmay_write = threading.Event()\n",
            "steps/write_step.py": handler(body, define="def", more=more),
        },
    )
    async with MotiaTester(tmp_path) as motia:
        asking = asyncio.create_task(motia.get("/write"))
        await until(lambda: board_or_nothing())
        motia.clock.advance(6)
        got = await asking
        board().may_write.set()
        await until(lambda: len(board().told) == 2)

        assert got.status == 504
        assert board().told[1] == "ConfigError"


def board_or_nothing() -> list[Any]:
    return board().told if "steps.board" in sys.modules else []
