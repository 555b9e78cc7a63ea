"""Server-sent events as bytes. Pure: knows the format, not the connection.

Lines end in LF and `event:` comes first: clients in the wild split frames by hand.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motia_py import encoding
from motia_py.errors import ConfigError
from motia_py.runtime.requests import ServerSentEvent

#: A comment, which readers of events pass over.
PING = b": ping\n\n"

_FIELDS = frozenset({"event", "data", "id", "retry"})


def event_bytes(event: Any) -> bytes:
    """The frame of one event: a ServerSentEvent, a mapping with only its fields, or bare data.

    Raises:
        NotJSON: the data has no JSON form.
        ConfigError: a field holds a line break or half a character, or `retry` is no whole number.
    """
    type, data, id, retry = parts_of(event)
    text = data if isinstance(data, str) else encoding.dumps(data).decode()
    if "\n" in text or "\r" in text:
        text = "\ndata: ".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    frame = f"data: {text}\n"
    if type is not None:
        frame = _line("event", type) + frame
    if id is not None:
        frame += _line("id", id)
    if retry is not None:
        frame += _retry_line(retry)
    try:
        return (frame + "\n").encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"an event cannot be sent as UTF-8: {error}") from error


def parts_of(event: Any) -> tuple[Any, Any, Any, Any]:
    """Type, data, id and retry; None for what it has not. Every token of every answer passes
    here."""
    if isinstance(event, ServerSentEvent):
        return event.event, event.data, event.id, event.retry
    # Asked by type first: to ask an ABC costs as much as all the rest.
    is_mapping = type(event) is dict or isinstance(event, Mapping)
    if is_mapping and event and _FIELDS.issuperset(event):
        return event.get("event"), event.get("data", ""), event.get("id"), event.get("retry")
    return None, event, None, None


def _retry_line(milliseconds: object) -> str:
    if not isinstance(milliseconds, int):
        raise ConfigError(f"an event's retry must be whole milliseconds, got {milliseconds!r}")
    return f"retry: {milliseconds:d}\n"


def _line(field: str, value: object) -> str:
    text = str(value)
    if "\n" in text or "\r" in text or "\0" in text:
        raise ConfigError(f"an event's {field} must be one line, got {text!r}")
    return f"{field}: {text}\n"
