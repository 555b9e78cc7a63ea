"""`join-room`: from now on the client sees what is streamed in the room, and shows what it asks."""

from typing import Any

from motia_py import Context, socket
from steps.rooms.membership import enter, rooms_of
from steps.rooms.messages import Joining, Unfit, read
from steps.rooms.talking import refuse, tell_others

#: Of one client: each costs the server something.
MAX_ROOMS = 50

config = {
    "name": "JoinRoom",
    "description": "Takes a client into a room",
    "triggers": [socket("join-room")],
    "flows": ["rooms"],
}


async def handler(data: Any, ctx: Context) -> dict[str, object]:
    try:
        joining = read(Joining, data)
    except Unfit as unfit:
        return await refuse("join-room", str(unfit), ctx)
    room, name = joining.room_name, joining.name
    if len(rooms_of(ctx).keys() | {room}) > MAX_ROOMS:
        return await refuse("join-room", f"You are in {MAX_ROOMS} rooms: leave one first", ctx)
    await enter(room, name, ctx)
    joined = {"roomName": room, "participantName": name, "message": f"Joined room: {room}"}
    await ctx.socket.emit("room-joined", joined)
    await tell_others("participant-joined", room, name, f"{name} joined the room", ctx)
    return {"success": True, **joined}
