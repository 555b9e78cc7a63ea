"""One run of one step, as the runtime sees it: its target, its span and its calls.

`Context` is the handler's view of it; nothing here is meant for the user's code.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

from motia_py.encoding import dumps
from motia_py.errors import UndeclaredTopic
from motia_py.interfaces import StateStore
from motia_py.messages import Change, Delivery, Event, StreamChange, Write
from motia_py.project.registry import Registry, Target
from motia_py.runtime.calls import Calls
from motia_py.runtime.outages import Outages
from motia_py.runtime.response_writer import OnDisconnect
from motia_py.runtime.sockets import SocketClient, SocketDirectory
from motia_py.runtime.streams import Announce, Created
from motia_py.runtime.tracing import MarkKind, Observe, Span, TraceLog

_log = logging.getLogger("motia_py.emit")


#: Is told what was written, in which trace and by which run.
Wrote: TypeAlias = Callable[[Sequence[Change], str, str | None], None]


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
    created: Created
    signal: Callable[[StreamChange, str, str | None], Awaitable[None]]
    sockets: Callable[[], SocketDirectory]
    wrote: Wrote
    base_url: Callable[[], str]
    now: Callable[[], float]
    outages: Outages
    validates: bool


class Invocation:
    """A run in progress. Without a target it stands for what runs outside of any step."""

    __slots__ = (
        "_calls",
        "_emitted",
        "_is_behind",
        "_is_over",
        "_registry",
        "delivery",
        "services",
        "socket",
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
        socket: SocketClient | None = None,
    ) -> None:
        self.services = services
        self.target = target
        self.span = span
        self.delivery = delivery
        self.socket = socket
        # The snapshot on which a run began: a reload does not change it under way. What runs
        # outside of steps outlives reloads.
        self._registry = services.registry() if target is not None else None
        self._calls: Calls | None = None
        self._is_over = target is None
        #: Whether something was written that need not be durable yet.
        self._is_behind = False
        #: How often each event was emitted, by a digest of its topic and data.
        self._emitted: dict[bytes, int] | None = None
        #: Set by the invoker for a handler that runs on a thread: done once it returned.
        self.thread_run: asyncio.Future[Any] | None = None

    @property
    def registry(self) -> Registry:
        return self._registry if self._registry is not None else self.services.registry()

    @property
    def folder(self) -> Path:
        """The folder of the file that declares the step; the project's own outside of any."""
        root = self.registry.root
        return root if self.target is None else (root / self.target.step.file).parent

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

    @property
    def trace_id(self) -> str:
        return self.span.trace_id

    @property
    def on_disconnect(self) -> OnDisconnect:
        """What becomes of a run that streams its answer when its client is gone."""
        return self.target.step.config.on_disconnect if self.target is not None else "cancel"

    @property
    def emitter(self) -> str | None:
        """The delivery whose run emits; None for a request, and once the run is over.

        A thread that outlasts its time limit still belongs to its delivery.
        """
        is_on_thread = self.thread_run is not None and not self.thread_run.done()
        if self.delivery is None or (self._is_over and not is_on_thread):
            return None
        return self.delivery.id

    async def settle(self) -> None:
        """Wait for calls under way and have it all durable; later calls are on their own.

        Raises:
            The first error of a call that the handler did not see.
            StoreUnavailable: what was written behind is not durable.
        """
        self._is_over = True
        if self._calls is not None:
            await self._calls.settle()
            await self._flush()

    async def thread_finished(self) -> None:
        """Return once a handler on a thread has returned; at once for any other."""
        if self.thread_run is not None:
            await asyncio.wait([self.thread_run])

    async def publish(self, event: Event) -> None:
        """Publish, and number what a delivery emits: the same again in a retried run is absorbed.

        To be called for one event after the other; one that fails takes no number.
        """
        await self._flush()
        if event.emitted_by is None:
            await self.services.publish(event)
            return
        if self._emitted is None:
            self._emitted = {}
        kind = blake2b(dumps([event.topic, event.data]), digest_size=16).digest()
        event.nth = self._emitted.get(kind, 0)
        await self.services.publish(event)
        self._emitted[kind] = event.nth + 1

    async def commit(self, writes: Sequence[Write]) -> Sequence[Change]:
        """Apply writes, durable when it returns, and set off the triggers that watch them."""
        await self._flush()
        return await self.services.commit(writes, self.span.trace_id, self.span.id)

    async def commit_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        """As `commit`, for what changes often: durable before whatever else this run does lasts.

        What a trigger watches is durable at once, and what runs outside of steps, which nobody
        settles.
        """
        registry = self.services.registry()
        if self.target is None or any(registry.is_watched(write.space) for write in writes):
            return await self.commit(writes)
        self._is_behind = True
        changes = await self.services.store.write_behind(writes)
        self.services.wrote(changes, self.span.trace_id, self.span.id)
        return changes

    async def signal(self, change: StreamChange) -> None:
        await self._flush()
        await self.services.signal(change, self.span.trace_id, self.span.id)

    async def _flush(self) -> None:
        if not self._is_behind:
            return
        self._is_behind = False
        try:
            await self.services.store.flush()
        except BaseException:
            self._is_behind = True
            raise

    def observer(self, kind: MarkKind) -> Observe:
        """What notes an operation and its subject in the trace."""

        def observe(operation: str, *subject: str) -> None:
            self.services.traces.mark(self.span, kind, operation, subject)

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
