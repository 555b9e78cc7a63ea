"""Emits one event per request and answers once it is stored."""

from typing import Any

config = {
    "type": "api",
    "name": "Emit",
    "method": "POST",
    "path": "/tick",
    "emits": ["bench.tick"],
    "flows": ["bench"],
}


async def handler(request: Any, context: Any) -> dict[str, Any]:
    await context.emit({"topic": "bench.tick", "data": request.body})
    return {"status": 200, "body": {"ok": True}}
