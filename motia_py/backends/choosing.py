"""Which engine an address names."""

from __future__ import annotations

from pathlib import Path

from motia_py.backends.memory import MemoryEngine
from motia_py.backends.sqlite import SqliteEngine
from motia_py.clock import Clock
from motia_py.errors import ConfigError
from motia_py.interfaces import Engine
from motia_py.settings import Settings


def open_engine(settings: Settings, root: Path, clock: Clock) -> Engine:
    """The engine that the settings name; a relative path in them begins at `root`.

    Raises:
        ConfigError: no engine has this address.
    """
    scheme, _, address = settings.engine.partition("://")
    keep_seconds = settings.keep_finished_hours * 3600
    path = address.removeprefix("/")
    if scheme == "memory" or (scheme == "sqlite" and path and settings.durability == "memory"):
        return MemoryEngine(clock, keep_finished_seconds=keep_seconds)
    if scheme == "sqlite" and path and settings.durability != "memory":
        return SqliteEngine(
            root / path, clock, durability=settings.durability, keep_finished_seconds=keep_seconds
        )
    raise ConfigError(
        f"MOTIA_ENGINE={settings.engine}: there is no such engine",
        advice="use sqlite:///.motia/motia.db, sqlite:////absolute/path.db or memory://",
    )
