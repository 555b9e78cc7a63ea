"""A project that is killed while it works, clients that do not mind, and the judge of both.

Every order runs a parent, which emits a child; all of them write into the ledger.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import aiohttp
import pytest

from motia_py.messages import JSON
from tests.acceptance import ledger as ledger_module
from tests.acceptance.ledger import Entry, Ledger
from tests.acceptance.served import Served, until
from tests.acceptance.stored import waiting
from tests.projects import write_project

#: Clients that emit at the same time.
CLIENTS = 16
#: Runs of one lane at the same time.
CONCURRENCY = 10
#: How long nothing at all happens in a server that still has something to do but never will.
QUIET_SECONDS = 4.0
#: How long what waits at the end may take to run.
DRAIN_SECONDS = 100.0
#: What a client sees when the server dies under it, or is not there.
GONE = (aiohttp.ClientError, OSError, TimeoutError)

_QUEUE = f'{{"queue": {{"maxRetries": 100, "backoffDelayMs": 20, "concurrency": {CONCURRENCY}}}}}'

ORDERS = {
    "steps/order_step.py": """
        config = {"type": "api", "name": "Order", "method": "POST", "path": "/orders",
                  "emits": ["parent"]}

        async def handler(req, context):
            await context.emit({"topic": "parent", "data": req["body"]})
            return {"status": 200, "body": {}}
    """,
    "steps/parent_step.py": f"""
        import os

        from ledger import Ledger

        LEDGER = Ledger(os.environ["LEDGER"])
        config = {{"type": "event", "name": "Parent", "subscribes": ["parent"],
                  "emits": ["child"], "infrastructure": {_QUEUE}}}

        async def handler(data, context):
            LEDGER.write("parent", data["id"], context.attempt)
            await context.emit({{"topic": "child", "data": {{"id": data["id"]}}}})
    """,
    "steps/child_step.py": f"""
        import os

        from ledger import Ledger

        LEDGER = Ledger(os.environ["LEDGER"])
        config = {{"type": "event", "name": "Child", "subscribes": ["child"],
                  "emits": [], "infrastructure": {_QUEUE}}}

        async def handler(data, context):
            LEDGER.write("child", data["id"], context.attempt)
    """,
}


def seeded() -> random.Random:
    """Chance that can be had again: CRASH_SEED, as printed by the run that failed."""
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"CRASH_SEED={seed}")  # noqa: T201
    return random.Random(seed)


def project(root: Path, files: dict[str, str]) -> Path:
    """Write a project whose steps can `from ledger import Ledger`."""
    write_project(root, files)
    shutil.copy(ledger_module.__file__, root / "ledger.py")
    return root


def order_of(order: JSON, *, by_step: bool) -> tuple[str, JSON]:
    """Where to post an order, and as what: to a step that awaits its emit, or to /emit."""
    return ("/orders", order) if by_step else ("/emit", {"topic": "parent", "data": order})


class Clients:
    """They emit orders, each from its own number, until enough were acked.

    Half goes through a step that awaits its emit, half through POST /emit. What was not answered
    with 200 is not acked, and its number is not used again.
    """

    def __init__(self, server: Served, ledger: Ledger, *, orders: int) -> None:
        self._server = server
        self._ledger = ledger
        self._wanted = orders
        self._numbers = itertools.count(1)
        self.acked = 0

    async def run(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            for _ in range(CLIENTS):
                tasks.create_task(self._work(session))

    async def have_acked(self, count: float) -> None:
        """Return once so many orders were acked."""
        await until(lambda: self.acked >= count)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while self.acked < self._wanted:
            number = next(self._numbers)
            try:
                is_acked = await self._emit(session, number)
            except GONE:
                is_acked = False
            if is_acked:
                self.acked += 1
                self._ledger.write("acked", number)
            await self._server.back()

    async def _emit(self, session: aiohttp.ClientSession, number: int) -> bool:
        path, body = order_of({"id": number}, by_step=number % 2 == 0)
        async with session.post(self._server.url + path, json=body) as response:
            return response.status == 200


async def drained(server: Served, ledger: Ledger) -> None:
    """Return once everything was run, or nothing happens any more: then the judge will say so."""
    for _ in range(round(DRAIN_SECONDS / QUIET_SECONDS)):
        size = len(ledger.entries())
        try:
            await until(lambda: is_drained(server, ledger), seconds=QUIET_SECONDS)
            return
        except TimeoutError:
            if len(ledger.entries()) == size:
                return
    last = [f"{entry.what} {entry.id} {entry.attempt}" for entry in ledger.entries()[-5:]]
    pytest.fail(f"it goes on and on: {waiting(server.store)} wait, the last were {last}")


def is_drained(server: Served, ledger: Ledger) -> bool:
    return waiting(server.store) == 0 and not complaints(ledger.entries(), kills=1)


def complaints(entries: Sequence[Entry], *, kills: int) -> list[str]:
    """What is not as promised after so many kills, in words; nothing if all is well."""
    acked, parents, children = (
        {entry.id for entry in entries if entry.what == what}
        for what in ("acked", "parent", "child")
    )
    runs = [entry for entry in entries if entry.what in ("parent", "child")]
    again = len(runs) - len({(entry.what, entry.id) for entry in runs})
    most = kills * 2 * CONCURRENCY
    found = [
        *_listed("acked, but never run", acked - parents),
        *_listed("a parent without its child", parents - children),
        *_listed("a child without its parent", children - parents),
        *_listed("run again by the same attempt", unexplained_runs(runs)),
    ]
    if again > most:
        found.append(f"{again} runs were repeats, but {kills} kills explain {most} at most")
    return found


def unexplained_runs(runs: Iterable[Entry]) -> set[str]:
    """What ran more than once without a later attempt; attempts of one delivery only rise."""
    attempts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for run in runs:
        attempts[run.what, run.id].append(run.attempt)
    return {
        f"{what} {id}: attempts {seen}"
        for (what, id), seen in attempts.items()
        if seen != sorted(set(seen)) or seen[0] < 1
    }


def out_of_turn(entries: Iterable[Entry]) -> list[str]:
    """Where two of one key (`key/number`) ran at once, or one was done before an earlier one.

    Reads `begin`, `end` (done or failed) and `done`.
    """
    found: list[str] = []
    running: dict[str, tuple[int, str]] = {}
    last_done: Counter[str] = Counter()
    done: set[str] = set()
    for entry in entries:
        key, _, number = entry.id.partition("/")
        if entry.what == "begin":
            # One that another process had begun died with it.
            if running.get(key, (0, ""))[0] == entry.pid:
                found.append(f"{entry.id} began while {running[key][1]} was running")
            running[key] = (entry.pid, entry.id)
        elif entry.what == "end":
            running.pop(key, None)
        elif entry.what == "done" and entry.id not in done:
            if int(number) < last_done[key]:
                found.append(f"{entry.id} was done after number {last_done[key]} of its key")
            done.add(entry.id)
            last_done[key] = int(number)
    return found


def _listed(what: str, ids: set[str]) -> list[str]:
    some = ", ".join(sorted(ids)[:5])
    return [f"{what}: {len(ids)}, such as {some}"] if ids else []
