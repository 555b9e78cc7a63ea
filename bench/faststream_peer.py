"""The peer end to end: FastStream on a Redis stream that is synced before each answer.

64 producers publish, a subscriber of the same process counts.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

# Installed where the peers run, which need not be here.
from faststream.redis import (  # type: ignore[import-not-found, unused-ignore]
    RedisBroker,
    StreamSub,
)

from bench.measuring import BACKLOG, PRODUCERS, TEXT, Figures, Window, run, spread_ms
from bench.redis_server import durable_redis

_TOPIC = "bench.tick"


async def faststream(variant: str, seconds: float, folder: Path) -> Figures:
    async with durable_redis(folder) as port:
        # Publishing and acking take a connection each.
        broker: Any = RedisBroker(
            f"redis://127.0.0.1:{port}", logger=None, max_connections=4 * PRODUCERS
        )
        room = asyncio.Semaphore(BACKLOG)
        handled = 0

        async def count(message: dict[str, Any]) -> None:
            nonlocal handled
            handled += 1
            room.release()

        source = StreamSub(
            _TOPIC, group="g", consumer="c", polling_interval=10, max_records=PRODUCERS
        )
        broker.subscriber(stream=source, max_workers=PRODUCERS)(count)
        await broker.start()
        window = Window(seconds)
        emit_seconds = await _publish(broker, room, window)
        rate = handled / window.passed_seconds()
        await broker.stop()
        return {
            "events_per_s": round(rate),
            "events": handled,
            **spread_ms("emit", emit_seconds),
        }


async def _publish(broker: Any, room: asyncio.Semaphore, window: Window) -> list[float]:
    emit_seconds: list[float] = []

    async def produce() -> None:
        while window.is_open():
            await room.acquire()
            begun = time.perf_counter()
            await broker.publish(
                {"seq": 123456, "user": "ada", "text": TEXT}, stream=_TOPIC, maxlen=100_000
            )
            emit_seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(produce() for _ in range(PRODUCERS)))
    return emit_seconds


if __name__ == "__main__":
    run(faststream)
