"""Handlers that block: on threads, found by reading the file, or found at run time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project

WHERE = """
import asyncio, threading{imports}

config = {{"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [], {more}}}

{kind} handler(req, context):
    {body}
    await_nothing = None
    return {{"body": threading.current_thread() is threading.main_thread()}}
"""


@pytest.mark.parametrize(
    ("kind", "imports", "body", "more", "is_main"),
    [
        ("async def", "", "pass", "", True),
        ("def", "", "pass", "", False),
        ("async def", ", time", "time.sleep(0)", "", False),
        ("async def", ", time", "time.sleep(0)", "'isolation': 'loop'", True),
        ("async def", "", "pass", "'isolation': 'thread'", False),
    ],
)
async def test_where_a_handler_runs(
    tmp_path: Path, kind: str, imports: str, body: str, more: str, is_main: bool
) -> None:
    step = WHERE.format(kind=kind, imports=imports, body=body, more=more)
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).body is is_main


async def test_a_blocking_step_keeps_others_served(tmp_path: Path) -> None:
    """S0.36, SX.2"""
    blocking = """
        import threading, time
        from pathlib import Path

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            while not Path(__file__).with_name("open").exists():
                time.sleep(0.001)
            return {"body": "opened"}
    """
    write_project(
        tmp_path,
        {
            "steps/x_step.py": blocking,
            "steps/y_step.py": api_step("y", "return {'body': 'served'}"),
        },
    )

    async with MotiaTester(tmp_path) as motia:
        asking = asyncio.create_task(motia.get("/x"))
        served = await motia.get("/y")
        (tmp_path / "steps/open").touch()

        assert served.body == "served"
        assert (await asking).body == "opened"


async def test_un_awaited_stream_writes_of_a_blocking_step_happen_in_order(tmp_path: Path) -> None:
    """SX.2, SX.3: a synchronous token loop inside `async def`, as Motia's own example has it."""
    step = """
        import time

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            text = ""
            for token in ["a", "b", "c"]:
                time.sleep(0.001)
                text += token
                context.streams.message.set("g", "m", {"text": text})
            return {"body": text}
    """
    write_project(
        tmp_path, {"steps/x_step.py": step, "steps/m_stream.py": 'config = {"name": "message"}'}
    )

    async with MotiaTester(tmp_path) as motia, motia.connect("/") as socket:
        join = {"streamName": "message", "groupId": "g", "subscriptionId": "s"}
        await socket.send_json({"type": "join", "data": join})
        await socket.receive_json()
        await motia.get("/x")
        frames = [await socket.receive_json() for _ in range(3)]

    assert [frame["event"]["data"]["text"] for frame in frames] == ["a", "ab", "abc"]


async def test_module_level_clients_of_an_isolated_step_live_on_one_loop(tmp_path: Path) -> None:
    step = """
        import asyncio, time

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}
        lock = asyncio.Lock()
        loops = []

        async def handler(req, context):
            time.sleep(0)
            async with lock:
                loops.append(id(asyncio.get_running_loop()))
            return {"body": len(set(loops))}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        answers = await asyncio.gather(*(motia.get("/x") for _ in range(5)))

    assert {answer.body for answer in answers} == {1}


async def test_the_watchdog_names_a_step_that_blocks_and_isolates_its_next_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Nothing in the file gives it away: the sleep hides behind getattr.
    step = """
        import threading, time

        nap = getattr(time, "sl" + "eep")
        config = {"type": "api", "name": "Napper", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            nap(1.2)
            return {"body": threading.current_thread() is threading.main_thread()}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        first = await motia.get("/x")
        deadline = time.monotonic() + 10
        while "blocked the event loop" not in caplog.text and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        second = await motia.get("/x")

    assert (first.body, second.body) == (True, False)
    assert "step Napper blocked the event loop for 1" in caplog.text
    assert "steps/x_step.py:8" in caplog.text


async def test_forty_sync_handlers_that_wait_for_state_do_not_deadlock(tmp_path: Path) -> None:
    step = """
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        def handler(req, context):
            for _ in range(3):
                context.state.update("g", "k", [{"type": "increment", "path": "n"}])
            return {"body": "ok"}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await asyncio.gather(*(motia.get("/x") for _ in range(60)))

        assert await motia.state("g", "k") == {"n": 180}
