"""What handlers see of the StateStore: both dialects' methods and return values, over one store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias
from uuid import UUID

from motia_py import encoding
from motia_py.errors import ConfigError
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, STATE_SPACE, Change, Write
from motia_py.runtime.calls import Calls
from motia_py.runtime.tracing import Observe

#: Applies writes and sets off the triggers that watch them.
Commit: TypeAlias = Callable[[Sequence[Write]], Awaitable[Sequence[Change]]]


class Entry(dict[str, JSON]):
    """One value of `list()`: the dict itself, which also answers to `id` and `data`.

    `entry["id"]` and `entry["data"]` are the state key and the value unless the dict has such keys
    of its own; the attributes always are.
    """

    __slots__ = ("data", "id")

    def __init__(self, key: str, value: dict[str, JSON]) -> None:
        super().__init__(value)
        self.id = key
        self.data = value

    def __missing__(self, name: str) -> JSON:
        if name in ("id", "data"):
            return getattr(self, name)
        raise KeyError(name)

    def get(self, name: str, default: JSON = None) -> JSON:
        try:
            return self[name]
        except KeyError:
            return default


def entry(key: str, value: JSON) -> JSON:
    """What `list()` shows for one value."""
    return Entry(key, value) if isinstance(value, dict) else {"id": key, "data": value}


def name_of(value: object, what: str) -> str:
    """A group or key as text; UUID and int are welcome, anything else is a mistake.

    Raises:
        ConfigError: `value` is not one of these, or is empty.
    """
    if isinstance(value, (str, UUID, int)) and not isinstance(value, bool) and str(value):
        return str(value)
    raise ConfigError(f"{what} must be a text that is not empty, got {value!r}")


class State:
    """`context.state`. Every method returns an awaitable that has already been started.

    `get` gives a copy of the value, None if there is none. What a write gives depends on the step's
    `returns`: the new value (Motia 0.17, and outside steps), or `{"old_value", "new_value"}` (1.0).
    """

    __slots__ = ("_calls", "_commit", "_observe", "_returns", "_store")

    def __init__(
        self,
        *,
        store: StateStore,
        commit: Commit,
        calls: Calls,
        observe: Observe,
        returns: Literal["value", "change"],
    ) -> None:
        self._store = store
        self._commit = commit
        self._calls = calls
        self._observe = observe
        self._returns = returns

    def get(self, group: object, key: object) -> Any:
        """The value, or None."""
        group, key = name_of(group, "state group"), name_of(key, "state key")
        return self._calls.read(lambda: self._store.get(STATE_SPACE, group, key))

    def set(self, group: object, key: object, value: JSON) -> Any:
        """Store `value`; it is copied now.

        Raises:
            NotJSON: at the call, if `value` has no JSON form.
        """
        write = Write(
            space=STATE_SPACE,
            group=name_of(group, "state group"),
            key=name_of(key, "state key"),
            kind="set",
            value=encoding.plain(value),
        )
        return self._write(write)

    def update(self, group: object, key: object, operations: Sequence[Mapping[str, JSON]]) -> Any:
        """Apply update operations in one atomic step; see `motia_py.updates`."""
        write = Write(
            space=STATE_SPACE,
            group=name_of(group, "state group"),
            key=name_of(key, "state key"),
            kind="update",
            operations=encoding.plain(operations),
        )
        return self._write(write)

    def delete(self, group: object, key: object) -> Any:
        """Remove the value and give it back; None if there was none."""
        write = Write(
            space=STATE_SPACE,
            group=name_of(group, "state group"),
            key=name_of(key, "state key"),
            kind="delete",
        )

        async def operation() -> JSON:
            self._observe("delete", write.group, write.key)
            return (await self._commit([write]))[0].old_value

        return self._calls.write(operation)

    def get_group(self, group: object) -> Any:
        """All values of the group, in the order in which their keys were first written."""
        name = name_of(group, "state group")

        async def operation() -> list[JSON]:
            return [value for _, value in await self._store.list(STATE_SPACE, name)]

        return self._calls.read(operation)

    getGroup = get_group

    def list(self, group: object) -> Any:
        """The group's values with their keys: each answers to `id` and `data`; see `Entry`."""
        name = name_of(group, "state group")

        async def operation() -> list[JSON]:
            return [entry(key, value) for key, value in await self._store.list(STATE_SPACE, name)]

        return self._calls.read(operation)

    def list_groups(self) -> Any:
        """The names of all groups that hold anything, sorted."""

        async def operation() -> list[str]:
            return list(await self._store.groups(STATE_SPACE))

        return self._calls.read(operation)

    listGroups = list_groups

    def clear(self, group: object) -> Any:
        """Delete everything in the group."""
        name = name_of(group, "state group")

        async def operation() -> None:
            self._observe("clear", name, "*")
            keys = [key for key, _ in await self._store.list(STATE_SPACE, name)]
            await self._commit(
                [Write(space=STATE_SPACE, group=name, key=key, kind="delete") for key in keys]
            )

        return self._calls.write(operation)

    def _write(self, write: Write) -> Any:
        async def operation() -> JSON:
            self._observe(write.kind, write.group, write.key)
            change = (await self._commit([write]))[0]
            if self._returns == "value":
                return change.new_value
            return {"old_value": change.old_value, "new_value": change.new_value}

        return self._calls.write(operation)
