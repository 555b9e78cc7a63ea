"""Where Socket.IO is served, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.socket_steps import step
from tests.socketio_client import Refused, connected

Open = Callable[..., MotiaTester]


@pytest.fixture
def serve(tmp_path: Path) -> Open:
    """A project whose files are step files by name, on a server."""

    def open(files: dict[str, str], **options: Any) -> MotiaTester:
        named = {f"steps/{name}_step.py": text for name, text in files.items()}
        return MotiaTester(write_project(tmp_path, named), **options)

    return open


async def test_nothing_is_served_without_a_socket_step(serve: Open) -> None:
    async with serve(
        {"a": "config = {'name': 'A', 'type': 'noop', 'virtualEmits': ['x']}"}
    ) as motia:
        answer = await motia.get("/socket.io/?EIO=4&transport=polling")
        assert answer.status == 404
        async with asyncio.timeout(10):
            with pytest.raises(Refused):
                async with connected(motia.url):
                    pass


async def test_the_guard_alone_decides_on_origins(serve: Open) -> None:
    """S4.27: in production those that are listed, with their cookies."""
    files = {"a": step("a", "return 1")}
    address = "/socket.io/?EIO=4&transport=polling"
    async with serve(files) as motia:
        near, far = "http://localhost:5173", "https://evil.example"
        answer = await motia.get(address, headers={"Origin": near})
        assert answer.headers["Access-Control-Allow-Origin"] == near
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers["x-trace-id"]
        assert (await motia.get(address, headers={"Origin": far})).status == 403
        assert (await motia.post(address, headers={"Origin": far}, data="40")).status == 403
        with pytest.raises(Refused):
            async with connected(motia.url, headers={"Origin": far}):
                pass
    async with serve(files, mode="start", cors_origins=(far,)) as motia:
        answer = await motia.get(address, headers={"Origin": far})
        assert answer.headers["Access-Control-Allow-Origin"] == far
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert (await motia.get(address, headers={"Origin": near})).status == 403


async def test_one_port_serves_clients_of_socket_io_and_of_streams(serve: Open) -> None:
    """S4.34: upgrades at any other address are the streams'."""
    async with serve({"a": step("a", "return 1")}) as motia:
        async with motia.connect("/socket.io/?EIO=4&transport=websocket") as engine:
            assert (await engine.receive_str()).startswith('0{"sid":')
        for path in ("/", "/socket.io", "/socket.iox/"):
            async with motia.connect(path) as streams:
                await streams.send_str("{}")
                assert '"BAD_MESSAGE"' in await streams.receive_str()


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("GET", "EIO=4&transport=polling&j=0", 400),
        ("GET", "EIO=3&transport=polling", 400),
        ("GET", "EIO=4&transport=carrier-pigeon", 400),
        ("GET", "EIO=4&transport=polling&sid=none", 400),
        ("POST", "EIO=4&transport=polling&sid=none", 400),
        ("PUT", "EIO=4&transport=polling", 405),
    ],
)
async def test_what_is_not_engine_io_is_refused(
    serve: Open, method: str, query: str, status: int
) -> None:
    async with serve({"a": step("a", "return 1")}) as motia:
        assert (await motia.request(method, f"/socket.io/?{query}")).status == status


async def test_a_route_of_the_projects_own_wins(serve: Open) -> None:
    files = {
        "a": step("a", "return 1"),
        "mine": """
            config = {"type": "api", "name": "M", "method": "GET", "path": "/socket.io", "emits": []}

            async def handler(req, context):
                return {"body": "mine"}
        """,
    }
    async with serve(files) as motia:
        assert (await motia.get("/socket.io/")).body == "mine"


async def test_a_saved_step_answers_the_next_event_of_those_who_are_connected(
    serve: Open, tmp_path: Path
) -> None:
    async with serve({"a": step("a", 'return "old"')}) as motia, connected(motia.url) as client:
        assert await client.call("a") == "old"
        file = tmp_path / "steps/a_step.py"
        file.write_text(step("a", 'return "newer"'))
        await motia.app.reload({file})
        assert await client.call("a") == "newer"
        file.write_text("syntax error")
        await motia.app.reload({file})
        assert await client.call("a") == "newer"
        file.write_text(step("b", 'return "b"'))
        await motia.app.reload({file})
        assert "No step listens" in (await client.call("a"))["error"]
        assert await client.call("b") == "b"


async def test_a_socket_step_that_is_added_later_is_served(serve: Open, tmp_path: Path) -> None:
    async with serve(
        {"n": "config = {'name': 'N', 'type': 'noop', 'virtualEmits': ['x']}"}
    ) as motia:
        file = tmp_path / "steps/a_step.py"
        file.write_text(step("a", 'return "here"'))
        await motia.app.reload({file})
        async with connected(motia.url) as client:
            assert await client.call("a") == "here"
