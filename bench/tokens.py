"""200 conversations of 100 tokens/s beside a trickle of 50 events/s.

Each token sets its conversation's growing item; an event's latency is from before its emit until
its handler begins.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bench.arrivals import ARRIVALS
from bench.measuring import Figures, Window, run, spread_ms
from bench.serving import Caller, serving
from motia_py.app import Motia

_CONVERSATIONS = 200
_TOKENS_PER_S = 100
_TOKENS_PER_ANSWER = 200
_EVENTS_PER_S = 50


async def tokens(variant: str, seconds: float, folder: Path) -> Figures:
    """`variant` is an engine: `memory`, `full` or `normal`."""
    event_seconds: list[float] = []
    emit_seconds: list[float] = []

    def arrive(event: Any) -> None:
        event_seconds.append(time.perf_counter() - event["emitted_at"])

    ARRIVALS.on_event = arrive
    async with serving(variant, folder) as app:
        cpu_begun = time.process_time()
        window = Window(seconds)
        conversations = asyncio.gather(
            *(_converse(app.urls[0], number, seconds) for number in range(_CONVERSATIONS))
        )
        await _trickle(app, window, emit_seconds)
        await conversations
        passed_seconds = window.passed_seconds()
        busy_seconds = time.process_time() - cpu_begun
    expected = _CONVERSATIONS * _TOKENS_PER_S * seconds
    return {
        "sets_per_s": round(ARRIVALS.sets / passed_seconds),
        "sets_of_expected": round(ARRIVALS.sets / passed_seconds / (expected / seconds), 3),
        **spread_ms("event", event_seconds),
        **spread_ms("emit", emit_seconds),
        **spread_ms("token_late", ARRIVALS.late_seconds),
        "events": len(event_seconds),
        "cores_loaded": round(busy_seconds / passed_seconds, 2),
    }


async def _converse(url: str, number: int, seconds: float) -> None:
    caller = await Caller.connect(url)
    # Not all at the same instant: people do not begin to ask together.
    await asyncio.sleep(number / _CONVERSATIONS / _TOKENS_PER_S)
    await caller.post(
        "/converse",
        {
            "conversation": f"conversation-{number}",
            "tokens": int(_TOKENS_PER_S * seconds),
            "tokens_per_answer": _TOKENS_PER_ANSWER,
            "tokens_per_s": _TOKENS_PER_S,
        },
    )
    caller.close()


async def _trickle(app: Motia, window: Window, emit_seconds: list[float]) -> None:
    """Emit at a steady rate, whether or not the one before was handled."""

    async def emit() -> None:
        begun = time.perf_counter()
        await app.emit("bench.tick", {"emitted_at": begun})
        emit_seconds.append(time.perf_counter() - begun)

    async with asyncio.TaskGroup() as emits:
        while window.is_open():
            emits.create_task(emit())
            await asyncio.sleep(1 / _EVENTS_PER_S)


if __name__ == "__main__":
    run(tokens)
