"""The composition root: opens the engine, loads the project, wires the parts, owns their lives."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from motia_py import encoding
from motia_py.backends.choosing import open_engine
from motia_py.backends.memory import MemoryEngine
from motia_py.backends.overlay import OverlayState
from motia_py.clock import Clock, ForwardClock, RealClock
from motia_py.compat import MotiaNames
from motia_py.errors import CannotStart, StoreUnavailable
from motia_py.interfaces import Engine
from motia_py.messages import JSON, Change, Event, Write, stream_space
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import Step, load_project, reload_project
from motia_py.project.registry import Registry, ReloadReport
from motia_py.runtime.access import StreamAccess
from motia_py.runtime.ambient import current_context
from motia_py.runtime.bus import EventBus, Recovery
from motia_py.runtime.context import Context
from motia_py.runtime.cron import CronScheduler
from motia_py.runtime.invocation import Invocation, Services
from motia_py.runtime.invoker import Invoker
from motia_py.runtime.isolation import Isolation, contain_exits
from motia_py.runtime.operations import Operations
from motia_py.runtime.outages import Outages
from motia_py.runtime.rehearsal import Rehearsal
from motia_py.runtime.retention import Retention
from motia_py.runtime.tracing import Span, TraceLog, new_trace_id
from motia_py.runtime.watchdog import Block, Watchdog
from motia_py.settings import Mode, Settings
from motia_py.web.announcing import Announcer, last_stamp_ms
from motia_py.web.doors import Doors, RequestLine, WebSettings
from motia_py.web.server import HttpServer
from motia_py.web.workbench.project import Server
from motia_py.web.workbench.workbench import Watched, Workbench

_BLOCK_ADVICE = (
    "; its next runs get a loop of their own, where a client or lock made for this one may fail:"
    " await instead, use asyncio.to_thread, or set isolation"
)

_log = logging.getLogger("motia_py.app")


class Motia:
    """One project, served while entered.

    `engine` stands in for the one that the settings name.

    Raises on entering:
        CannotStart: the folder does not exist, or a port is taken.
        ConfigError: a setting is wrong.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        mode: Mode = "start",
        clock: Clock | None = None,
        engine: Engine | None = None,
        observe: Callable[[RequestLine], None] | None = None,
    ) -> None:
        self.root = root.resolve()
        self.settings = settings
        self.clock: Clock = clock if clock is not None else RealClock()
        self.traces = TraceLog(self.clock)
        self._outages = Outages(self.clock)
        self._mode: Mode = mode
        self._observe = observe
        self._engine = engine
        self._stack = AsyncExitStack()
        #: No other process has this one: places in what happened are told by it.
        self._epoch = secrets.token_hex(4)

    async def __aenter__(self) -> Self:
        if not self.root.is_dir():
            raise CannotStart(f"there is no folder {self.root}: name the one that holds steps/")
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _open(self, stack: AsyncExitStack) -> None:
        """Wire the parts, each closed in the reverse order of its opening."""
        stack.enter_context(MotiaNames())
        self._imports = stack.enter_context(ProjectImports(self.root))
        # Which of the files declare a step is not known yet.
        with self._watchdog(lambda _: False):
            self._project = load_project(self.root, self._imports)
        self.registry = Registry(self._project)
        self.settings = self.settings.with_defaults(self._project.hooks.settings)
        engine = self._engine or open_engine(self.settings, self.root, self.clock)
        self.engine = await stack.enter_async_context(engine)
        self._announcer = Announcer(
            await last_stamp_ms(self.engine.state), self._epoch, self.clock.now
        )
        stack.push_async_callback(self._announcer.keep_last, self.engine.state)
        loop = asyncio.get_running_loop()
        contain_exits(loop, self._imports.owns)
        stack.callback(loop.set_task_factory, None)
        self._isolation = Isolation()
        # On a thread: what ends there may still have a call on this loop to finish.
        stack.push_async_callback(asyncio.to_thread, self._isolation.close)
        self._wire()
        recovery = await self.bus.recover()
        if self._workbench is not None:
            stack.callback(self._workbench.logs.close)
        stack.callback(self._retention.stop)
        await self._retention.begin()
        await self._server.start()
        stack.push_async_callback(self._drain)
        stack.enter_context(self._watchdog(lambda file: bool(self._steps_in(file))))
        self.bus.start()
        _tell_recovery(recovery)
        self._cron.refresh(self.registry)

    def _wire(self) -> None:
        services = self._services()
        self._invoker = Invoker(services, self._isolation, self.clock)
        self.bus = EventBus(
            engine=self.engine,
            clock=ForwardClock(self.clock),
            registry=lambda: self.registry,
            deliver=self._invoker.deliver,
            outages=self._outages,
            stamp_ms=self._announcer.stamp_ms,
        )
        self._retention = Retention(
            store=self.engine.state,
            clock=self.clock,
            registry=lambda: self.registry,
            commit=self._commit_outside,
            announce=self._announcer.announce,
            spawn=self.bus.activity.spawn,
            outages=self._outages,
        )
        self._cron = CronScheduler(
            clock=self.clock,
            send=self.bus.send,
            state=self.engine.state,
            activity=self.bus.activity,
            outages=self._outages,
        )
        self._web_settings = WebSettings.of(self.settings, mode=self._mode)
        self._workbench = (
            self._open_workbench(services) if self._web_settings.serves_pages else None
        )
        self._server = HttpServer(self._doors(), self._web_settings)
        # What runs outside of any step (a hook, a task begun at import) calls on this one.
        span = Span("(outside)", "outside", new_trace_id(), None, 1)
        self._outside = Context(Invocation(services, None, span))
        current_context.set(self._outside)

    async def _drain(self) -> None:
        """Take nothing more in, and let what runs end, all of it within one time."""
        seconds = self.settings.shutdown_seconds
        self._cron.stop()
        self._retention.stop()
        self.bus.pause()
        await asyncio.gather(self._server.stop(seconds), self.bus.stop(seconds))
        waiting = sum(count.waiting for count in (await self.engine.queue.counts()).values())
        if waiting and isinstance(self.engine, MemoryEngine):
            _log.warning(
                "%d waiting events are lost: memory:// keeps nothing",
                waiting,
                extra={"action": "events.lost", "waiting": waiting},
            )

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses that are served, the first one first."""
        return self._server.urls

    @property
    def token(self) -> str | None:
        """What opens dev's own pages where they can be reached from elsewhere; else None."""
        return self._web_settings.token

    @property
    def operations(self) -> Operations:
        """What an operator may do to what is stored, while this is served."""
        return Operations(
            self.engine,
            commit=self._commit_outside,
            redrive=self.bus.redrive,
            emit=self.emit,
            streams=lambda: tuple(self.registry.streams),
            restored=self._retention.restored,
        )

    async def emit(self, topic: str, data: JSON) -> None:
        """Publish an event from outside of any step.

        Raises:
            NotJSON: `data` has no JSON form.
            StoreUnavailable: it is not stored; nobody will get it.
        """
        event = Event(topic=topic, data=encoding.plain(data), trace_id=new_trace_id())
        try:
            await self.bus.publish(event)
        except StoreUnavailable as error:
            self._outages.tell(error)
            raise

    async def snapshot(self, stream: str, group: str, id: str | None) -> JSON:
        """What a stream's watchers see now: a group's items, or one item (None: there is none)."""
        space = stream_space(stream)
        if id is not None:
            return await self.engine.state.get(space, group, id)
        return [item for _, item in await self.engine.state.list(space, group)]

    async def reload(self, changed: set[Path]) -> ReloadReport:
        """Load what changed and swap the registry; what runs finishes on what it began with."""
        started = time.perf_counter()
        self._project = reload_project(self._project, changed, self._imports)
        older, self.registry = self.registry, Registry(self._project)
        self._isolation.keep_only(self._project.steps)
        self.bus.refresh(older)
        self._cron.refresh(self.registry)
        self._retention.follow()
        difference = self.registry.diff(older)
        report = ReloadReport(
            added=difference.added,
            changed=difference.changed,
            removed=difference.removed,
            failures=self.registry.failures,
            seconds=time.perf_counter() - started,
        )
        if self._workbench is not None:
            self._workbench.project.reloaded(report, self._project)
        return report

    async def wait_idle(self) -> None:
        """Return once no event is handled or due, of the bus or of a socket."""
        await self._server.sockets.wait_idle()
        await self.bus.wait_idle()

    async def stop(self) -> None:
        """End gracefully: accept nothing more, let what runs end, then close everything."""
        await self._stack.aclose()

    async def _commit(
        self, writes: Sequence[Write], trace_id: str, span_id: str | None
    ) -> Sequence[Change]:
        changes = await self.bus.commit(writes, trace_id, span_id)
        self._wrote(changes, trace_id, span_id)
        return changes

    def _commit_outside(self, writes: Sequence[Write]) -> Awaitable[Sequence[Change]]:
        """Apply what no step writes: a person, or the server itself."""
        return self._commit(writes, new_trace_id(), None)

    def _wrote(self, changes: Sequence[Change], trace_id: str, span_id: str | None) -> None:
        if self._workbench is not None:
            self._workbench.history.wrote(changes, trace_id, span_id)

    def _services(self) -> Services:
        return Services(
            loop=asyncio.get_running_loop(),
            store=self.engine.state,
            traces=self.traces,
            registry=lambda: self.registry,
            publish=lambda event: self.bus.publish(event),
            commit=self._commit,
            announce=self._announcer.announce,
            created=lambda *item: self._retention.created(*item),
            signal=lambda change, trace_id, parent_id: self.bus.signal(change, trace_id, parent_id),
            sockets=lambda: self._server.sockets,
            wrote=self._wrote,
            base_url=lambda: self.urls[0],
            now=self.clock.now,
            outages=self._outages,
            validates=self.settings.validate_schemas == "on",
        )

    def _doors(self) -> Doors:
        return Doors(
            registry=lambda: self.registry,
            respond=self._invoker.respond,
            receive=self._invoker.receive,
            emit=self.emit,
            snapshot=self.snapshot,
            hub=self._announcer.hub,
            access=StreamAccess(
                run_hook=self._invoker.run_hook,
                authenticate=lambda: self.registry.hooks.authenticate,
                make_context=lambda: self._outside,
            ),
            clock=self.clock,
            observe=self._observe,
            workbench=self._workbench,
        )

    def _open_workbench(self, services: Services) -> Workbench:
        server = Server(
            root=self.root,
            mode=self._mode,
            version=version("motia_py"),
            epoch=self._epoch,
            base_url=lambda: self.urls[0],
            now=self.clock.now,
        )
        watched = Watched(
            server=server,
            registry=lambda: self.registry,
            traces=self.traces,
            engine=self.engine,
            bus=self.bus,
            operations=self.operations,
            rehearsal=Rehearsal(
                services, self._isolation, self.clock, lambda store: OverlayState(store, self.clock)
            ),
            commit=self._commit_outside,
            announce=self._announcer.announce_write,
            respond=self._invoker.respond,
        )
        workbench = Workbench(watched)
        workbench.project.loaded(self._project)
        workbench.logs.open()
        return workbench

    def _watchdog(self, is_step_file: Callable[[str], bool]) -> Watchdog:
        return Watchdog(
            asyncio.get_running_loop(),
            is_own_file=self._imports.owns,
            is_step_file=is_step_file,
            report=self._tell_held,
        )

    def _tell_held(self, block: Block) -> None:
        if block.is_loading:
            self._tell_load(block)
        else:
            self._tell_block(block)

    def _tell_load(self, load: Block) -> None:
        """A file takes long to load: name it, it may never end."""
        _log.warning(
            "%s %s for %.0f s, at %s:%d%s",
            self._relative(load.step_file),
            "loaded" if load.is_over else "has been loading",
            load.seconds,
            self._relative(load.file),
            load.line,
            "" if load.is_over else ": nothing is served until it is done; Ctrl+C twice ends all",
            extra={"action": "step.loading"},
        )

    def _relative(self, file: str) -> str:
        return Path(file).relative_to(self.root).as_posix()

    def _steps_in(self, file: str) -> list[Step]:
        """The steps that a file declares; called on the watchdog's thread as well."""
        if not self._imports.owns(file):
            return []
        relative = self._relative(file)
        return [step for step in self._project.steps if step.file == relative]

    def _tell_block(self, block: Block) -> None:
        """A step holds the loop: say so, and keep its file off it from now on."""
        steps = self._steps_in(block.step_file)
        names = ", ".join(step.config.name for step in steps)
        moved = [step for step in steps if step.config.isolation == "auto"]
        for step in moved:
            self._isolation.isolate(step)
        _log.warning(
            "step %s %s the event loop for %.0f ms%s at %s:%d%s",
            names,
            "blocked" if block.is_over else "blocks",
            block.seconds * 1000,
            "" if block.is_over else " so far",
            self._relative(block.file),
            block.line,
            _BLOCK_ADVICE if moved else "; await instead, or use asyncio.to_thread",
            extra={"action": "step.blocked", "step": names},
        )


def _tell_recovery(recovery: Recovery) -> None:
    """One line about what was left from the time before; none if there was nothing."""
    if not (recovery.pending or recovery.dead):
        return
    _log.info(
        "recovered: %s pending (%d had begun, %d parked), %s",
        "1 delivery" if recovery.pending == 1 else f"{recovery.pending} deliveries",
        recovery.retried,
        recovery.parked,
        "1 dead letter" if recovery.dead == 1 else f"{recovery.dead} dead letters",
        extra={"action": "queue.recovered", **asdict(recovery)},
    )
