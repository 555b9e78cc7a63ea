"""Where handlers run when they must not run on the main loop: threads, and loops on threads.

`def` handlers run in a pool. `async def` handlers that block get a loop of their own, one lasting
loop per step file, so that clients made at module level keep working from one run to the next.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import logging
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from motia_py.project.loader import Step

#: Threads for `def` handlers. They wait more than they compute, so more than there are cores.
POOL_THREADS = 40
#: How long a loop may take to end; it is a daemon thread, so one that blocks does not hold up exit.
STOP_SECONDS = 2.0

_log = logging.getLogger("motia_py.isolation")


class Isolation:
    """Owns the threads. Open while entered."""

    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(POOL_THREADS, "motia-step")
        self._loops: dict[int, _LoopThread] = {}
        self._blocking: set[str] = set()

    def needs_thread(self, step: Step) -> bool:
        """True if an `async def` handler of `step` must stay off the main loop."""
        chosen = step.config.isolation
        if chosen != "auto":
            return chosen == "thread"
        return bool(step.blocking) or step.file in self._blocking

    def isolate(self, file: str) -> None:
        """From now on, run this file's handlers off the main loop, unless its config forbids it."""
        self._blocking.add(file)

    # Both start at once and give a future of the caller's loop. Shield it: nothing can stop a
    # thread, so cancelling would only make a handler that still runs look finished.

    def call_function(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run a `def` handler on a pool thread, with the caller's context variables."""
        context = contextvars.copy_context()
        return asyncio.wrap_future(self._pool.submit(context.run, _without_exit, function, *args))

    def call_coroutine(
        self, step: Step, function: Callable[..., Coroutine[Any, Any, Any]], *args: Any
    ) -> asyncio.Future[Any]:
        """Run an `async def` handler on its step's loop, with the caller's context variables."""
        key = id(step.handler)
        thread = self._loops.get(key)
        if thread is None:
            thread = self._loops[key] = _LoopThread(step)
        return asyncio.wrap_future(thread.run(contextvars.copy_context(), function, *args))

    def keep_only(self, steps: Iterable[Step]) -> None:
        """End the loops of handlers that a reload replaced, once they have nothing to run."""
        current = {id(step.handler) for step in steps}
        for key in [key for key in self._loops if key not in current]:
            self._loops.pop(key).stop_when_idle()

    def close(self) -> None:
        """End every loop and the pool; a handler that blocks is left to die with the process."""
        for thread in self._loops.values():
            thread.stop()
        self._loops.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)


class _LoopThread:
    """An event loop on a daemon thread."""

    def __init__(self, step: Step) -> None:
        # Kept so that the key under which the loop is found, the handler's id, is not given away.
        self.step = step
        self._loop = asyncio.new_event_loop()
        self._running = 0
        self._is_retired = False
        self._thread = threading.Thread(
            target=self._serve, name=f"motia-loop-{step.config.name}", daemon=True
        )
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
    ) -> concurrent.futures.Future[Any]:
        result: concurrent.futures.Future[Any] = concurrent.futures.Future()
        result.set_running_or_notify_cancel()

        def start() -> None:
            self._running += 1
            task = self._loop.create_task(_run_without_exit(function, *args), context=context)
            task.add_done_callback(finish)

        def finish(task: asyncio.Task[Any]) -> None:
            self._running -= 1
            if task.cancelled():
                result.set_exception(asyncio.CancelledError("the step's loop was stopped"))
            elif (error := task.exception()) is not None:
                result.set_exception(error)
            else:
                result.set_result(task.result())
            if self._is_retired and not self._running:
                self._loop.stop()

        self._loop.call_soon_threadsafe(start)
        return result

    def stop_when_idle(self) -> None:
        def retire() -> None:
            self._is_retired = True
            if not self._running:
                self._loop.stop()

        self._loop.call_soon_threadsafe(retire)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            _log.warning(
                "step %s still blocks its thread; it ends with the process",
                self.step.config.name,
                extra={"action": "isolation.still_blocked", "step": self.step.config.name},
            )


def _without_exit(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except SystemExit as error:
        raise _exit_error() from error


async def _run_without_exit(function: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> Any:
    # A task that lets SystemExit pass would take its loop down with it.
    try:
        return await function(*args)
    except SystemExit as error:
        raise _exit_error() from error


def _exit_error() -> RuntimeError:
    return RuntimeError("the handler called exit(); raise an error or return instead")
