"""The peer of a queue alone: a Redis stream with a consumer group, synced before each answer.

XADD, XREADGROUP, then XACK with XDEL; 64 producers that each wait for their own XADD.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

# Installed where the peers run, which need not be here.
from redis.asyncio import Redis  # type: ignore[import-not-found, unused-ignore]

from bench.measuring import PRODUCERS, TEXT, Figures, Window, run, spread_ms
from bench.redis_server import durable_redis

_BODY = json.dumps(
    {
        "topic": "bench.tick",
        "data": {"seq": 123456, "user": "ada", "text": TEXT},
        "trace": "0123456789abcdef",
    }
).encode()


async def redis_streams(variant: str, seconds: float, folder: Path) -> Figures:
    async with durable_redis(folder) as port:
        # One protocol version: an answer has another shape in the other.
        redis: Any = Redis(port=port, max_connections=PRODUCERS + 4, protocol=2)
        await redis.xgroup_create("q", "g", mkstream=True)
        figures = await _load(redis, Window(seconds))
        await redis.aclose()
        return figures


async def _load(redis: Any, window: Window) -> Figures:
    stored_seconds: list[float] = []
    finished = 0

    async def produce() -> None:
        while window.is_open():
            begun = time.perf_counter()
            await redis.xadd("q", {"body": _BODY})
            stored_seconds.append(time.perf_counter() - begun)

    async def consume() -> None:
        nonlocal finished
        while window.is_open():
            for _, entries in await redis.xreadgroup("g", "c", {"q": ">"}, count=256, block=100):
                ids = [id for id, _ in entries]
                pipeline = redis.pipeline(transaction=False)
                pipeline.xack("q", "g", *ids)
                pipeline.xdel("q", *ids)
                await pipeline.execute()
                finished += len(ids)

    await asyncio.gather(consume(), *(produce() for _ in range(PRODUCERS)))
    rate = finished / window.passed_seconds()
    return {"events_per_s": round(rate), "events": finished, **spread_ms("stored", stored_seconds)}


if __name__ == "__main__":
    run(redis_streams)
