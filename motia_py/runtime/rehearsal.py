"""Runs a step as it is now without anything coming of it: what it writes stays in an overlay, what
it emits, sends and announces is only noted. Calls to the outside still happen, and it logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from motia_py.clock import Clock
from motia_py.interfaces import StateStore
from motia_py.messages import JSON, Change, ChangeType, Delivery, Event, StreamChange, Write
from motia_py.project.registry import Target
from motia_py.runtime.invocation import Services
from motia_py.runtime.invoker import Invoker
from motia_py.runtime.isolation import Isolation
from motia_py.runtime.requests import ApiResponse, Request
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


class Client(Protocol):
    """Who takes an answer in. `leave` is its to call while a handler still writes it: the run is
    cut off then, as when a connection is lost."""

    leave: Callable[[], object]
    has_left: bool

    async def read(self, response: ApiResponse) -> None:
        """Take in an answer, which may be made while it is read. Raises nothing."""
        ...


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

    async def deliver(self, target: Target, delivery: Delivery) -> Rehearsed:
        """Rehearse a delivery. Raises nothing but cancellation."""
        stage = self._stage()
        error = await stage.invoker.deliver(target, delivery)
        return stage.rehearsed(error)

    async def respond(self, target: Target, request: Request, client: Client) -> Rehearsed:
        """Rehearse a request. Its error is an answer, and in the log. Raises nothing but
        cancellation."""
        stage = self._stage()
        answering = asyncio.ensure_future(stage.invoker.respond(target, request))
        client.leave = answering.cancel
        try:
            await client.read((await answering)[0])
        except asyncio.CancelledError:
            if not client.has_left:
                raise
        return stage.rehearsed(None)

    def _stage(self) -> _Stage:
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
        return _Stage(Invoker(services, self._isolation, self._clock), traces, notes)


class _Stage(NamedTuple):
    """Where one run is rehearsed."""

    invoker: Invoker
    traces: TraceLog
    notes: _Notes

    def rehearsed(self, error: BaseException | None) -> Rehearsed:
        notes = self.notes
        return Rehearsed(
            span=self.traces.recent(limit=1)[0][-1],
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
