"""Socket.IO's own client from npm, unchanged, has seed 004's talk: S4.1-S4.14, over each transport."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import pytest
import pytest_asyncio

from motia_py.messages import JSON
from tests.acceptance.npm_package import PACKAGE
from tests.acceptance.served import Served
from tests.chatting import NO_MODEL, ROOT
from tests.socketio_client import TRANSPORTS

ANSWERING = ("stream-start", "stream-chunk", "stream-complete", "stream-error")
QUESTION = "Explain quantum computing in simple terms"


class Told(NamedTuple):
    """An event that a client was told of, an acknowledgement, or the transport that it is on."""

    who: str
    event: str
    data: JSON


class Talk:
    """All that was told, in order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._all = [Told(*json.loads(line)) for line in lines]

    def of(self, who: str, *events: str) -> list[Told]:
        return [told for told in self._all if told.who == who and told.event in events]

    def data(self, who: str, event: str) -> list[JSON]:
        return [told.data for told in self.of(who, event)]

    def answers(self, who: str) -> list[list[Told]]:
        """The events of each answer that a client saw; one that failed at once has no start."""
        found: list[list[Told]] = [[]]
        for told in self.of(who, *ANSWERING):
            found[-1].append(told)
            if told.event in ("stream-complete", "stream-error"):
                found.append([])
        assert found.pop() == []
        return found


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=TRANSPORTS.values(), ids=TRANSPORTS
)
async def talk(
    request: pytest.FixtureRequest, node: str, tmp_path_factory: pytest.TempPathFactory
) -> Talk:
    """What both clients are told over these transports."""
    root = tmp_path_factory.mktemp("rooms") / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "steps", root / "steps", ignore=ignored)
    async with Served(root, **NO_MODEL, OFFLINE_MODEL_PACE_MS="1") as served:
        process = await asyncio.create_subprocess_exec(
            *(node, "rooms.mjs", served.url, *request.param),
            cwd=PACKAGE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
    assert process.returncode == 0, complaints.decode()
    talk = Talk(said.decode().splitlines())
    for who in ("Ada", "Bob"):
        assert talk.data(who, "transport") == request.param
    return talk


def test_who_connects_is_greeted(talk: Talk) -> None:
    """S4.1, S4.2."""
    (ada,), (bob,) = talk.data("Ada", "connected"), talk.data("Bob", "connected")

    assert ada["message"] == bob["message"] == "Connected to streaming server"
    assert len({ada["clientId"], bob["clientId"]}) == 2


def test_who_joins_and_leaves_is_told_so_and_the_others_too(talk: Talk) -> None:
    """S4.3, S4.11."""
    (joined,), (left,) = talk.data("Bob", "room-joined"), talk.data("Bob", "room-left")

    assert (joined["roomName"], joined["participantName"]) == ("tea", "Bob")
    assert left["roomName"] == "tea"
    for event in ("participant-joined", "participant-left"):
        assert [told["participantName"] for told in talk.data("Ada", event)] == ["Bob"]


def test_an_answer_comes_from_its_start_to_its_end(talk: Talk) -> None:
    """S4.4-S4.8."""
    start, *chunks, last, complete = talk.answers("Ada")[0]
    contents = [chunk.data["content"] for chunk in chunks]
    texts = [chunk.data["fullResponse"] for chunk in chunks]

    assert (start.event, complete.event) == ("stream-start", "stream-complete")
    assert {chunk.event for chunk in (*chunks, last)} == {"stream-chunk"}
    assert len(contents) > 10
    assert texts == list(accumulate(contents))
    assert QUESTION in texts[-1]
    assert [chunk.data["isComplete"] for chunk in chunks] == [False] * len(chunks)
    assert (last.data["content"], last.data["isComplete"]) == ("", True)
    assert complete.data["fullResponse"] == last.data["fullResponse"] == texts[-1]
    assert complete.data["timestamp"]


def test_the_room_sees_the_same_with_the_name_of_who_asked(talk: Talk) -> None:
    """S4.10, S4.11: after leaving it sees no more, and shows no more."""
    own, refused, after = talk.answers("Ada")
    overheard, bobs = talk.answers("Bob")

    named = [(told.event, {**told.data, "participantName": "Ada"}) for told in own]
    assert [(told.event, told.data) for told in overheard] == named
    assert all("participantName" not in told.data for told in (*own, *refused, *after, *bobs))


def test_each_event_is_acknowledged_and_one_that_makes_no_sense_harms_nothing(talk: Talk) -> None:
    """S4.14."""
    _, refused, after = talk.answers("Ada")

    assert [told["success"] for told in talk.data("Ada", "ack")] == [True, True, False, True]
    assert [told["success"] for told in talk.data("Bob", "ack")] == [True, True, True]
    assert [told.event for told in refused] == ["stream-error"]
    assert refused[0].data["error"]
    assert after[-1].event == "stream-complete"
