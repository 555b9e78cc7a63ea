"""What step files do that they should not: nothing of it stops the server or loses an event."""

from __future__ import annotations

import asyncio
import textwrap
import threading
import time
from pathlib import Path

import pytest

from motia_py.testing import MotiaTester
from tests.integration.conftest import OpenTester
from tests.projects import api_step, write_project

CANCELS_ITSELF = """
task = asyncio.create_task(asyncio.sleep(1))
task.cancel()
await task
"""


def event_step(name: str, body: str, more: str = "") -> str:
    indented = textwrap.indent(textwrap.dedent(body).strip(), "    ").strip()
    return f"""
import asyncio
config = {{"type": "event", "name": "{name}", "subscribes": ["t"], "emits": [], {more}}}

async def handler(data, context):
    {indented}
"""


async def test_a_handler_whose_own_task_was_cancelled_is_a_500(tmp_path: Path) -> None:
    step = "import asyncio\n" + api_step("x", CANCELS_ITSELF)
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).status == 500


async def test_a_delivery_whose_own_task_was_cancelled_is_retried_and_buried(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, {"steps/a_step.py": event_step("A", CANCELS_ITSELF)})

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t", 1)
        await motia.advance(300)
        letters = await motia.dead_letters()

    assert [letter.delivery.attempt for letter in letters] == [4]


EXITS = {
    "generator": """
        import sys
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            yield "one"
            sys.exit(3)
    """,
    "background task": """
        import asyncio, sys
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def leave():
            sys.exit(3)

        async def handler(req, context):
            task = asyncio.create_task(leave())
            await asyncio.wait([task])
            return {"body": type(task.exception()).__name__}
    """,
    "isolated": """
        import sys, time
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            time.sleep(0)
            sys.exit(3)
    """,
}


@pytest.mark.parametrize("kind", EXITS)
async def test_exit_ends_nothing_but_the_handler(tmp_path: Path, kind: str) -> None:
    write_project(
        tmp_path,
        {"steps/x_step.py": EXITS[kind], "steps/y_step.py": api_step("y", "return {'body': 1}")},
    )

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")

        assert (await motia.get("/y")).body == 1


@pytest.mark.parametrize("hook", ["async def", "def"])
async def test_exit_in_a_hook_denies_and_ends_nothing(tmp_path: Path, hook: str) -> None:
    write_project(
        tmp_path,
        {
            "motia_config.py": f"import sys\n\n{hook} authenticate(request):\n    sys.exit(3)\n",
            "steps/s_stream.py": 'config = {"name": "s"}',
        },
    )

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/streams/s/g")).status == 401
        assert (await motia.get("/streams/s/g")).status == 401


async def test_a_late_calls_error_is_logged_also_if_it_is_the_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = """
        import asyncio
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}
        tasks, go = [], asyncio.Event()

        async def later(context):
            await go.wait()
            context.state.update("g", "k", [{"type": "nonsense"}])

        async def handler(req, context):
            if tasks:
                go.set()
                await tasks[0]
            else:
                tasks.append(asyncio.create_task(later(context)))
            return {"body": "ok"}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")
        await motia.get("/x")
        await motia.settle()

    assert caplog.text.count("outlived its step") == 1
    assert "a call that nobody awaited failed" in caplog.text


async def test_a_time_limit_ends_a_stream_of_events_with_an_error(tmp_path: Path) -> None:
    step = """
        import asyncio
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [], "timeout": 5}

        async def handler(req, context):
            yield "one"
            await asyncio.Event().wait()
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        asking = asyncio.create_task(motia.get("/x"))
        while not asking.done():
            motia.clock.advance(1)
            await asyncio.sleep(0.001)
        answer = await asking

    assert answer.raw.decode().startswith("data: one\n\nevent: error\n")


async def test_head_does_not_enter_a_generator_and_its_run_ends(tmp_path: Path) -> None:
    step = """
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            await context.state.set("x", "entered", True)
            yield "one"
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        answer = await motia.request("HEAD", "/x")
        (span,) = motia.traces.spans(answer.headers["x-trace-id"])

        assert (answer.status, span.status) == (200, "ok")
        assert await motia.state("x", "entered") is None


async def test_the_policy_holds_for_state_triggers_as_for_events(tmp_path: Path) -> None:
    watcher = """
        import asyncio
        config = {"name": "W", "enqueues": [], "triggers": [{"type": "state"}],
                  "infrastructure": {"queue": {"type": "fifo", "delaySeconds": 5}}}
        running = 0

        async def handler(input, ctx):
            global running
            if input.group_id != "watched":
                return
            running += 1
            for _ in range(20):
                await asyncio.sleep(0)
            seen, running = running, running - 1
            await ctx.state.update("w", "most", [{"type": "append", "path": "seen", "value": seen}])
    """
    writer = api_step("x", "[context.state.set('watched', str(n), n) for n in range(4)]")
    write_project(tmp_path, {"steps/w_step.py": watcher, "steps/x_step.py": writer})

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")
        await motia.advance(4)
        before = await motia.state("w", "most")
        await motia.advance(30)

        assert before is None
        assert await motia.state("w", "most") == {"seen": [1, 1, 1, 1]}


async def test_a_steps_topics_share_its_concurrency(tmp_path: Path) -> None:
    step = """
        import asyncio
        config = {"type": "event", "name": "A", "subscribes": ["t", "u", "v"], "emits": [],
                  "infrastructure": {"queue": {"concurrency": 1}}}
        running = 0

        async def handler(data, context):
            global running
            running += 1
            for _ in range(20):
                await asyncio.sleep(0)
            seen, running = running, running - 1
            await context.state.update("a", "seen", [{"type": "append", "path": "all", "value": seen}])
    """
    write_project(tmp_path, {"steps/a_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        for topic in ("t", "u", "v") * 3:
            await motia.emit(topic)
        await motia.settle()

        assert await motia.state("a", "seen") == {"all": [1] * 9}


async def test_an_emit_whose_waiter_gives_up_is_still_handled(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = "import asyncio\n" + api_step(
        "x",
        """
        try:
            async with asyncio.timeout(0):
                await context.emit("t", 1)
        except TimeoutError:
            return {"body": "gave up"}
        """,
    )
    handler = "await context.state.set('a', 'got', data)"
    write_project(tmp_path, {"steps/x_step.py": step, "steps/a_step.py": event_step("A", handler)})

    async with open_tester(tmp_path) as motia:
        answer = await motia.get("/x")
        await motia.settle()
        counts = await motia.queue("A")

        assert answer.body == "gave up"
        assert await motia.state("a", "got") == 1
        assert (counts.waiting, counts.running) == (0, 0)


async def test_a_stream_write_whose_waiter_gives_up_is_still_announced(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = "import asyncio\n" + api_step(
        "x",
        """
        try:
            async with asyncio.timeout(0):
                await context.streams.s.set("g", "a", {"text": "x"})
        except TimeoutError:
            return {"body": "gave up"}
        """,
    )
    write_project(tmp_path, {"steps/x_step.py": step, "steps/s_stream.py": 'config={"name": "s"}'})

    async with open_tester(tmp_path) as motia, motia.connect("/") as socket:
        join = {"streamName": "s", "groupId": "g", "subscriptionId": "1"}
        await socket.send_json({"type": "join", "data": join})
        await socket.receive_json()
        await motia.get("/x")
        frame = await socket.receive_json()

    assert frame["event"] == {"type": "create", "data": {"text": "x", "id": "a"}}


async def test_nothing_runs_on_after_the_end(open_tester: OpenTester, tmp_path: Path) -> None:
    handler = "await asyncio.Event().wait()"
    write_project(tmp_path, {"steps/a_step.py": event_step("A", handler)})

    async with open_tester(tmp_path) as motia:
        for number in range(30):
            await motia.emit("t", number)
        for _ in range(50):
            await asyncio.sleep(0)
        counts = await motia.queue("A")
        engine, activity = motia.app.engine, motia.app.bus.activity

    async with engine:
        left = await engine.queue.counts()
    assert counts.running == 10
    assert not activity.tasks
    assert sum(count.waiting for count in left.values()) == 30
    assert sum(count.running for count in left.values()) == 0


async def test_steps_of_one_file_share_their_loop(tmp_path: Path) -> None:
    step = """
        import asyncio, time
        from motia_py import http, step

        lock = asyncio.Lock()
        loops = []

        async def note(req, context):
            time.sleep(0)
            async with lock:
                loops.append(id(asyncio.get_running_loop()))
            return {"body": len(set(loops))}

        async def also(req, context):
            return await note(req, context)

        one = step({"name": "One", "triggers": [http("GET", "/one")]}, note)
        two = step({"name": "Two", "triggers": [http("GET", "/two")], "isolation": "thread"}, also)
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/one")).body == 1
        assert (await motia.get("/two")).body == 1


HIDDEN_SLEEP = 'import time\n\nnap = getattr(time, "sl" + "eep")\n'


async def until(holds: object, seconds: float = 10.0) -> None:
    """Wait until `holds()`; the block that is waited for takes real time."""
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator] # a callable
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_block_inside_a_helper_isolates_the_step_that_called_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_project(
        tmp_path,
        {
            "lib/slow.py": HIDDEN_SLEEP + "\ndef work():\n    nap(1.2)\n",
            "steps/x_step.py": "import threading\nfrom lib.slow import work\n"
            + api_step(
                "x",
                "work()\nreturn {'body': threading.current_thread() is threading.main_thread()}",
            ),
        },
    )

    async with MotiaTester(tmp_path) as motia:
        first = await motia.get("/x")
        await until(lambda: "step x blocked the event loop" in caplog.text)
        second = await motia.get("/x")

    assert (first.body, second.body) == (True, False)
    assert "lib/slow.py:6" in caplog.text


async def test_a_mended_file_comes_back_to_the_main_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    where = "return {'body': threading.current_thread() is threading.main_thread()}"
    head = "import threading\n" + HIDDEN_SLEEP
    write_project(tmp_path, {"steps/x_step.py": head + api_step("x", f"nap(1.2)\n{where}")})

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")
        await until(lambda: "step x blocked the event loop" in caplog.text)
        isolated = await motia.get("/x")
        write_project(tmp_path, {"steps/x_step.py": head + api_step("x", where)})
        await motia.app.reload({Path("steps/x_step.py")})
        mended = await motia.get("/x")

    assert (isolated.body, mended.body) == (False, True)


async def test_a_block_that_does_not_end_is_told_while_it_lasts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = f"{HIDDEN_SLEEP}from pathlib import Path\n" + api_step(
        "x",
        """
        while not Path(__file__).with_name("open").exists():
            nap(0.01)
        return {"body": "ok"}
        """,
    )
    write_project(tmp_path, {"steps/x_step.py": step})

    def release_once_told() -> None:
        deadline = time.monotonic() + 10
        while "step x blocks the event loop" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
        (tmp_path / "steps/open").touch()

    async with MotiaTester(tmp_path) as motia:
        watcher = threading.Thread(target=release_once_told)
        watcher.start()
        answer = await motia.get("/x")
        watcher.join()

    assert answer.body == "ok"
    assert "step x blocks the event loop for 1" in caplog.text


async def test_an_import_that_takes_its_time_is_nobodys_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_project(tmp_path, {"steps/x_step.py": api_step("x", "return {'body': 1}")})

    async with MotiaTester(tmp_path) as motia:
        slow = "import time\ntime.sleep(1.2)\n" + api_step("x", "return {'body': 2}")
        write_project(tmp_path, {"steps/x_step.py": slow})
        await motia.app.reload({Path("steps/x_step.py")})
        answer = await motia.get("/x")

    assert answer.body == 2
    assert "the event loop" not in caplog.text


async def test_an_error_of_another_schema_is_retried_and_not_taken_for_bad_input(
    tmp_path: Path,
) -> None:
    handler = """
    await context.state.update("a", "runs", [{"type": "increment", "path": "n"}])
    await context.streams.s.set("g", "a", {"text": 7})
    """
    stream = """
        config = {"name": "s", "schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
    """
    write_project(
        tmp_path, {"steps/a_step.py": event_step("A", handler), "steps/s_stream.py": stream}
    )

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t")
        await motia.advance(300)

        assert await motia.state("a", "runs") == {"n": 4}


async def test_keywords_of_emit_count_with_the_dict_form_too(tmp_path: Path) -> None:
    body = """
    for n in (1, 2):
        await context.emit({"topic": "t", "data": n}, id="once", delay=10)
    return {"body": "ok"}
    """
    handler = (
        "await context.state.update('a', 'got', [{'type': 'append', 'path': 'all', 'value': data}])"
    )
    write_project(
        tmp_path,
        {"steps/x_step.py": api_step("x", body), "steps/a_step.py": event_step("A", handler)},
    )

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")
        await motia.advance(9)
        before = await motia.state("a", "got")
        await motia.advance(1)

        assert before is None
        assert await motia.state("a", "got") == {"all": [1]}


async def test_the_tester_gives_events_as_they_were_emitted(tmp_path: Path) -> None:
    data = {"token": "t", "max_tokens": 5, "text": "x" * 2000, "list": list(range(100))}
    write_project(
        tmp_path,
        {"steps/x_step.py": api_step("x", f"await context.emit('t', {data!r})\nreturn {{}}")},
    )

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")

        assert motia.emitted("t") == [data]


async def test_what_a_thread_says_after_its_time_limit_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = """
        from pathlib import Path
        import time
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [], "timeout": 1}

        def handler(req, context):
            while not Path(__file__).with_name("open").exists():
                time.sleep(0.001)
            raise ValueError("what really went wrong")
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        asking = asyncio.create_task(motia.get("/x"))
        while not asking.done():
            motia.clock.advance(1)
            await asyncio.sleep(0.001)
        (tmp_path / "steps/open").touch()
        await until(lambda: "what really went wrong" in caplog.text)

    assert (await asking).status == 504


async def test_a_cookie_header_made_to_be_slow_is_not(tmp_path: Path) -> None:
    write_project(
        tmp_path, {"steps/x_step.py": api_step("x", "return {'body': dict(req.cookies)}")}
    )
    evil = 'a="' + "\\" * 15_000 + '"; b="two"; b=three; =nameless; valueless'

    async with MotiaTester(tmp_path) as motia:
        body = (await motia.get("/x", headers={"cookie": evil})).body

    assert body == {"a": "\\" * 15_000, "b": "two"}


async def test_header_bytes_that_are_no_text_reach_the_handler_as_text(tmp_path: Path) -> None:
    body = "await context.emit('seen', req.headers)\nreturn {'body': req.cookies}"
    write_project(tmp_path, {"steps/x_step.py": api_step("x", body)})

    async with MotiaTester(tmp_path) as motia:
        port = int(motia.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Cookie: \xff=\xfe; good=\xc3\xa9\r\nUser-Agent: \xff\r\n\r\n"
        )
        answer = await reader.read()
        writer.close()

        assert answer.startswith(b"HTTP/1.1 200 ")
        assert motia.emitted("seen")[0]["user-agent"] == "\ufffd"
        assert '"good":"é"'.encode() in answer


WORDLESS = """
class Wordless(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__

"""


async def test_an_error_that_cannot_say_what_it_is_ends_its_run_like_any_other(
    tmp_path: Path,
) -> None:
    more = '"infrastructure": {"queue": {"maxRetries": 0}}'
    event = WORDLESS + event_step("e", "raise Wordless()", more)
    api = WORDLESS + api_step("x", "raise Wordless()")
    write_project(tmp_path, {"steps/e_step.py": event, "steps/x_step.py": api})

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t")
        await motia.settle()
        answer = await motia.get("/x")

        (letter,) = await motia.dead_letters()
        assert "Wordless" in letter.error
        assert answer.status == 500
        (span,) = motia.traces.spans(answer.headers["x-trace-id"])
        assert span.error == "Wordless: <Wordless that has no text: RuntimeError>"


async def test_what_has_no_text_can_be_logged(tmp_path: Path) -> None:
    body = """
        context.logger.info(Wordless(), {"a": Wordless()})
        return {"body": 1}
    """
    write_project(tmp_path, {"steps/x_step.py": WORDLESS + api_step("x", body)})

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).body == 1


async def test_a_message_of_megabytes_is_kept_short(tmp_path: Path) -> None:
    more = '"infrastructure": {"queue": {"maxRetries": 0}}'
    step = event_step("e", 'raise ValueError("begin" + "x" * 5_000_000 + "end")', more)
    write_project(tmp_path, {"steps/e_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t")
        await motia.settle()

        (letter,) = await motia.dead_letters()
        ((span,),) = motia.traces.recent()
        for text in (letter.error, span.error or ""):
            assert len(text) < 3000
            assert text.startswith("ValueError: begin")
            assert text.endswith("end")
        assert len(letter.traceback) < 30_000
