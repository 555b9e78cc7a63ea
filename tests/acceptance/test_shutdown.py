"""SIGTERM: what ends in time is done, what does not runs again as if it had never begun."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from tests.acceptance.crashing import project
from tests.acceptance.ledger import Ledger
from tests.acceptance.served import Served, until
from tests.acceptance.stored import waiting
from tests.command_line import post

GRACE_SECONDS = 1.0
JOBS = 5

#: Every job begins, works for as long as the environment says, and ends.
WORK = """
    import asyncio
    import os
    import time

    from ledger import Ledger

    LEDGER = Ledger(os.environ["LEDGER"])
    config = {{"type": "event", "name": "{name}", "subscribes": ["{name}"], "emits": []}}

    {define} handler(data, context):
        LEDGER.write("begin", data["id"], context.attempt)
        {work}
        LEDGER.write("end", data["id"], context.attempt)
"""
AWAITED = "await asyncio.sleep(float(os.environ['{name}_SECONDS']))"
ON_A_THREAD = "time.sleep(float(os.environ['{name}_SECONDS']))"


def work(name: str, *, is_awaited: bool = True) -> str:
    define, how = ("async def", AWAITED) if is_awaited else ("def", ON_A_THREAD)
    return WORK.format(name=name, define=define, work=how.format(name=name))


PROJECT = {
    "steps/short_step.py": work("short"),
    "steps/long_step.py": work("long"),
    "steps/room_stream.py": 'config = {"name": "room"}\n',
}


def serving(root: Path, ledger: Ledger, **env: str) -> Served:
    return Served(
        root,
        LEDGER=str(ledger.path),
        MOTIA_SERVE_EMIT="on",
        **{
            "MOTIA_SHUTDOWN_SECONDS": str(GRACE_SECONDS),
            "short_SECONDS": "0.5",
            "long_SECONDS": "600",
            **env,
        },
    )


async def begin(server: Served, ledger: Ledger, *names: str) -> None:
    """Have jobs of each kind begin, and return once they all have."""
    for name in names:
        for number in range(JOBS):
            event = {"topic": name, "data": {"id": f"{name} {number}"}}
            assert await post(f"{server.url}/emit", event) == 200
    await until(lambda: len(ledger.entries("begin")) == JOBS * len(names))


def attempts(ledger: Ledger, what: str, name: str) -> list[int]:
    """The attempts that began or ended, of all jobs of a kind, sorted."""
    return sorted(entry.attempt for entry in ledger.entries(what) if entry.id.startswith(name))


async def test_what_ends_in_time_is_done_and_the_rest_runs_again_as_the_same_attempt(
    tmp_path: Path, ledger: Ledger
) -> None:
    root = project(tmp_path / "project", PROJECT)
    async with serving(root, ledger) as server:
        await begin(server, ledger, "short", "long")
        asked_at = time.monotonic()

        code = await server.end()

        assert code == 0
        assert time.monotonic() - asked_at < GRACE_SECONDS + 1.0
        assert "Traceback" not in server.said
        assert "was destroyed" not in server.said
        assert waiting(server.store) == JOBS
        server.env["long_SECONDS"] = "0"
        await server.start()
        await until(lambda: waiting(server.store) == 0)
    assert attempts(ledger, "begin", "short") == [1] * JOBS
    assert attempts(ledger, "end", "short") == [1] * JOBS
    assert attempts(ledger, "begin", "long") == [1] * 2 * JOBS
    assert attempts(ledger, "end", "long") == [1] * JOBS


async def test_a_handler_on_a_thread_that_outlasts_the_grace_runs_again_too(
    tmp_path: Path, ledger: Ledger
) -> None:
    """Nothing can stop a thread but the end of its process: that takes its own moment."""
    root = project(tmp_path / "project", {"steps/long_step.py": work("long", is_awaited=False)})
    async with serving(root, ledger) as server:
        await begin(server, ledger, "long")
        asked_at = time.monotonic()

        code = await server.end()

        assert code == 0
        assert time.monotonic() - asked_at < GRACE_SECONDS + 3.0
        server.env["long_SECONDS"] = "0"
        await server.start()
        await until(lambda: waiting(server.store) == 0)
    assert attempts(ledger, "begin", "long") == [1] * 2 * JOBS
    assert attempts(ledger, "end", "long") == [1] * JOBS


async def test_sockets_are_closed_as_going_away(tmp_path: Path, ledger: Ledger) -> None:
    root = project(tmp_path / "project", PROJECT)
    async with (
        serving(root, ledger) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as socket,
    ):
        server.signal(signal.SIGTERM)

        message = await socket.receive(timeout=5.0)

        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
        assert await server.ended() == 0


async def test_while_it_ends_it_takes_nothing_more_in(tmp_path: Path, ledger: Ledger) -> None:
    root = project(tmp_path / "project", PROJECT)
    async with serving(root, ledger) as server:
        await begin(server, ledger, "long")
        server.signal(signal.SIGTERM)

        with pytest.raises(aiohttp.ClientError):
            async with asyncio.timeout(GRACE_SECONDS):
                while True:  # until the signal has arrived
                    await post(f"{server.url}/emit", {"topic": "nothing", "data": {}})

        assert await server.ended() == 0


async def test_a_second_signal_ends_it_at_once_and_loses_nothing(
    tmp_path: Path, ledger: Ledger
) -> None:
    root = project(tmp_path / "project", PROJECT)
    async with serving(root, ledger, MOTIA_SHUTDOWN_SECONDS="60") as server:
        await begin(server, ledger, "long")
        server.signal(signal.SIGTERM)
        # A second signal within half a second would count as the first.
        await asyncio.sleep(0.7)
        asked_at = time.monotonic()

        code = await server.end()

        assert code == 128 + signal.SIGTERM
        assert time.monotonic() - asked_at < 1.0
        server.env["long_SECONDS"] = "0"
        await server.start()
        await until(lambda: waiting(server.store) == 0)
    assert attempts(ledger, "end", "long") == [2] * JOBS


async def test_a_handler_that_swallows_its_cancellation_holds_up_no_end(tmp_path: Path) -> None:
    step = """
        import asyncio

        config = {"type": "event", "name": "Deaf", "subscribes": ["deaf"], "emits": []}

        async def handler(data, context):
            await context.state.set("deaf", "began", True)
            while True:
                try:
                    await asyncio.sleep(1)
                except asyncio.CancelledError:
                    pass
    """
    root = project(tmp_path / "project", {"steps/deaf_step.py": step})
    settings = {"MOTIA_SERVE_EMIT": "on", "MOTIA_SHUTDOWN_SECONDS": "0.5"}
    async with Served(root, **settings) as server:
        await post(f"{server.url}/emit", {"topic": "deaf", "data": 1})
        async with asyncio.timeout(15):
            assert await server.end() == 0

    async with SqliteEngine(server.store, RealClock()) as engine:
        assert len(await engine.queue.recover()) == 1
