"""Where Socket.IO is served, and to whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.serving import until
from tests.socket_steps import left_behind, step
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


# Who is still being let in


async def test_a_step_of_connect_may_send_its_client_away(tmp_path: Path) -> None:
    body = 'ctx.socket.emit("sorry", "full")\nawait ctx.socket.disconnect()'
    files = {
        "steps/a_step.py": step("connect", body),
        "steps/gone_step.py": step("disconnect", 'await ctx.state.set("gone", "n", data)'),
    }
    async with MotiaTester(write_project(tmp_path, files)) as motia:
        async with connected(motia.url) as client:
            assert await client.next("sorry") == "full"
            async with asyncio.timeout(10):
                await client.has_left.wait()
                while await motia.state("gone", "n") != "server disconnect":
                    await asyncio.sleep(0.01)
        await until(lambda: not left_behind(motia))


ASKING = """
try:
    await ctx.state.set("asked", "n", 1)
    await asyncio.sleep(20)  # not for ever: a test that fails shall end
except asyncio.CancelledError:
    await ctx.state.set("asked", "n", 2)
    raise
"""


async def asked(motia: MotiaTester, n: int) -> None:
    """Return once this is what `ASKING` has come to."""
    async with asyncio.timeout(10):
        while await motia.state("asked", "n") != n:
            await asyncio.sleep(0.01)


async def test_a_step_of_connect_is_cancelled_when_its_client_goes(tmp_path: Path) -> None:
    files = {"steps/a_step.py": step("connect", ASKING)}
    async with (
        MotiaTester(write_project(tmp_path, files)) as motia,
        aiohttp.ClientSession() as session,
    ):
        address = f"{motia.url}/socket.io/?EIO=4&transport=polling"
        address += f"&sid={json.loads((await (await session.get(address)).text())[1:])['sid']}"
        coming = asyncio.create_task(session.post(address, data="40"))
        await asked(motia, 1)
        await session.post(address, data="1")
        await asked(motia, 2)
        await coming
        await until(lambda: not left_behind(motia))


async def test_a_step_of_connect_that_does_not_end_does_not_hold_up_the_servers_end(
    tmp_path: Path,
) -> None:
    files = {"steps/a_step.py": step("connect", ASKING)}
    motia = MotiaTester(write_project(tmp_path, files), shutdown_seconds=10.0)
    await motia.__aenter__()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{motia.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()
        await socket.send_str("40")
        await asked(motia, 1)
        async with asyncio.timeout(5):
            stopping = asyncio.create_task(motia.__aexit__(None, None, None))
            while (message := await socket.receive()).type is WSMsgType.TEXT:
                # Not let in, either.
                assert not message.data.startswith("40")
            await stopping
