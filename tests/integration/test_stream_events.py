"""A stream's address as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import pytest

from motia_py.clock import FakeClock
from motia_py.runtime.journal import MAX_BYTES, MAX_CHANGES
from motia_py.runtime.outbox import MERGE_ABOVE_BYTES
from tests.serving import Serving, stream, until

EVENTS = {"Accept": "text/event-stream"}


class Event(NamedTuple):
    type: str
    data: Any
    id: str | None


class Reading:
    """One answer that is read event by event."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> Event:
        async with asyncio.timeout(5):
            frame = (await self.answer.content.readuntil(b"\n\n")).decode()
        if not frame:
            raise EOFError
        lines = [line.partition(": ")[::2] for line in frame.strip().split("\n")]
        assert [name for name, _ in lines][:2] == ["event", "data"], frame
        fields = dict(lines)
        return Event(fields["event"], json.loads(fields["data"]), fields.get("id"))

    async def type_and_data(self) -> tuple[str, Any]:
        return (await self.next())[:2]


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    streams = [stream("chat"), stream("closed", can_access=lambda: False)]
    async with Serving(streams=streams) as running:
        yield running


@asynccontextmanager
async def reading(
    serving: Serving, path: str = "/streams/chat/room", **headers: str
) -> AsyncIterator[Reading]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(serving.url + path, headers={**EVENTS, **headers}) as answer,
    ):
        assert answer.status == 200
        yield Reading(answer)


async def test_what_there_is_comes_first_and_then_each_change(serving: Serving) -> None:
    serving.set("chat", "room", "m1", text="hi")

    async with reading(serving) as events:
        first = await events.next()
        serving.set("chat", "room", "m1", text="hi there")
        serving.set("chat", "room", "m2", text="a\nb: c")
        serving.tell("chat", "room", "m2", "delete", {"id": "m2"})
        serving.tell("chat", "room", None, "event", {"type": "typing", "data": 1})
        serving.tell("chat", "room", "m1", "event", {"type": "seen", "data": {}})
        later = [await events.next() for _ in range(5)]

    assert first[:2] == ("sync", [{"text": "hi", "id": "m1"}])
    assert [event[:2] for event in later] == [
        ("update", {"text": "hi there", "id": "m1"}),
        ("create", {"text": "a\nb: c", "id": "m2"}),
        ("delete", {"id": "m2"}),
        ("event", {"type": "typing", "data": 1}),
        ("event", {"type": "seen", "data": {}, "id": "m1"}),
    ]
    assert events.answer.headers["Cache-Control"] == "no-cache"
    assert len({event.id for event in (first, *later)}) == 6


async def test_one_item_is_watched_alone(serving: Serving) -> None:
    async with reading(serving, "/streams/chat/room/m1") as events:
        first = await events.type_and_data()
        serving.set("chat", "room", "m2", text="another")
        serving.set("chat", "room", "m1", text="hi")

        assert first == ("sync", None)
        assert await events.type_and_data() == ("create", {"text": "hi", "id": "m1"})


@pytest.mark.parametrize("how", ["header", "query"])
async def test_who_comes_back_gets_what_was_missed_once_and_in_order(
    serving: Serving, how: str
) -> None:
    async with reading(serving) as events:
        await events.next()
        serving.set("chat", "room", "m1", n=0)
        cursor = (await events.next()).id
    await until(lambda: not serving.hub.member_count)
    for n in range(1, 4):
        serving.set("chat", "room", "m1", n=n)

    path = "/streams/chat/room" + (f"?lastEventId={cursor}" if how == "query" else "")
    sent = {"Last-Event-ID": str(cursor)} if how == "header" else {}
    async with reading(serving, path, **sent) as events:
        missed = [await events.type_and_data() for _ in range(3)]
        serving.set("chat", "room", "m1", n=4)

        assert missed == [("update", {"n": n, "id": "m1"}) for n in range(1, 4)]
        assert await events.type_and_data() == ("update", {"n": 4, "id": "m1"})


@pytest.mark.parametrize("cursor", ["other.1-5", "nonsense", "-", "x" * 5000, "test.1-99999"])
async def test_a_cursor_that_means_nothing_here_begins_anew(serving: Serving, cursor: str) -> None:
    async with reading(serving, **{"Last-Event-ID": cursor}) as events:
        assert (await events.next()).type == "reset"
        assert await events.type_and_data() == ("sync", [])


async def test_who_missed_as_much_as_is_kept_is_not_too_slow(serving: Serving) -> None:
    """It had no time to read any of it, and would come back for the same again and again."""
    async with reading(serving) as events:
        cursor = (await events.next()).id
    await until(lambda: not serving.hub.member_count)
    for n in range(MAX_CHANGES):
        serving.set("chat", "room", f"m{n}", text="x" * (MAX_BYTES // MAX_CHANGES - 50))

    async with reading(serving, **{"Last-Event-ID": str(cursor)}) as events:
        types = [(await events.next()).type for _ in range(MAX_CHANGES)]

    assert types == ["create"] * MAX_CHANGES


async def test_who_missed_more_than_is_kept_begins_anew(serving: Serving) -> None:
    async with reading(serving) as events:
        cursor = (await events.next()).id
    await until(lambda: not serving.hub.member_count)
    for n in range(MAX_CHANGES + 1):
        serving.set("chat", "room", "m1", n=n)

    async with reading(serving, **{"Last-Event-ID": str(cursor)}) as events:
        assert (await events.next()).type == "reset"
        assert await events.type_and_data() == ("sync", [{"n": MAX_CHANGES, "id": "m1"}])


async def test_nothing_is_kept_of_a_reader_that_is_gone() -> None:
    """Not even the timer of its next comment, which would keep all of it for a while."""
    clock = FakeClock()
    async with Serving(streams=[stream("chat")], clock=clock) as serving:
        async with reading(serving) as events:
            await events.next()
            assert clock.next_timer() == 15
        await until(lambda: not serving.hub.member_count)

        assert clock.next_timer() is None


async def test_who_missed_as_much_as_is_kept_gets_all_of_it(serving: Serving) -> None:
    """With its frames around it, it is more than may wait for one reader."""
    async with reading(serving) as events:
        cursor = (await events.next()).id
    await until(lambda: not serving.hub.member_count)
    for n in range(MAX_CHANGES - 1):
        serving.set("chat", "room", f"m{n}", text="x" * (MAX_BYTES // MAX_CHANGES - 40))

    async with reading(serving, **{"Last-Event-ID": str(cursor)}) as events:
        missed = [await events.type_and_data() for _ in range(MAX_CHANGES - 1)]
        serving.set("chat", "room", "m1", text="new")

        assert [data["id"] for _, data in missed] == [f"m{n}" for n in range(MAX_CHANGES - 1)]
        assert await events.type_and_data() == ("update", {"text": "new", "id": "m1"})


async def test_a_slow_reader_jumps_to_what_is_true_now(serving: Serving) -> None:
    big = "x" * (MERGE_ABOVE_BYTES // 4)
    async with reading(serving) as events:
        await events.next()
        for n in range(1000):
            serving.set("chat", "room", "m1", n=n, text=big)
        serving.tell("chat", "room", None, "event", {"type": "end", "data": None})
        told = []
        while (event := await events.type_and_data())[0] != "event":
            told.append(event[1]["n"])

    assert told == sorted(set(told))
    assert len(told) < 20
    assert told[-1] == 999


async def test_a_reader_for_whom_too_much_waits_has_to_come_back(serving: Serving) -> None:
    async with reading(serving) as events:
        for n in range(1100):
            serving.set("chat", "room", f"m{n}", text="x" * 1000)
        with pytest.raises(EOFError):
            while True:
                await events.next()

    assert not serving.hub.member_count


async def test_silence_is_bridged() -> None:
    clock = FakeClock()
    async with (
        Serving(streams=[stream("chat")], clock=clock) as serving,
        reading(serving) as events,
    ):
        await events.next()
        clock.advance(15)

        assert await events.answer.content.readexactly(8) == b": ping\n\n"


async def test_a_reader_that_goes_is_forgotten() -> None:
    left: list[Any] = []
    async with Serving(streams=[stream("chat", on_leave=left.append)]) as serving:
        async with reading(serving) as events:
            await events.next()
        await until(lambda: left)

        assert (serving.hub.member_count, left) == (0, [{"groupId": "room"}])


async def test_a_stop_ends_every_reader() -> None:
    async with Serving(streams=[stream("chat")]) as serving, reading(serving) as events:
        await events.next()
        async with asyncio.timeout(5):
            await serving.server.stop(20.0)

        assert await events.answer.content.read() == b""


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/streams/unknown/room", {}, 404),
        ("/streams/closed/room", {}, 403),
        ("/streams/chat/room", {"Origin": "https://evil.example"}, 403),
        ("/streams/chat/room", {"Origin": "null"}, 403),
    ],
)
async def test_the_rules_of_streams_hold(
    serving: Serving, path: str, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(serving.url + path, headers={**EVENTS, **headers}) as got,
    ):
        assert got.status == status
        assert got.content_type == "application/json"
    assert not serving.hub.member_count


async def test_a_head_request_joins_nothing(serving: Serving) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.head(serving.url + "/streams/chat/room", headers=EVENTS) as got,
    ):
        assert (got.status, got.content_type) == (200, "text/event-stream")
    assert not serving.hub.member_count
