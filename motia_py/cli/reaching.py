"""How commands reach what is stored: through the running server, else the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

from motia_py.backends.choosing import open_engine
from motia_py.backends.memory import MemoryEngine
from motia_py.backends.sqlite import SqliteEngine
from motia_py.cli.control import Operator, server_of
from motia_py.cli.flags import Flags
from motia_py.cli.inspection import loaded
from motia_py.clock import RealClock
from motia_py.errors import ConfigError, MotiaError
from motia_py.interfaces import Engine
from motia_py.messages import JSON
from motia_py.project.discovery import HOOKS_FILE
from motia_py.project.registry import Registry
from motia_py.runtime.operations import Operations, Reply


@contextmanager
def operator(flags: Flags, *, may_create: bool = False) -> Iterator[Operator]:
    """An operator of the project: of its server, or of its store while no server runs.

    A store that does not exist yet is only made if the command `may_create` it.

    Raises:
        MotiaError: a server runs and cannot be asked, or there is nothing to look at.
        CannotOpenStore: no server answers, and the store cannot be opened.
        ConfigError: a setting is wrong.
    """
    live = server_of(flags.root)
    if live is not None:
        yield live
        return
    with loaded(flags) as registry, asyncio.Runner() as runner:
        engine = _engine(flags, registry, may_create=may_create)
        runner.run(engine.__aenter__())
        try:
            operations = _operations(engine, registry)
            yield Operator(lambda *asked: _ask_store(runner, operations, *asked), is_live=False)
        finally:
            runner.run(engine.__aexit__(None, None, None))


def _engine(flags: Flags, registry: Registry, *, may_create: bool) -> Engine:
    for failure in registry.failures:
        # It may name the engine.
        if failure.file == HOOKS_FILE:
            raise ConfigError(str(failure))
    settings = flags.settings().with_defaults(registry.hooks.settings)
    engine = open_engine(settings, flags.root, RealClock())
    if isinstance(engine, MemoryEngine):
        raise MotiaError(
            f"no server runs in {flags.root}, and without one nothing is kept in memory: there is"
            " nothing to look at"
        )
    if isinstance(engine, SqliteEngine) and not may_create and not engine.path.exists():
        # Who only looks leaves no file behind: its owner might be another than the server's.
        return MemoryEngine(RealClock())
    return engine


def _operations(engine: Engine, registry: Registry) -> Operations:
    """Operations on the store itself: nothing runs, and no trigger watches."""

    async def redrive(delivery_id: str) -> bool:
        return await engine.queue.redrive(delivery_id, now=RealClock().now()) is not None

    async def emit(topic: str, data: JSON) -> None:
        raise MotiaError("no server runs: start one with `motia-py dev`")

    return Operations(
        engine,
        commit=engine.state.write,
        redrive=redrive,
        emit=emit,
        streams=lambda: tuple(registry.streams),
    )


def _ask_store(
    runner: asyncio.Runner, operations: Operations, name: str, arguments: Mapping[str, JSON]
) -> Iterator[Reply]:
    replies = operations.replies(name, arguments)
    try:
        while (reply := runner.run(_next(replies))) is not None:
            yield reply
    finally:
        runner.run(replies.aclose())


async def _next(replies: AsyncIterator[Reply]) -> Reply | None:
    return await anext(replies, None)
