"""One conversation: answers of so many tokens, each token due at its own time."""

import asyncio
import time
from typing import Any

from bench.arrivals import ARRIVALS

config = {
    "type": "api",
    "name": "Converse",
    "method": "POST",
    "path": "/converse",
    "emits": [],
    "flows": ["bench"],
}
_TOKEN = " token"


async def handler(request: Any, context: Any) -> dict[str, Any]:
    """`{conversation, tokens, tokens_per_answer, tokens_per_s}`: how much to say, and how fast."""
    asked = request.body
    begun = time.perf_counter()
    text = ""
    for number in range(asked["tokens"]):
        answer, token = divmod(number, asked["tokens_per_answer"])
        text = text + _TOKEN if token else _TOKEN
        due_at = begun + number / asked["tokens_per_s"]
        if (wait := due_at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        await context.streams.reply.set(asked["conversation"], f"answer-{answer}", {"text": text})
        ARRIVALS.token_was_set(due_at)
    return {"status": 200, "body": {"ok": True}}
