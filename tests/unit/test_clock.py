"""Timers and time limits, on the fake clock and on the real one."""

from __future__ import annotations

import asyncio
import time

import pytest

from motia_py.clock import (
    Clock,
    FakeClock,
    ForwardClock,
    RealClock,
    TimeLimitPassed,
    sleep,
    time_limit,
)


async def let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_fake_clock_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(start=100.0)
    assert (clock.now(), clock.monotonic()) == (100.0, 0.0)

    clock.advance(2.5)

    assert (clock.now(), clock.monotonic()) == (102.5, 2.5)


def test_timers_fire_in_the_order_they_fall_due_each_at_its_own_time() -> None:
    clock = FakeClock(start=0.0)
    fired: list[tuple[str, float]] = []
    clock.call_later(3, lambda: fired.append(("c", clock.now())))
    clock.call_later(1, lambda: fired.append(("a", clock.now())))
    clock.call_later(3, lambda: fired.append(("d", clock.now())))
    clock.call_later(2, lambda: fired.append(("b", clock.now())))

    clock.advance(3)

    assert fired == [("a", 1), ("b", 2), ("c", 3), ("d", 3)]
    assert clock.now() == 3


def test_a_timer_that_is_not_due_waits() -> None:
    clock = FakeClock()
    fired: list[str] = []
    clock.call_later(2, lambda: fired.append("late"))

    clock.advance(1.999)
    assert fired == []

    clock.advance(0.001)
    assert fired == ["late"]


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_jump_of_the_wall_clock_moves_no_timer(seconds: float) -> None:
    clock = FakeClock(start=10_000.0)
    fired: list[float] = []
    clock.call_later(2, lambda: fired.append(clock.monotonic()))

    clock.jump(seconds)

    assert (clock.now(), clock.monotonic(), clock.next_timer()) == (10_000.0 + seconds, 0.0, 2.0)
    clock.advance(2)
    assert fired == [2.0]


def test_a_timer_set_by_a_timer_fires_in_the_same_advance() -> None:
    clock = FakeClock(start=0.0)
    fired: list[float] = []

    def tick() -> None:
        fired.append(clock.now())
        clock.call_later(1, tick)

    clock.call_later(1, tick)
    clock.advance(3.5)

    assert fired == [1, 2, 3]


def test_a_cancelled_timer_does_not_fire_and_is_not_waited_for() -> None:
    clock = FakeClock()
    fired: list[str] = []
    first = clock.call_later(1, lambda: fired.append("first"))
    clock.call_later(2, lambda: fired.append("second"))

    first.cancel()

    assert clock.next_timer() == 2
    clock.advance(2)
    assert fired == ["second"]
    first.cancel()


def test_next_timer_is_none_when_nothing_waits() -> None:
    clock = FakeClock()
    assert clock.next_timer() is None

    clock.call_later(4, lambda: None)
    clock.advance(1)
    assert clock.next_timer() == 3

    clock.advance(3)
    assert clock.next_timer() is None


async def test_sleep_returns_once_the_time_has_passed() -> None:
    clock = FakeClock()
    sleeper = asyncio.create_task(sleep(clock, 10))

    await let_others_run()
    clock.advance(9)
    await let_others_run()
    assert not sleeper.done()

    clock.advance(1)
    await sleeper


async def test_a_cancelled_sleep_leaves_no_timer() -> None:
    clock = FakeClock()
    sleeper = asyncio.create_task(sleep(clock, 10))
    await let_others_run()

    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper

    assert clock.next_timer() is None


async def test_a_time_limit_cuts_its_body_off() -> None:
    clock = FakeClock()

    async def work() -> None:
        async with time_limit(clock, 30):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await let_others_run()
    clock.advance(30)

    with pytest.raises(TimeoutError):
        await task


async def test_a_body_within_its_time_limit_is_left_alone() -> None:
    clock = FakeClock()

    async with time_limit(clock, 30):
        clock.advance(29)
        await let_others_run()

    clock.advance(60)
    await let_others_run()
    assert clock.next_timer() is None


async def test_a_time_out_of_the_body_itself_is_not_the_limits() -> None:
    with pytest.raises(TimeoutError) as caught:
        async with time_limit(FakeClock(), 30):
            raise TimeoutError("the body's own")

    assert not isinstance(caught.value, TimeLimitPassed)


async def test_an_error_passes_a_time_limit_unchanged() -> None:
    clock = FakeClock()

    with pytest.raises(ValueError, match="mine"):
        async with time_limit(clock, 30):
            raise ValueError("mine")

    assert clock.next_timer() is None


async def test_the_real_clock_tells_time_and_runs_timers() -> None:
    clock: Clock = RealClock()
    fired = asyncio.Event()

    clock.call_later(0, fired.set)
    clock.call_later(0, fired.clear).cancel()

    await fired.wait()
    assert abs(clock.now() - time.time()) < 5
    assert clock.monotonic() <= clock.monotonic()


def test_a_forward_clock_goes_on_when_the_machines_goes_back() -> None:
    machine = FakeClock()
    clock = ForwardClock(machine)
    start = clock.now()

    machine.jump(-3600)
    machine.advance(10)
    after_the_jump = clock.now()
    machine.jump(7200)

    assert after_the_jump == start + 10
    assert clock.now() == machine.now() == start + 10 + 3600
