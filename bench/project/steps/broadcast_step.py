"""Changes of one size at a steady rate, each of an item of its own or all of one."""

import asyncio
import time
from typing import Any

config = {
    "type": "api",
    "name": "Broadcast",
    "method": "POST",
    "path": "/broadcast",
    "emits": [],
    "flows": ["bench"],
}


async def handler(request: Any, context: Any) -> dict[str, Any]:
    """`{changes, changes_per_s, bytes, items}`: the n-th change is of item n modulo `items`."""
    asked = request.body
    begun = time.perf_counter()
    text = "x" * asked["bytes"]
    for number in range(asked["changes"]):
        wait = begun + number / asked["changes_per_s"] - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        item = {"number": number, "text": text}
        await context.streams.reply.set("all", f"item-{number % asked['items']}", item)
    return {"status": 200, "body": {"ok": True}}
