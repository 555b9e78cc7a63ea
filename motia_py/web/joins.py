"""A join as Motia's protocol words it, whatever carries it: read, and asked whether it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from motia_py.runtime.frames import NOWHERE, Channel, Cursor, Form, read_cursor
from motia_py.web.watching import Watcher, Watching

#: Characters of a stream's, group's, item's or subscription's name.
MAX_NAME_LENGTH = 1024
#: What a client is told whose join cannot be read.
JOIN_FORM = "the data of a join is streamName, groupId, id? and subscriptionId, all text"


class Join(NamedTuple):
    """A join as a client sent it."""

    channel: Channel
    subscription_id: str | None
    form: Form
    cursor: Cursor | None


def read_join(data: Any) -> Join | None:
    """The join that a client's data says; None if it says none."""
    if not isinstance(data, Mapping):
        return None
    stream, group, id = data.get("streamName"), data.get("groupId"), data.get("id")
    subscription_id = data.get("subscriptionId")
    if not _is_name(stream) or not _is_name(group):
        return None
    if not all(name is None or _is_name(name) for name in (id, subscription_id)):
        return None
    form = Form.MOTIA
    if "cursor" in data:
        form = Form.DELTAS if data.get("deltas") is True else Form.CURSORS
    cursor = data.get("cursor")
    if cursor is not None:
        cursor = read_cursor(cursor) or NOWHERE
    return Join(Channel(stream, group, id), subscription_id, form, cursor)


async def refusal_of(
    join: Join, watcher: Watcher, watching: Watching, max_subscriptions: int
) -> str | None:
    """Why a client may not join; None if it may, and `onJoin` was told that it does."""
    hub = watching.hub
    is_new = not hub.uses(watcher, join.subscription_id)
    if is_new and hub.count(watcher) >= max_subscriptions:
        return f"More than {max_subscriptions} subscriptions on one socket"
    return await watching.refusal(join.channel, watcher.visitor)


def _is_name(text: Any) -> TypeGuard[str]:
    if not isinstance(text, str) or len(text) > MAX_NAME_LENGTH:
        return False
    # Half a character has no UTF-8 form: it could not be sent back.
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
