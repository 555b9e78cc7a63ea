"""Who is in which room: for a client in its session, for a room in state.

State, because what a module holds is lost when it is reloaded while its clients stay.
"""

import os
from uuid import uuid4

from motia_py import Context

GROUP = "room-participants"


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
    # Begun before the first await, where a client that goes away ends this.
    stored = ctx.state.set(group_of(room), ctx.socket.sid, name)
    await ctx.socket.join(room)
    await stored


async def leave(room: str, ctx: Context) -> str | None:
    """The name that this client had in the room; None if it was not in it."""
    name = rooms_of(ctx).pop(room, None)
    if name is not None:
        deleted = ctx.state.delete(group_of(room), ctx.socket.sid)
        await ctx.socket.leave(room)
        await deleted
    return name


async def participants_of(room: str, ctx: Context) -> list[str]:
    """The names of all who are in the room, in the order in which they first joined."""
    names: list[str] = await ctx.state.get_group(group_of(room))
    return names


async def forget_earlier_runs(ctx: Context) -> None:
    """Delete what a server that was killed left behind: nobody says goodbye then."""
    if await ctx.state.get(GROUP, "run") == run_id():
        return
    for group in await ctx.state.list_groups():
        if group.startswith(f"{GROUP}:") and not group.startswith(group_of("")):
            await ctx.state.clear(group)
    await ctx.state.set(GROUP, "run", run_id())


def group_of(room: str) -> str:
    # With the run in its name, so that no room begins with the participants of an earlier one.
    return f"{GROUP}:{run_id()}:{room}"


def run_id() -> str:
    """The same for as long as this process lives, also over reloads."""
    return os.environ.setdefault("ROOMS_RUN", uuid4().hex)
