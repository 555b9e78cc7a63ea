"""The default engine: everything in one SQLite file, with no server to install."""

from motia_py.backends.sqlite.engine import SqliteEngine
from motia_py.backends.sqlite.file import Durability

__all__ = ["Durability", "SqliteEngine"]
