"""Handles for step files that import what Motia 1.0 lets them import instead of taking a context.

`enqueue`, `logger`, `state_manager` and `Stream` find the running invocation by a context variable;
outside of one they work on the running app (a script's thread, a background task at start-up).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from motia_py.errors import MotiaError
from motia_py.messages import JSON
from motia_py.runtime.context import Context
from motia_py.runtime.streams import LiveStream

#: The invocation that runs here. Threads and tasks that a handler starts inherit it.
current_context: ContextVar[Context] = ContextVar("motia_py_context")


def running_context() -> Context:
    """The context of the invocation that runs here.

    Raises:
        MotiaError: none runs, and no app does either.
    """
    try:
        return current_context.get()
    except LookupError:
        raise MotiaError(
            "no step is running here: call this from a handler, or from what a handler started"
        ) from None


def enqueue(
    topic: str | Mapping[str, JSON],
    data: JSON = None,
    *,
    group: str | None = None,
    delay: float = 0.0,
    id: str | None = None,
) -> Any:
    """`context.emit` of the running invocation."""
    return running_context().emit(topic, data, group=group, delay=delay, id=id)


class _Logger:
    """`context.logger` of the running invocation."""

    def __getattr__(self, name: str) -> Any:
        return getattr(running_context().logger, name)


class StateManager:
    """`context.state` of the running invocation."""

    def __getattr__(self, name: str) -> Any:
        return getattr(running_context().state, name)


logger = _Logger()
state_manager = StateManager()


class Stream:
    """A stream by name, or by its config: `Stream("todo")`, `Stream({"name": "todo", ...})`.

    At the top level of a file it also declares the stream. Its methods are those of
    `context.streams.todo`, on the running invocation.
    """

    def __init__(self, config: Any) -> None:
        self.config = {"name": config} if isinstance(config, str) else config

    @property
    def stream_name(self) -> str:
        if isinstance(self.config, Mapping):
            return str(self.config["name"])
        return str(self.config.name)

    def motia_stream_config(self) -> Any:
        """What the loader asks a module-level object: the config of the stream it declares."""
        return self.config

    def _live(self) -> LiveStream:
        return running_context().streams[self.stream_name]

    def get(self, group: object, id: object) -> Any:
        return self._live().get(group, id)

    def set(self, group: object, id: object, data: JSON) -> Any:
        return self._live().set(group, id, data)

    def update(self, group: object, id: object, operations: Any) -> Any:
        return self._live().update(group, id, operations)

    def delete(self, group: object, id: object) -> Any:
        return self._live().delete(group, id)

    def get_group(self, group: object) -> Any:
        return self._live().get_group(group)

    getGroup = get_group

    def list(self, group: object) -> Any:
        return self._live().list(group)

    def list_groups(self) -> Any:
        return self._live().list_groups()

    listGroups = list_groups

    def send(self, channel: Mapping[str, JSON], event: Mapping[str, JSON]) -> Any:
        return self._live().send(channel, event)
