"""Streams over plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from motia_py.runtime.requests import Request
from tests.serving import Serving, raw_exchange, stream


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        streams=[stream("chat"), stream("closed", can_access=lambda: False)],
    ) as running:
        yield running


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(serving.url) as session:
        yield session


async def test_a_streams_address_shows_what_its_watchers_see(
    serving: Serving, client: aiohttp.ClientSession
) -> None:
    serving.set("chat", "user:1/a", "m1", text="hi")

    async with client.get("/streams/chat/user:1%2Fa") as got:
        assert (got.status, await got.json()) == (200, [{"text": "hi", "id": "m1"}])
    async with client.get("/streams/chat/user:1%2Fa/m1") as got:
        assert await got.json() == {"text": "hi", "id": "m1"}
    async with client.get("/streams/chat/empty/") as got:
        assert await got.json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/streams/chat/a/nothing", 404),
        ("/streams/unknown/a", 404),
        ("/streams/chat", 404),
        ("/streams/chat/", 404),
        ("/streams/chat//a", 404),
        ("/streams/chat/a/b/c", 404),
        ("/streams/chat/%ff", 404),
        ("/streams/closed/a", 403),
    ],
)
async def test_a_streams_address_keeps_its_rules(serving: Serving, path: str, status: int) -> None:
    received = await raw_exchange(
        serving.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )

    assert int(received.split()[1]) == status


async def test_a_streams_address_takes_no_other_method(client: aiohttp.ClientSession) -> None:
    async with client.post("/streams/chat/a") as got:
        assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_a_streams_address_asks_who_it_is() -> None:
    def authenticate(request: Request) -> Any:
        return {"authorized": request.query_params.get("key") == "k"}

    async with (
        Serving(streams=[stream("chat")], authenticate=authenticate) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        async with client.get("/streams/chat/a") as got:
            assert got.status == 401
        async with client.get("/streams/chat/a?key=k") as got:
            assert got.status == 200


@pytest.mark.parametrize("is_broken", [False, True])
async def test_who_looked_once_has_left_again(is_broken: bool) -> None:
    """Else whoever counts in `onJoin` and `onLeave` who is there counts ever more."""
    present: list[str] = []
    counted = stream(
        "chat",
        on_join=lambda subscription: present.append(subscription.group_id),
        on_leave=lambda subscription: present.remove(subscription.group_id),
    )

    async def see() -> None:
        assert present == ["a"]
        if is_broken:
            raise RuntimeError

    async with (
        Serving(streams=[counted]) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        serving.before_snapshot = see
        async with client.get("/streams/chat/a") as got:
            assert got.status == (500 if is_broken else 200)

    assert present == []


async def test_who_was_refused_has_not_left() -> None:
    left: list[Any] = []
    refusing = stream("chat", on_join=lambda: {"unauthorized": True}, on_leave=left.append)
    async with (
        Serving(streams=[refusing]) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.get("/streams/chat/a") as got,
    ):
        assert got.status == 403

    assert left == []
