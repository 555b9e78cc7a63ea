"""The workbench's live socket: subscriptions, cursors, what was missed, what is dropped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project
from tests.serving import until

LIVE = "/__motia/api/live"


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    files = {"steps/a_step.py": api_step("a", 'return {"body": 1}')}
    async with MotiaTester(write_project(tmp_path, files)) as running:
        yield running


async def subscribe(socket: ClientWebSocketResponse, **topics: str | None) -> Any:
    await socket.send_str(json.dumps({"type": "subscribe", "topics": topics}))
    told = await socket.receive_json(timeout=10)
    assert told["type"] == "subscribed"
    return told


async def runs_of(socket: ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    """The next runs, each as it was told last, until `count` of them have ended."""
    runs: dict[str, dict[str, Any]] = {}
    while sum(run["status"] != "running" for run in runs.values()) < count:
        batch = await socket.receive_json(timeout=10)
        runs |= {run["id"]: run for run in batch["runs"]}
    return list(runs.values())


async def test_each_run_is_told(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=None)
        answer = await motia.get("/a")
        (run,) = await runs_of(socket, 1)
        assert (run["step"], run["trigger"], run["status"]) == ("a", "http(GET /a)", "ok")
        assert run["traceId"] == answer.headers["x-trace-id"]


async def test_a_run_is_told_while_it_runs(tmp_path: Path) -> None:
    files = {
        "steps/slow_step.py": api_step(
            "slow",
            'import asyncio\nwhile await context.state.get("go", "on") is None:\n'
            '    await asyncio.sleep(0.01)\nreturn {"body": 1}',
        ),
        "steps/go_step.py": api_step("go", 'await context.state.set("go", "on", 1)'),
    }
    async with MotiaTester(write_project(tmp_path, files)) as motia, motia.connect(LIVE) as socket:
        await subscribe(socket, runs=None)

        slow = asyncio.create_task(motia.get("/slow"))
        batch = await socket.receive_json(timeout=10)
        (run,) = batch["runs"]
        assert (run["status"], run["durationMs"]) == ("running", None)
        await motia.get("/go")
        await slow
        ended = {run["id"]: run for run in await runs_of(socket, 2)}
        assert ended[run["id"]]["status"] == "ok"


async def test_a_reload_is_told_with_its_failures(motia: MotiaTester, tmp_path: Path) -> None:
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, project=None)
        file = tmp_path / "steps/a_step.py"
        file.write_text("1 / 0")
        await motia.app.reload({file})
        batch = await socket.receive_json(timeout=10)
        (reload,) = batch["reloads"]
        assert (batch["topic"], reload["revision"]) == ("project", 1)
        assert reload["failures"][0]["file"] == "steps/a_step.py"


async def test_who_comes_back_hears_what_was_missed(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        cursor = (await subscribe(socket, runs=None))["cursors"]["runs"]
    await motia.get("/a")
    await motia.get("/a")
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=cursor)
        batch = await socket.receive_json(timeout=10)
        assert (len(batch["runs"]), batch["dropped"]) == (2, 0)
        assert batch["cursor"] != cursor


async def test_what_is_gone_is_told_as_a_number(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        cursor = (await subscribe(socket, runs=None))["cursors"]["runs"]
    for _ in range(600):
        await motia.get("/a")
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=cursor)
        batch = await socket.receive_json(timeout=10)
        # Each is told as it begins and as it ends.
        assert (batch["dropped"], len(batch["runs"])) == (1200 - 500, 250)


@pytest.mark.parametrize("cursor", ["other-5", "nonsense", ""])
async def test_a_cursor_of_another_server_is_told_to_be_one(
    motia: MotiaTester, cursor: str
) -> None:
    await motia.get("/a")
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=cursor)
        batch = await socket.receive_json(timeout=10)
        assert (batch["dropped"], len(batch["runs"])) == (-1, 1)


async def test_topics_can_be_changed(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=None)
        await subscribe(socket)
        await motia.get("/a")
        told = await subscribe(socket, project=None)
        assert list(told["cursors"]) == ["project"]


@pytest.mark.parametrize(
    "sent", ["x", "{}", "[]", '{"type": "subscribe", "topics": {"none": null}}', '{"type": "x"}']
)
async def test_who_speaks_something_else_is_not_heard(motia: MotiaTester, sent: str) -> None:
    async with motia.connect(LIVE) as socket:
        await socket.send_str(sent)
        message = await socket.receive(timeout=10)
        assert (message.type, socket.close_code) == (WSMsgType.CLOSE, 4400)
    assert (await motia.get("/a")).status == 200


async def test_only_our_own_pages_may_listen(motia: MotiaTester) -> None:
    for origin, status in ((motia.url, 101), ("http://localhost:9", 403), ("null", 403)):
        try:
            async with motia.connect(LIVE, headers={"Origin": origin}):
                got = 101
        except aiohttp.WSServerHandshakeError as error:
            got = error.status
        assert got == status


async def test_nothing_is_left_of_who_went(motia: MotiaTester) -> None:
    for _ in range(5):
        async with motia.connect(LIVE) as socket:
            await subscribe(socket, runs=None, project=None)
    workbench = motia.app._workbench
    assert workbench is not None
    await motia.get("/a")

    await until(lambda: not workbench.live._open)
    assert not workbench.activity.feed._listeners


async def test_clients_are_told_when_the_server_goes(tmp_path: Path) -> None:
    files = {"steps/a_step.py": api_step("a", "return 1")}
    motia = MotiaTester(write_project(tmp_path, files), shutdown_seconds=5.0)
    await motia.__aenter__()
    async with aiohttp.ClientSession() as session, session.ws_connect(motia.url + LIVE) as socket:
        await subscribe(socket, runs=None)

        stopping = asyncio.create_task(motia.__aexit__(None, None, None))
        message = await socket.receive(timeout=10)
        assert (message.type, socket.close_code) == (WSMsgType.CLOSE, 1001)
        await stopping
