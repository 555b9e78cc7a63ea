"""The socket for commands: who may open it, what attacks do to it, and how it comes and goes."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from motia_py.backends.memory import MemoryEngine
from motia_py.clock import FakeClock
from motia_py.messages import JSON, STATE_SPACE, DeadLetter, Delivery, Lane, Write
from motia_py.runtime.operations import Operations
from motia_py.web.control import (
    MAX_CONNECTIONS,
    MAX_REQUEST_BYTES,
    REQUEST_SECONDS,
    SOCKET_NAME,
    UNREAD_SECONDS,
    ControlSocket,
    address,
)
from tests.serving import until

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """A control socket on a memory engine; what is emitted waits until `may_end` is set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.engine = MemoryEngine(self.clock)
        self.may_end = asyncio.Event()
        self.emitted: list[str] = []
        self.operations = Operations(
            self.engine,
            commit=self.engine.state.write,
            redrive=self._fail,
            emit=self._emit,
            streams=lambda: (),
        )
        self.control = ControlSocket(self.operations, folder, self.clock)

    @property
    def path(self) -> Path:
        return self.folder / SOCKET_NAME

    async def connect(self) -> Pair:
        with address(self.folder) as name:
            return await asyncio.open_unix_connection(name)

    async def send(self, sent: bytes, *, is_all: bool = True) -> list[JSON]:
        """Every line of the answer to these bytes."""
        reader, writer = await self.connect()
        try:
            writer.write(sent)
            if is_all:
                writer.write_eof()
            return await lines_of(reader)
        finally:
            writer.close()

    async def ask(self, call: str, **arguments: JSON) -> list[JSON]:
        request = json.dumps({"call": call, "arguments": arguments}).encode()
        return await self.send(request + b"\n", is_all=False)

    async def is_well(self) -> bool:
        return await self.ask("state_groups") == [{"result": []}]

    async def _emit(self, topic: str, _: JSON) -> None:
        self.emitted.append(f"{topic} begins")
        await self.may_end.wait()
        self.emitted.append(f"{topic} is stored")

    async def _fail(self, _: str) -> bool:
        raise RuntimeError("the disk is on fire")


async def lines_of(reader: asyncio.StreamReader) -> list[JSON]:
    async with asyncio.timeout(10.0):
        return [json.loads(line) async for line in reader]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".motia"


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[Server]:
    server = Server(folder)
    async with server.control:
        yield server


@pytest.fixture
def open_umask() -> Iterator[None]:
    """As of a user who shares everything with everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


# Who may


async def test_only_its_user_can_reach_it(open_umask: None, folder: Path) -> None:
    async with Server(folder).control:
        assert stat.S_IMODE((folder / SOCKET_NAME).stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert (folder / ".gitignore").read_text() == "*\n"
        assert sorted(path.name for path in folder.iterdir()) == [".gitignore", SOCKET_NAME]


async def test_its_mode_is_never_wider(
    open_umask: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that others may enter, nothing that can be connected to is open to them."""
    folder.mkdir(mode=0o777)
    reachable = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        reachable.append(stat.S_IMODE(self.parent.stat().st_mode))
        reachable.append(stat.S_IMODE(self.stat().st_mode))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)

    async with Server(folder).control:
        assert reachable == [0o700, 0o600]


# Answers


async def test_a_call_is_answered_with_its_result(server: Server) -> None:
    assert await server.ask("state_set", group="g", key="k", value={"n": "ü"}) == [
        {"result": {"existed": False}}
    ]
    assert await server.ask("state_list", group="g") == [
        {"item": {"key": "k", "value": {"n": "ü"}}},
        {"result": None},
    ]


@pytest.mark.parametrize(
    ("call", "arguments"),
    [("fly", {}), ("dead_letters", {"limit": 0}), ("dead_letter", {"id": "abcd"})],
)
async def test_a_refusal_says_why(server: Server, call: str, arguments: dict[str, JSON]) -> None:
    (answer,) = await server.ask(call, **arguments)

    assert answer["kind"] == "refused"
    assert answer["error"]
    assert await server.is_well()


async def test_a_failure_inside_is_logged_and_does_not_tell_what_it_was(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await bury(server, "abcd")

    (answer,) = await server.ask("redrive", id="abcd")

    assert answer == {"error": "it failed inside the server, whose log says why", "kind": "failed"}
    assert "the disk is on fire" in caplog.text
    assert await server.is_well()


async def bury(server: Server, id: str) -> None:
    lane = Lane("s", "t")
    delivery = Delivery(id=id, lane=lane, topic="t", data={}, trace_id="t")
    await server.engine.queue.push([delivery])
    (claimed,) = await server.engine.queue.claim(lane, limit=1, now=server.clock.now())
    letter = DeadLetter(delivery=claimed, error="e", traceback="", died_at=0.0)
    await server.engine.queue.bury(letter)


# Attacks


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"\x00\xff\xfe\n",
        b"GET / HTTP/1.1\r\n",
        b"[]\n",
        b"null\n",
        b'{"call": 1}\n',
        b'{"call": "state_groups", "arguments": []}\n',
        b'{"call": "state_groups", "arguments": {"x": NaN}}\n',
        b'{"call": "state_groups", "arguments": {"x": ' + b"9" * 100_000 + b"}}\n",
        b"[" * 100_000 + b"\n",
        b'{"call": "state_gr',
        b"x",
    ],
    ids=range(12),
)
async def test_what_is_no_request_is_answered_and_harms_nothing(
    server: Server, sent: bytes
) -> None:
    (answer,) = await server.send(sent)

    assert answer["kind"] == "request"
    assert "the request" in answer["error"]
    assert await server.is_well()


async def test_a_line_without_end_is_cut_off(server: Server) -> None:
    """Its sender is told before it is through with it."""
    _, writer = await server.connect()
    chunk = b"x" * 1024 * 1024

    sent = 0
    try:
        while sent <= 4 * MAX_REQUEST_BYTES:
            writer.write(chunk)
            await asyncio.wait_for(writer.drain(), 10)
            sent += len(chunk)
    except ConnectionError:
        pass

    assert sent < 2 * MAX_REQUEST_BYTES
    writer.close()
    assert await server.is_well()


async def test_a_line_that_is_too_long_is_told_so(server: Server) -> None:
    (answer,) = await server.send(b"x" * (MAX_REQUEST_BYTES + 1), is_all=False)

    assert answer["error"] == f"the request is longer than {MAX_REQUEST_BYTES:,} bytes"
    assert await server.is_well()


async def test_a_large_value_is_not_too_long(server: Server) -> None:
    (answer,) = await server.ask("state_set", group="g", key="k", value="x" * 10 * 1024 * 1024)

    assert answer == {"result": {"existed": False}}


@pytest.mark.parametrize("sent", [b"", b'{"call": "state_gr'])
async def test_who_does_not_finish_a_request_is_cut_off(server: Server, sent: bytes) -> None:
    reader, writer = await server.connect()
    writer.write(sent)
    await until(lambda: server.clock.next_timer() is not None)

    server.clock.advance(REQUEST_SECONDS + 0.1)

    assert await lines_of(reader) == []
    writer.close()
    assert await server.is_well()


async def test_fifty_silent_connections_keep_nobody_from_asking(server: Server) -> None:
    idle = [await server.connect() for _ in range(50)]

    assert await server.is_well()

    for _, writer in idle:
        writer.close()


async def test_more_connections_than_there_may_be_are_told_so(server: Server) -> None:
    idle = [await server.connect() for _ in range(MAX_CONNECTIONS)]
    await until(lambda: len(server.control._tasks) == MAX_CONNECTIONS)

    reader, writer = await server.connect()

    (answer,) = await lines_of(reader)
    assert "too many" in answer["error"]
    writer.close()
    for _, writer in idle:
        writer.close()
    await until(lambda: not server.control._tasks)
    assert await server.is_well()


async def store_much(server: Server) -> None:
    """More than fits into the buffers between two processes."""
    value = "x" * 1024 * 1024
    writes = [
        Write(space=STATE_SPACE, group="g", key=str(key), kind="set", value=value)
        for key in range(8)
    ]
    await server.engine.state.write(writes)


async def test_who_does_not_read_the_answer_is_cut_off(server: Server) -> None:
    await store_much(server)
    with address(server.folder) as name, socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(name)
        deaf.sendall(b'{"call": "state_export"}\n')
        await until(lambda: server.control._tasks and not server.control._reading)

        server.clock.advance(UNREAD_SECONDS + 0.1)

        await until(lambda: not server.control._tasks)


async def test_who_hangs_up_in_the_middle_of_an_answer_harms_nothing(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await store_much(server)
    reader, writer = await server.connect()
    writer.write(b'{"call": "state_export"}\n')
    await reader.read(1)

    writer.transport.abort()

    await until(lambda: not server.control._tasks)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


# Coming and going


async def test_the_socket_of_a_killed_server_is_replaced(folder: Path) -> None:
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(folder / SOCKET_NAME))
        killed.listen()
    server = Server(folder)

    async with server.control:
        assert await server.is_well()


async def test_a_second_server_of_the_same_folder_leaves_it_to_the_first(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Server(folder), Server(folder)
    async with first.control:
        async with second.control:
            assert [each.levelname for each in caplog.records] == ["WARNING"]
            assert "another server of this project has it" in caplog.text

            await first.ask("state_set", group="g", key="of the first", value=1)

        assert await first.ask("state_groups") == [{"result": ["g"]}]


async def test_where_there_can_be_no_socket_the_server_goes_on_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".motia").write_text("in the way")

    async with Server(tmp_path / ".motia").control:
        assert [each.levelname for each in caplog.records] == ["WARNING"]
        assert "cannot reach this server" in caplog.text


async def test_its_file_is_gone_once_it_is_closed(folder: Path) -> None:
    async with Server(folder).control:
        pass

    assert [path.name for path in folder.iterdir()] == [".gitignore"]


async def test_the_file_of_another_server_is_left_alone(folder: Path) -> None:
    """As of one that started while this one's socket did not answer."""
    async with Server(folder).control:
        (folder / SOCKET_NAME).unlink()
        (folder / SOCKET_NAME).write_text("another one")

    assert (folder / SOCKET_NAME).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="long paths are reached through /proc")
async def test_a_folder_too_deep_for_a_sockets_address_will_do(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 50) / ".motia"
    server = Server(folder)

    async with server.control:
        assert len(str(folder)) > 108
        assert await server.is_well()

    assert not (folder / SOCKET_NAME).exists()


@asynccontextmanager
async def ending(server: Server, begin: Callable[[], object]) -> AsyncIterator[None]:
    """The server is told to end once `begin` is so, and has ended at the exit."""
    await server.control.__aenter__()
    leaving: asyncio.Task[None] | None = None

    async def leave() -> None:
        await until(begin)
        await server.control.__aexit__(None, None, None)

    leaving = asyncio.create_task(leave())
    yield
    async with asyncio.timeout(10.0):
        await leaving


async def test_what_is_under_way_is_done_before_it_closes(folder: Path) -> None:
    server = Server(folder)
    async with ending(server, lambda: server.emitted):
        asking = asyncio.create_task(server.ask("emit", topic="hello"))
        await until(lambda: not server.path.exists())

        server.may_end.set()

        (answer,) = await asking
    assert answer["result"]["success"] is True
    assert server.emitted == ["hello begins", "hello is stored"]


async def test_who_has_not_asked_yet_does_not_hold_up_the_end(folder: Path) -> None:
    server = Server(folder)
    async with ending(server, lambda: server.control._reading):
        reader, writer = await server.connect()

        assert await lines_of(reader) == []
        writer.close()
