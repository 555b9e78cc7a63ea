"""Calls on the context: started at once, in order, awaited or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import pytest

from motia_py.runtime.calls import Call, Calls


class Journal:
    """A store whose writes take a turn of the loop, and that remembers their order."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def writing(self, name: str, turns: int = 1) -> Any:
        async def operation() -> str:
            for _ in range(turns):
                await asyncio.sleep(0)
            self.done.append(name)
            return name

        return operation

    def failing(self, message: str) -> Any:
        async def operation() -> Coroutine[Any, Any, None]:
            await asyncio.sleep(0)
            raise ValueError(message)

        return operation


@pytest.fixture
def journal() -> Journal:
    return Journal()


async def test_an_awaited_call_gives_its_value(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    assert await calls.write(journal.writing("a")) == "a"


async def test_a_call_that_nobody_awaits_still_happens(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    calls.write(journal.writing("a"))
    await calls.settle()

    assert journal.done == ["a"]


async def test_writes_take_effect_in_call_order_however_long_each_takes(journal: Journal) -> None:
    """SX.3"""
    calls = Calls(asyncio.get_running_loop())

    calls.write(journal.writing("slow", turns=5))
    calls.write(journal.writing("quick"))
    await calls.write(journal.writing("awaited", turns=0))
    calls.write(journal.writing("last", turns=2))
    await calls.settle()

    assert journal.done == ["slow", "quick", "awaited", "last"]


async def test_a_read_sees_the_writes_before_it(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    async def read() -> list[str]:
        return list(journal.done)

    calls.write(journal.writing("a", turns=3))
    seen = await calls.read(read)

    assert seen == ["a"]


async def test_an_error_that_nobody_saw_is_raised_at_the_end(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    calls.write(journal.failing("lost"))
    calls.write(journal.writing("after"))

    with pytest.raises(ValueError, match="lost"):
        await calls.settle()
    assert journal.done == ["after"]


async def test_an_error_that_was_seen_is_not_raised_again(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    with pytest.raises(ValueError, match="seen"):
        await calls.write(journal.failing("seen"))

    await calls.settle()


async def test_an_error_that_was_seen_late_is_not_raised_again(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    call = calls.write(journal.failing("seen"))
    for _ in range(5):
        await asyncio.sleep(0)
    with pytest.raises(ValueError, match="seen"):
        await call

    await calls.settle()


async def test_a_call_runs_once_however_often_it_is_awaited(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    call = calls.write(journal.writing("a"))

    assert (await call, await call) == ("a", "a")
    assert journal.done == ["a"]


async def test_calls_go_into_gather_wait_for_and_create_task(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    gathered = await asyncio.gather(
        calls.write(journal.writing("a", turns=2)), calls.write(journal.writing("b"))
    )
    waited = await asyncio.wait_for(calls.write(journal.writing("c")), 5)
    task = asyncio.create_task(calls.write(journal.writing("d")))

    assert (*gathered, waited, await task) == ("a", "b", "c", "d")


async def test_a_cancelled_waiter_does_not_cancel_a_call_that_runs_alone(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())
    call = calls.write(journal.writing("a", turns=10))
    await asyncio.sleep(0)

    async def wait() -> None:
        await call

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    await calls.settle()

    assert journal.done == ["a"]


async def test_a_thread_without_a_loop_gets_the_value(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    value = await asyncio.to_thread(lambda: calls.write(journal.writing("a")))

    assert value == "a"


async def test_a_loop_on_another_thread_gets_something_to_await(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    async def elsewhere() -> str:
        calls.write(journal.writing("first", turns=5))
        value: str = await calls.write(journal.writing("second"))
        return value

    value = await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
    await calls.settle()

    assert value == "second"
    assert journal.done == ["first", "second"]


async def test_an_error_on_another_thread_that_nobody_saw_is_raised_at_the_end(
    journal: Journal,
) -> None:
    calls = Calls(asyncio.get_running_loop())

    async def elsewhere() -> None:
        calls.write(journal.failing("lost"))

    await asyncio.to_thread(lambda: asyncio.run(elsewhere()))

    with pytest.raises(ValueError, match="lost"):
        await calls.settle()


async def test_a_call_after_the_end_still_runs_and_its_error_is_logged(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    calls = Calls(asyncio.get_running_loop())
    await calls.settle()

    with caplog.at_level(logging.WARNING):
        first: Call[str] = calls.write(journal.writing("late"))
        second: Call[str] = calls.write(journal.failing("too late"))
        for call in (first, second):
            await call.finished()
        await asyncio.sleep(0)

    assert journal.done == ["late"]
    assert caplog.text.count("outlived its step") == 1
    assert "too late" in caplog.text


async def test_a_failed_call_fails_again_when_it_is_awaited_again(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    call = calls.write(journal.failing("twice"))

    for _ in range(2):
        with pytest.raises(ValueError, match="twice"):
            await call


async def test_a_write_whose_waiter_gives_up_takes_effect(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    for number in range(100):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await calls.write(journal.writing(str(number)))
    await calls.settle()

    assert journal.done == [str(number) for number in range(100)]


async def test_an_error_whose_waiter_gave_up_is_raised_at_the_end(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await calls.write(journal.failing("lost"))

    with pytest.raises(ValueError, match="lost"):
        await calls.settle()


async def test_calls_that_are_over_are_not_kept(journal: Journal) -> None:
    calls = Calls(asyncio.get_running_loop())

    async def elsewhere() -> None:
        for _ in range(50):
            await calls.write(journal.writing("a", turns=0))

    await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
    for _ in range(50):
        await calls.write(journal.writing("b", turns=0))
    await asyncio.sleep(0)

    assert len(calls._open) == 0


@pytest.mark.parametrize(
    "use", [bool, lambda call: call["key"], list], ids=["truth", "subscript", "iteration"]
)
async def test_a_forgotten_await_is_named(journal: Journal, use: Any) -> None:
    calls = Calls(asyncio.get_running_loop())

    with pytest.raises(TypeError, match="await"):
        use(calls.read(journal.writing("a")))
    await calls.settle()


async def test_a_handler_that_only_awaits_finished_calls_lets_others_run() -> None:
    calls = Calls(asyncio.get_running_loop())
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def instant() -> None:
        return None

    other = asyncio.create_task(count())
    for _ in range(200):
        await calls.write(instant)
    other.cancel()

    assert turns >= 4
