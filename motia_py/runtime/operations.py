"""What an operator may do to what is stored: look, redrive, discard, set, export, import.

Takes and gives JSON, for the command line and pages alike; knows no transport. Reads the stores
themselves, so that what is counted is what is listed.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator, validate_call

from motia_py.errors import MotiaError, NoSuchLetter
from motia_py.interfaces import Engine
from motia_py.messages import JSON, STATE_SPACE, Change, DeadLetter, Lane, Write, stream_space

#: Dead letters read at once where all of them are wanted: their data may be large.
_PAGE = 200
#: Dead letters that are put back or deleted at once.
IDS_AT_ONCE = 100
#: The shortest begin of an id that may stand for it.
MIN_ID_LENGTH = 4
#: Arguments come as JSON: a number that is written as a text is a mistake.
_STRICT = ConfigDict(strict=True)

#: A group, a key, a topic or an id.
Name = Annotated[str, Field(min_length=1)]
PageSize = Annotated[int, Field(ge=1, le=1000)]
Offset = Annotated[int, Field(ge=0)]


class Reply(NamedTuple):
    """A part of an answer: any number of items, then one result."""

    kind: Literal["item", "result"]
    value: JSON


class StoredValue(BaseModel):
    """A line of an export: one value of the handlers' state, or one item of a stream."""

    model_config = ConfigDict(extra="forbid", strict=True)

    space: str = Field(pattern=f"^({STATE_SPACE}|{stream_space('.+')})$")
    group: Name
    key: Name
    value: JSON = Field()

    @model_validator(mode="after")
    def _items_are_objects(self) -> Self:
        if self.space != STATE_SPACE and not isinstance(self.value, dict):
            raise ValueError("the value of a stream's item is an object")
        return self

    @classmethod
    def read(cls, value: JSON) -> Self:
        """The value as one of these.

        Raises:
            MotiaError: it has another form.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise MotiaError(_first_problem(error)) from error

    def as_write(self) -> Write:
        value = self.value
        if self.space != STATE_SPACE:
            value = {**value, "id": self.key}
        return Write(space=self.space, group=self.group, key=self.key, kind="set", value=value)


class Operations:
    """Each public method is one operation; `replies` calls them by name.

    `commit` applies writes and sets off what watches them; `redrive` puts a dead letter back and
    says whether there was one; `streams` gives the names of those that the project declares;
    `restored` hears of what was imported.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        commit: Callable[[Sequence[Write]], Awaitable[Sequence[Change]]],
        redrive: Callable[[str], Awaitable[bool]],
        emit: Callable[[str, JSON], Awaitable[None]],
        streams: Callable[[], Sequence[str]],
        restored: Callable[[Sequence[Write]], Awaitable[None]] | None = None,
    ) -> None:
        self._queue = engine.queue
        self._store = engine.state
        self._commit = commit
        self._redrive = redrive
        self._emit = emit
        self._streams = streams
        self._restored = restored
        self._by_name: Mapping[str, Callable[..., Any]] = {
            method.__name__: method
            for method in (
                self.dead_letters,
                self.dead_letter,
                self.redrive,
                self.redrive_all,
                self.discard,
                self.discard_all,
                self.state_get,
                self.state_set,
                self.state_delete,
                self.state_groups,
                self.state_list,
                self.state_export,
                self.state_import,
                self.emit,
            )
        }

    async def replies(
        self, name: str, arguments: Mapping[str, JSON]
    ) -> AsyncGenerator[Reply, None]:
        """What the operation of this name answers.

        Raises:
            MotiaError: there is no such operation, it does not take these arguments, or it refused.
        """
        method = self._by_name.get(name)
        if method is None:
            raise MotiaError(f"no operation {name!r}: there are {', '.join(self._by_name)}")
        # Made anew each time: it costs little, and a server's start would pay it for all.
        answer = _begun(validate_call(config=_STRICT)(method), arguments)
        if inspect.isasyncgen(answer):
            async for item in answer:
                yield Reply("item", item)
            yield Reply("result", None)
        else:
            yield Reply("result", await _finished(answer))

    async def dead_letters(
        self, step: Name | None = None, limit: PageSize = 50, offset: Offset = 0
    ) -> JSON:
        """`total`, and `letters`: those of a step or all, newest first, without their data."""
        counts = await self._dead_counts(step)
        letters = await self._dead(step, counts, limit=limit, offset=offset)
        return {
            "total": sum(counts.values()),
            "letters": [_summary(letter) for letter in letters],
        }

    async def dead_letter(self, id: Name) -> JSON:
        """All about one; `id` may be the begin of its id.

        Raises:
            NoSuchLetter: there is none.
            MotiaError: more than one begins so.
        """
        letter = await self._letter(id)
        delivery = letter.delivery
        return {
            **_summary(letter),
            "traceback": letter.traceback,
            "parent_id": delivery.parent_id,
            "data": delivery.data,
        }

    async def redrive(self, id: Name) -> JSON:
        """Put one back at the tail of its lane, and say which; raises as `dead_letter`."""
        letter = await self._letter(id)
        if not await self._redrive(letter.delivery.id):
            raise _no_letter(id)
        return _summary(letter)

    async def redrive_all(self, step: Name | None = None) -> JSON:
        """Put back those that are dead now, the oldest first; says how many were `redriven`."""
        # Listed before the first one runs: one that fails again is not taken up once more.
        return {"redriven": await _count(self._redrive, await self._ids(step))}

    async def discard(self, id: Name) -> JSON:
        """Delete one for good, and say which; raises as `dead_letter`."""
        letter = await self._letter(id)
        if not await self._queue.discard(letter.delivery.id):
            raise _no_letter(id)
        return _summary(letter)

    async def discard_all(self, step: Name | None = None) -> JSON:
        """Delete those that are dead now for good; says how many were `discarded`."""
        return {"discarded": await _count(self._queue.discard, await self._ids(step))}

    async def state_get(self, group: Name, key: Name) -> JSON:
        """`exists`, which tells a stored null from no value, and the `value`."""
        value = await self._store.get(STATE_SPACE, group, key)
        exists = value is not None or any(
            key == each for each, _ in await self._store.list(STATE_SPACE, group)
        )
        return {"exists": exists, "value": value}

    async def state_set(self, group: Name, key: Name, value: JSON) -> JSON:
        """Store a value as a handler would; says whether one `existed`."""
        write = Write(space=STATE_SPACE, group=group, key=key, kind="set", value=value)
        (change,) = await self._commit([write])
        return {"existed": change.existed}

    async def state_delete(self, group: Name, key: Name) -> JSON:
        """Delete a value as a handler would; says whether it `existed`."""
        write = Write(space=STATE_SPACE, group=group, key=key, kind="delete")
        (change,) = await self._commit([write])
        return {"existed": change.existed}

    async def state_groups(self) -> JSON:
        """The names of all groups of state."""
        return list(await self._store.groups(STATE_SPACE))

    async def state_list(self, group: Name) -> AsyncIterator[JSON]:
        """The keys and values of a group, in the order in which they were first written."""
        for key, value in await self._store.list(STATE_SPACE, group):
            yield {"key": key, "value": value}

    async def state_export(self) -> AsyncIterator[JSON]:
        """All state, and the items of the project's streams, each as a StoredValue has it.

        Read group by group: what changes meanwhile may be in it or not.
        """
        for space in (STATE_SPACE, *map(stream_space, self._streams())):
            for group in await self._store.groups(space):
                for key, value in await self._store.list(space, group):
                    yield {"space": space, "group": group, "key": key, "value": value}

    async def state_import(self, values: list[Any]) -> JSON:
        """Store what was exported, all of these values or none; says how many were `written`.

        Sets off no triggers: what is restored did not happen again.

        Raises:
            MotiaError: one of them is no StoredValue.
        """
        writes = [StoredValue.read(value).as_write() for value in values]
        await self._store.write(writes)
        if self._restored is not None:
            await self._restored(writes)
        return {"written": len(writes)}

    async def emit(self, topic: Name, data: JSON = None) -> JSON:
        """Publish an event; answers what `POST /emit` does."""
        await self._emit(topic, data)
        return {"success": True, "emitted": {"topic": topic, "data": data}}

    async def _dead_counts(self, step: str | None) -> Mapping[Lane, int]:
        """How many are dead, by lane; of one step or all."""
        return {
            lane: counts.dead
            for lane, counts in sorted((await self._queue.counts()).items())
            if counts.dead and step in (None, lane.step)
        }

    async def _dead(
        self, step: str | None, lanes: Mapping[Lane, int], *, limit: int, offset: int
    ) -> Sequence[DeadLetter]:
        if step is None:
            return await self._queue.dead(limit=limit, offset=offset)
        if len(lanes) == 1:
            return await self._queue.dead(*lanes, limit=limit, offset=offset)
        newest = [await self._queue.dead(lane, limit=offset + limit) for lane in lanes]
        # A merge and not a sort: one page fits to the next even where the clock was set back.
        merged = heapq.merge(*newest, key=lambda letter: -letter.died_at)
        return list(islice(merged, offset, offset + limit))

    async def _ids(self, step: str | None) -> Sequence[str]:
        """Of all that are dead, or those of a step; each lane's oldest first."""
        lanes: Sequence[Lane | None] = [None] if step is None else [*await self._dead_counts(step)]
        found: dict[str, None] = {}
        for lane in lanes:
            offset = 0
            while page := await self._queue.dead(lane, limit=_PAGE, offset=offset):
                # One that dies meanwhile moves the others on to the next page: they come twice.
                found.update((letter.delivery.id, None) for letter in page)
                offset += len(page)
        return list(reversed(found))

    async def _letter(self, id: str) -> DeadLetter:
        letter = await self._queue.dead_letter(id)
        if letter is None and len(id) >= MIN_ID_LENGTH:
            matches = [each for each in await self._ids(None) if each.startswith(id)]
            if len(matches) > 1:
                raise MotiaError(
                    f"{len(matches)} dead letters begin with {id}: give more of the id"
                )
            letter = await self._queue.dead_letter(matches[0]) if matches else None
        if letter is None:
            raise _no_letter(id)
        return letter


def _summary(letter: DeadLetter) -> dict[str, JSON]:
    """What a list shows. Times are seconds since the epoch; `attempts` counts all runs, `spent`
    those before the last redrive."""
    delivery = letter.delivery
    return {
        "id": delivery.id,
        "step": delivery.lane.step,
        "trigger": delivery.lane.trigger,
        "topic": delivery.topic,
        "group": delivery.group,
        "trace_id": delivery.trace_id,
        "attempts": delivery.attempt,
        "spent": delivery.spent,
        "created_at": delivery.created_at,
        "died_at": letter.died_at,
        "error": letter.error,
    }


def _no_letter(id: str) -> NoSuchLetter:
    return NoSuchLetter(
        f"no dead letter has the id {id}: `motia-py dlq list` shows them; the first"
        f" {MIN_ID_LENGTH} characters or more are enough"
    )


def _begun(operation: Callable[..., Any], arguments: Mapping[str, JSON]) -> Any:
    try:
        return operation(**arguments)
    except ValidationError as error:
        raise MotiaError(_first_problem(error)) from error


async def _finished(answer: Awaitable[JSON]) -> JSON:
    try:
        # Arguments of a coroutine are looked at only now.
        return await answer
    except ValidationError as error:
        raise MotiaError(_first_problem(error)) from error


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


async def _count(work: Callable[[str], Awaitable[bool]], ids: Sequence[str]) -> int:
    """For how many of them it was done; in their order, and many to a commit."""
    done = 0
    for start in range(0, len(ids), IDS_AT_ONCE):
        done += sum(await asyncio.gather(*map(work, ids[start : start + IDS_AT_ONCE])))
    return done
