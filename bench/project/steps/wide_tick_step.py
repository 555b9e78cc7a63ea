"""Counts events, as many at once as there are producers."""

from typing import Any

from bench.arrivals import ARRIVALS

config = {
    "type": "event",
    "name": "WideTick",
    "subscribes": ["bench.wide"],
    "infrastructure": {"queue": {"concurrency": 64}},
    "flows": ["bench"],
}


async def handler(event: Any, context: Any) -> None:
    ARRIVALS.on_event(event)
