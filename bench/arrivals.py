"""Where the benchmark's step files tell that they ran.

A step file is loaded by its path; an imported module is the one place that it and a case share.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Arrivals:
    """What ran so far; `on_event` is called with each event's data as its handler begins."""

    def __init__(self) -> None:
        self.on_event: Callable[[Any], object] = _ignore
        self.sets = 0
        #: How long after its time a token's `set` returned, in seconds.
        self.late_seconds: list[float] = []

    def token_was_set(self, due_at: float) -> None:
        """A token that was due then (by `time.perf_counter`) is stored."""
        self.sets += 1
        self.late_seconds.append(time.perf_counter() - due_at)


def _ignore(_: Any) -> None:
    """Nobody waits for events."""


#: The one of this process: each case runs in its own.
ARRIVALS = Arrivals()
