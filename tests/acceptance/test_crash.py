"""The process dies at any instant: what was acked has run, and nothing ran twice unexplained."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.crashing import (
    GONE,
    ORDERS,
    Clients,
    complaints,
    drained,
    out_of_turn,
    project,
    seeded,
)
from tests.acceptance.ledger import Ledger
from tests.acceptance.served import Served, until
from tests.acceptance.stored import integrity, waiting
from tests.command_line import get, post

KEYED = {
    "steps/turn_step.py": """
        config = {"type": "api", "name": "Turn", "method": "POST", "path": "/turns",
                  "emits": ["turn"]}

        async def handler(req, context):
            key = req["body"]["id"].partition("/")[0]
            await context.emit({"topic": "turn", "data": req["body"], "messageGroupId": key})
            return {"status": 200, "body": {}}
    """,
    "steps/take_step.py": """
        import asyncio
        import os

        from ledger import Ledger

        LEDGER = Ledger(os.environ["LEDGER"])
        config = {"type": "event", "name": "Take", "subscribes": ["turn"], "emits": [],
                  "infrastructure": {"queue": {"type": "fifo", "concurrency": 10,
                                               "maxRetries": 100, "backoffDelayMs": 50}}}

        async def handler(data, context):
            LEDGER.write("begin", data["id"], context.attempt)
            try:
                await asyncio.sleep(0)
                if data["fails"] and context.attempt == 1:
                    raise ValueError("it fails once")
                LEDGER.write("done", data["id"], context.attempt)
            finally:
                LEDGER.write("end", data["id"], context.attempt)
    """,
}
COUNTED = {
    "steps/count_step.py": """
        config = {"type": "api", "name": "Count", "method": "POST", "path": "/count", "emits": []}

        async def handler(req, context):
            await context.state.update("counts", "all", [{"type": "increment", "path": "n", "by": 1}])
            return {"status": 200, "body": {}}
    """,
    "steps/total_step.py": """
        config = {"type": "api", "name": "Total", "method": "GET", "path": "/total", "emits": []}

        async def handler(req, context):
            return {"status": 200, "body": await context.state.get("counts", "all")}
    """,
}


async def kill_while_emitting(root: Path, ledger: Ledger, *, orders: int, kills: int) -> None:
    """Let clients emit `orders` that are acked, and kill the server so often meanwhile.

    After each kill the file is whole; after the last one all that waits is run.
    """
    chance = seeded()
    async with Served(root, LEDGER=str(ledger.path), MOTIA_SERVE_EMIT="on") as server:
        clients = Clients(server, ledger, orders=orders)
        emitting = asyncio.create_task(clients.run())
        for number in range(kills):
            due = (number + 0.1 + 0.8 * chance.random()) * orders / kills
            await clients.have_acked(due)
            # Any instant between two acks, too; the time itself is what is tried here.
            await asyncio.sleep(0.01 * chance.random())
            await server.kill()
            if server.store.exists():
                assert integrity(server.store, root / f"killed-{number}") == "ok"
            await server.start()
        await emitting
        await drained(server, ledger)
        assert await server.end() == 0
        assert waiting(server.store) == 0


async def test_a_kill_among_500_events_loses_none_and_repeats_none_unexplained(
    tmp_path: Path, ledger: Ledger
) -> None:
    root = project(tmp_path / "project", ORDERS)

    await kill_while_emitting(root, ledger, orders=500, kills=1)

    assert len(ledger.ids("acked")) >= 500
    assert complaints(ledger.entries(), kills=1) == []


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_50_kills_among_10_000_events_lose_none_and_repeat_none_unexplained(
    tmp_path: Path, ledger: Ledger
) -> None:
    root = project(tmp_path / "project", ORDERS)

    await kill_while_emitting(root, ledger, orders=10_000, kills=50)

    assert len(ledger.ids("acked")) >= 10_000
    assert complaints(ledger.entries(), kills=50) == []


async def take_turns(
    server: Served, session: aiohttp.ClientSession, ledger: Ledger, key: int, turns: int
) -> None:
    """Emit the turns of one key, one after the other; one in ten fails at first."""
    for number in range(1, turns + 1):
        id = f"{key}/{number}"
        body = {"id": id, "fails": (key + number) % 10 == 0}
        with contextlib.suppress(*GONE):
            async with session.post(server.url + "/turns", json=body) as response:
                if response.status == 200:
                    ledger.write("acked", id)
        await server.back()


async def kill_while_taking_turns(
    root: Path, ledger: Ledger, *, keys: int, turns: int, kills: int
) -> None:
    chance = seeded()
    async with (
        Served(root, LEDGER=str(ledger.path)) as server,
        aiohttp.ClientSession() as session,
    ):
        # All is emitted before it is asked whether all was taken: for a moment it may look so.
        async with asyncio.TaskGroup() as tasks:
            for key in range(keys):
                tasks.create_task(take_turns(server, session, ledger, key, turns))
            for number in range(kills):
                due = (number + chance.random()) * keys * turns / kills
                await done(ledger, due)
                await server.kill()
                await server.start()
        await until(lambda: are_taken(server, ledger), seconds=60.0)
        await server.end()


async def done(ledger: Ledger, count: float) -> None:
    """Return once so many turns were taken."""
    await until(lambda: len(ledger.entries("done")) >= count, seconds=60.0)


def are_taken(server: Served, ledger: Ledger) -> bool:
    """Whether every turn was emitted and taken, or is lost."""
    return waiting(server.store) == 0 and ledger.ids("acked") <= ledger.ids("done")


async def test_turns_of_a_key_are_kept_over_a_kill(tmp_path: Path, ledger: Ledger) -> None:
    root = project(tmp_path / "project", KEYED)

    await kill_while_taking_turns(root, ledger, keys=10, turns=20, kills=1)

    assert ledger.ids("acked") <= ledger.ids("done")
    assert out_of_turn(ledger.entries()) == []


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_turns_of_100_keys_are_kept_over_5_kills(tmp_path: Path, ledger: Ledger) -> None:
    root = project(tmp_path / "project", KEYED)

    await kill_while_taking_turns(root, ledger, keys=100, turns=100, kills=5)

    assert ledger.ids("acked") <= ledger.ids("done")
    assert out_of_turn(ledger.entries()) == []


async def test_increments_at_once_add_up_and_outlive_a_kill(
    tmp_path: Path,
) -> None:
    root = project(tmp_path / "project", COUNTED)
    async with Served(root) as server:
        statuses = await asyncio.gather(*(post(server.url + "/count", {}) for _ in range(64 * 5)))
        await server.kill()
        await server.start()

        total = await get(server.url + "/total")

    assert set(statuses) == {200}
    assert total == {"n": 64 * 5}
