"""A stream's address over plain HTTP: what its watchers would see now, under the same rules."""

from __future__ import annotations

from urllib.parse import unquote

from motia_py.runtime.access import DENIED
from motia_py.runtime.hub import Channel
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.web.doors import Doors
from motia_py.web.responding import Refusal

METHODS = ("GET", "HEAD")


def read_address(path: str, *, prefixes: tuple[str, ...] = ("/streams/",)) -> Channel | None:
    """The channel of `/streams/{name}/{group}[/{id}]`, each part percent-decoded once; else None.

    `path` is as it was sent.
    """
    prefix = next((prefix for prefix in prefixes if path.startswith(prefix)), None)
    if prefix is None:
        return None
    try:
        parts = [
            unquote(part, errors="strict")
            for part in path.removeprefix(prefix).removesuffix("/").split("/")
        ]
    except UnicodeDecodeError:
        return None
    return Channel(*parts) if len(parts) in (2, 3) and all(parts) else None


async def stream_snapshot(doors: Doors, channel: Channel, request: Request) -> ApiResponse:
    """The items of a group, or one item.

    Raises:
        Refusal: the stream or the item does not exist, or the visitor may not watch it.
    """
    stream = doors.registry().streams.get(channel.stream)
    if stream is None:
        raise Refusal(404, f"Stream {channel.stream} not found")
    visitor = await doors.access.authenticate(request)
    if visitor is None:
        raise Refusal(401, "Authentication failed")
    if await doors.access.may_join(stream.config, channel, visitor) is not None:
        raise Refusal(403, DENIED)
    try:
        found = await doors.snapshot(*channel)
    finally:
        # `onJoin` was told: whoever counts who is there hears of both.
        await doors.access.left(stream.config, channel, visitor)
    if found is None and channel.id is not None:
        raise Refusal(404, f"Item {channel.id} not found")
    return ApiResponse(body=found)
