"""POST /api/chat/stream: an answer as messages of their own, as seed 003 has it."""

from typing import Any

from motia_py import Context, Request

config = {"type": "api", "name": "Ask", "method": "POST", "path": "/api/chat/stream", "emits": []}


async def handler(req: Request, context: Context) -> dict[str, Any]:
    trace, group = context.trace_id, f"user:{req.body['userId']}"
    if not req.body["stream"]:
        return {"status": 200, "body": {"traceId": trace, "response": "one two"}}
    said: list[dict[str, Any]] = [
        {"type": "token", "content": "lost"},
        {"type": "provider_switch", "metadata": {"from": "a", "to": "b"}},
        {"type": "token", "content": "one "},
        {"type": "token", "content": "two"},
        {"type": "complete", "response": "one two"},
    ]
    for number, message in enumerate(said):
        item = {**message, "traceId": trace}
        await context.streams["chat-messages"].set(group, f"{trace}-{number}", item)
    return {"status": 200, "body": {"traceId": trace}}
