"""`dev` and `start`: serve the project until a signal ends it, and tell what happens meanwhile."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from types import FrameType
from typing import Literal

import click

from motia_py.app import Motia
from motia_py.backends.memory import MemoryEngine
from motia_py.cli.activity import (
    ReloadLines,
    tell,
    tell_failure,
    tell_oddities,
    tell_request,
    tell_run,
    tell_warning,
)
from motia_py.cli.flags import Flags, takes_addresses, takes_project_flags
from motia_py.cli.overview import (
    FIRST_STEP,
    console,
    counted,
    is_empty,
    line,
    step_table,
)
from motia_py.cli.terminal import set_up
from motia_py.clock import RealClock
from motia_py.dotmotia import OWN_FOLDER
from motia_py.project.importing import ProjectImports
from motia_py.project.registry import Registry
from motia_py.reload import look, watch
from motia_py.settings import Settings
from motia_py.web.admin import PREFIX, has_workbench
from motia_py.web.control import ControlSocket

if sys.platform == "win32":
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop

Mode = Literal["dev", "start"]

#: A signal this soon after the first is the same one: a terminal or `timeout` may send it to the
#: process and again to its group.
ECHO_SECONDS = 0.5
#: Objects made, less those freed, between two looks of the garbage collector.
COLLECT_AFTER = 20_000
#: Seconds after which a thread that waits for Python gets its turn. At Python's own 5 ms the thread
#: that writes the store waits that long for each statement while the loop is busy.
TURN_SECONDS = 0.0002
#: How long threads may take to end once everything is closed. Those of handlers that outlasted
#: their grace never do, and Python would wait for them for ever.
THREADS_SECONDS = 1.0


@click.command()
@takes_addresses
@takes_project_flags
def dev(flags: Flags) -> None:
    """Serve, show every request and event, and reload at each save."""
    _run(flags, "dev")


@click.command()
@takes_addresses
@takes_project_flags
def start(flags: Flags) -> None:
    """Serve in production: no reload, no pages; requests are shown with --verbose."""
    _run(flags, "start")


def _run(flags: Flags, mode: Mode) -> None:
    settings = flags.settings()
    set_up(
        sys.stdout,
        form=settings.log,
        is_verbose=flags.is_verbose,
        is_own_file=ProjectImports(flags.root).owns,
    )
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        # Ours, so that it can be closed without waiting for what runs in it.
        threads = ThreadPoolExecutor(thread_name_prefix="motia-asyncio")
        runner.get_loop().set_default_executor(threads)
        runner.run(_serve(flags, settings, mode))
        threads.shutdown(wait=False, cancel_futures=True)
        _leave_running(runner.get_loop())


async def _serve(flags: Flags, settings: Settings, mode: Mode) -> None:
    stop = _event_at_signal()
    before = look(flags.root) if mode == "dev" else None
    shows_all = mode == "dev" or flags.is_verbose
    observe = tell_request if shows_all else None
    async with (
        Motia(flags.root, settings, mode=mode, observe=observe) as app,
        ControlSocket(app.operations, app.root / OWN_FOLDER, app.clock),
    ):
        if shows_all:
            app.traces.listen(tell_run)
        _tell_start(app, mode, has_table=settings.log == "pretty")
        tune_python()
        if before is not None:
            reloads = ReloadLines(lambda: app.registry, flags.root)
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(watch(flags.root, app, reloads, since=before))
                await stop.wait()
                watching.cancel()
        await stop.wait()
        tell("server.stopping", (("stopping:", "bold"), ("a second signal aborts", "dim")))
    tell("server.stopped", (("stopped", "bold"),))


def tune_python() -> None:
    """Set the interpreter up for a server whose project is loaded.

    What was loaded is taken out of garbage collection, and cycles are looked for less often. A
    request makes objects that live a little longer than itself (its trace), which Python's default
    of one look per 700 mistakes for growth. Measured: about a tenth of the requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
    sys.setswitchinterval(TURN_SECONDS)


def _event_at_signal() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set; a later one of them ends the process on the spot.

    Plain handlers and not the loop's: those would wait for a step that blocks the loop.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    clock = RealClock()
    asked_at: float | None = None

    def ask(number: int, _: FrameType | None) -> None:
        nonlocal asked_at
        if asked_at is None:
            asked_at = clock.monotonic()
            loop.call_soon_threadsafe(stop.set)
        elif clock.monotonic() - asked_at > ECHO_SECONDS:
            os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop


def _leave_running(loop: asyncio.AbstractEventLoop) -> None:
    """Give threads a moment to end; if one does not, or a task, end the process without them."""
    clock = RealClock()
    deadline = clock.monotonic() + THREADS_SECONDS
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and not thread.daemon
    ]
    for thread in others:
        thread.join(max(0.0, deadline - clock.monotonic()))
    busy = [thread.name for thread in others if thread.is_alive()]
    # Those that swallow their cancellation; the runner would wait for them for ever.
    busy += [task.get_name() for task in asyncio.all_tasks(loop)]
    if busy:
        tell_warning("server.left_running", f"ended while still running: {', '.join(busy)}")
        logging.shutdown()
        os._exit(0)


def _tell_start(app: Motia, mode: Mode, *, has_table: bool) -> None:
    registry = app.registry
    if has_table:
        _show_project(registry, app.root.name)
    elif is_empty(registry):
        tell_warning("server.no_steps", FIRST_STEP)
    for failure in registry.failures:
        tell_failure(failure)
    tell_oddities(registry)
    steps, streams = len(registry.steps), len(registry.streams)
    tell(
        "server.started",
        (
            ("serving", "green"),
            (f"{counted(steps, 'step')}, {counted(streams, 'stream')} at", ""),
            *((url, "bold") for url in app.urls),
        ),
        fields={"urls": list(app.urls), "steps": steps, "streams": streams},
    )
    if isinstance(app.engine, MemoryEngine):
        tell_warning("server.memory", "events and state are kept in memory: a restart forgets them")
    # One that was given is its giver's secret, and known.
    if app.token is not None and app.settings.token is None:
        _tell_token(app.urls[0], app.token, mode)
    elif mode == "dev" and has_workbench():
        address = f"{app.urls[0]}{PREFIX}/"
        tell("server.workbench", (("workbench at", ""), (address, "bold")))


def _tell_token(url: str, token: str, mode: Mode) -> None:
    """What the token opens: start has no page, it only takes events."""
    # The page under /__motia, where no step can own the address.
    page = ("its own pages, from elsewhere:", f"{url}{PREFIX}/?token={token}")
    emit = ("events, from elsewhere:", f"POST {url}/emit?token={token}")
    what, address = page if mode == "dev" else emit
    tell("server.token", ((what, ""), (address, "bold")))


def _show_project(registry: Registry, name: str) -> None:
    screen = console(sys.stdout)
    screen.print()
    screen.print(line(f"{name} on motia-py {version('motia_py')}", "bold"))
    screen.print()
    screen.print(FIRST_STEP if is_empty(registry) else step_table(registry))
    if registry.streams:
        screen.print(line(f"streams: {', '.join(registry.streams)}"))
    screen.print()
