"""The whole app in one process: an event is emitted, its handler runs, the delivery is done.

`many` keeps 64 emits in flight; `wide` too, to a step that may run 64 at once; `one` sends one
request at a time to a step that emits, and measures until the event's handler begins.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bench.arrivals import ARRIVALS
from bench.measuring import (
    BACKLOG,
    PRODUCERS,
    TEXT,
    Figures,
    Window,
    percentile_ms,
    run,
    spread_ms,
    sync_seconds,
)
from bench.serving import Caller, serving
from motia_py.app import Motia

_PAUSE_SECONDS = 0.005
_WARM_UP = 20


async def end_to_end(variant: str, seconds: float, folder: Path) -> Figures:
    """`variant` is an engine and a load, as `full/many`."""
    engine_name, _, load = variant.partition("/")
    async with serving(engine_name, folder) as app:
        if load == "one":
            return await _one_at_a_time(app, seconds, folder)
        return await _many(app, seconds, "bench.wide" if load == "wide" else "bench.tick")


async def _many(app: Motia, seconds: float, topic: str) -> Figures:
    room = asyncio.Semaphore(BACKLOG)
    emit_seconds: list[float] = []
    handled = 0

    def count(event: Any) -> None:
        nonlocal handled
        handled += 1
        room.release()

    async def produce() -> None:
        while window.is_open():
            await room.acquire()
            begun = time.perf_counter()
            await app.emit(topic, {"seq": 123456, "user": "ada", "text": TEXT})
            emit_seconds.append(time.perf_counter() - begun)

    ARRIVALS.on_event = count
    window = Window(seconds)
    await asyncio.gather(*(produce() for _ in range(PRODUCERS)))
    await app.bus.wait_idle()
    return {
        "events_per_s": round(handled / window.passed_seconds()),
        "events": handled,
        **spread_ms("emit", emit_seconds),
    }


async def _one_at_a_time(app: Motia, seconds: float, folder: Path) -> Figures:
    syncs = sync_seconds(folder, pause_seconds=_PAUSE_SECONDS)
    handled_seconds: list[float] = []
    answered_seconds: list[float] = []
    arrived = asyncio.Event()
    arrived_at = 0.0

    def arrive(event: Any) -> None:
        nonlocal arrived_at
        arrived_at = time.perf_counter()
        arrived.set()

    ARRIVALS.on_event = arrive
    caller = await Caller.connect(app.urls[0])
    window = Window(seconds)
    while window.is_open():
        arrived.clear()
        begun = time.perf_counter()
        await caller.post("/tick", {"seq": 123456, "user": "ada", "text": TEXT})
        answered_seconds.append(time.perf_counter() - begun)
        await arrived.wait()
        handled_seconds.append(arrived_at - begun)
        await asyncio.sleep(_PAUSE_SECONDS)
    caller.close()
    syncs += sync_seconds(folder, pause_seconds=_PAUSE_SECONDS)
    return {
        **spread_ms("handled", handled_seconds[_WARM_UP:]),
        **spread_ms("answered", answered_seconds[_WARM_UP:]),
        "sync_p50_ms": percentile_ms(syncs, 0.5),
        "events": len(handled_seconds),
    }


if __name__ == "__main__":
    run(end_to_end)
