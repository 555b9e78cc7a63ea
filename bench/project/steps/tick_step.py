"""Counts events, at the concurrency that a step has by default."""

from typing import Any

from bench.arrivals import ARRIVALS

config = {"type": "event", "name": "Tick", "subscribes": ["bench.tick"], "flows": ["bench"]}


async def handler(event: Any, context: Any) -> None:
    ARRIVALS.on_event(event)
