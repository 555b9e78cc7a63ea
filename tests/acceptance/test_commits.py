"""What an answer of the engine means: it comes after the commit, and the commit after the sync."""

from __future__ import annotations

import asyncio
import json
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from motia_py.messages import Delivery, Lane, Write
from tests.acceptance.served import INHERITED

LANE = Lane("step", "queue(topic)")
#: Long enough for whatever does not wait to be done.
WAIT_SECONDS = 0.1


def delivery(id: str) -> Delivery:
    return Delivery(
        id=id, lane=LANE, topic="topic", data={}, trace_id="t", due_at=1.0, created_at=1.0
    )


WRITE = Write(space="state", group="g", key="k", kind="set", value=1)
#: Whatever changes the store, given the engine and a delivery in flight.
CALLS: dict[str, Callable[[SqliteEngine, Delivery], Awaitable[object]]] = {
    "push": lambda engine, _: engine.queue.push([delivery("new")]),
    "claim": lambda engine, _: engine.queue.claim(LANE, limit=1, now=2.0),
    "ack": lambda engine, running: engine.queue.ack(running),
    "retry": lambda engine, running: engine.queue.retry(running, due_at=2.0),
    "write": lambda engine, _: engine.state.write([WRITE]),
    "commit": lambda engine, running: engine.commit(writes=[WRITE], acks=[running]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_an_answer_waits_for_its_commit(
    tmp_path: Path, call: Callable[[SqliteEngine, Delivery], Awaitable[object]]
) -> None:
    """Held up by a lock that another connection has."""
    store = tmp_path / "motia.db"
    async with SqliteEngine(store, RealClock()) as engine:
        await engine.queue.push([delivery("running"), delivery("waiting")])
        (running,) = await engine.queue.claim(LANE, limit=1, now=2.0)
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            calling = asyncio.ensure_future(call(engine, running))

            await asyncio.wait([calling], timeout=WAIT_SECONDS)

            assert not calling.done()
            other.execute("ROLLBACK")
        assert await calling


#: Syncing fails from now on, in all threads: the kernel refuses it (seccomp), as a bad disk would.
UNSYNCED = """
import asyncio, ctypes, json, platform, struct, sys
from pathlib import Path

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import RealClock
from motia_py.errors import StoreUnavailable
from motia_py.messages import Lane
from tests.acceptance.test_commits import LANE, delivery

FDATASYNC, FSYNC, SECCOMP = {"x86_64": (75, 74, 317), "aarch64": (83, 82, 277)}[platform.machine()]
LOAD, EQUAL, RETURN, ALLOW, ERRNO, EIO = 0x20, 0x15, 0x06, 0x7FFF0000, 0x50000, 5
NO_NEW_PRIVILEGES, FILTER, ALL_THREADS = 38, 1, 1


def refuse_syncs():
    steps = [(LOAD, 0, 0, 0), (EQUAL, 1, 0, FDATASYNC), (EQUAL, 0, 1, FSYNC),
             (RETURN, 0, 0, ERRNO | EIO), (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.syscall(SECCOMP, FILTER, ALL_THREADS, program):
        sys.exit(77)


async def main(path, durability):
    async with SqliteEngine(path, RealClock(), durability=durability) as engine:
        await engine.queue.push([delivery("synced")])
        refuse_syncs()
        try:
            await engine.queue.push([delivery("not synced")])
            said = "stored"
        except StoreUnavailable:
            said = "refused"
        counts = await engine.queue.counts()
        print(json.dumps([said, counts[LANE].waiting]), flush=True)


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("durability", "expected"), [("full", ["refused", 1]), ("normal", ["stored", 2])]
)
@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="seccomp's numbers are known for two machines",
)
def test_what_cannot_be_synced_is_refused_unless_that_was_not_asked_for(
    tmp_path: Path, durability: str, expected: list[object]
) -> None:
    """`normal` syncs only when it writes the log back: a killed process loses nothing by it."""
    done = subprocess.run(
        [sys.executable, "-c", UNSYNCED, str(tmp_path / "motia.db"), durability],
        cwd=Path(__file__).parents[2],
        env=INHERITED,
        capture_output=True,
        text=True,
        check=False,
    )

    if done.returncode == 77:
        pytest.skip("the kernel lets nobody filter calls here")
    assert done.stdout, done.stderr
    assert json.loads(done.stdout) == expected
