"""The server's log as the workbench shows it: the last lines, and each new one."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import get_args

from motia_py.runtime.recording import recorded
from motia_py.web.workbench.feed import Feed
from motia_py.web.workbench.views import Level, LogsView, LogView

KEPT_LOGS = 10_000
#: The least first.
LEVELS: tuple[Level, ...] = get_args(Level)
#: Characters of a message, and of a traceback.
_MAX_TEXT = 20_000
_PACKAGE = "motia_py"
_LEAST: tuple[tuple[int, Level], ...] = (
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)
_FORMATTER = logging.Formatter()


class LogTail(logging.Handler):
    """Keeps what the package and the project's steps log, from `open` to `close`."""

    def __init__(self, epoch: str) -> None:
        super().__init__()
        self.feed: Feed[LogView] = Feed(epoch, KEPT_LOGS)
        self._number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def open(self) -> None:
        """Begin; called on the server's own loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        logging.getLogger(_PACKAGE).addHandler(self)

    def close(self) -> None:
        logging.getLogger(_PACKAGE).removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Called on any thread, under the handler's lock."""
        try:
            view = self._view(record)
        except Exception:
            self.handleError(record)
            return
        if threading.get_ident() == self._thread:
            self.feed.append(view)
        elif self._loop is not None and not self._loop.is_closed():
            # Who listens to the feed lives on the loop.
            self._loop.call_soon_threadsafe(self.feed.append, view)

    def find(
        self,
        *,
        level: Level | None,
        step: str | None,
        trace: str | None,
        text: str | None,
        limit: int,
    ) -> LogsView:
        """The last lines of at least this level, of this step and trace, that hold this text."""
        levels = _levels_from(level)
        wanted = (text or "").casefold()
        found: list[LogView] = []
        for line in reversed(self.feed.items()):
            if len(found) == limit:
                break
            if (
                line.level in levels
                and step in (None, line.step)
                and trace in (None, line.trace_id)
                and wanted in line.message.casefold()
            ):
                found.append(line)
        return LogsView(logs=found[::-1])

    def _view(self, record: logging.LogRecord) -> LogView:
        self._number += 1
        said = record.__dict__
        error = None
        if record.exc_info:
            error = _FORMATTER.formatException(record.exc_info)
        return LogView(
            number=self._number,
            at=record.created,
            level=_level_of(record.levelno),
            message=record.getMessage()[:_MAX_TEXT],
            logger=record.name.removeprefix(f"{_PACKAGE}."),
            action=said.get("action"),
            step=said.get("step"),
            trace_id=said.get("trace_id"),
            span_id=said.get("span_id"),
            fields=recorded(said.get("fields") or {}),
            traceback=(said.get("traceback") or error or "")[:_MAX_TEXT] or None,
        )


def _level_of(number: int) -> Level:
    return next((level for least, level in _LEAST if number >= least), "debug")


def _levels_from(level: Level | None) -> tuple[Level, ...]:
    return LEVELS if level is None else LEVELS[LEVELS.index(level) :]
