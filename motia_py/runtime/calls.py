"""Calls that a handler makes on its context: started at once, awaited or not, in order.

Each call is a task that has already begun; awaiting it waits, and giving up on it does not undo it.
`Calls` belongs to one invocation: its writes take effect in the order they were made, its reads see
the writes before them, and `settle` waits for what is under way.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, NoReturn, TypeVar

from motia_py.errors import MotiaError

T = TypeVar("T")

_log = logging.getLogger("motia_py.calls")


class Call(Coroutine[Any, Any, T], Generic[T]):
    """What a call on the context returns: await it, give it to `create_task`, or leave it.

    Whoever awaits it and is cancelled does not cancel it: a write that has begun takes effect.
    """

    __slots__ = ("_driver", "_is_seen", "task")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self._driver: Generator[Any, Any, T] | None = None
        self._is_seen = False

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            return (yield from asyncio.shield(self.task).__await__())
        finally:
            self._is_seen = self.task.done()

    @property
    def unseen_error(self) -> BaseException | None:
        """The error that ended it, if nobody got to know; None while it runs."""
        if self._is_seen or not self.task.done():
            return None
        if self.task.cancelled():
            return MotiaError("a call on the context was cancelled before it took effect")
        return self.task.exception()

    async def finished(self) -> None:
        """Return once the operation is over, however it ended."""
        if not self.task.done():
            await asyncio.wait((self.task,))

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

    # What a forgotten `await` leads to; without these it would pass, or fail somewhere else.
    def __bool__(self) -> NoReturn:
        raise _not_awaited()

    def __getitem__(self, key: object) -> NoReturn:
        raise _not_awaited()

    def __iter__(self) -> NoReturn:
        raise _not_awaited()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"no {name!r} here: {_not_awaited()}")


class Calls:
    """The calls of one invocation. Lives on the main loop; any thread may call in.

    On a thread without a running loop a call blocks and returns the value; on a thread with a loop
    of its own it returns an awaitable for that loop.
    """

    __slots__ = ("_has_told", "_is_tracked", "_last_write", "_loop", "_open")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        is_tracked: bool = True,
        is_late: bool = False,
    ) -> None:
        """`is_tracked` False: nobody will `settle` them, as outside of any step.

        `is_late`: their step is over already.
        """
        self._loop = loop
        #: What runs, and what failed and was not seen yet.
        self._open: set[Call[Any] | _Relayed[Any]] = set()
        self._last_write: Call[Any] | None = None
        self._is_tracked = is_tracked
        self._has_told = not is_tracked and not is_late

    def write(self, operation: Callable[[], Coroutine[Any, Any, T]]) -> Any:
        """Start a write: it takes effect after every earlier write of this invocation."""
        return self._call(operation, is_write=True)

    def read(self, operation: Callable[[], Coroutine[Any, Any, T]]) -> Any:
        """Start a read: it sees every earlier write of this invocation."""
        return self._call(operation, is_write=False)

    async def settle(self) -> None:
        """Wait for every call that is under way, then let go of the invocation.

        Raises:
            The first error that nobody saw.
        """
        while running := [call for call in self._open if call.unseen_error is None]:
            for call in running:
                await call.finished()
                if call.unseen_error is None:
                    self._open.discard(call)
        unseen = [call.unseen_error for call in self._open]
        self._open.clear()
        self._is_tracked = False
        if unseen and unseen[0] is not None:
            raise unseen[0]

    def _call(self, operation: Callable[[], Coroutine[Any, Any, T]], *, is_write: bool) -> Any:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            return self._begin(operation, is_write=is_write)
        # Hand it to the main loop; callbacks arrive there in the order they were made.
        future: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(
            self._relay(operation, is_write), self._loop
        )
        if running is None:
            return future.result()
        relayed = _Relayed(future)
        if self._is_tracked:
            self._open.add(relayed)
            future.add_done_callback(lambda _: self._forget(relayed))
        return relayed

    async def _relay(self, operation: Callable[[], Coroutine[Any, Any, T]], is_write: bool) -> T:
        return await self._begin(operation, is_write=is_write)

    def _begin(self, operation: Callable[[], Coroutine[Any, Any, T]], *, is_write: bool) -> Call[T]:
        earlier = self._last_write
        if earlier is not None and earlier.task.done():
            earlier = None
        work = operation() if earlier is None else _after(earlier, operation)
        call = Call(self._loop.create_task(work))
        if is_write:
            self._last_write = call
        self._open.add(call)
        call.task.add_done_callback(lambda _: self._forget(call))
        if not self._is_tracked and not self._has_told:
            self._has_told = True
            _log.warning(
                "a task that outlived its step still calls on its context: that is done, but a"
                " failure of it cannot make the step run again",
                extra={"action": "call.late"},
            )
        return call

    def _forget(self, call: Call[Any] | _Relayed[Any]) -> None:
        """It is over: only an error that nobody saw is kept, for `settle`, or told."""
        error = call.unseen_error
        if error is None:
            self._open.discard(call)
        elif not self._is_tracked:
            self._open.discard(call)
            _log.error(
                "a call that nobody awaited failed: %s",
                error,
                exc_info=error,
                extra={"action": "call.failed"},
            )


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
    def unseen_error(self) -> BaseException | None:
        if self._was_awaited or not self._future.done() or self._future.cancelled():
            return None
        return self._future.exception()

    async def finished(self) -> None:
        await asyncio.wait((asyncio.wrap_future(self._future),))

    def __bool__(self) -> NoReturn:
        raise _not_awaited()

    def __getitem__(self, key: object) -> NoReturn:
        raise _not_awaited()


async def _after(earlier: Call[Any], operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    await earlier.finished()
    return await operation()


def _not_awaited() -> TypeError:
    return TypeError("this call on the context was not awaited: write `await` in front of it")
