"""What becomes of values and keys when the file refuses for a while, or nobody looks."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from pathlib import Path

import pytest

from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import FakeClock
from motia_py.errors import StoreUnavailable
from motia_py.messages import Delivery, Lane, Write

LANE = Lane("a", "queue(t)")


def setting(key: str, value: object, *, group: str = "g") -> Write:
    return Write(space="s", group=group, key=key, kind="set", value=value)


def increment(key: str) -> Write:
    operation = {"type": "increment", "path": "n"}
    return Write(space="s", group="g", key=key, kind="update", operations=[operation])


def fail_once(engine: SqliteEngine) -> None:
    """Have the next transaction fail, as on a full disk."""
    writer = engine.queue._writer
    transact = writer._transact

    def failing(batch: object) -> object:
        writer._transact = transact  # type: ignore[method-assign]  # the fault is over
        error = StoreUnavailable("the disk is full")
        return [(request, error) for requests in batch.values() for request in requests]  # type: ignore[attr-defined]  # a _Batch

    writer._transact = failing  # type: ignore[assignment]  # a fault


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "motia.db"


async def test_a_write_comes_on_top_of_what_could_not_be_saved(
    path: Path, clock: FakeClock
) -> None:
    async with SqliteEngine(path, clock) as engine:
        await engine.state.write_behind([increment("k")])
        await engine.state.write_behind([increment("k")])
        fail_once(engine)
        with pytest.raises(StoreUnavailable):
            await engine.state.flush()

        (change,) = await engine.state.write([increment("k")])
        assert change.new_value == {"n": 3}

    async with SqliteEngine(path, clock) as engine:
        assert await engine.state.get("s", "g", "k") == {"n": 3}


async def test_a_failed_save_keeps_the_order_of_first_writes(path: Path, clock: FakeClock) -> None:
    async with SqliteEngine(path, clock) as engine:
        await engine.state.write_behind([setting("a", 1)])
        fail_once(engine)
        with pytest.raises(StoreUnavailable):
            await engine.state.flush()
        await engine.state.write_behind([setting("b", 1)])

    async with SqliteEngine(path, clock) as engine:
        assert await engine.state.list("s", "g") == [("a", 1), ("b", 1)]


async def test_what_is_beside_a_bad_name_is_written_in_its_order(
    path: Path, clock: FakeClock
) -> None:
    """A batch that has to be taken apart still saves before it commits."""
    bad = Delivery(id="x", lane=LANE, topic="t", data=1, trace_id="t", group="\ud800")
    async with SqliteEngine(path, clock) as engine:
        other = engine.state.write([setting("k", 1, group="other")])
        await engine.state.write_behind([setting("k", "behind")])
        with pytest.raises(Exception, match="surrogates"):
            await engine.queue.push([bad])
        await other
        await engine.state.write([setting("k", "new")])
        await engine.state.flush()

    async with SqliteEngine(path, clock) as engine:
        assert await engine.state.get("s", "g", "k") == "new"


async def test_keys_and_finished_deliveries_whose_time_is_over_are_deleted(
    path: Path, clock: FakeClock
) -> None:
    """Also where deliveries only come by commits, as ticks and triggers do."""

    def delivery(number: int) -> Delivery:
        return Delivery(
            id=str(number),
            lane=LANE,
            topic="t",
            data=1,
            trace_id="t",
            attempt=1,
            dedupe_key=str(number),
            dedupe_until=clock.now() + 10,
        )

    async with SqliteEngine(path, clock, keep_finished_seconds=10) as engine:
        for number in range(1200):
            _, (stored,) = await engine.commit(deliveries=lambda _, n=number: [delivery(n)])  # type: ignore[misc]  # a default binds the number
            await engine.queue.ack(stored)
        clock.advance(100)
        for number in range(1200, 1205):
            await engine.commit(deliveries=lambda _, n=number: [delivery(n)])  # type: ignore[misc]  # a default binds the number

    connection = sqlite3.connect(path)
    left = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("remembered", "finished")
    ]
    connection.close()
    assert left == [5, 0]


async def test_one_file_is_locked_by_whichever_way_it_is_reached(
    path: Path, clock: FakeClock
) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)

    async with SqliteEngine(path, clock):
        with pytest.raises(Exception, match="in use"):
            await SqliteEngine(link, clock).__aenter__()


async def test_what_is_asked_of_a_closed_store_is_refused(path: Path, clock: FakeClock) -> None:
    async with SqliteEngine(path, clock) as engine:
        queue = engine.queue

    with pytest.raises(StoreUnavailable, match="closed"):
        await queue.push([Delivery(id="x", lane=LANE, topic="t", data=1, trace_id="t")])


async def test_a_delivery_that_cannot_be_read_is_a_dead_letter_and_harms_no_other(
    path: Path, clock: FakeClock
) -> None:
    def delivery(id: str) -> Delivery:
        return Delivery(id=id, lane=LANE, topic="t", data=1, trace_id="t", group="g")

    async with SqliteEngine(path, clock) as engine:
        await engine.queue.push([delivery("spoiled"), delivery("good")])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE deliveries SET data = '{' WHERE id = 'spoiled'")
    connection.commit()

    async with SqliteEngine(path, clock) as engine:
        first = await engine.queue.claim(LANE, limit=10, now=clock.now())
        await engine.state.write([setting("k", 1)])  # so that the burial is over
        (second,) = await engine.queue.claim(LANE, limit=10, now=clock.now())
        counts = await engine.queue.counts()
        (letter,) = await engine.queue.dead()

    dead = connection.execute("SELECT id, error FROM dead").fetchall()
    connection.close()
    assert (list(first), second.id) == ([], "good")
    assert dead == [("spoiled", "the file is damaged: delivery spoiled of step a")]
    assert (counts[LANE].dead, letter.delivery.id) == (1, "spoiled")


@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_file_that_goes_away_while_it_is_in_use_takes_no_more(
    path: Path, clock: FakeClock, how: str
) -> None:
    async with SqliteEngine(path, clock) as engine:
        await engine.state.write([setting("k", 1)])
        path.unlink()
        if how == "replaced":
            path.touch()

        with pytest.raises(StoreUnavailable, match="deleted, moved or replaced"):
            await engine.state.write([setting("k", 2)])


async def test_a_forked_child_holds_no_lock(path: Path, clock: FakeClock) -> None:
    def live() -> None:
        time.sleep(60)

    engine = SqliteEngine(path, clock)
    await engine.__aenter__()
    child = multiprocessing.get_context("fork").Process(target=live)
    child.start()
    try:
        await engine.__aexit__(None, None, None)
        async with SqliteEngine(path, clock):
            pass
    finally:
        child.kill()
        child.join()


async def test_what_a_delivery_emitted_is_forgotten_with_it(path: Path, clock: FakeClock) -> None:
    """Also if it was given back in between, so that its run is a first one again."""
    parent = Delivery(id="p", lane=LANE, topic="t", data=1, trace_id="t", attempt=1)
    child = Delivery(
        id="c", lane=LANE, topic="c", data=1, trace_id="t", dedupe_key="k", emitted_by="p"
    )
    async with SqliteEngine(path, clock) as engine:
        await engine.queue.push([parent])
        await engine.queue.push([child])
        await engine.queue.release(parent)
        for delivery in await engine.queue.claim(LANE, limit=2, now=clock.now()):
            await engine.queue.ack(delivery)

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM emitted").fetchone() == (0,)
    connection.close()
