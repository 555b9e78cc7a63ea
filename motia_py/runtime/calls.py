"""Calls that a handler makes on its context: started at once, awaited or not, in order.

A `Call` runs inside the task that awaits it; one that nobody awaits before the loop turns is
started as a task of its own. So `await state.set(...)` costs no task, and a forgotten `await` loses
nothing. `Calls` belongs to one invocation: its writes take effect in the order they were made, its
reads see the writes before them, and `settle` waits for what is under way.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

#: A handler that awaits nothing but finished calls would starve the loop; every so many, it yields.
YIELD_EVERY = 32

_log = logging.getLogger("motia_py.calls")


class Call(Coroutine[Any, Any, T], Generic[T]):
    """What a call on the context returns: await it, give it to `create_task`, or leave it.

    The operation runs exactly once, however often it is awaited.
    """

    __slots__ = ("_calls", "_driver", "_finished", "_operation", "_outcome", "error", "state")

    def __init__(self, operation: Coroutine[Any, Any, T], calls: Calls) -> None:
        self._operation = operation
        self._calls = calls
        self._driver: Generator[Any, Any, T] | None = None
        self._finished: asyncio.Event | None = None
        self._outcome: T | None = None
        self.error: BaseException | None = None
        self.state: str = "fresh"  # fresh -> running -> done

    def __await__(self) -> Generator[Any, Any, T]:
        if self.state == "fresh":
            return self._run()
        return self._result()

    def _run(self) -> Generator[Any, Any, T]:
        """Run the operation in the awaiting task."""
        self.state = "running"
        if self._calls.is_yield_due():
            yield
        try:
            outcome = yield from self._operation.__await__()
        except BaseException as error:
            # The awaiting task sees it; it does not count as unseen.
            self._finish()
            raise error
        self._outcome = outcome
        self._finish()
        return outcome

    def _result(self) -> Generator[Any, Any, T]:
        yield from self.finished().__await__()
        error, self.error = self.error, None
        if error is not None:
            raise error
        return self._outcome  # type: ignore[return-value] # done without an error: it was set

    async def run_alone(self) -> None:
        """Run the operation where nobody awaits it; an error waits in `error` to be seen."""
        self.state = "running"
        try:
            self._outcome = await self._operation
        except BaseException as error:
            self.error = error
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self._finish()

    async def finished(self) -> None:
        """Return once the operation is over, however it ended."""
        if self.state == "fresh":
            self._calls.start(self)
        if self.state == "done":
            return
        if self._finished is None:
            self._finished = asyncio.Event()
        await self._finished.wait()

    def _finish(self) -> None:
        self.state = "done"
        self._calls.forget(self)
        if self._finished is not None:
            self._finished.set()

    # The coroutine protocol, so that asyncio.create_task(context.emit(...)) works.
    def send(self, value: Any) -> Any:
        if self._driver is None:
            self._driver = self.__await__()
        return self._driver.send(value)

    def throw(self, *error: Any) -> Any:
        if self._driver is None:
            self._driver = self.__await__()
        return self._driver.throw(*error)

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()


class Calls:
    """The calls of one invocation. Lives on the main loop; any thread may call in.

    On a thread without a running loop a call blocks and returns the value; on a thread with a loop
    of its own it returns an awaitable for that loop.
    """

    __slots__ = (
        "_count",
        "_fresh",
        "_has_told",
        "_last_write",
        "_loop",
        "_open",
        "_relayed",
        "_tasks",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, *, is_tracked: bool = True) -> None:
        """`is_tracked` False is for calls outside of any step: nobody will `settle` them."""
        self._loop = loop
        # Once there is no list, nobody waits for calls: their errors are logged.
        self._open: dict[Call[Any], None] | None = {} if is_tracked else None
        self._has_told = not is_tracked
        self._relayed: list[_Relayed[Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_write: Call[Any] | None = None
        self._fresh: list[Call[Any]] = []
        self._count = 0

    def write(self, operation: Callable[[], Coroutine[Any, Any, T]]) -> Any:
        """Start a write: it takes effect after every earlier write of this invocation."""
        return self._call(operation, is_write=True)

    def read(self, operation: Callable[[], Coroutine[Any, Any, T]]) -> Any:
        """Start a read: it sees every earlier write of this invocation."""
        return self._call(operation, is_write=False)

    def _call(self, operation: Callable[[], Coroutine[Any, Any, T]], *, is_write: bool) -> Any:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            return self._begin(operation, is_write=is_write)
        # Hand it to the main loop; callbacks arrive there in the order they were made.
        relayed: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(
            self._relay(operation, is_write), self._loop
        )
        if running is None:
            return relayed.result()
        awaitable = _Relayed(relayed)
        self._relayed.append(awaitable)
        return awaitable

    async def _relay(self, operation: Callable[[], Coroutine[Any, Any, T]], is_write: bool) -> T:
        return await self._begin(operation, is_write=is_write)

    def _begin(self, operation: Callable[[], Coroutine[Any, Any, T]], *, is_write: bool) -> Call[T]:
        earlier = self._last_write
        if earlier is None or earlier.state == "done":
            call = Call(operation(), self)
        else:
            call = Call(_after(earlier, operation), self)
        if is_write:
            self._last_write = call
        if self._open is not None:
            self._open[call] = None
        elif not self._has_told:
            self._has_told = True
            _log.warning(
                "a task that outlived its step still calls on its context: that is done, but a"
                " failure of it cannot make the step run again",
                extra={"action": "call.late"},
            )
        if not self._fresh:
            self._loop.call_soon(self._start_fresh)
        self._fresh.append(call)
        return call

    def is_yield_due(self) -> bool:
        self._count += 1
        return self._count % YIELD_EVERY == 0

    def start(self, call: Call[Any]) -> None:
        """Run a call that nobody awaits yet as a task of its own."""
        call.state = "running"
        task = self._loop.create_task(call.run_alone())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, call: Call[Any]) -> None:
        if self._open is None:
            if call.error is not None:
                _log.error(
                    "a call that nobody awaited failed: %s",
                    call.error,
                    exc_info=call.error,
                    extra={"action": "call.failed"},
                )
        elif call.error is None:
            self._open.pop(call, None)

    async def settle(self) -> None:
        """Wait for every call that is under way, then let go of the invocation.

        Raises:
            The first error of a call that nobody awaited.
        """
        while self._open or self._relayed:
            for call in list(self._open or ()):
                await call.finished()
            for relayed in self._relayed:
                await relayed.finished()
            failed = [*(self._open or ()), *self._relayed]
            self._open, self._relayed = {}, []
            unseen = [call.error for call in failed if call.error is not None]
            if unseen:
                self._open = None
                raise unseen[0]
        self._open = None

    def _start_fresh(self) -> None:
        fresh, self._fresh = self._fresh, []
        for call in fresh:
            if call.state == "fresh":
                self.start(call)


class _Relayed(Awaitable[T], Generic[T]):
    """A call from a thread with its own loop, awaited there while it runs on the main loop."""

    __slots__ = ("_future", "_was_awaited")

    def __init__(self, future: concurrent.futures.Future[T]) -> None:
        self._future = future
        self._was_awaited = False

    def __await__(self) -> Generator[Any, Any, T]:
        self._was_awaited = True
        return asyncio.wrap_future(self._future).__await__()

    @property
    def error(self) -> BaseException | None:
        return None if self._was_awaited else self._future.exception()

    async def finished(self) -> None:
        await asyncio.wait([asyncio.wrap_future(self._future)])


async def _after(earlier: Call[Any], operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    await earlier.finished()
    return await operation()
