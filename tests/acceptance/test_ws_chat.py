"""An answer over the user's stream that a kill interrupted begins anew, and its watchers are told."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.served import Served
from tests.chatting import NO_MODEL
from tests.command_line import get

ADDRESS = "/streams/chat-messages/user:u1"


async def received(server: Served, *, until_type: str) -> list[Any]:
    """What a socket of the user gets, up to the first message of this type."""
    messages: list[Any] = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url + ADDRESS) as socket,
    ):
        while not messages or messages[-1]["type"] != until_type:
            messages.append(await socket.receive_json(timeout=20))
    return messages


async def test_an_answer_that_a_kill_interrupted_begins_anew(root: Path) -> None:
    """S3.10, S3.12, S3.21: who is back gets the old tokens, the switch, and the whole answer."""
    body = {"message": "Hello", "userId": "u1", "stream": True}
    env = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "100"}
    async with Served(root, "dev", **env) as server:
        async with (
            aiohttp.ClientSession() as session,
            session.post(server.url + "/api/chat/stream", json=body) as answer,
        ):
            trace = (await answer.json())["traceId"]
        await received(server, until_type="token")
        # Tokens are written behind: by the next look the first is on the disk.
        while len(await get(server.url + ADDRESS)) < 5:
            pass
        await server.kill()
        server.env["OFFLINE_MODEL_PACE_MS"] = "1"

        await server.start()
        messages = await received(server, until_type="complete")

    kinds = [kind for kind, _ in groupby(messages, key=lambda message: message["type"])]
    assert kinds == ["token", "provider_switch", "token", "complete"]
    assert {message["traceId"] for message in messages} == {trace}
    switch = [message["type"] for message in messages].index("provider_switch")
    text = "".join(message["content"] for message in messages[switch + 1 : -1])
    assert messages[-1]["response"] == text
    assert text.startswith("I am the offline demo model")
