"""`leave-room`: the client sees nothing more of the room, and shows it nothing more."""

from typing import Any

from motia_py import Context, socket
from steps.rooms.membership import last_room_of, leave
from steps.rooms.messages import Naming, Unfit, read
from steps.rooms.talking import refuse, tell_of_leaving

config = {
    "name": "LeaveRoom",
    "description": "Takes a client out of a room",
    "triggers": [socket("leave-room")],
    "flows": ["rooms"],
}


async def handler(data: Any, ctx: Context) -> dict[str, object]:
    try:
        room = read(Naming, data).room_name or last_room_of(ctx)
    except Unfit as unfit:
        return await refuse("leave-room", str(unfit), ctx)
    name = await leave(room, ctx) if room is not None else None
    if room is None or name is None:
        return await refuse("leave-room", "You are in no such room", ctx)
    left = {"roomName": room, "participantName": name, "message": f"Left room: {room}"}
    await ctx.socket.emit("room-left", left)
    await tell_of_leaving(room, name, ctx)
    return {"success": True, **left}
