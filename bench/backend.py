"""An engine's queue alone: 64 producers that each wait until their delivery is stored.

`claimed` pushes as the bus does while there is room: the attempt is stored with the delivery.
`waiting` pushes, claims in batches and acks. An event counts once its ack has returned. The engine
`bare` is no engine: it shows what this load costs on nothing but the writes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bench.engines import engine_named
from bench.measuring import BACKLOG, PRODUCERS, TEXT, Figures, Window, run, spread_ms
from bench.raw_sqlite import BareQueue, raw_writer
from motia_py.messages import Delivery, Lane
from motia_py.runtime.tracing import new_trace_id

_LANE = Lane("Tick", "queue(bench.tick)")
_CLAIM_LIMIT = 256


class Queue(Protocol):
    """The calls that the load makes."""

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]: ...

    async def claim(self, lane: Lane, *, limit: int, now: float) -> Sequence[Delivery]: ...

    async def ack(self, delivery: Delivery) -> bool: ...


class QueueLoad:
    """Producers and consumers of one queue, and what they counted."""

    def __init__(self, queue: Queue, *, is_claimed: bool) -> None:
        self._queue = queue
        self._is_claimed = is_claimed
        self._room = asyncio.Semaphore(BACKLOG)
        self._to_ack: asyncio.Queue[Delivery] = asyncio.Queue(BACKLOG)
        self._was_pushed = asyncio.Event()
        self.stored_seconds: list[float] = []
        self.finished = 0

    async def run(self, seconds: float) -> Window:
        """Load the queue for so long; returns the time that it took."""
        window = Window(seconds)
        consumers = [asyncio.create_task(self._acknowledge()) for _ in range(_CLAIM_LIMIT)]
        if not self._is_claimed:
            consumers.append(asyncio.create_task(self._claim()))
        try:
            await asyncio.gather(*(self._produce(window) for _ in range(PRODUCERS)))
        finally:
            for consumer in consumers:
                consumer.cancel()
        await asyncio.gather(*consumers, return_exceptions=True)
        return window

    async def _produce(self, window: Window) -> None:
        while window.is_open():
            await self._room.acquire()
            delivery = _delivery(attempt=1 if self._is_claimed else 0)
            begun = time.perf_counter()
            await self._queue.push([delivery])
            self.stored_seconds.append(time.perf_counter() - begun)
            if self._is_claimed:
                self._to_ack.put_nowait(delivery)
            else:
                self._was_pushed.set()

    async def _claim(self) -> None:
        while True:
            claimed = await self._queue.claim(_LANE, limit=_CLAIM_LIMIT, now=time.time())
            for delivery in claimed:
                self._to_ack.put_nowait(delivery)
            if not claimed:
                self._was_pushed.clear()
                await self._was_pushed.wait()

    async def _acknowledge(self) -> None:
        while True:
            delivery = await self._to_ack.get()
            if await self._queue.ack(delivery):
                self.finished += 1
                self._room.release()


def _delivery(*, attempt: int) -> Delivery:
    now = time.time()
    return Delivery(
        id=new_trace_id(),
        lane=_LANE,
        topic="bench.tick",
        data={"seq": 123456, "user": "ada", "text": TEXT},
        trace_id="0123456789abcdef",
        attempt=attempt,
        due_at=now,
        created_at=now,
    )


async def backend(variant: str, seconds: float, folder: Path) -> Figures:
    """`variant` is an engine and how its deliveries are pushed, as `full/claimed`."""
    engine_name, _, pushed = variant.partition("/")
    async with _queue_of(engine_name, folder, pushed) as queue:
        load = QueueLoad(queue, is_claimed=pushed == "claimed")
        window = await load.run(seconds)
        passed_seconds = window.passed_seconds()
    return {
        "events_per_s": round(load.finished / passed_seconds),
        "events": load.finished,
        **spread_ms("stored", load.stored_seconds),
    }


@asynccontextmanager
async def _queue_of(engine_name: str, folder: Path, pushed: str) -> AsyncIterator[Queue]:
    if engine_name == "bare":
        async with raw_writer(folder, pushed) as writer:
            yield BareQueue(writer)
    else:
        async with engine_named(engine_name, folder) as engine:
            yield engine.queue


if __name__ == "__main__":
    run(backend)
