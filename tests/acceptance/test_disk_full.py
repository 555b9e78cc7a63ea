"""A full disk: emits are refused with one clear error, the rest goes on, and so does all after."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest

from motia_py.messages import JSON
from tests.acceptance.crashing import ORDERS, complaints, drained, order_of, project
from tests.acceptance.ledger import Ledger
from tests.acceptance.served import Served

#: Size of the disk, and of what is written to it by one order.
DISK_MIB = 6
PADDING = "x" * 4096
#: Orders before it fills up: then its log is larger than anything else that is written.
BEFORE = 50
#: More orders than fit on the disk.
MANY = 4000
#: How long it stays full, and how soon after it the work goes on.
FULL_SECONDS = 3.0
RESUMES_SECONDS = 5.0

PROJECT = {
    **ORDERS,
    "steps/read_step.py": """
        config = {"type": "api", "name": "Read", "method": "GET", "path": "/read", "emits": []}

        async def handler(req, context):
            return {"status": 200, "body": {"read": await context.state.get("group", "key")}}
    """,
    "steps/write_step.py": """
        config = {"type": "api", "name": "Write", "method": "POST", "path": "/write", "emits": []}

        async def handler(req, context):
            await context.state.set("group", "key", req["body"]["value"])
            return {"status": 200, "body": {}}
    """,
    "steps/say_step.py": """
        config = {"type": "api", "name": "Say", "method": "POST", "path": "/say", "emits": []}

        async def handler(req, context):
            await context.streams.room.send({"groupId": "lobby"}, {"type": "said", "data": req["body"]})
            return {"status": 200, "body": {}}
    """,
    "steps/room_stream.py": 'config = {"name": "room"}\n',
}


class Disk(Protocol):
    """A disk that a server's store lies on, and nothing else."""

    @property
    def wrapper(self) -> Sequence[str]:
        """The command that runs the server with this disk."""
        ...

    def fill(self, server: Served) -> None: ...

    def free(self, server: Served) -> None: ...


class SmallDisk:
    """A file system in memory, which only the server's process sees and which ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        mount = f'mount -t tmpfs -o size={DISK_MIB}m tmpfs "$0" && exec "$@"'
        self.wrapper = ("unshare", "-rm", "sh", "-c", mount, str(folder))

    def fill(self, server: Served) -> None:
        with self._filler(server).open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def free(self, server: Served) -> None:
        self._filler(server).unlink()

    def _filler(self, server: Served) -> Path:
        inside = Path(f"/proc/{server.process.pid}/root")
        return inside / self._folder.relative_to("/") / "filler"


class SmallFiles:
    """The system lets no file of the server grow beyond the log, as a quota would."""

    wrapper = ()

    def fill(self, server: Served) -> None:
        self._limit(server, server.store.with_name("motia.db-wal").stat().st_size)

    def free(self, server: Served) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Served, size: int) -> None:
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)


def can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    command = [*SmallDisk(folder).wrapper, "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(params=["disk", "files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    if request.param == "files":
        return SmallFiles()
    if not can_mount(tmp_path / "probe"):
        pytest.skip("this user may not mount: unshare -rm is refused")
    return SmallDisk(tmp_path / "project" / ".motia")


class Shop:
    """A server whose disk is full or not, and a client of it."""

    def __init__(self, server: Served, ledger: Ledger, session: aiohttp.ClientSession) -> None:
        self.server = server
        self._ledger = ledger
        self._session = session
        self._number = 0

    async def order(self) -> int:
        """The status that an order is answered with; every second goes to POST /emit."""
        self._number += 1
        order = {"id": self._number, "padding": PADDING}
        status = await self.post(*order_of(order, by_step=self._number % 2 == 0))
        if status == 200:
            self._ledger.write("acked", self._number)
        return status

    async def post(self, path: str, body: JSON) -> int:
        async with self._session.post(self.server.url + path, json=body) as response:
            return response.status

    async def read(self) -> tuple[int, JSON]:
        async with self._session.get(self.server.url + "/read") as response:
            return response.status, await response.json()

    async def order_until_refused(self) -> None:
        for _ in range(MANY):
            if await self.order() != 200:
                return
        pytest.fail("the disk was never full")

    async def order_until_taken(self) -> None:
        deadline = time.monotonic() + RESUMES_SECONDS
        while await self.order() != 200:
            assert time.monotonic() < deadline, self.server.said

    def errors(self) -> list[str]:
        """What the server logged as errors."""
        whole, _, _ = self.server.said.rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line["message"] for line in lines if line["level"] == "error"]


@pytest.fixture
async def shop(tmp_path: Path, ledger: Ledger, disk: Disk) -> AsyncIterator[Shop]:
    root = project(tmp_path / "project", PROJECT)
    env = {"LEDGER": str(ledger.path), "MOTIA_SERVE_EMIT": "on"}
    async with (
        Served(root, "start", "--json", wrapper=disk.wrapper, **env) as server,
        aiohttp.ClientSession() as session,
    ):
        shop = Shop(server, ledger, session)
        assert await shop.post("/write", {"value": "before"}) == 200
        assert {await shop.order() for _ in range(BEFORE)} == {200}
        yield shop


@asynccontextmanager
async def lobby(shop: Shop) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket that watches the room."""
    async with aiohttp.ClientSession() as session, session.ws_connect(shop.server.url) as socket:
        room = {"streamName": "room", "groupId": "lobby", "subscriptionId": "s1"}
        await socket.send_json({"type": "join", "data": room})
        await socket.receive_json(timeout=5.0)
        yield socket


async def order_while_full(shop: Shop) -> set[int]:
    """The statuses of everything that wants to write while the disk is full."""
    await shop.order_until_refused()
    full_since = time.monotonic()
    statuses = set()
    while time.monotonic() - full_since < FULL_SECONDS:
        statuses |= {await shop.order(), await shop.order()}
        statuses.add(await shop.post("/write", {"value": "while full"}))
    return statuses


async def test_a_full_disk_answers_503_and_the_work_goes_on_when_it_is_freed(
    shop: Shop, disk: Disk, ledger: Ledger
) -> None:
    disk.fill(shop.server)
    statuses = await order_while_full(shop)

    disk.free(shop.server)
    await shop.order_until_taken()
    await drained(shop.server, ledger)

    assert statuses == {503}
    # Runs whose emit was refused failed, and came again as the next attempt: as after a kill.
    assert complaints(ledger.entries(), kills=1) == []
    assert await shop.server.end() == 0


async def test_a_full_disk_is_told_once_in_ten_seconds(shop: Shop, disk: Disk) -> None:
    disk.fill(shop.server)

    await order_while_full(shop)

    (error,) = set(shop.errors())
    assert "takes no writes" in error
    assert len(shop.errors()) == 1


async def test_reads_and_sockets_go_on_while_the_disk_is_full(shop: Shop, disk: Disk) -> None:
    async with lobby(shop) as socket:
        disk.fill(shop.server)
        await shop.order_until_refused()

        said = await shop.post("/say", {"text": "hello"})
        heard = await socket.receive_json(timeout=5.0)
        read = await shop.read()

    assert said == 200
    assert heard["event"]["event"] == {"type": "said", "data": {"text": "hello"}}
    assert read == (200, {"read": "before"})
    async with lobby(shop):
        assert await shop.read() == read
