"""How large the file becomes under load: events at full rate beside state writes, and its size.

The states are so many keys, written over again and again, so only what is not deleted can grow.
"""

from __future__ import annotations

import asyncio
from itertools import cycle
from pathlib import Path

from bench.backend import QueueLoad
from bench.engines import FILE, engine_named
from bench.measuring import TEXT, Figures, percentile_ms, run
from motia_py.interfaces import StateStore
from motia_py.messages import STATE_SPACE, Write

_SAMPLES = 12
_KEYS = 1000
_MIB = 1024 * 1024


async def growth(variant: str, seconds: float, folder: Path) -> Figures:
    """`variant` is an engine and how long done events are kept, in seconds: `full/0`."""
    engine_name, _, kept = variant.partition("/")
    engine = engine_named(engine_name, folder, keep_finished_seconds=float(kept))
    sizes: list[Figures] = []
    async with engine:
        load = QueueLoad(engine.queue, is_claimed=False)
        states = asyncio.create_task(_write_states(engine.state))
        watcher = asyncio.create_task(_watch(folder, seconds, load, sizes))
        window = await load.run(seconds)
        passed_seconds = window.passed_seconds()
        await watcher
        states.cancel()
        await asyncio.gather(states, return_exceptions=True)
    return {
        "events_per_s": round(load.finished / passed_seconds),
        "events": load.finished,
        # What is deleted late is deleted all at once: who emits then would have to wait.
        "stored_max_ms": percentile_ms(load.stored_seconds, 1.0),
        "db_mb_max": max(each["db_mb"] for each in sizes),
        "wal_mb_max": max(each["wal_mb"] for each in sizes),
        "db_mb_closed": _mib(folder / FILE),
        "sizes": sizes,
    }


async def _write_states(state: StateStore) -> None:
    for number in cycle(range(_KEYS)):
        value = {"text": TEXT * 8, "number": number}
        key = f"key-{number}"
        await state.write(
            [Write(space=STATE_SPACE, group="bench", key=key, kind="set", value=value)]
        )


async def _watch(folder: Path, seconds: float, load: QueueLoad, sizes: list[Figures]) -> None:
    for sample in range(1, _SAMPLES + 1):
        await asyncio.sleep(seconds / _SAMPLES)
        sizes.append(
            {
                "after_s": round(sample * seconds / _SAMPLES, 1),
                "events": load.finished,
                "db_mb": _mib(folder / FILE),
                "wal_mb": _mib(folder / f"{FILE}-wal"),
            }
        )


def _mib(file: Path) -> float:
    return round(file.stat().st_size / _MIB, 2) if file.exists() else 0.0


if __name__ == "__main__":
    run(growth)
