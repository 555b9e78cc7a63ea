"""Who may come in, and the server's own addresses, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from motia_py.errors import ConfigError
from motia_py.runtime.requests import Request
from motia_py.settings import Mode
from tests.needs import need_workbench
from tests.serving import Serving, answer, api, posted, raw_exchange, stream

JSON_TYPE = {"Content-Type": "application/json"}
DEV = "http://localhost:5173"


async def blow_up(request: Request) -> Any:
    raise RuntimeError("a secret detail")


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with Serving(
        api("GET", "/x", answer(body={"ok": True})),
        api("GET", "/broken", blow_up),
        api("OPTIONS", "/own-options", answer(body="mine")),
        mode="dev",
        cors_origins=("https://app.example.com",),
    ) as running:
        yield running


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(serving.url) as session:
        yield session


# Who may come in


async def test_a_host_that_is_not_ours_is_a_421_that_names_the_setting(
    client: aiohttp.ClientSession,
) -> None:
    """S2."""
    async with client.get("/x", headers={"Host": "evil.test"}) as got:
        assert got.status == 421
        assert "MOTIA_ALLOWED_HOSTS" in (await got.json())["error"]


async def test_a_page_of_an_allowed_origin_may_read_answers_and_errors(
    client: aiohttp.ClientSession,
) -> None:
    """SX.10."""
    for path in ("/x", "/nothing", "/broken"):
        async with client.get(path, headers={"Origin": DEV}) as got:
            assert got.headers["Access-Control-Allow-Origin"] == DEV
            assert got.headers["Access-Control-Allow-Credentials"] == "true"
            assert got.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "http://evil.test", "http://localhost.evil.test"])
async def test_a_page_of_a_foreign_origin_may_not(
    client: aiohttp.ClientSession, origin: str
) -> None:
    """S1, S3."""
    async with client.get("/x", headers={"Origin": origin}) as got:
        assert "Access-Control-Allow-Origin" not in got.headers
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with client.options("/x", headers=preflight) as got:
        assert got.status == 403


async def test_a_preflight_is_answered_for_every_path(client: aiohttp.ClientSession) -> None:
    asked = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    for path in ("/x", "/own-options", "/nothing"):
        async with client.options(path, headers=asked) as got:
            assert got.status == 204
            assert got.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
            assert "POST" in got.headers["Access-Control-Allow-Methods"]
            assert got.headers["Access-Control-Allow-Headers"] == "content-type"
            assert "Access-Control-Allow-Private-Network" not in got.headers


# The server's own addresses


@pytest.mark.parametrize("path", ["/", "/__motia", "/__motia/", "/__motia/flows/any"])
async def test_the_workbench_is_served(client: aiohttp.ClientSession, path: str) -> None:
    """S0.30."""
    need_workbench()
    async with client.get(path) as got:
        assert (got.status, got.content_type) == (200, "text/html")
        assert got.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/__motia/assets/nothing", "/__motia/assets/../x", "/__motiax", "//__motia/"]
)
async def test_what_is_not_listed_does_not_exist(serving: Serving, path: str) -> None:
    """S7."""
    received = await raw_exchange(
        serving.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )

    assert received.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("path", ["/", "/__motia/", "/__motia/flows"])
@pytest.mark.parametrize("origin", [DEV, "null", "http://evil.test"])
async def test_own_pages_are_for_the_same_origin_only(
    client: aiohttp.ClientSession, path: str, origin: str
) -> None:
    """S5."""
    async with client.get(path, headers={"Origin": origin}) as got:
        assert got.status == 403


async def test_a_users_route_wins_over_ours_except_under_motia() -> None:
    own = [
        api("GET", "/", answer(body="mine")),
        api("POST", "/emit", answer(body="mine")),
        api("GET", "/streams/:name/:group", answer(body="mine")),
        api("GET", "/__motia/assets/mine", answer(body="mine")),
    ]
    parts: dict[str, Any] = {"mode": "dev", "serves_emit": True, "serves_pages": True}
    async with (
        Serving(*own, streams=[stream("chat")], **parts) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        for method, path in [("GET", "/"), ("POST", "/emit"), ("GET", "/streams/chat/a")]:
            async with client.request(method, path) as got:
                assert await got.text() == "mine"
        async with client.get("/__motia/assets/mine") as got:
            assert got.status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/__motia/"), ("GET", "/__motia/api/graph"), ("POST", "/emit")],
)
async def test_start_serves_nothing_of_its_own_unless_asked(method: str, path: str) -> None:
    async with (
        Serving(mode="start") as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.request(method, path, json={}) as got,
    ):
        assert got.status == 404


async def test_emit_publishes_an_event(serving: Serving, client: aiohttp.ClientSession) -> None:
    """As in Motia 0.17."""
    status, body = await posted(client, "/emit", json={"topic": "t", "data": {"a": 1}})

    assert status == 200
    assert body == {"success": True, "emitted": {"topic": "t", "data": {"a": 1}}}
    assert serving.emitted == [("t", {"a": 1})]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"topic": "unknown"}', JSON_TYPE, 400),
        (b'{"topic": ""}', JSON_TYPE, 400),
        (b'{"data": 1}', JSON_TYPE, 400),
        (b"[1]", JSON_TYPE, 400),
        (b"{", JSON_TYPE, 400),
        (b"", JSON_TYPE, 400),
        (b'{"topic": "t"}', {"Content-Type": "text/plain"}, 415),
        (b'{"topic": "t"}', {**JSON_TYPE, "Origin": DEV}, 403),
        (b'{"topic": "t"}', {**JSON_TYPE, "Origin": "null"}, 403),
    ],
)
async def test_emit_refuses_what_is_no_event_or_comes_from_elsewhere(
    serving: Serving,
    client: aiohttp.ClientSession,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    got, _ = await posted(client, "/emit", data=body, headers=headers)

    assert got == status
    assert not serving.emitted


async def test_off_loopback_own_pages_need_the_token() -> None:
    """S4."""
    parts: dict[str, Any] = {
        "mode": "dev",
        "serves_emit": True,
        "serves_pages": True,
        "token": "secret",
    }
    async with (
        Serving(api("GET", "/x", answer(body={})), hosts=("0.0.0.0",), **parts) as serving,
        aiohttp.ClientSession(serving.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        async with client.get("/x") as got:
            assert got.status == 200
        for path in ("/", "/__motia/assets/nothing", "/__motia/?token=wrong"):
            async with client.get(path) as got:
                assert got.status == 401
        assert (await posted(client, "/emit", json={"topic": "t"}))[0] == 401
        assert (await posted(client, "/emit?token=secret", json={"topic": "t"}))[0] == 200
        async with client.get("/__motia/?token=secret", allow_redirects=False) as got:
            assert (got.status, got.headers["Location"]) == (303, "/__motia/")
            assert got.headers["Set-Cookie"] == (
                "motia_token=secret; Path=/; HttpOnly; SameSite=Strict"
            )
        async with client.get("/__motia/assets/nothing") as got:
            assert got.status == 404


async def test_start_that_is_asked_to_takes_events_under_the_same_rules() -> None:
    """S6: off loopback only with the token; there are no pages beside it."""
    parts: dict[str, Any] = {"serves_emit": True, "token": "secret", "hosts": ("0.0.0.0",)}
    event = {"topic": "t", "data": 1}
    async with (
        Serving(mode="start", **parts) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        statuses = [
            (await posted(client, "/emit", json=event))[0],
            (await posted(client, "/emit?token=wrong", json=event))[0],
            (await posted(client, "/emit?token=secret", json=event, headers={"Origin": DEV}))[0],
            (await posted(client, "/emit?token=secret", data="{}"))[0],
            (await posted(client, "/emit?token=secret", json=event))[0],
        ]
        async with client.get("/__motia/?token=secret") as got:
            page = got.status

    assert statuses == [401, 401, 403, 415, 200]
    assert page == 404
    assert serving.emitted == [("t", 1)]


@pytest.mark.parametrize("mode", ["dev", "start"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("script", ["client.js", "socket.io.js"])
async def test_public_scripts_need_no_token_and_follow_the_rules_of_routes(
    mode: Mode, method: str, script: str
) -> None:
    parts: dict[str, Any] = {"serves_emit": True, "token": "secret", "hosts": ("0.0.0.0",)}
    page = "https://app.example.com"
    async with (
        Serving(mode=mode, cors_origins=(page,), **parts) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.request(method, f"/__motia/{script}", headers={"Origin": page}) as got,
        client.post(f"/__motia/{script}") as posted_there,
    ):
        # It is a 404 where it was left out of the install.
        assert got.status in (200, 404)
        assert got.headers["Access-Control-Allow-Origin"] == page
        assert posted_there.status == 405
        assert posted_there.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("served", ["serves_pages", "serves_emit"])
def test_own_pages_without_a_token_are_never_open_to_others(served: str) -> None:
    """S4, S6."""
    parts: dict[str, Any] = {"hosts": ("0.0.0.0",), served: True}

    with pytest.raises(ConfigError, match="token"):
        Serving(**parts)
