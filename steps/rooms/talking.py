"""What is said to the members of a room, and to a client whose wish makes no sense."""

from motia_py import Context
from steps.rooms.messages import timestamp_of


async def tell_others(event: str, room: str, name: str, message: str, ctx: Context) -> None:
    told = {"roomName": room, "participantName": name, "message": message}
    await ctx.socket.emit(event, told, room=room, skip_self=True)


async def tell_of_leaving(room: str, name: str, ctx: Context) -> None:
    await tell_others("participant-left", room, name, f"{name} left the room", ctx)


async def refuse(event: str, reason: str, ctx: Context) -> dict[str, object]:
    """Send `room-error`; gives the acknowledgement of the event that is refused."""
    error = {"event": event, "error": reason, "timestamp": timestamp_of(ctx)}
    await ctx.socket.emit("room-error", error)
    return {"success": False, "error": reason}
