"""Runs a step as it is now without anything coming of it: what it writes stays in an overlay, what
it emits, sends and announces is only noted. Calls to the outside still happen, and it logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from motia_py.clock import Clock
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, Change, ChangeType, Delivery, Event, StreamChange, Write
from motia_py.project.registry import Target
from motia_py.runtime.invocation import Services
from motia_py.runtime.invoker import Invoker
from motia_py.runtime.isolation import Isolation
from motia_py.runtime.sockets import Member, SocketDirectory, SocketMessage
from motia_py.runtime.tracing import Span, TraceLog


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """What would have come of a run, in order of each kind. `error` ended it, None if nothing."""

    span: Span
    error: BaseException | None
    emitted: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    sent: list[StreamChange] = field(default_factory=list)
    told: list[SocketMessage] = field(default_factory=list)


class Rehearsal:
    """`overlay` puts a store on top of the real one."""

    def __init__(
        self,
        services: Services,
        isolation: Isolation,
        clock: Clock,
        overlay: Callable[[StateStore], StateStore],
    ) -> None:
        self._services = services
        self._isolation = isolation
        self._clock = clock
        self._overlay = overlay

    async def run(self, target: Target, delivery: Delivery) -> Rehearsed:
        """Rehearse a delivery. Raises nothing but cancellation."""
        traces = TraceLog(self._clock)
        notes = _Notes(self._overlay(self._services.store), self._clock, self._services.sockets)
        services = replace(
            self._services,
            store=notes.store,
            traces=traces,
            publish=notes.publish,
            commit=notes.commit,
            announce=notes.announce,
            created=notes.created,
            signal=notes.signal,
            sockets=lambda: notes,
            wrote=notes.wrote,
        )
        error = await Invoker(services, self._isolation, self._clock).deliver(target, delivery)
        return Rehearsed(
            span=traces.spans(delivery.trace_id)[-1],
            error=error,
            emitted=notes.emitted,
            changes=notes.changes,
            sent=notes.sent,
            told=notes.told,
        )


class _Notes:
    """Stands where the bus, the hub and the sockets do, and notes what comes."""

    def __init__(
        self, store: StateStore, clock: Clock, sockets: Callable[[], SocketDirectory]
    ) -> None:
        self.store = store
        self._clock = clock
        self._sockets = sockets
        self.emitted: list[Event] = []
        self.changes: list[Change] = []
        self.sent: list[StreamChange] = []
        self.told: list[SocketMessage] = []

    def tell(self, message: SocketMessage) -> None:
        self.told.append(message)

    def members(self, namespace: str, room: str) -> list[Member]:
        return self._sockets().members(namespace, room)

    async def publish(self, event: Event) -> int:
        self.emitted.append(event)
        return 0

    async def commit(
        self, writes: Sequence[Write], trace_id: str, parent_id: str | None
    ) -> Sequence[Change]:
        changes = await self.store.write(writes)
        self.wrote(changes, trace_id, parent_id)
        return changes

    def wrote(self, changes: Sequence[Change], trace_id: str, span_id: str | None) -> None:
        self.changes.extend(changes)

    def announce(
        self, stream: str, group: str, id: str | None, kind: ChangeType, data: JSON
    ) -> StreamChange:
        change = StreamChange(
            stream=stream,
            group=group,
            id=id,
            type=kind,
            data=data,
            timestamp_ms=int(self._clock.now() * 1000),
        )
        if kind == "event":
            self.sent.append(change)
        return change

    def created(self, *_: object) -> None:
        """Nothing is trimmed: nothing was added."""

    async def signal(self, change: StreamChange, trace_id: str, parent_id: str | None) -> None:
        """Nobody is set off."""
