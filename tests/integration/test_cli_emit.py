"""`emit`, against servers that take events and others."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from tests.command_line import (
    ORDERS,
    run,
    serving,
)
from tests.projects import write_project


@pytest.mark.parametrize(
    "event",
    [
        ("order.placed", '{"item": "tea"}'),
        ("--topic", "order.placed", "--message", '{"item": "tea"}'),
    ],
)
async def test_emit_hands_an_event_to_a_running_server(
    tmp_path: Path, event: tuple[str, ...]
) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        ended = await run(tmp_path, "emit", *event, "--port", running.url.rpartition(":")[2])

        await running.says(r"order\.placed -> Ship ok")

    assert (ended.code, ended.out) == (0, 'emitted order.placed {"item": "tea"}\n')


async def test_emit_as_json_prints_the_servers_answer(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        port = running.url.rpartition(":")[2]

        ended = await run(tmp_path, "emit", "order.placed", "--json", "--port", port)

    assert json.loads(ended.out) == {
        "success": True,
        "emitted": {"topic": "order.placed", "data": {}},
    }


async def test_emit_without_a_server_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

    ended = await run(tmp_path, "emit", "x", "--port", str(port))

    assert ended.code == 1
    assert re.fullmatch(rf"motia-py: no server answers at localhost port {port} .*\n", ended.err)


async def test_emit_to_a_server_that_takes_no_events_says_so(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "start") as running:
        port = running.url.rpartition(":")[2]

        ended = await run(tmp_path, "emit", "order.placed", "--port", port)

    assert ended.code == 1
    assert "takes no events from outside" in ended.err
    assert "MOTIA_SERVE_EMIT=on" in ended.err


async def test_emit_finds_the_token_and_the_address_in_the_settings(tmp_path: Path) -> None:
    secret = "a-secret-of-its-giver"
    write_project(tmp_path, {**ORDERS, ".env": f"MOTIA_TOKEN={secret}\nHOST=::\n"})
    async with serving(tmp_path, "dev", "--host", "0.0.0.0") as running:
        port = running.url.rpartition(":")[2]

        ended = await run(tmp_path, "emit", "order.placed", "--port", port)

    assert (ended.code, ended.err) == (0, "")


async def test_a_server_that_others_can_reach_takes_events_with_its_token(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev", "--host", "0.0.0.0") as running:
        token = (await running.says(r"/__motia/\?token=(\S+)$"))[1]
        address = ("--port", running.url.rpartition(":")[2])

        refused = await run(tmp_path, "emit", "order.placed", *address)
        taken = await run(tmp_path, "emit", "order.placed", *address, "--token", token)

    assert (refused.code, taken.code) == (1, 0)
    assert "needs the token" in refused.err


@pytest.mark.parametrize("command", ["dev", "start"])
async def test_without_an_address_the_projects_own_server_gets_the_event(
    tmp_path: Path, command: str
) -> None:
    """By its socket: no port to know, no token, and `start` need not take events over HTTP."""
    write_project(tmp_path, {**ORDERS, ".env": "PORT=1\n"})
    async with serving(tmp_path, command, "--verbose") as running:
        ended = await run(tmp_path, "emit", "order.placed", '{"item": "tea"}')
        as_json = await run(tmp_path, "emit", "order.placed", "--json")

        await running.says(r"order\.placed -> Ship ok")

    assert (ended.code, ended.out) == (0, 'emitted order.placed {"item": "tea"}\n')
    assert json.loads(as_json.out) == {
        "success": True,
        "emitted": {"topic": "order.placed", "data": {}},
    }
