"""One run of one step, as the runtime sees it: its target, its span and its calls.

`Context` is the handler's view of it; nothing here is meant for the user's code.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from motia_py.errors import UndeclaredTopic
from motia_py.interfaces import StateStore
from motia_py.messages import Change, Delivery, Event, StreamChange, Write
from motia_py.project.registry import Registry, Target
from motia_py.runtime.calls import Calls
from motia_py.runtime.streams import Announce
from motia_py.runtime.tracing import MarkKind, Span, TraceLog

_log = logging.getLogger("motia_py.emit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What invocations share: the stores, the bus and the way out. Made once by the app.

    `validates` is False under `MOTIA_VALIDATE=off`: then no schema is enforced.
    """

    loop: asyncio.AbstractEventLoop
    store: StateStore
    traces: TraceLog
    registry: Callable[[], Registry]
    publish: Callable[[Event], Coroutine[Any, Any, int]]
    commit: Callable[[Sequence[Write], str, str | None], Coroutine[Any, Any, Sequence[Change]]]
    announce: Announce
    signal: Callable[[StreamChange, str, str | None], Awaitable[None]]
    base_url: Callable[[], str]
    validates: bool


class Invocation:
    """A run in progress. Without a target it stands for what runs outside of any step."""

    __slots__ = (
        "_calls",
        "_is_over",
        "_registry",
        "delivery",
        "services",
        "span",
        "target",
        "thread_run",
    )

    def __init__(
        self,
        services: Services,
        target: Target | None,
        span: Span,
        delivery: Delivery | None = None,
    ) -> None:
        self.services = services
        self.target = target
        self.span = span
        self.delivery = delivery
        # The snapshot on which a run began: a reload does not change it under way. What runs
        # outside of steps outlives reloads.
        self._registry = services.registry() if target is not None else None
        self._calls: Calls | None = None
        self._is_over = target is None
        #: Set by the invoker for a handler that runs on a thread: done once it returned.
        self.thread_run: asyncio.Future[Any] | None = None

    @property
    def registry(self) -> Registry:
        return self._registry if self._registry is not None else self.services.registry()

    @property
    def calls(self) -> Calls:
        """The calls of this run, started and not yet waited for."""
        if self._calls is None:
            self._calls = Calls(
                self.services.loop,
                is_tracked=not self._is_over,
                is_late=self._is_over and self.target is not None,
            )
        return self._calls

    async def settle(self) -> None:
        """Wait for calls under way; later ones are on their own.

        Raises:
            The first error of a call that the handler did not see.
        """
        self._is_over = True
        if self._calls is not None:
            await self._calls.settle()

    async def thread_finished(self) -> None:
        """Return once a handler on a thread has returned; at once for any other."""
        if self.thread_run is not None:
            await asyncio.wait([self.thread_run])

    async def commit(self, writes: Sequence[Write]) -> Sequence[Change]:
        return await self.services.commit(writes, self.span.trace_id, self.span.id)

    async def signal(self, change: StreamChange) -> None:
        await self.services.signal(change, self.span.trace_id, self.span.id)

    def observer(self, kind: MarkKind) -> Callable[[str, str, str], None]:
        """What notes an operation and its subject in the trace."""

        def observe(operation: str, first: str, second: str) -> None:
            self.services.traces.mark(self.span, kind, operation, f"{first}/{second}")

        return observe

    def may_emit(self, topic: str) -> bool:
        """Apply the step's allow-list: an empty list means any topic.

        Raises:
            UndeclaredTopic: the step is strict.
        """
        if self.target is None or not self.target.emits or topic in self.target.emits:
            return True
        config = self.target.step.config
        if config.undeclared_emits == "send":
            return True
        declared = ", ".join(self.target.emits)
        problem = (
            f"step {config.name} ({self.target.step.file}) emits {topic!r}, which its config does"
            f" not list (declared: {declared}): add it to `emits`"
        )
        if config.undeclared_emits == "raise":
            raise UndeclaredTopic(problem)
        self.services.traces.mark(self.span, "refused", topic, problem)
        _log.error(
            "%s",
            problem,
            extra={"action": "emit.refused", "step": config.name, "trace_id": self.span.trace_id},
        )
        return False
