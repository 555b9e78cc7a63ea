"""Where handlers run when they must not run on the main loop: threads, and loops on threads.

`def` handlers run in a pool. `async def` handlers that block get a loop of their own, one lasting
loop per step file, so that clients made at module level keep working from one run to the next.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import logging
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from motia_py.errors import Overloaded
from motia_py.project.loader import Step

#: Threads for `def` handlers. They wait more than they compute, so more than there are cores.
POOL_THREADS = 40
#: `def` handlers that may wait for a thread; beyond it the server says so at once.
MAX_WAITING = 1000
#: Threads for hooks (authenticate, canAccess): handlers that block must not keep everybody out.
HOOK_THREADS = 8
#: How long all loops together may take to end. Their threads are daemons: one that blocks does not
#: hold up the end of the process.
STOP_SECONDS = 2.0

_log = logging.getLogger("motia_py.isolation")


class _Generation(NamedTuple):
    """A step file as it was loaded once: a reload makes another module of it."""

    file: str
    module_id: int


class Isolation:
    """Owns the threads, until `close`."""

    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(POOL_THREADS, "motia-step")
        self._hooks = concurrent.futures.ThreadPoolExecutor(HOOK_THREADS, "motia-hook")
        self._in_pool = 0
        #: What cancels a run on a loop of its own.
        self._cancels: dict[asyncio.Future[Any], Callable[[], object]] = {}
        self._loops: dict[_Generation, _LoopThread] = {}
        self._blocking: set[_Generation] = set()

    def needs_thread(self, step: Step) -> bool:
        """True if what `step` declares must stay off the main loop."""
        chosen = step.config.isolation
        if chosen != "auto":
            return chosen == "thread"
        return bool(step.blocking) or (
            bool(self._blocking) and _generation_of(step) in self._blocking
        )

    def isolate(self, step: Step) -> None:
        """From now on, keep all that this step's file declares off the main loop.

        A config that says `isolation: "loop"` is obeyed; so is a file that was mended since.
        """
        self._blocking.add(_generation_of(step))

    # All three start at once and give a future of the caller's loop. Shield it: nothing can stop a
    # thread, so cancelling would only make a handler that still runs look finished.

    def call_function(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run a `def` handler on a pool thread, with the caller's context variables.

        Raises:
            Overloaded: at the call, if too many wait for a thread.
        """
        if self._in_pool >= POOL_THREADS + MAX_WAITING:
            raise Overloaded(
                f"{MAX_WAITING} `def` handlers wait for one of {POOL_THREADS} threads: make them"
                " `async def`, or shorter"
            )
        self._in_pool += 1
        future = self._submit(self._pool, function, *args)
        future.add_done_callback(self._left_pool)
        return future

    def call_hook(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run a `def` hook on a thread of its own pool."""
        return self._submit(self._hooks, function, *args)

    def call_coroutine(
        self, step: Step, function: Callable[..., Coroutine[Any, Any, Any]], *args: Any
    ) -> asyncio.Future[Any]:
        """Run an `async def` handler on its file's loop, with the caller's context variables."""
        generation = _generation_of(step)
        thread = self._loops.get(generation)
        if thread is None:
            thread = self._loops[generation] = _LoopThread(step.file)
        result, cancel = thread.run(contextvars.copy_context(), function, *args)
        run = asyncio.wrap_future(result)
        self._cancels[run] = cancel
        run.add_done_callback(lambda run: self._cancels.pop(run, None))
        return run

    def cancel(self, run: asyncio.Future[Any]) -> None:
        """Cancel an `async def` handler where it waits; nothing can stop a `def` one."""
        cancel = self._cancels.get(run)
        if cancel is not None:
            cancel()

    def keep_only(self, steps: Iterable[Step]) -> None:
        """Forget the files that a reload replaced; their loops end once nothing runs there."""
        current = {_generation_of(step) for step in steps}
        self._blocking &= current
        for generation in self._loops.keys() - current:
            self._loops.pop(generation).stop_when_idle()

    def close(self) -> None:
        """End every loop and the pools; blocks for at most STOP_SECONDS.

        A handler that blocks longer is left to die with the process.
        """
        for thread in self._loops.values():
            thread.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._loops.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        self._loops.clear()
        for pool in (self._pool, self._hooks):
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(
        self,
        pool: concurrent.futures.ThreadPoolExecutor,
        function: Callable[..., Any],
        *args: Any,
    ) -> asyncio.Future[Any]:
        context = contextvars.copy_context()
        return asyncio.wrap_future(pool.submit(context.run, _without_exit, function, *args))

    def _left_pool(self, _: asyncio.Future[Any]) -> None:
        self._in_pool -= 1


class _LoopThread:
    """An event loop on a daemon thread."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._loop = asyncio.new_event_loop()
        self._running = 0
        self._is_retired = False
        self._thread = threading.Thread(target=self._serve, name=f"motia-loop-{file}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._cancel_rest()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    def _cancel_rest(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def run(
        self,
        context: contextvars.Context,
        function: Callable[..., Coroutine[Any, Any, Any]],
        *args: Any,
    ) -> tuple[concurrent.futures.Future[Any], Callable[[], object]]:
        """The result to come, and what cancels the run from another thread."""
        result: concurrent.futures.Future[Any] = concurrent.futures.Future()
        result.set_running_or_notify_cancel()
        begun: list[asyncio.Task[Any]] = []

        def start() -> None:
            self._running += 1
            task = self._loop.create_task(without_exit(function(*args)), context=context)
            task.add_done_callback(finish)
            begun.append(task)

        def cancel() -> None:
            # The loop may have ended meanwhile, and the run with it.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(lambda: begun[0].cancel())

        def finish(task: asyncio.Task[Any]) -> None:
            self._running -= 1
            if task.cancelled():
                result.set_exception(asyncio.CancelledError("the handler was cancelled"))
            elif (error := task.exception()) is not None:
                result.set_exception(error)
            else:
                result.set_result(task.result())
            if self._is_retired and not self._running:
                self._loop.stop()

        self._loop.call_soon_threadsafe(start)
        return result, cancel

    def stop_when_idle(self) -> None:
        def retire() -> None:
            self._is_retired = True
            if not self._running:
                self._loop.stop()

        self._loop.call_soon_threadsafe(retire)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)
        if self._thread.is_alive():
            _log.warning(
                "%s still blocks its thread; it ends with the process",
                self._file,
                extra={"action": "isolation.still_blocked", "file": self._file},
            )


def contain_exits(loop: asyncio.AbstractEventLoop, is_user_code: Callable[[str], bool]) -> None:
    """Have tasks that the user's code starts fail, not end the server, when they call exit().

    asyncio lets SystemExit through a task and out of the loop. `is_user_code` is given the file of
    a task's coroutine.
    """

    # Asked for every task that anybody starts, a request's among them.
    known: dict[str, bool] = {}

    def make_task(
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        code = getattr(work, "cr_code", None)
        if code is not None:
            file = code.co_filename
            if file not in known:
                known[file] = is_user_code(file)
            if known[file]:
                work = without_exit(work)
        return asyncio.Task(work, loop=loop, **options)

    loop.set_task_factory(make_task)


async def without_exit(work: Any) -> Any:
    """Await `work`; a SystemExit in it becomes an error."""
    try:
        return await work
    except SystemExit as error:
        raise _exit_error() from error


def _without_exit(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except SystemExit as error:
        raise _exit_error() from error


def _exit_error() -> RuntimeError:
    return RuntimeError("exit() was called in a step; raise an error or return instead")


def _generation_of(step: Step) -> _Generation:
    return _Generation(step.file, id(sys.modules.get(step.module)))
