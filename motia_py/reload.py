"""Watches a project's files and has the app reload what changed.

The system's notifications only say when to look; what changed is found by comparing two looks. So a
moved folder counts, and so does a file that was written before anybody listened to its folder.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from watchfiles import Change, awatch

from motia_py.app import Motia
from motia_py.project.discovery import HOOKS_FILE, is_own
from motia_py.project.registry import ReloadReport

Effect = Literal["reload", "restart"]

#: How long it must be quiet before a look: an edit is seen one to two of these after it. Most of
#: the time that a reload may take belongs to the reload.
QUIET_MS = 10
#: The longest wait for quiet while many files are written, as by a checkout.
LONGEST_WAIT_MS = 500
#: How often to compare files where the system sends no notifications.
POLL_MS = 500

#: Emacs checks a buffer by writing it to such a file beside the real one.
_TEMPORARY_PREFIX = "flycheck_"
#: At the root; a process reads its environment and its packages once.
_READ_ONCE = frozenset({".env", "pyproject.toml", "uv.lock", "poetry.lock"})

_log = logging.getLogger("motia_py.reload")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartNeeded:
    """Files changed that only a new process reads; their names are relative to the root."""

    files: tuple[str, ...]


#: Is told of each reload, and of each change that a reload cannot take up.
Tell: TypeAlias = Callable[[ReloadReport | RestartNeeded], None]


class Fingerprint(NamedTuple):
    """Tells two versions of a file apart without reading it.

    `changed_ns` is there because no program can set it back, as some do with the time of writing.
    """

    written_ns: int
    changed_ns: int
    size_bytes: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a project saw: its watched folders, and its files relative to the root."""

    folders: frozenset[str]
    files: Mapping[str, Fingerprint]

    def changes_since(self, earlier: Look) -> frozenset[str]:
        """The files that are new, gone, or other than they were."""
        names = self.files.keys() | earlier.files.keys()
        return frozenset(name for name in names if self.files.get(name) != earlier.files.get(name))


def effect_of(file: str) -> Effect | None:
    """What a change of a file in one of the project's own folders asks for. None: nothing.

    Its name is relative to the root.
    """
    name = file.rpartition("/")[2]
    if name == file and _is_read_once(name):
        return "restart"
    if not name.endswith(".py") or name.startswith((".", _TEMPORARY_PREFIX)):
        return None
    return "reload"


def _is_read_once(name: str) -> bool:
    is_requirements = name.startswith("requirements") and name.endswith(".txt")
    return is_requirements or name in _READ_ONCE


def look(root: Path) -> Look:
    """See what is there now. Folders that are gone or closed to us count as empty."""
    folders: set[str] = set()
    files: dict[str, Fingerprint] = {}
    met: set[tuple[int, int]] = set()
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - a Path for each would double the time
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError:
            continue
        # A link to a folder above would lead round in circles.
        if (status.st_dev, status.st_ino) in met:
            continue
        met.add((status.st_dev, status.st_ino))
        folders.add(folder)
        for entry in entries:
            _note(entry, root, waiting, files)
    return Look(folders=frozenset(folders), files=files)


def _note(
    entry: os.DirEntry[str], root: Path, folders: list[str], files: dict[str, Fingerprint]
) -> None:
    try:
        if entry.is_dir():
            if is_own(entry.path):
                folders.append(entry.path)
            return
        name = entry.path[len(str(root)) + 1 :]
        if effect_of(name) is not None:
            status = entry.stat()
            files[name] = Fingerprint(
                status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
            )
    except OSError:
        return  # gone since it was listed, or a link to nothing


async def watch(root: Path, app: Motia, tell: Tell, *, since: Look) -> None:
    """Reload after each change, until cancelled or the root is gone.

    `root` is absolute. `since` is a look from before the app loaded the project, so that an edit
    made meanwhile counts. A reload that raises is logged; its changes are tried again at the next.
    If the watching itself fails, that is logged and ends it: the app serves on without reload.
    """
    try:
        await _watch(root, _Reloads(app, tell), since)
    except Exception as error:
        _log.error(
            "%s is no longer watched: what is loaded keeps serving, edits need a restart",
            root,
            exc_info=error,
            extra={"action": "reload.ended"},
        )


async def _watch(root: Path, reloads: _Reloads, since: Look) -> None:
    async with asyncio.TaskGroup() as tasks:
        listener = _Listener(root, tasks)
        try:
            while True:
                now = await asyncio.to_thread(look, root)
                if not now.folders:
                    _log.error("%s is gone: nothing more is reloaded", root)
                    return
                if not listener.hears(now.folders):
                    await listener.listen(now.folders)
                    # What was written before somebody listened gave no notice: look again.
                    continue
                if await reloads.take_up(now.changes_since(since)):
                    since = now
                await listener.notice()
        finally:
            listener.stop()


class _Reloads:
    """Has the app take up changes, and tells of them."""

    def __init__(self, app: Motia, tell: Tell) -> None:
        self._app = app
        self._tell = tell
        self._settings = app.registry.hooks.settings

    async def take_up(self, changed: frozenset[str]) -> bool:
        """Reload, or say that a restart is needed. False if that failed."""
        by_effect: dict[Effect | None, list[str]] = {"reload": [], "restart": []}
        for file in sorted(changed):
            by_effect[effect_of(file)].append(file)
        try:
            if by_effect["restart"]:
                self._tell(RestartNeeded(files=tuple(by_effect["restart"])))
            if by_effect["reload"]:
                self._tell(await self._app.reload({Path(file) for file in by_effect["reload"]}))
                self._compare_settings()
        except Exception as error:
            _log.error(
                "the reload itself failed, and what was loaded before keeps serving: %s",
                error,
                exc_info=error,
                extra={"action": "reload.failed"},
            )
            return False
        return True

    def _compare_settings(self) -> None:
        """The server read them at its start: say so when a reload brings others."""
        newer = self._app.registry.hooks.settings
        if newer != self._settings:
            self._settings = newer
            self._tell(RestartNeeded(files=(HOOKS_FILE,)))


class _Listener:
    """Gives notice when something in a set of folders may have changed."""

    def __init__(self, root: Path, tasks: asyncio.TaskGroup) -> None:
        self._root = root
        self._tasks = tasks
        self._task: asyncio.Task[None] | None = None
        self._folders: frozenset[str] = frozenset()
        self._noticed = asyncio.Event()
        self._is_polling = False

    def hears(self, folders: frozenset[str]) -> bool:
        return folders <= self._folders

    async def listen(self, folders: frozenset[str]) -> None:
        """Listen to these folders instead; on return, changes in them give notice.

        Not to the root recursively: that would walk every folder of a node_modules, and take up
        the watches that the system allows.
        """
        self.stop()
        self._folders = folders
        self._task = self._tasks.create_task(self._run(folders))
        # awatch opens its watch before it first waits, so one turn of the loop is enough.
        await asyncio.sleep(0)

    async def notice(self) -> None:
        await self._noticed.wait()
        self._noticed.clear()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, folders: frozenset[str]) -> None:
        try:
            await self._hear(folders)
        except FileNotFoundError:
            # One went away since the look.
            self._ask_for_a_look()
        except (OSError, RuntimeError) as error:
            _log.warning(
                "the system gives no notice of changed files (%s), so they are compared every %g s;"
                " raising fs.inotify.max_user_watches or max_user_instances often helps",
                error,
                POLL_MS / 1000,
                extra={"action": "reload.polling"},
            )
            if not self._is_polling:
                self._is_polling = True
                self._ask_for_a_look()

    def _ask_for_a_look(self) -> None:
        self._folders = frozenset()
        self._noticed.set()

    async def _hear(self, folders: frozenset[str]) -> None:
        changes = awatch(
            *folders,
            watch_filter=self._concerns_us,
            step=QUIET_MS,
            debounce=LONGEST_WAIT_MS,
            recursive=False,
            ignore_permission_denied=True,
            # None: as watchfiles' own environment variable says.
            force_polling=self._is_polling or None,
            poll_delay_ms=POLL_MS,
        )
        async for batch in changes:
            # A folder that was deleted and made again is another one, which nobody listens to.
            self._folders -= {path for change, path in batch if change is Change.added}
            self._noticed.set()

    def _concerns_us(self, _: Change, path: str) -> bool:
        place = Path(path)
        if effect_of(place.relative_to(self._root).as_posix()) is not None:
            return True
        return is_own(path) and not place.is_file()
