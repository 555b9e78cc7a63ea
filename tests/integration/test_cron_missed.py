"""Ticks over restarts, set clocks and outages: none is lost or sent twice."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.backends.memory import MemoryEngine, MemoryState
from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import FakeClock
from motia_py.errors import StoreUnavailable
from motia_py.interfaces import DeliveriesOf
from motia_py.messages import JSON, RUNTIME_SPACE, Change, Delivery, Write
from motia_py.testing import MotiaTester
from tests.projects import write_project

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC).timestamp()


class CountingState(MemoryState):
    """Counts how often it is asked for what schedules remember."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.lists = 0

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        self.lists += space == RUNTIME_SPACE and group == "cron"
        return await super().list(space, group)


class Outage(MemoryEngine):
    """Keeps what it holds when it is closed, and what ran; commits nothing while it is out."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, keep_finished_seconds=1e9)
        self._state = self.asked = CountingState(clock)
        self.is_out = False
        self.loses_answer = False

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        if self.is_out:
            raise StoreUnavailable("the disk is full")
        done = await super().commit(writes=writes, deliveries=deliveries, acks=acks)
        if self.loses_answer:
            self.loses_answer = False
            raise StoreUnavailable("the connection broke")
        return done

    async def ran(self) -> str:
        """The times of all ticks whose delivery ran, in the order in which they did."""
        finished = reversed(await self.queue.finished(limit=100_000))
        return " ".join(each.delivery.data["scheduled_time"][11:16] for each in finished)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def engine(clock: FakeClock) -> Outage:
    return Outage(clock)


def scheduled(expression: str = "*/5 * * * *", **options: str) -> str:
    """A step whose schedule has `options`, one run at a time."""
    trigger = {"type": "cron", "expression": expression, **options}
    return (
        f'config = {{"name": "Tick", "triggers": [{trigger}],'
        ' "infrastructure": {"queue": {"concurrency": 1}}}\n'
        "def handler(value):\n    pass\n"
    )


async def serve_for_a_moment(root: Path, clock: FakeClock, engine: Outage) -> None:
    async with MotiaTester(root, clock=clock, engine=engine) as motia:
        await motia.settle()


@pytest.mark.parametrize(
    ("options", "minutes_down", "ran"),
    [
        # Up again at 12:12: of 12:05 and 12:10 what `misfire` says, then as always.
        ({}, 12, "12:10 12:15"),
        ({"misfire": "latest"}, 12, "12:10 12:15"),
        ({"misfire": "all"}, 12, "12:05 12:10 12:15"),
        ({"misfire": "skip"}, 12, "12:15"),
        # Up again at 12:10 sharp: this one is on time, and stands for the one before.
        ({"misfire": "latest"}, 10, "12:10 12:15"),
        ({"misfire": "skip"}, 10, "12:10 12:15"),
    ],
)
async def test_ticks_missed_while_the_server_was_down_follow_misfire(
    tmp_path: Path,
    clock: FakeClock,
    engine: Outage,
    options: dict[str, str],
    minutes_down: int,
    ran: str,
) -> None:
    """P15, A27: also those before the first tick that was ever sent."""
    write_project(tmp_path, {"steps/t_step.py": scheduled(**options)})
    await serve_for_a_moment(tmp_path, clock, engine)

    clock.advance(minutes_down * 60)
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(NOON + 15 * 60 - clock.now())

    assert await engine.ran() == ran


async def test_skipped_ticks_are_told_once_in_one_line(
    tmp_path: Path, clock: FakeClock, engine: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    """P15."""
    write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="skip")})
    await serve_for_a_moment(tmp_path, clock, engine)

    clock.advance(86_400 + 120)
    for _ in range(3):
        await serve_for_a_moment(tmp_path, clock, engine)

    (line,) = [each for each in caplog.records if each.name == "motia_py.cron"]
    assert line.getMessage() == (
        "Tick does not make up for missed ticks of */5 * * * *: 288,"
        " from 2026-03-01T12:05:00+00:00 to 2026-03-02T12:00:00+00:00"
    )
    assert line.__dict__["action"] == "cron.skipped"
    assert line.__dict__["skipped"] == 288


async def test_all_makes_up_for_the_newest_thousand(
    tmp_path: Path, clock: FakeClock, engine: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    """P15."""
    write_project(tmp_path, {"steps/t_step.py": scheduled("* * * * *", misfire="all")})
    await serve_for_a_moment(tmp_path, clock, engine)

    clock.advance(1100 * 60 + 90)
    await serve_for_a_moment(tmp_path, clock, engine)

    ran = (await engine.ran()).split()
    # 1,101 were missed by 06:21:30 or are due on time; the first of them fell to the bound.
    assert len(ran) == 1001
    assert ran == sorted(ran, key=lambda time: (time < "12:00", time))
    assert ran[-1] == "06:21"
    assert "of * * * * *: 100, from 2026-03-01T12:01:00" in caplog.text


@pytest.mark.parametrize("misfire", ["latest", "all", "skip"])
async def test_a_restart_within_a_minute_costs_no_tick(
    tmp_path: Path, clock: FakeClock, engine: Outage, misfire: str
) -> None:
    write_project(tmp_path, {"steps/t_step.py": scheduled("*/10 * * * * *", misfire=misfire)})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(15)

    clock.advance(59)
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(6)

    finished = await engine.queue.finished()
    assert len(finished) == len({each.delivery.data["scheduled_time"] for each in finished}) == 8


async def test_no_tick_fires_twice_when_the_clock_goes_back(
    tmp_path: Path, clock: FakeClock, engine: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    """P16, A25: neither in the same process nor after a restart."""
    write_project(tmp_path, {"steps/t_step.py": scheduled("*/30 * * * *")})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(3600)
        clock.jump(-3600)
        await motia.advance(1800)
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(3600)

    assert await engine.ran() == "12:30 13:00 13:30"
    assert caplog.text.count("the clock went back: Tick had its ticks") == 2
    assert "the next one is at 2026-03-01T13:30:00+00:00" in caplog.text


@pytest.mark.parametrize(
    ("misfire", "ran"),
    [("latest", "14:00 14:15"), ("all", "12:15 12:30 12:45 13:00 13:15 13:30 13:45 14:00 14:15")],
)
async def test_a_clock_that_is_set_forward_misses_ticks(
    tmp_path: Path, clock: FakeClock, engine: Outage, misfire: str, ran: str
) -> None:
    """P16, A25."""
    write_project(tmp_path, {"steps/t_step.py": scheduled("*/15 * * * *", misfire=misfire)})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(60)
        clock.jump(2 * 3600)
        await motia.advance(14 * 60)

    assert await engine.ran() == ran


async def test_a_tick_waits_for_a_store_that_is_out(
    tmp_path: Path, clock: FakeClock, engine: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    """It was on time when it was due, so it is not missed, whatever `misfire` says."""
    write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="skip")})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        engine.is_out = True
        await motia.advance(480)
        during = await engine.ran()
        engine.is_out = False
        await motia.advance(120)

    assert during == ""
    assert await engine.ran() == "12:05 12:10"
    told = [each for each in caplog.records if vars(each).get("action") == "queue.unavailable"]
    assert 1 <= len(told) <= 480 / 10


async def test_a_tick_whose_commit_was_not_answered_is_sent_once(
    tmp_path: Path, clock: FakeClock, engine: Outage
) -> None:
    write_project(tmp_path, {"steps/t_step.py": scheduled()})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        engine.loses_answer = True
        await motia.advance(600)
    await serve_for_a_moment(tmp_path, clock, engine)

    assert sorted((await engine.ran()).split()) == ["12:05", "12:10"]


async def test_memory_is_read_once_for_all_schedules(
    tmp_path: Path, clock: FakeClock, engine: Outage
) -> None:
    names = [f"T{number}" for number in range(20)]
    steps = {f"steps/{name}_step.py": scheduled().replace('"Tick"', f'"{name}"') for name in names}
    write_project(tmp_path, steps)

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(300)
        write_project(tmp_path, {"steps/T0_step.py": steps["steps/T0_step.py"] + "\n\n"})
        await motia.app.reload({tmp_path / "steps/T0_step.py"})
        await motia.advance(300)

    assert engine.asked.lists == 1
    assert len(await engine.queue.finished()) == 40


async def test_a_reload_changes_what_becomes_of_missed_ticks(
    tmp_path: Path, clock: FakeClock, engine: Outage
) -> None:
    write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="skip")})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="all")})
        await motia.app.reload({tmp_path / "steps/t_step.py"})
        clock.jump(620)
        await motia.advance(60)

    assert await engine.ran() == "12:05 12:10"


@pytest.mark.parametrize(
    "other",
    [
        scheduled(misfire="all", tz="Europe/Berlin"),
        scheduled("*/7 * * * *", misfire="all"),
        "config = {'name': 'Tick', 'triggers': []}\ndef handler(value): pass\n",
    ],
)
@pytest.mark.parametrize("is_restarted", [True, False])
async def test_a_schedule_that_comes_back_starts_anew(
    tmp_path: Path, clock: FakeClock, engine: Outage, other: str, is_restarted: bool
) -> None:
    file = tmp_path / "steps/t_step.py"
    original = scheduled(misfire="all", tz="UTC")
    write_project(tmp_path, {"steps/t_step.py": original})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        write_project(tmp_path, {"steps/t_step.py": other})
        if not is_restarted:
            await motia.app.reload({file})
            await motia.settle()
    if is_restarted:
        await serve_for_a_moment(tmp_path, clock, engine)
    clock.advance(660)
    write_project(tmp_path, {"steps/t_step.py": original})
    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.advance(300)

    assert await engine.ran() == "12:15"


async def test_ticks_missed_while_a_file_was_broken_are_made_up_for(
    tmp_path: Path, clock: FakeClock, engine: Outage
) -> None:
    file = tmp_path / "steps/t_step.py"
    write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="all")})
    await serve_for_a_moment(tmp_path, clock, engine)

    write_project(
        tmp_path,
        {
            "steps/t_step.py": "config = {",
            "steps/u_step.py": scheduled("0 0 * * *").replace("Tick", "U"),
        },
    )
    async with MotiaTester(tmp_path, clock=clock, engine=engine, may_fail_to_load=True) as motia:
        await motia.advance(660)
        write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="all")})
        await motia.app.reload({file})
        await motia.settle()

    assert await engine.ran() == "12:05 12:10"


async def test_ticks_are_remembered_in_the_file(tmp_path: Path, clock: FakeClock) -> None:
    """A27 with one process: each opening is an engine of its own."""

    def open_file() -> SqliteEngine:
        return SqliteEngine(tmp_path / ".motia/motia.db", clock, keep_finished_seconds=1e9)

    write_project(tmp_path, {"steps/t_step.py": scheduled(misfire="all")})
    for _ in range(3):
        async with MotiaTester(tmp_path, clock=clock, engine=open_file()) as motia:
            await motia.advance(400)
        clock.advance(400)

    async with open_file() as engine:
        ran = [
            each.delivery.data["scheduled_time"][11:16] for each in await engine.queue.finished()
        ]
    assert sorted(ran) == ["12:05", "12:10", "12:15", "12:20", "12:25", "12:30"]


@settings(max_examples=25, deadline=None)
@given(
    misfire=st.sampled_from(["latest", "all", "skip"]),
    spans=st.lists(
        st.tuples(st.floats(0, 900), st.floats(0, 5000), st.booleans()), min_size=1, max_size=6
    ),
)
async def test_restarts_at_any_instant_send_each_tick_once(
    misfire: str, spans: list[tuple[float, float, bool]]
) -> None:
    """A27 with one process: `spans` are the seconds up and then down; the last answer may be lost."""
    clock = FakeClock(NOON)
    engine = Outage(clock)
    expected: set[float] = set()
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), {"steps/t_step.py": scheduled(misfire=misfire)})
        down_at = clock.now()
        for up_seconds, down_seconds, engine.loses_answer in spans:
            async with MotiaTester(folder, clock=clock, engine=engine) as motia:
                expected |= made_up(misfire, after=down_at, now=clock.now())
                expected |= ticks_in(clock.now(), clock.now() + up_seconds)
                await motia.advance(up_seconds)
            down_at = clock.now()
            clock.advance(down_seconds)
        engine.loses_answer = False
        async with MotiaTester(folder, clock=clock, engine=engine) as motia:
            expected |= made_up(misfire, after=down_at, now=clock.now())
            await motia.settle()

    ran = [each.delivery.data["scheduled_time"] for each in await engine.queue.finished(limit=1000)]
    assert sorted(datetime.datetime.fromisoformat(each).timestamp() for each in ran) == sorted(
        expected
    )


def ticks_in(after: float, until: float) -> set[float]:
    return {float(tick) for tick in range(int(after) + 1, int(until) + 1) if tick % 300 == 0}


def made_up(misfire: str, *, after: float, now: float) -> set[float]:
    """What a server that was down from `after` to `now` sends when it is up again."""
    ticks = ticks_in(after, now)
    on_time = {tick for tick in ticks if now - tick < 60}
    if misfire == "all":
        return ticks
    if misfire == "latest" and ticks and now - max(ticks) <= 3600:
        return {max(ticks)}
    return on_time
