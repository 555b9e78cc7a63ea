"""What our own client asks for besides Motia's protocol: cursors, and text that grows sent short."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.serving import Client, Connector, Serving, stream, until
from tests.stream_client import Replica

WORDS = 1000


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(streams=[stream("chat")]) as running:
        yield running


@pytest.fixture
async def connect(serving: Serving) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(serving, session)


class Follower:
    """A client that keeps a replica; `received_bytes` is what its messages came to."""

    def __init__(self, client: Client, replica: Replica) -> None:
        self.client = client
        self.replica = replica
        self.received_bytes = 0

    async def hear(self) -> None:
        frame = await self.client.socket.receive_str(timeout=5)
        self.received_bytes += len(frame.encode())
        self.replica.hear(frame)

    async def until_text(self, id: str, text: str) -> None:
        while self.replica.items.get(id, {}).get("text") != text:
            await self.hear()


async def follow(connect: Connector, replica: Replica, *, deltas: bool = True) -> Follower:
    client = await connect()
    await client.join(cursor=replica.cursor, deltas=deltas)
    follower = Follower(client, replica)
    await follower.hear()
    return follower


async def write(serving: Serving, *, words: int = WORDS) -> str:
    text = ""
    for number in range(words):
        text += f"w{number % 10} "
        serving.set("chat", "room", "m1", text=text, status="streaming")
    serving.set("chat", "room", "m1", text=text, status="completed")
    return text


async def test_text_that_grows_costs_its_length_and_not_the_square_of_it(
    serving: Serving, connect: Connector
) -> None:
    short = await follow(connect, Replica())
    whole = await follow(connect, Replica(), deltas=False)
    text = await write(serving)
    await short.until_text("m1", text)
    await whole.until_text("m1", text)
    while short.replica.items["m1"]["status"] != "completed":
        await short.hear()

    assert short.replica.items == {"m1": {"text": text, "status": "completed", "id": "m1"}}
    assert short.replica.deltas == WORDS - 1
    assert short.received_bytes < 5 * len(text)
    assert whole.received_bytes > 300 * len(text)


async def test_a_client_that_was_away_resumes_without_a_gap_or_a_duplicate(
    serving: Serving, connect: Connector
) -> None:
    follower = await follow(connect, Replica())
    serving.set("chat", "room", "m1", text="one ")
    await follower.until_text("m1", "one ")
    await follower.client.socket.close()
    await until(lambda: not serving.hub.member_count)
    serving.set("chat", "room", "m1", text="one two ")
    serving.set("chat", "room", "m2", text="new")
    serving.tell("chat", "room", None, "event", {"type": "said", "data": 1})

    follower = await follow(connect, follower.replica)
    await follower.until_text("m2", "new")
    await follower.hear()
    for text in ("one two three ", "one two three four ", "one two three four five "):
        serving.set("chat", "room", "m1", text=text)
    await follower.until_text("m1", "one two three four five ")

    replica = follower.replica
    assert (replica.resumes, replica.resets, replica.deltas) == (1, 0, 1)
    assert replica.events == [{"type": "said", "data": 1}]
    assert replica.offsets == list(range(8))


async def test_a_client_of_another_life_of_the_server_begins_anew(
    serving: Serving, connect: Connector
) -> None:
    serving.set("chat", "room", "m1", text="now")
    replica = Replica()
    replica.cursor, replica.items = "gone.1-7", {"old": {"id": "old"}}

    follower = await follow(connect, replica)
    await follower.hear()

    assert (replica.resets, replica.items) == (1, {"m1": {"text": "now", "id": "m1"}})


async def test_an_item_that_is_not_there_is_said_to_be_so(connect: Connector) -> None:
    """Motia's clients get nothing then (SP.4); ours would not know whether to wait."""
    client = await connect()
    await client.join(id="m1", cursor=None)

    assert (await client.event()) == {"type": "sync", "data": None}


async def test_what_a_snapshot_shows_already_is_not_added_once_more(
    serving: Serving, connect: Connector
) -> None:
    """A write may be in the store before it is told: a delta on top of it would say it twice."""
    first = await follow(connect, Replica())
    serving.set("chat", "room", "m1", text="a")
    serving.set("chat", "room", "m1", text="ab")
    serving.set("chat", "room", "m1", text="abc")
    await first.until_text("m1", "abc")
    serving.items["chat", "room"]["m1"]["text"] = "abcd"  # stored, and not told yet
    second = await follow(connect, Replica())

    serving.set("chat", "room", "m1", text="abcd")
    for follower in (first, second):
        await follower.until_text("m1", "abcd")
    serving.set("chat", "room", "m1", text="abcde")

    for follower in (first, second):
        await follower.until_text("m1", "abcde")


async def test_who_joins_again_is_told_growing_text_whole_first(
    serving: Serving, connect: Connector
) -> None:
    """What it knows of the text may be older or newer than what the others were told last."""
    stays = await follow(connect, Replica())
    again = await follow(connect, Replica())
    for text in ("a", "ab", "abc"):
        serving.set("chat", "room", "m1", text=text)
    await again.until_text("m1", "abc")
    await again.client.send("leave", subscriptionId="s1")
    await again.client.join(cursor=None, deltas=True)
    serving.items["chat", "room"]["m1"]["text"] = "abcd"  # stored, and not told yet
    await again.hear()

    serving.set("chat", "room", "m1", text="abcd")
    serving.set("chat", "room", "m1", text="abcde")

    for follower in (stays, again):
        await follower.until_text("m1", "abcde")


async def test_motias_clients_see_none_of_it(serving: Serving, connect: Connector) -> None:
    ours = await follow(connect, Replica())
    motias = await connect()
    await motias.join()
    await motias.next()
    for text in ("a", "ab", "abc"):
        serving.set("chat", "room", "m1", text=text)
    await ours.until_text("m1", "abc")

    frames = [json.loads(await motias.socket.receive_str(timeout=5)) for _ in range(3)]
    assert [frame["event"]["data"]["text"] for frame in frames] == ["a", "ab", "abc"]
    assert {tuple(frame) for frame in frames} == {
        ("timestamp", "streamName", "groupId", "id", "event")
    }


@pytest.mark.parametrize("cursor", [1, ["x"], {}, "\u0000", "x-" + "9" * 4000])
async def test_a_cursor_of_nonsense_is_one_that_nothing_is_kept_for(
    connect: Connector, cursor: object
) -> None:
    client = await connect()
    await client.join(cursor=cursor)

    assert [(await client.event())["type"] for _ in range(2)] == ["reset", "sync"]
