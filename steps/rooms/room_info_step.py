"""`get-room-info`: who is in a room."""

from typing import Any

from motia_py import Context, socket
from steps.rooms.membership import last_room_of, participants_of
from steps.rooms.messages import Naming, Unfit, read
from steps.rooms.talking import refuse

config = {
    "name": "RoomInfo",
    "description": "Says who is in a room",
    "triggers": [socket("get-room-info")],
    "flows": ["rooms"],
}


async def handler(data: Any, ctx: Context) -> dict[str, object]:
    try:
        room = read(Naming, data).room_name or last_room_of(ctx)
    except Unfit as unfit:
        return await refuse("get-room-info", str(unfit), ctx)
    if room is None:
        return await refuse("get-room-info", "You are in no room: say which one", ctx)
    names = participants_of(room, ctx)
    info = {"roomName": room, "participants": names, "count": len(names)}
    await ctx.socket.emit("room-info", info)
    return {"success": True, **info}
