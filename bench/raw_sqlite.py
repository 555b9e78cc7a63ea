"""The ceiling: the same writes by bare sqlite3, one writer thread and group commit, no engine.

The rows and the indexes are the engine's. `claimed` inserts and deletes; `waiting` also claims in
between, in a transaction of its own. What follows on a commit is a callback, not a task: nothing
that keeps promises is cheaper.
`BareQueue` puts the calls of a queue on it: what any engine with those calls must cost.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from bench.measuring import PRODUCERS, TEXT, Figures, Window, run, spread_ms
from motia_py.backends.sqlite.deliveries import COLUMNS, IN_FLIGHT, READY
from motia_py.backends.sqlite.file import MIGRATIONS
from motia_py.messages import Delivery, Lane

Kind: TypeAlias = Literal["insert", "claim", "delete"]
#: A write, the row it is about, and what to call on the loop once it is durable.
Operation: TypeAlias = tuple[Kind, int, Callable[[int], object]]

_DATA = json.dumps({"seq": 123456, "user": "ada", "text": TEXT})
_ID = "0123456789abcdef0123456789abcdef"
_NOW = time.time()
_CLAIM = f"update deliveries set state = {IN_FLIGHT}, attempt = attempt + 1 where seq = ?"
_INSERT = f"insert into deliveries (seq, state, {COLUMNS}) values (?{', ?' * 13})"


def _row(seq: int, state: int) -> tuple[object, ...]:
    lane = ("Tick", "queue(bench.tick)")
    return (seq, state, _ID, *lane, _NOW, 1, 0, "bench.tick", _DATA, _ID[:16], None, None, _NOW)


class RawWriter:
    """Turns all that was asked for since its last commit into one transaction."""

    def __init__(self, file: Path, loop: asyncio.AbstractEventLoop, *, state: int) -> None:
        self._state = state
        self._loop = loop
        self._asked: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self.ask = self._asked.put
        self.commits = 0
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(MIGRATIONS[0])

    def work(self) -> None:
        """Write until None is asked for."""
        while True:
            operations = [self._asked.get()]
            while not self._asked.empty():
                operations.append(self._asked.get())
            if None in operations:
                return self._connection.close()
            wanted = [operation for operation in operations if operation is not None]
            self._write(wanted)
            self._loop.call_soon_threadsafe(_settle, wanted)

    def _write(self, operations: list[Operation]) -> None:
        execute = self._connection.executemany
        inserts = [_row(id, self._state) for kind, id, _ in operations if kind == "insert"]
        claims = [(id,) for kind, id, _ in operations if kind == "claim"]
        deletes = [(id,) for kind, id, _ in operations if kind == "delete"]
        self._connection.execute("begin immediate")
        if inserts:
            execute(_INSERT, inserts)
        if claims:
            execute(_CLAIM, claims)
        if deletes:
            execute("delete from deliveries where seq = ?", deletes)
        self._connection.execute("commit")
        self.commits += 1


def _settle(operations: list[Operation]) -> None:
    for _, id, then in operations:
        then(id)


class BareQueue:
    """A queue's calls on a RawWriter, with no promise beyond the sync: no lanes, times, fencing."""

    def __init__(self, writer: RawWriter) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._rows: dict[str, int] = {}
        self._ready: deque[Delivery] = deque()

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        (delivery,) = deliveries
        row = self._rows[delivery.id] = len(self._rows) + 1
        await self._done("insert", row)
        if not delivery.attempt:
            self._ready.append(delivery)
        return deliveries

    async def claim(self, lane: Lane, *, limit: int, now: float) -> Sequence[Delivery]:
        claimed = [self._ready.popleft() for _ in range(min(limit, len(self._ready)))]
        await asyncio.gather(*(self._done("claim", self._rows[each.id]) for each in claimed))
        return claimed

    async def ack(self, delivery: Delivery) -> bool:
        await self._done("delete", self._rows[delivery.id])
        return True

    def _done(self, kind: Kind, row: int) -> asyncio.Future[int]:
        done: asyncio.Future[int] = self._loop.create_future()
        self._writer.ask((kind, row, done.set_result))
        return done


@asynccontextmanager
async def raw_writer(folder: Path, variant: str) -> AsyncIterator[RawWriter]:
    """A writer that works on its thread, until all that was asked for is done."""
    state = READY if variant == "waiting" else IN_FLIGHT
    writer = RawWriter(folder / "raw.db", asyncio.get_running_loop(), state=state)
    thread = threading.Thread(target=writer.work)
    thread.start()
    try:
        yield writer
    finally:
        writer.ask(None)
        await asyncio.to_thread(thread.join)


async def raw(variant: str, seconds: float, folder: Path) -> Figures:
    async with raw_writer(folder, variant) as writer:
        return await _load(writer, seconds, is_claimed=variant == "claimed")


async def _load(writer: RawWriter, seconds: float, *, is_claimed: bool) -> Figures:
    loop = asyncio.get_running_loop()
    stored_seconds: list[float] = []
    last_id = finished = 0

    def finish(id: int) -> None:
        nonlocal finished
        finished += 1

    def acknowledge(id: int) -> None:
        writer.ask(("delete", id, finish))

    def claim(id: int) -> None:
        writer.ask(("claim", id, acknowledge))

    handle = acknowledge if is_claimed else claim

    async def produce() -> None:
        nonlocal last_id
        while window.is_open():
            last_id += 1
            begun = time.perf_counter()
            stored: asyncio.Future[int] = loop.create_future()
            writer.ask(("insert", last_id, stored.set_result))
            id = await stored
            stored_seconds.append(time.perf_counter() - begun)
            handle(id)

    window = Window(seconds)
    await asyncio.gather(*(produce() for _ in range(PRODUCERS)))
    return {
        "events_per_s": round(finished / window.passed_seconds()),
        "events": finished,
        "transactions_per_event": round(writer.commits / finished, 4),
        **spread_ms("stored", stored_seconds),
    }


if __name__ == "__main__":
    run(raw)
