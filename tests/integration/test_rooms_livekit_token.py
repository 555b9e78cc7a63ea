"""Rooms with LiveKit and without it: a token for its room of the same name."""

from __future__ import annotations

import pytest
from livekit import api

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.rooms_chatting import complete, refusal

ROUTE = "/livekit/token"
ASKED = {"roomName": "my-chat-room", "participantName": "John Doe"}
SECRET = "a secret of at least 32 characters"
LIVEKIT = {
    "LIVEKIT_URL": "wss://livekit.example",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": SECRET,
}
NOT_CONFIGURED = refusal(
    503,
    "LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET",
    "Service Unavailable",
)


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


async def test_a_token_opens_its_room_and_no_other() -> None:
    """S4.29: with all three variables."""
    async with MotiaTester(ROOT, env={**NO_MODEL, **LIVEKIT}) as motia:
        answers = [await motia.post(ROUTE, json=ASKED) for _ in range(2)]

    claims = [api.TokenVerifier("key", SECRET).verify(each.body["token"]) for each in answers]
    assert answers[0].body == {
        "token": answers[0].body["token"],
        "url": "wss://livekit.example",
        **ASKED,
    }
    assert claims[0].name == "John Doe"
    assert claims[0].identity != claims[1].identity  # else the second would put out the first
    assert claims[0].video is not None
    assert (claims[0].video.room_join, claims[0].video.room) == (True, "my-chat-room")
    assert claims[0].video.room_admin is None
    assert SECRET not in repr(answers)


async def test_without_the_variables_everything_else_works(motia: MotiaTester) -> None:
    """S4.29, C9: the route says what to set."""
    answer = await motia.post(ROUTE, json=ASKED)

    assert answer.status == 503
    assert answer.body == NOT_CONFIGURED
    assert (await complete(motia)).status == 200


@pytest.mark.parametrize("missing", LIVEKIT)
async def test_two_variables_are_not_enough(
    motia: MotiaTester, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """S4.29, C9."""
    for name, value in LIVEKIT.items():
        monkeypatch.setenv(name, "" if name == missing else value)

    answer = await motia.post(ROUTE, json=ASKED)

    assert answer.body == NOT_CONFIGURED


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "roomName: Field required"),
        ({"roomName": ""}, "roomName: String should have at least 1 character"),
        ({"roomName": 7}, "roomName: Input should be a valid string"),
        (
            {"roomName": "r", "participantName": []},
            "participantName: Input should be a valid string",
        ),
    ],
)
async def test_a_bad_body_is_refused(body: JSON, reason: str) -> None:
    """S4.23, S4.29."""
    async with MotiaTester(ROOT, env={**NO_MODEL, **LIVEKIT}) as motia:
        answer = await motia.post(ROUTE, json=body)

    assert answer.body == refusal(400, [reason], "Bad Request")
