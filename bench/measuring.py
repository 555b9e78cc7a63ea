"""What every case needs: percentiles, the cost of a sync here, one line of JSON at the end.

Only the standard library and uvloop: the peers run it in an environment of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import uvloop

#: What a case found out; every figure carries its unit in its name.
Figures: TypeAlias = dict[str, Any]
#: A case: what to run, for how many seconds, and the folder for its files.
Case: TypeAlias = Callable[[str, float, Path], Coroutine[Any, Any, Figures]]

PRODUCERS = 64
#: Events that may be stored and not yet done; past it producers wait, so that what is measured is
#: the steady rate, and an engine that never makes them wait still gives consumers their turn.
BACKLOG = 1024
#: With its names and ids an event is about 230 bytes of JSON.
TEXT = "x" * 120
_PAGE = b"x" * 4096


class Window:
    """The time in which a case counts: its producers go on until it is over."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.perf_counter()
        self._end = self._begun + seconds

    def is_open(self) -> bool:
        return time.perf_counter() < self._end

    def passed_seconds(self) -> float:
        return time.perf_counter() - self._begun


def percentile_ms(seconds: Sequence[float], share: float) -> float | None:
    """The value that `share` of all are not above, in milliseconds; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)


def spread_ms(name: str, seconds: Sequence[float]) -> Figures:
    """`<name>_p50_ms` and `<name>_p99_ms`."""
    return {
        f"{name}_p50_ms": percentile_ms(seconds, 0.5),
        f"{name}_p99_ms": percentile_ms(seconds, 0.99),
    }


def sync_seconds(folder: Path, *, pause_seconds: float, samples: int = 200) -> list[float]:
    """How long this disk takes to make one more page of a file durable, each time.

    With the pauses of the load that it is compared with: after one, everything takes longer.
    """
    file = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    found: list[float] = []
    try:
        for _ in range(samples):
            time.sleep(pause_seconds)
            os.write(file, _PAGE)
            begun = time.perf_counter()
            os.fdatasync(file)
            found.append(time.perf_counter() - begun)
    finally:
        os.close(file)
    return found


def run(case: Case) -> None:
    """Run the case that the command line names (variant, seconds, folder); print its figures."""
    variant, seconds, folder = sys.argv[1:]
    begun, cpu_begun = time.perf_counter(), time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(case(variant, float(seconds), Path(folder)))
    cpu_seconds = time.process_time() - cpu_begun
    figures["cores"] = round(cpu_seconds / (time.perf_counter() - begun), 2)
    if figures.get("events"):
        # What others do on this machine spoils this figure least.
        figures["cpu_us_per_event"] = round(cpu_seconds / figures["events"] * 1e6, 1)
    sys.stdout.write(json.dumps(figures) + "\n")
