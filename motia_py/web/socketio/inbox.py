"""What one client has sent and is not answered yet: in order by line, side by side across lines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

#: Events of one client that may be under way or wait; more are refused.
MAX_UNANSWERED = 100


class Received(NamedTuple):
    """An event as it came. `ack_id` is None unless the client waits for an acknowledgement.

    `finishes`: it is handled to its end even if the client goes.
    """

    event: str
    data: Any
    ack_id: int | None
    finishes: bool


class Inbox:
    """`handle` is called with one event of each line at a time, and answers it."""

    def __init__(self, handle: Callable[[Received], Awaitable[None]]) -> None:
        self._handle = handle
        self._lines: dict[str, deque[Received]] = {}
        #: What each task is handling now.
        self._tasks: dict[asyncio.Task[None], Received] = {}
        self._count = 0

    @property
    def is_full(self) -> bool:
        return self._count >= MAX_UNANSWERED

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        return list(self._tasks)

    def put(self, received: Received, line: str | None) -> None:
        """Handle an event after those of its line; at once if it has none."""
        self._count += 1
        waiting = None if line is None else self._lines.get(line)
        if waiting is not None:
            waiting.append(received)
            return
        if line is not None:
            self._lines[line] = deque()
        task = asyncio.get_running_loop().create_task(self._work(received, line))
        self._tasks[task] = received
        task.add_done_callback(self._tasks.pop)

    def cancel(self) -> list[asyncio.Task[None]]:
        """Cancel what is handled and forget what waits, but for what `finishes`; gives those that
        are cancelled."""
        for line, waiting in self._lines.items():
            kept = [received for received in waiting if received.finishes]
            self._count -= len(waiting) - len(kept)
            self._lines[line] = deque(kept)
        cancelled = [task for task, received in self._tasks.items() if not received.finishes]
        for task in cancelled:
            task.cancel()
        return cancelled

    async def _work(self, received: Received, line: str | None) -> None:
        """Handle an event, and then those that came to stand behind it."""
        task = asyncio.current_task()
        assert task is not None
        next_one: Received | None = received
        try:
            while next_one is not None:
                self._tasks[task] = next_one
                try:
                    await self._handle(next_one)
                finally:
                    self._count -= 1
                waiting = self._lines[line] if line is not None else None
                next_one = waiting.popleft() if waiting else None
        finally:
            if line is not None:
                self._count -= len(self._lines.pop(line))
