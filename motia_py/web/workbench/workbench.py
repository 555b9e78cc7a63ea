"""The workbench's half of the server, put together: what it watches, and who answers for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from motia_py.interfaces import Engine
from motia_py.messages import Change, Write
from motia_py.project.registry import Registry, Target
from motia_py.runtime.bus import EventBus
from motia_py.runtime.operations import Operations
from motia_py.runtime.rehearsal import Rehearsal
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.runtime.tracing import TraceLog
from motia_py.web.workbench.activity import Activity, runs_once
from motia_py.web.workbench.history import History
from motia_py.web.workbench.live import LiveSockets, Source
from motia_py.web.workbench.logs import LogTail
from motia_py.web.workbench.project import ServedProject, Server
from motia_py.web.workbench.queued import Queued
from motia_py.web.workbench.remembered import Remembered
from motia_py.web.workbench.replaying import Replaying
from motia_py.web.workbench.stored import Stored
from motia_py.web.workbench.traced import Traced


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the workbench looks at and acts on. `commit` applies writes as a handler's would,
    `announce` tells the watchers of a stream what was changed there, `respond` runs an api step."""

    server: Server
    registry: Callable[[], Registry]
    traces: TraceLog
    engine: Engine
    bus: EventBus
    operations: Operations
    rehearsal: Rehearsal
    commit: Callable[[Sequence[Write]], Awaitable[Sequence[Change]]]
    announce: Callable[[str, Change], object]
    respond: Callable[[Target, Request], Awaitable[tuple[ApiResponse, str]]]


class Workbench:
    """Made once, when the server starts; watches from then on."""

    def __init__(self, watched: Watched) -> None:
        server, registry, bus = watched.server, watched.registry, watched.bus
        self.activity = Activity(watched.traces, server.epoch)
        self.project = ServedProject(
            server, registry=registry, activity=self.activity, stranded=bus.stranded
        )
        self.history = History(watched.traces, server.now, server.epoch)
        self.logs = LogTail(server.epoch)
        self.stored = Stored(
            watched.engine.state,
            registry=registry,
            history=self.history,
            commit=watched.commit,
            announce=watched.announce,
        )
        self.queued = Queued(
            watched.engine.queue,
            bus,
            watched.operations,
            registry=registry,
            activity=self.activity,
            now=server.now,
        )
        self.remembered = Remembered(watched.traces, self.history, registry)
        self.replaying = Replaying(
            self.remembered,
            watched.engine.queue,
            bus,
            watched.rehearsal,
            logs=self.logs,
            respond=watched.respond,
        )
        self.traced = Traced(watched.traces, self.replaying.origin)
        self.live = LiveSockets(
            server.epoch,
            {
                "project": Source(self.project.reloads, lambda items: {"reloads": items}),
                "runs": Source(self.activity.feed, lambda items: {"runs": runs_once(items)}),
                "logs": Source(self.logs.feed, lambda items: {"logs": items}),
                "changes": Source(
                    self.history.feed,
                    lambda items: {"changes": [self.history.change_view(each) for each in items]},
                ),
            },
        )
