"""`stream-chat`: the model's answer streams to who asked, and to the others in the room."""

import asyncio
from contextlib import aclosing
from typing import Any

from motia_py import Context, socket
from steps.models.completions import ModelFailed
from steps.rooms.answering import pieces_of, told
from steps.rooms.audience import Audience
from steps.rooms.membership import last_room_of
from steps.rooms.messages import Chat, Unfit, read, timestamp_of
from steps.rooms.packets import packets_to

STARTED = "AI response streaming started..."
COMPLETED = "AI response completed"

config = {
    "name": "StreamChat",
    "description": "Streams the model's answer to a client and its room",
    "triggers": [socket("stream-chat")],
    "flows": ["rooms"],
}


async def handler(data: Any, ctx: Context) -> dict[str, object]:
    try:
        chat = read(Chat, data)
    except Unfit as unfit:
        # Nothing has begun: the others need not know.
        error = {"error": str(unfit), "timestamp": timestamp_of(ctx)}
        await ctx.socket.emit("stream-error", error)
        return {"success": False, "error": str(unfit)}
    async with packets_to(last_room_of(ctx), ctx) as packets:
        return await answer(chat, Audience(ctx, packets), ctx)


async def answer(chat: Chat, audience: Audience, ctx: Context) -> dict[str, object]:
    text = ""
    try:
        await audience.tell("stream-start", message=STARTED)
        async with aclosing(pieces_of(chat, ctx)) as pieces:
            async for piece in pieces:
                text += piece
                chunk = {"content": piece, "fullResponse": text, "isComplete": False}
                await audience.tell("stream-chunk", **chunk)
        await audience.tell("stream-chunk", content="", fullResponse=text, isComplete=True)
        await audience.tell("stream-complete", fullResponse=text, message=COMPLETED)
    except ModelFailed as failure:
        error = told(failure, ctx)
        await audience.tell("stream-error", error=error)
        return {"success": False, "error": error}
    except asyncio.CancelledError:
        await audience.leave()
        raise
    return {"success": True, "fullResponse": text}
