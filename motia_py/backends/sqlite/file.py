"""The file: its lock, its schema, the connections to it. Knows nothing of what the rows mean.

One process owns the file, which the lock makes sure of, and in it one connection writes and
checkpoints: SQLite 3.7.0 to 3.51.2 can corrupt a file in WAL mode when two of them do
(https://sqlite.org/wal.html#walresetbug). All others only read.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

from motia_py.errors import CannotOpenStore, StoreUnavailable

Durability: TypeAlias = Literal["full", "normal"]

#: The scripts that lead from one version of the schema to the next; the file says which it has.
MIGRATIONS: Sequence[str] = (
    """
    -- What waits or runs. seq is the order of commits. state: 0 held behind its group, 1 ready,
    -- 2 in flight.
    CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, step TEXT NOT NULL, "trigger" TEXT NOT NULL,
        state INTEGER NOT NULL, due_at REAL NOT NULL, attempt INTEGER NOT NULL,
        spent INTEGER NOT NULL, topic TEXT NOT NULL, data TEXT NOT NULL, trace_id TEXT NOT NULL,
        parent_id TEXT, "group" TEXT, created_at REAL NOT NULL
    );
    CREATE INDEX ready ON deliveries (step, "trigger", due_at, seq) WHERE state = 1;
    CREATE INDEX line ON deliveries (step, "group", seq) WHERE "group" IS NOT NULL;

    CREATE TABLE dead (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, step TEXT NOT NULL,
        "trigger" TEXT NOT NULL, due_at REAL NOT NULL, attempt INTEGER NOT NULL,
        spent INTEGER NOT NULL, topic TEXT NOT NULL, data TEXT NOT NULL, trace_id TEXT NOT NULL,
        parent_id TEXT, "group" TEXT, created_at REAL NOT NULL,
        error TEXT NOT NULL, traceback TEXT NOT NULL, died_at REAL NOT NULL
    );
    CREATE INDEX dead_lane ON dead (step, "trigger", seq);

    CREATE TABLE finished (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, step TEXT NOT NULL, "trigger" TEXT NOT NULL,
        due_at REAL NOT NULL, attempt INTEGER NOT NULL, spent INTEGER NOT NULL,
        topic TEXT NOT NULL, data TEXT NOT NULL, trace_id TEXT NOT NULL, parent_id TEXT,
        "group" TEXT, created_at REAL NOT NULL, finished_at REAL NOT NULL
    );
    CREATE INDEX finished_at ON finished (finished_at);

    -- Dedupe keys that last until a time, and those that last as long as a delivery.
    CREATE TABLE remembered (
        step TEXT NOT NULL, "trigger" TEXT NOT NULL, key TEXT NOT NULL, until REAL NOT NULL,
        PRIMARY KEY (step, "trigger", key)
    ) WITHOUT ROWID;
    CREATE INDEX remembered_until ON remembered (until);
    CREATE TABLE emitted (
        parent TEXT NOT NULL, key TEXT NOT NULL, step TEXT NOT NULL, "trigger" TEXT NOT NULL,
        PRIMARY KEY (parent, key, step, "trigger")
    ) WITHOUT ROWID;

    -- State and stream items; seq is the order in which keys were first written.
    CREATE TABLE items (
        seq INTEGER PRIMARY KEY, space TEXT NOT NULL, "group" TEXT NOT NULL, key TEXT NOT NULL,
        value TEXT NOT NULL, UNIQUE (space, "group", key)
    );
    """,
    """
    -- When each was last written; what is there by now counts from now. Without an index: every
    -- write of every item would pay for what only streams with a ttl ask, once a second or less.
    ALTER TABLE items ADD COLUMN written_at REAL NOT NULL DEFAULT 0;
    UPDATE items SET written_at = (julianday('now') - 2440587.5) * 86400.0;
    """,
)
#: "Mtia" as SQLite's application_id: tells our files from others.
APPLICATION_ID = 0x4D746961
#: Pages of 4 KiB after which the log is written back: rare enough to cost little, and the log stays
#: below about 16 MiB.
CHECKPOINT_PAGES = 4_000
#: Statements for several rows have a text for each number of rows, so there are many.
CACHED_STATEMENTS = 512


class FileLock:
    """Holds a file's lock as long as this process lives, or until it is released.

    Raises:
        CannotOpenStore: another process holds it, or the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._acquire()
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, str(os.getpid()).encode())
        except BaseException:
            os.close(self._descriptor)
            raise
        # A child that a handler forks would hold the lock as long as it lives.
        os.register_at_fork(after_in_child=self._close)

    def release(self) -> None:
        # The file stays: who deletes a lock's file lets two processes lock two files of one name.
        if self._descriptor >= 0 and sys.platform != "win32":
            import fcntl  # not on Windows

            # Said, and not only closed: a child between its fork and its first step has it open.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _acquire(self) -> None:
        if sys.platform == "win32":
            raise CannotOpenStore("the sqlite engine is untested on Windows: use memory://")
        import fcntl  # not on Windows

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._refuse()
        except OSError as error:
            raise CannotOpenStore(
                f"{self._path} cannot be locked ({error.strerror}): put the store on a local disk"
            ) from error

    def _refuse(self) -> NoReturn:
        holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
        raise CannotOpenStore(
            f"{self._path.with_suffix('')} is in use by process {holder or '(unknown)'}:"
            " stop that server, or serve another folder"
        ) from None


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """What goes wrong while a file is opened, as an error that says what to do.

    Raises:
        CannotOpenStore: it is damaged, or out of reach.
    """
    try:
        yield
    # SQLite quotes what it cannot read, and Python cannot always read the quotation.
    except (sqlite3.Error, UnicodeError) as error:
        raise CannotOpenStore(f"{path} cannot be opened ({error}): {_advice(error)}") from error
    except OSError as error:
        raise CannotOpenStore(f"{path} is out of reach: {error}") from error


def _advice(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return "it must be a file that this user may write, in a folder that this user may write"
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return "the disk is full, or at fault"
    return "it is damaged; move it away, with those beside it of its name, or put back a copy"


class Presence:
    """Whether a file that is open is still where it was: deleted, it takes all with it silently."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)

    def check(self) -> None:
        """Return if it is there.

        Raises:
            StoreUnavailable: it was deleted, moved or replaced.
        """
        if _identity(self._path) != self._identity:
            raise StoreUnavailable(
                f"{self._path} was deleted, moved or replaced while in use: restart the server"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_writer(path: Path, durability: Durability) -> sqlite3.Connection:
    """The connection that writes; makes the file, or brings its schema up to date.

    Raises:
        CannotOpenStore: it is no such file, or newer than this version.
        sqlite3.Error: it is damaged, or out of reach.
    """
    # Made by us, and not by SQLite, for this user alone; what lies beside it gets its mode.
    path.touch(mode=0o600)
    connection = _connect(path)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise CannotOpenStore(f"{path} is on a file system without shared memory: move it")
        connection.execute(f"PRAGMA synchronous = {durability}")
        # What "synced" takes on macOS; elsewhere it means nothing.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads, of what is committed."""
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path,
        isolation_level=None,  # we say BEGIN ourselves
        check_same_thread=False,  # opened on one thread, used by one other
        cached_statements=CACHED_STATEMENTS,
    )


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and tables:
        raise CannotOpenStore(f"{path} is a database of another program: name another file")
    if version > len(MIGRATIONS):
        raise CannotOpenStore(
            f"{path} was written by a newer motia_py (schema {version}, this one knows"
            f" {len(MIGRATIONS)}): update motia_py, or name another file"
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        # One transaction each: a crash leaves the version that was.
        connection.executescript(
            f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number};"
            f" PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
        )
