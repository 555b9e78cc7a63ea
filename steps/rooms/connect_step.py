"""A client connects: it is told the id that it has here."""

from typing import Any

from motia_py import Context, socket

config = {
    "name": "Connect",
    "description": "Greets a client",
    "triggers": [socket("connect")],
    "flows": ["rooms"],
}


async def handler(auth: Any, ctx: Context) -> None:
    greeting = {"message": "Connected to streaming server", "clientId": ctx.socket.sid}
    await ctx.socket.emit("connected", greeting)
