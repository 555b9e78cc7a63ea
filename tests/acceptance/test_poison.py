"""A handler that takes the whole process with it ends in the dead letters; the others go on."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from tests.acceptance.crashing import GONE, ORDERS, Clients, complaints, drained, project
from tests.acceptance.ledger import Ledger
from tests.acceptance.served import Served
from tests.command_line import post

RETRIES = 2
POISON = """
    import os
    import signal

    from ledger import Ledger

    LEDGER = Ledger(os.environ["LEDGER"])
    config = {"type": "event", "name": "Poison", "subscribes": ["poison"], "emits": [],
              "infrastructure": {"queue": {"maxRetries": %(retries)d, "backoffDelayMs": 20}}}

    async def handler(data, context):
        LEDGER.write("poison", data["id"], context.attempt)
        %(end)s
"""
ENDS = {
    "exit": "os._exit(1)",
    "fault": "os.kill(os.getpid(), signal.SIGSEGV)",
}


async def supervise(server: Served) -> None:
    """Start it again whenever it ends, as an init system does, and as one gives up."""
    for _ in range(RETRIES + 3):
        await server.process.wait()
        await server.kill()
        await server.try_start()
    pytest.fail("it dies again and again")


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_handler_that_kills_its_process_is_buried_after_its_attempts(
    tmp_path: Path, ledger: Ledger, end: str
) -> None:
    poison = {"steps/poison_step.py": POISON % {"retries": RETRIES, "end": end}}
    root = project(tmp_path / "project", {**ORDERS, **poison})
    async with Served(root, LEDGER=str(ledger.path), MOTIA_SERVE_EMIT="on") as server:
        # Whether it dies before it has answered is chance.
        with contextlib.suppress(*GONE):
            await post(f"{server.url}/emit", {"topic": "poison", "data": {"id": 1}})
        async with asyncio.TaskGroup() as tasks:
            supervising = tasks.create_task(supervise(server))
            await Clients(server, ledger, orders=200).run()
            await drained(server, ledger)
            supervising.cancel()
        await server.end()

    runs = ledger.entries("poison")
    assert [run.attempt for run in runs] == list(range(1, RETRIES + 2))
    assert len({run.pid for run in runs}) == RETRIES + 1
    assert complaints(ledger.entries(), kills=RETRIES + 1) == []
    async with SqliteEngine(server.store, RealClock()) as engine:
        (letter,) = await engine.queue.dead()
    assert letter.delivery.data == {"id": 1}
    assert letter.delivery.attempt >= RETRIES + 1
    assert letter.error


NEIGHBOUR = """
    import asyncio
    import os

    from ledger import Ledger

    LEDGER = Ledger(os.environ["LEDGER"])
    config = {"type": "event", "name": "%(name)s", "subscribes": ["%(topic)s"], "emits": []}

    async def handler(data, context):
        LEDGER.write("began", data["id"], context.attempt)
        await asyncio.sleep(%(seconds)s)
        %(end)s
        LEDGER.write("ended", data["id"], context.attempt)
"""


async def test_who_runs_beside_a_killer_for_longer_than_it_takes_is_not_buried_with_it(
    tmp_path: Path, ledger: Ledger
) -> None:
    """A3. What was there twice when the process ended runs one at a time."""
    good = NEIGHBOUR % {"name": "Good", "topic": "good", "seconds": 0.6, "end": "pass"}
    bad = NEIGHBOUR % {"name": "Bad", "topic": "bad", "seconds": 0.2, "end": "os._exit(1)"}
    root = project(tmp_path / "project", {"steps/good_step.py": good, "steps/bad_step.py": bad})
    events = [("good", 1), ("bad", 2), ("good", 3)]

    async with Served(root, LEDGER=str(ledger.path), MOTIA_SERVE_EMIT="on") as server:
        for topic, id in events:
            with contextlib.suppress(*GONE):
                await post(f"{server.url}/emit", {"topic": topic, "data": {"id": id}})
        for _ in range(4):
            await server.process.wait()
            await server.kill()
            await server.try_start()
        async with asyncio.timeout(20):
            while len(ledger.entries("ended")) < 2:
                await asyncio.sleep(0.05)
        await server.end()

    assert {entry.id for entry in ledger.entries("ended")} == {"1", "3"}
    async with SqliteEngine(server.store, RealClock()) as engine:
        (letter,) = await engine.queue.dead()
        assert list(await engine.queue.recover()) == []
    assert letter.delivery.data == {"id": 2}
