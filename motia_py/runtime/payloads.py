"""What a delivery's handler gets as its input, in both dialects' keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motia_py.messages import JSON, Change, Delivery, StreamChange
from motia_py.project.declarations import StateTrigger, StreamTrigger, Trigger


class Payload(dict[str, JSON]):
    """A dict whose keys can also be read as attributes: `input["group_id"]`, `input.group_id`."""

    def __getattr__(self, name: str) -> JSON:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the input has no {name!r}; it has {', '.join(self)}") from None


def state_payload(change: Change) -> dict[str, JSON]:
    """What a state trigger's handler gets: 1.0's engine says scope and key, its documents group_id
    and item_id, in either case."""
    if change.kind == "delete":
        event_type = "state:deleted"
    else:
        event_type = "state:updated" if change.existed else "state:created"
    payload: dict[str, JSON] = {"type": "state", "event_type": event_type}
    for name in ("scope", "group_id", "groupId"):
        payload[name] = change.group
    for name in ("key", "item_id", "itemId"):
        payload[name] = change.key
    for name in ("old_value", "oldValue"):
        payload[name] = change.old_value
    for name in ("new_value", "newValue"):
        payload[name] = change.new_value
    return payload


def stream_payload(change: StreamChange) -> dict[str, JSON]:
    """What a stream trigger's handler gets, shaped as the frame that watchers get."""
    event: JSON = {"type": change.type, "data": change.data}
    if change.type == "event":
        event = {"type": "event", "event": change.data}
    payload: dict[str, JSON] = {
        "type": "stream",
        "timestamp": change.timestamp_ms,
        "event": event,
        "id": change.id,
    }
    for name in ("streamName", "stream_name"):
        payload[name] = change.stream
    for name in ("groupId", "group_id"):
        payload[name] = change.group
    return payload


def payload_of(trigger: Trigger, delivery: Delivery) -> Any:
    """The handler's first argument: an event's data as it is, nothing for a cron tick."""
    if trigger.type == "cron":
        return None
    if isinstance(trigger, (StateTrigger, StreamTrigger)) and isinstance(delivery.data, Mapping):
        return Payload(delivery.data)
    return delivery.data
