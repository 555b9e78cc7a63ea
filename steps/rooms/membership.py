"""Who is in which room, and by what name: a client's own session says it.

The session, because what a module holds is lost when it is reloaded while its clients stay.
"""

from motia_py import Context


def rooms_of(ctx: Context) -> dict[str, str]:
    """This client's rooms, the last joined one last, each with its name in there."""
    rooms: dict[str, str] = ctx.socket.session.setdefault("rooms", {})
    return rooms


def last_room_of(ctx: Context) -> str | None:
    return next(reversed(rooms_of(ctx)), None)


async def enter(room: str, name: str, ctx: Context) -> None:
    rooms = rooms_of(ctx)
    rooms.pop(room, None)
    rooms[room] = name
    await ctx.socket.join(room)


async def leave(room: str, ctx: Context) -> str | None:
    """The name that this client had in the room; None if it was not in it."""
    name = rooms_of(ctx).pop(room, None)
    if name is not None:
        await ctx.socket.leave(room)
    return name


def participants_of(room: str, ctx: Context) -> list[str]:
    """The names of all who are in the room, in the order in which they first joined."""
    return [member.session["rooms"][room] for member in ctx.sockets.members(room)]
