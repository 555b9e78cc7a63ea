"""State and streams as the workbench shows and changes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from motia_py.encoding import size_of
from motia_py.errors import ValidationFailed
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, STATE_SPACE, Change, Write, stream_space
from motia_py.project.loader import Stream
from motia_py.project.registry import Registry
from motia_py.project.schemas import json_schema
from motia_py.web.responding import Refusal
from motia_py.web.workbench.doing import done
from motia_py.web.workbench.history import History, Place
from motia_py.web.workbench.views import (
    GroupView,
    StateGroupView,
    StateView,
    StreamGroupView,
    StreamsView,
    StreamView,
    ValueView,
)

#: Values of one page, and about how many bytes of them; the first is there whatever its size.
MAX_VALUES = 1000
MAX_PAGE_BYTES = 4 * 1024 * 1024


class Page(NamedTuple):
    offset: int
    limit: int


class Stored:
    """`commit` applies writes as a handler's would; `announce` tells a stream's watchers."""

    def __init__(
        self,
        store: StateStore,
        *,
        registry: Callable[[], Registry],
        history: History,
        commit: Callable[[Sequence[Write]], Awaitable[Sequence[Change]]],
        announce: Callable[[str, Change], object],
    ) -> None:
        self._store = store
        self._registry = registry
        self._history = history
        self._commit = commit
        self._announce = announce

    async def state(self) -> StateView:
        return StateView(groups=await self._groups(STATE_SPACE))

    async def state_group(self, group: str, *, page: Page) -> StateGroupView:
        total, values = await self._values(STATE_SPACE, group, page)
        return StateGroupView(group=group, total=total, offset=page.offset, values=values)

    async def streams(self) -> StreamsView:
        streams = self._registry().streams.values()
        return StreamsView(streams=[await self._stream(stream) for stream in streams])

    async def stream_group(self, name: str, group: str, *, page: Page) -> StreamGroupView:
        """
        Raises:
            Refusal: there is no such stream.
        """
        self._known(name)
        total, items = await self._values(stream_space(name), group, page)
        return StreamGroupView(
            stream=name, group=group, total=total, offset=page.offset, items=items
        )

    async def state_value(self, group: str, key: str) -> ValueView:
        """
        Raises:
            Refusal: there is none.
        """
        return await self._value(STATE_SPACE, group, key)

    async def item(self, name: str, group: str, id: str) -> ValueView:
        """
        Raises:
            Refusal: there is no such stream, or no such item.
        """
        self._known(name)
        return await self._value(stream_space(name), group, id)

    async def set_state(self, group: str, key: str, *, value: JSON) -> None:
        await self._write(Write(space=STATE_SPACE, group=group, key=key, kind="set", value=value))

    async def delete_state(self, group: str, key: str) -> None:
        await self._write(Write(space=STATE_SPACE, group=group, key=key, kind="delete"))

    async def set_item(self, name: str, group: str, id: str, *, item: JSON) -> None:
        """
        Raises:
            Refusal: there is no such stream, or the item does not fit its schema.
        """
        stream = self._known(name)
        if not isinstance(item, dict):
            raise Refusal(400, "An item of a stream is an object")
        item = {**item, "id": id}
        try:
            stream.check_item(item)
        except ValidationFailed as error:
            raise Refusal(400, str(error)) from error
        change = await self._write(
            Write(space=stream_space(name), group=group, key=id, kind="set", value=item)
        )
        self._announce(name, change)

    async def delete_item(self, name: str, group: str, id: str) -> None:
        self._known(name)
        change = await self._write(
            Write(space=stream_space(name), group=group, key=id, kind="delete")
        )
        if change.existed:
            self._announce(name, change)

    async def _write(self, write: Write) -> Change:
        (change,) = await done(self._commit([write]))
        return change

    async def _value(self, space: str, group: str, key: str) -> ValueView:
        value = await self._store.get(space, group, key)
        if value is None and key not in await self._store.keys(space, group):
            raise Refusal(404, f"There is nothing at {key[:200]!r} of {group[:200]!r}")
        written = self._history.last(Place(space, group, key))
        return ValueView(key=key, value=value, written=written)

    async def _groups(self, space: str) -> list[GroupView]:
        return [
            GroupView(name=name, count=len(await self._store.keys(space, name)))
            for name in await self._store.groups(space)
        ]

    async def _values(self, space: str, group: str, page: Page) -> tuple[int, list[ValueView]]:
        stored = await self._store.list(space, group)
        shown = _within(MAX_PAGE_BYTES, stored[page.offset : page.offset + page.limit])
        return len(stored), [
            ValueView(key=key, value=value, written=self._history.last(Place(space, group, key)))
            for key, value in shown
        ]

    async def _stream(self, stream: Stream) -> StreamView:
        config = stream.config
        return StreamView(
            name=config.name,
            description=config.description,
            file=stream.file,
            line=stream.line,
            is_stale=stream.is_stale,
            item_schema=json_schema(config.schema),
            ttl_seconds=config.ttl_seconds,
            max_items=config.max_items,
            groups=await self._groups(stream_space(config.name)),
        )

    def _known(self, name: str) -> Stream:
        stream = self._registry().streams.get(name)
        if stream is None:
            raise Refusal(404, f"No stream is called {name[:200]!r}")
        return stream


def _within(most_bytes: int, stored: Sequence[tuple[str, JSON]]) -> Sequence[tuple[str, JSON]]:
    """The first of them that are not too large together."""
    left = most_bytes
    for count, (_, value) in enumerate(stored):
        left -= size_of(value, left)
        if left < 0 and count:
            return stored[:count]
    return stored
