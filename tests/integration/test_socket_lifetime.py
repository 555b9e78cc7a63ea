"""What becomes of socket steps when clients go, lag or send nonsense, and when the server stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.serving import until
from tests.socket_steps import left_behind, server_of, step
from tests.socketio_client import POLLING, TRANSPORTS, WEBSOCKET, SocketClient, connected

#: Tells by events what becomes of it; the room is where others listen.
STREAM = (
    'await ctx.socket.join("room")\n'
    'await ctx.socket.emit("begun")\n'
    "try:\n"
    "    await asyncio.Event().wait()\n"
    "except asyncio.CancelledError:\n"
    '    await ctx.socket.emit("stopped", data, room="room", skip_self=True)\n'
    "    raise"
)
FILES = {
    "stream": step("stream", STREAM),
    "join": step("join", 'await ctx.socket.join("room")'),
    "gone": step(
        "disconnect",
        'await ctx.socket.emit("left", [data, ctx.socket.rooms()], room="room")\n'
        'await ctx.state.update("gone", "n", [{"type": "increment", "path": "n"}])',
    ),
    "kick": step("kick", 'ctx.socket.disconnect()\nreturn "bye"'),
    "fine": step("fine", "return data"),
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    named = {f"steps/{name}_step.py": text for name, text in FILES.items()}
    async with MotiaTester(write_project(tmp_path, named)) as running:
        yield running


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_a_client_that_leaves_ends_its_handlers_and_its_room_is_told(
    motia: MotiaTester, transport: str
) -> None:
    """S4.16, S4.19."""
    async with connected(motia.url) as other:
        await other.call("join")
        async with connected(motia.url, transports=TRANSPORTS[transport]) as client:
            await client.emit("stream", 1)
            await client.next("begun")
        assert await other.next() == ("stopped", 1)
        reason, rooms = await other.next("left")
        assert rooms == ["room"]
        assert reason in ("client disconnect", "transport close")
    await until(lambda: not left_behind(motia))


async def test_a_connection_that_breaks_is_a_client_that_leaves(motia: MotiaTester) -> None:
    async with connected(motia.url) as other, aiohttp.ClientSession() as session:
        await other.call("join")
        address = f"{motia.url}/socket.io/?EIO=4&transport=websocket"
        socket = await session.ws_connect(address)
        await socket.receive()
        await socket.send_str("40")
        await socket.receive()
        await socket.send_str('42["stream",5]')
        await socket.receive()
        assert socket._conn is not None and socket._conn.transport is not None
        socket._conn.transport.abort()
        assert await other.next() == ("stopped", 5)
        assert (await other.next("left"))[0] == "transport close"


async def test_a_handler_whose_config_says_so_runs_on(tmp_path: Path) -> None:
    body = (
        'ctx.socket.emit("begun")\n'
        'while await ctx.state.get("gone", "n") is None:\n    await asyncio.sleep(0.01)\n'
        'await ctx.socket.emit("nobody")\n'
        'await ctx.state.set("finished", "n", data)'
    )
    files = {**FILES, "stream": step("stream", body, more='"onDisconnect": "finish"')}
    files["gone"] = step("disconnect", 'await ctx.state.set("gone", "n", data)')
    named = {f"steps/{name}_step.py": text for name, text in files.items()}
    async with MotiaTester(write_project(tmp_path, named)) as motia:
        async with connected(motia.url) as client:
            await client.emit("stream", 1)
            await client.emit("stream", 2)
            await client.next("begun")
        async with asyncio.timeout(10):
            while await motia.state("finished", "n") != 2:
                await asyncio.sleep(0.01)
        await until(lambda: not left_behind(motia))


async def test_a_handler_may_send_its_client_away(motia: MotiaTester) -> None:
    async with connected(motia.url) as client:
        await client.emit("kick")
        async with asyncio.timeout(10):
            await client.has_left.wait()
        async with asyncio.timeout(10):
            while await motia.state("gone", "n") is None:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET])
async def test_a_hundred_that_leave_in_mid_stream_leave_nothing_behind(
    motia: MotiaTester, transports: list[str]
) -> None:
    """S4.19."""
    tasks = len(asyncio.all_tasks())

    async def come_and_go(n: int) -> None:
        async with connected(motia.url, transports=transports) as client:
            await client.emit("stream", n)
            await client.next("begun")

    for tens in range(10):
        await asyncio.gather(*(come_and_go(tens * 10 + n) for n in range(10)))

    await until(lambda: not left_behind(motia))
    assert (await motia.state("gone", "n")) == {"n": 100}
    # The server's own, which looks after connections, and what it waits for.
    await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)


async def test_nothing_is_left_of_a_client_that_goes_while_it_is_let_in(tmp_path: Path) -> None:
    body = 'await ctx.state.set("asked", "n", 1)\nawait asyncio.sleep(0.3)'
    files = {"steps/a_step.py": step("connect", body), "steps/b_step.py": step("b", "return 1")}
    async with MotiaTester(write_project(tmp_path, files)) as motia:
        address = f"{motia.url}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as session:
            opened = (await (await session.get(address)).text())[1:]
            sid = json.loads(opened)["sid"]
            coming = asyncio.create_task(session.post(f"{address}&sid={sid}", data="40"))
            async with asyncio.timeout(10):
                while await motia.state("asked", "n") is None:
                    await asyncio.sleep(0.01)
            await session.post(f"{address}&sid={sid}", data="1")
            await coming
        await until(lambda: not left_behind(motia))


async def test_attachments_for_who_is_not_let_in_are_not_kept(tmp_path: Path) -> None:
    body = 'await ctx.state.set("asked", "n", 1)\n'
    body += 'while await ctx.state.get("asked", "n") == 1:\n    await asyncio.sleep(0.01)\n'
    files = {
        "steps/a_step.py": step("connect", f"{body}return False"),
        "steps/go_step.py": """
            config = {"type": "api", "name": "Go", "method": "POST", "path": "/go", "emits": []}

            async def handler(req, context):
                await context.state.set("asked", "n", 2)
        """,
    }
    async with (
        MotiaTester(write_project(tmp_path, files)) as motia,
        aiohttp.ClientSession() as session,
    ):
        address = f"{motia.url}/socket.io/?EIO=4&transport=polling"
        address += f"&sid={json.loads((await (await session.get(address)).text())[1:])['sid']}"
        coming = asyncio.create_task(session.post(address, data="40"))
        async with asyncio.timeout(10):
            while await motia.state("asked", "n") is None:
                await asyncio.sleep(0.01)
        await session.post(address, data='451-["b",{"_placeholder":true,"num":0}]')
        await motia.post("/go")
        await coming
        await session.post(address, data="1")
        await until(lambda: not left_behind(motia))


# Clients that do not read


@pytest.mark.timeout(120)
@pytest.mark.parametrize("sent", ["5", "40/nowhere,", '42["unknown"]'])
async def test_who_asks_and_asks_but_never_polls_is_cut_off(motia: MotiaTester, sent: str) -> None:
    """Whoever would answer: the engine, the library or a step."""
    async with aiohttp.ClientSession() as session:
        address = f"{motia.url}/socket.io/?EIO=4&transport=polling"
        address += f"&sid={json.loads((await (await session.get(address)).text())[1:])['sid']}"
        await session.post(address, data="40")
        async with asyncio.timeout(90):
            while (await session.post(address, data="\x1e".join([sent] * 5000))).status == 200:
                pass
        await until(lambda: not left_behind(motia))


async def test_who_does_not_read_is_cut_off_and_nobody_else_notices(tmp_path: Path) -> None:
    files = {
        "steps/join_step.py": step("join", 'await ctx.socket.join("room")'),
        "steps/say_step.py": step(
            "say",
            "for n in range(400):\n"
            '    await ctx.socket.emit("said", "x" * 100_000, room="room", skip_self=True)\n'
            "    await asyncio.sleep(0)",
        ),
    }
    async with MotiaTester(write_project(tmp_path, files)) as motia:
        address = f"{motia.url}/socket.io/?EIO=4&transport=websocket"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=0) as deaf,
            connected(motia.url) as speaker,
            connected(motia.url) as listener,
        ):
            await deaf.receive()
            await deaf.send_str("40")
            await deaf.receive()
            await deaf.send_str('42["join"]')
            await listener.call("join")
            assert deaf._conn is not None and deaf._conn.transport is not None
            deaf._conn.transport.pause_reading()
            await speaker.call("say")
            for _ in range(400):
                await listener.next("said")
            await until(lambda: len(server_of(motia).clients) == 2)
            deaf._conn.transport.abort()


async def test_a_handler_waits_for_a_client_that_reads_slowly(tmp_path: Path) -> None:
    body = (
        "for n in range(400):\n"
        '    await ctx.socket.emit("said", "x" * 100_000)\n'
        '    await ctx.state.set("said", "n", n)'
    )
    async with MotiaTester(
        write_project(tmp_path, {"steps/say_step.py": step("say", body)})
    ) as motia:
        address = f"{motia.url}/socket.io/?EIO=4&transport=websocket"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=0) as slow,
        ):
            await slow.receive()
            await slow.send_str("40")
            await slow.receive()
            assert slow._conn is not None and slow._conn.transport is not None
            slow._conn.transport.pause_reading()
            await slow.send_str('42["say"]')
            said = -1
            # It goes on until the machine's own buffers are full.
            while (now := await motia.state("said", "n")) is None or now != said:
                said = -1 if now is None else now
                await asyncio.sleep(0.2)
            assert said < 399
            slow._conn.transport.resume_reading()
            for _ in range(400):
                assert len((await slow.receive()).data) > 100_000


# The server's end


async def test_what_runs_may_end_when_the_server_stops_and_clients_are_told_to_go(
    tmp_path: Path,
) -> None:
    body = (
        'await ctx.socket.emit("begun")\n'
        'await asyncio.sleep(0.3)\nawait ctx.socket.emit("ended")\nreturn "done"'
    )
    files = {"steps/a_step.py": step("a", body), "steps/b_step.py": step("b", "return 1")}
    motia = MotiaTester(write_project(tmp_path, files), shutdown_seconds=5.0)
    await motia.__aenter__()
    async with aiohttp.ClientSession() as session:
        polling = SocketClient("/", session)
        await polling.connect(motia.url, transports=POLLING)
        async with connected(motia.url) as client:
            asked = asyncio.create_task(client.call("a"))
            await client.next("begun")
            stopping = asyncio.create_task(motia.__aexit__(None, None, None))
            await client.next("ended")
            assert await asked == "done"
            async with asyncio.timeout(5):
                await stopping
                await client.has_left.wait()
                await polling.has_left.wait()
        await polling.leave()


async def test_what_does_not_end_in_time_is_cut_off_when_the_server_stops(
    tmp_path: Path,
) -> None:
    named = {f"steps/{name}_step.py": text for name, text in FILES.items()}
    motia = MotiaTester(write_project(tmp_path, named), shutdown_seconds=0.1)
    await motia.__aenter__()
    async with connected(motia.url) as client:
        await client.emit("stream", 1)
        await client.next("begun")
        async with asyncio.timeout(5):
            await motia.__aexit__(None, None, None)
            await client.has_left.wait()


async def test_what_runs_on_for_a_client_that_is_gone_is_cut_off_too(tmp_path: Path) -> None:
    body = 'ctx.socket.emit("begun")\nawait asyncio.Event().wait()'
    files = {"steps/a_step.py": step("a", body, more='"onDisconnect": "finish"')}
    motia = MotiaTester(write_project(tmp_path, files), shutdown_seconds=0.1)
    before = asyncio.all_tasks()
    await motia.__aenter__()
    async with connected(motia.url) as client:
        await client.emit("a")
        await client.next("begun")
    await until(lambda: left_behind(motia) == {"farewells": 1})

    await motia.__aexit__(None, None, None)

    assert asyncio.all_tasks() <= before


async def test_a_step_of_disconnect_that_does_not_end_does_not_hold_up_the_servers_end(
    tmp_path: Path,
) -> None:
    files = {
        "steps/a_step.py": step("a", "return 1"),
        "steps/gone_step.py": step("disconnect", "await asyncio.Event().wait()"),
    }
    motia = MotiaTester(write_project(tmp_path, files), shutdown_seconds=0.1)
    await motia.__aenter__()
    async with connected(motia.url) as client:
        assert await client.call("a") == 1
        async with asyncio.timeout(5):
            await motia.__aexit__(None, None, None)
            await client.has_left.wait()
        assert not server_of(motia).steps._farewells


async def test_steps_of_disconnect_are_told_of_the_servers_end_though_others_do_not_end(
    tmp_path: Path,
) -> None:
    body = 'ctx.logger.info("told")'
    files = {**FILES, "gone": step("disconnect", body)}
    named = {f"steps/{name}_step.py": text for name, text in files.items()}
    motia = MotiaTester(write_project(tmp_path, named), shutdown_seconds=0.1)
    await motia.__aenter__()
    async with connected(motia.url) as client:
        await client.emit("stream", 1)
        await client.next("begun")
        async with asyncio.timeout(5):
            await motia.__aexit__(None, None, None)
    told = {span.step: span.status for trace in motia.traces.recent() for span in trace}
    assert told == {"On stream": "error", "On disconnect": "ok"}
