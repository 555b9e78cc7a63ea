"""Streams as handlers see them: an item is stored, then announced to those who watch it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from motia_py import encoding
from motia_py.errors import ConfigError, UnknownStream
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, Change, ChangeType, StreamChange, Write, stream_space
from motia_py.project.loader import Stream
from motia_py.project.registry import Registry
from motia_py.runtime.calls import Calls
from motia_py.runtime.state import Commit, entry, name_of
from motia_py.runtime.tracing import Observe
from motia_py.updates import MAX_RESULT_BYTES

#: Tells the watchers: stream, group, id (None: the whole group), type, data.
Announce: TypeAlias = Callable[[str, str, str | None, ChangeType, JSON], StreamChange]
#: Told of every new item (stream, group, how to commit); gives what to wait for, if anything.
Created: TypeAlias = Callable[[str, str, Commit], Awaitable[None] | None]
#: Delivers an event that is not stored to the triggers that watch its stream.
Signal: TypeAlias = Callable[[StreamChange], Awaitable[None]]


class LiveStream:
    """`context.streams.<name>`. Every method returns an awaitable that has already been started.

    Items are JSON objects; `set` and `update` add their `id`. What comes back also carries
    `__motia`, which says where the item lives and is never stored or sent to watchers.
    """

    __slots__ = (
        "_announce",
        "_calls",
        "_check",
        "_commit",
        "_commit_behind",
        "_created",
        "_observe",
        "_returns",
        "_signal",
        "_store",
        "_stream",
    )

    def __init__(
        self,
        stream: Stream,
        *,
        store: StateStore,
        commit: Commit,
        commit_behind: Commit,
        announce: Announce,
        created: Created,
        signal: Signal,
        calls: Calls,
        observe: Observe,
        returns: Literal["value", "change"],
        validates: bool,
    ) -> None:
        self._stream = stream
        self._check = stream.check_item if validates else _accept
        self._store = store
        self._commit = commit
        self._commit_behind = commit_behind
        self._announce = announce
        self._created = created
        self._signal = signal
        self._calls = calls
        self._observe = observe
        self._returns = returns

    @property
    def name(self) -> str:
        return self._stream.config.name

    stream_name = name

    def get(self, group: object, id: object) -> Any:
        """The item, or None."""
        group, id = name_of(group, "stream group"), name_of(id, "stream item id")

        async def operation() -> JSON:
            item = await self._store.get(stream_space(self.name), group, id)
            return None if item is None else self._addressed(group, id, item)

        return self._calls.read(operation)

    def set(self, group: object, id: object, data: JSON) -> Any:
        """Store the item whole and tell the watchers: `create` if it is new, else `update`.

        Raises:
            ConfigError: at the call, if `data` is not an object, or larger than 1 MiB.
            ValidationFailed: at the call, if it does not fit the stream's schema.
            NotJSON: at the call, if it has no JSON form.
        """
        group, id = name_of(group, "stream group"), name_of(id, "stream item id")
        item = encoding.plain(data)
        if not isinstance(item, dict):
            raise ConfigError(
                f"stream {self.name}: an item is a JSON object, got {type(data).__name__}"
            )
        item.pop("__motia", None)
        size_bytes = len(encoding.dumps(item))
        if size_bytes > MAX_RESULT_BYTES:
            raise ConfigError(
                f"stream {self.name}: an item may have {MAX_RESULT_BYTES:,} bytes of JSON, this one"
                f" has {size_bytes:,}: keep large data elsewhere and put its address into the item"
            )
        self._check({**item, "id": id})
        item["id"] = id
        return self._write(self._writes(group, id, "set", value=item))

    def update(self, group: object, id: object, operations: Sequence[Mapping[str, JSON]]) -> Any:
        """Change the item with update operations, in one atomic step; see `motia_py.updates`."""
        group, id = name_of(group, "stream group"), name_of(id, "stream item id")
        # The id is set last, so that no operation can change it.
        steps = [*encoding.plain(operations), {"type": "set", "path": ["id"], "value": id}]
        return self._write(self._writes(group, id, "update", operations=steps))

    def delete(self, group: object, id: object) -> Any:
        """Remove the item, tell the watchers, and give the old item back; None if there is none."""
        write = self._writes(
            name_of(group, "stream group"), name_of(id, "stream item id"), "delete"
        )

        async def operation() -> JSON:
            change = await self._apply(write)
            if change.old_value is None:
                return None
            return self._addressed(write.group, write.key, change.old_value)

        return self._calls.write(operation)

    def get_group(self, group: object) -> Any:
        """The group's items, in the order in which they were first set."""
        name = name_of(group, "stream group")

        async def operation() -> list[JSON]:
            items = await self._store.list(stream_space(self.name), name)
            return [self._addressed(name, id, item) for id, item in items]

        return self._calls.read(operation)

    getGroup = get_group

    def list(self, group: object) -> Any:
        """As `get_group`; each item also answers to `.id` and `.data`."""
        name = name_of(group, "stream group")

        async def operation() -> list[JSON]:
            return [
                entry(id, item)
                for id, item in await self._store.list(stream_space(self.name), name)
            ]

        return self._calls.read(operation)

    def list_groups(self) -> Any:
        """The names of all groups that hold an item, sorted."""

        async def operation() -> list[str]:
            return list(await self._store.groups(stream_space(self.name)))

        return self._calls.read(operation)

    listGroups = list_groups

    def send(self, channel: Mapping[str, JSON], event: Mapping[str, JSON]) -> Any:
        """Tell the watchers something that is not stored.

        `channel` is `{"groupId", "id"?}`, `event` is `{"type", "data"}`.
        """
        group = name_of(channel.get("groupId", channel.get("group_id")), "send: groupId")
        id = channel.get("id")
        kind = event.get("type")
        if not isinstance(kind, str):
            raise ConfigError(f"stream {self.name}: send needs an event with a `type`: {event!r}")
        body = {"type": kind, "data": encoding.plain(event.get("data"))}

        async def operation() -> None:
            self._observe("send", self.name, group, "*" if id is None else str(id), kind)
            watched = None if id is None else str(id)
            await self._signal(self._announce(self.name, group, watched, "event", body))

        return self._calls.write(operation)

    def _writes(
        self, group: str, id: str, kind: Literal["set", "update", "delete"], **parts: Any
    ) -> Write:
        check = self._check if kind == "update" else None
        return Write(
            space=stream_space(self.name), group=group, key=id, kind=kind, check=check, **parts
        )

    def _write(self, write: Write) -> Any:
        async def operation() -> JSON:
            change = await self._apply(write)
            item = self._addressed(write.group, write.key, change.new_value)
            if self._returns == "value":
                return item
            return {"old_value": change.old_value, "new_value": item}

        return self._calls.write(operation)

    async def _apply(self, write: Write) -> Change:
        self._observe(write.kind, self.name, write.group, write.key)
        # An item may change with every word of an answer: it need not reach the disk each time.
        commit = self._commit if write.kind == "delete" else self._commit_behind
        change = (await commit([write]))[0]
        if change.kind != "delete":
            kind: ChangeType = "update" if change.existed else "create"
            self._announce(self.name, write.group, write.key, kind, change.new_value)
            if kind == "create":
                trimming = self._created(self.name, write.group, self._commit)
                if trimming is not None:
                    await trimming
        elif change.existed:
            self._announce(self.name, write.group, write.key, "delete", change.old_value)
        return change

    def _addressed(self, group: str, id: str, item: JSON) -> JSON:
        return {
            **item,
            "__motia": {
                "type": "state-stream",
                "streamName": self.name,
                "groupId": group,
                "id": id,
            },
        }


def _accept(item: JSON) -> None:
    """What checks items under `MOTIA_VALIDATE=off`."""


class Streams:
    """`context.streams`: every declared stream, by attribute or subscript.

    A name with dashes also answers with underscores: `streams.chat_messages`.
    """

    __slots__ = ("_open", "_registry")

    def __init__(
        self, *, registry: Callable[[], Registry], open: Callable[[Stream], LiveStream]
    ) -> None:
        self._registry = registry
        self._open = open

    def __getitem__(self, name: str) -> LiveStream:
        stream = self._registry().stream(name)
        if stream is None:
            known = ", ".join(sorted(self._registry().streams)) or "none"
            raise UnknownStream(
                f"no stream is called {name!r}: declare it in a *_stream.py file"
                f" (declared now: {known})"
            )
        return self._open(stream)

    def __getattr__(self, name: str) -> LiveStream:
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry().streams)

    def __contains__(self, name: str) -> bool:
        return self._registry().stream(name) is not None
