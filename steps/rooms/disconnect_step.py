"""A client is gone: those who were in a room with it are told."""

from motia_py import Context, socket
from steps.rooms.membership import leave, rooms_of
from steps.rooms.talking import tell_of_leaving

config = {
    "name": "Disconnect",
    "description": "Takes a client out of its rooms",
    "triggers": [socket("disconnect")],
    "flows": ["rooms"],
}


async def handler(reason: str, ctx: Context) -> None:
    for room in list(rooms_of(ctx)):
        name = await leave(room, ctx)
        if name is not None:
            await tell_of_leaving(room, name, ctx)
