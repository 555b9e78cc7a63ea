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
        ConfigError: a field holds a line break, or `retry` is no whole number.
    """
    if not isinstance(event, ServerSentEvent):
        event = _as_event(event)
    data = event.data if isinstance(event.data, str) else encoding.dumps(event.data).decode()
    lines = [_line("event", event.event)] if event.event is not None else []
    lines += [
        f"data: {line}" for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]
    if event.id is not None:
        lines.append(_line("id", event.id))
    if event.retry is not None:
        lines.append(_retry_line(event.retry))
    return ("\n".join(lines) + "\n\n").encode()


def _as_event(event: Any) -> ServerSentEvent:
    if isinstance(event, Mapping) and event and _FIELDS.issuperset(event):
        return ServerSentEvent(**event)
    return ServerSentEvent(data=event)


def _retry_line(milliseconds: object) -> str:
    if not isinstance(milliseconds, int):
        raise ConfigError(f"an event's retry must be whole milliseconds, got {milliseconds!r}")
    return f"retry: {milliseconds:d}"


def _line(field: str, value: object) -> str:
    text = str(value)
    if "\n" in text or "\r" in text or "\0" in text:
        raise ConfigError(f"an event's {field} must be one line, got {text!r}")
    return f"{field}: {text}"
