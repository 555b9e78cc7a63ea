"""Finds steps that block the main loop, and files that load for long, and says where.

A heartbeat on the loop and a thread that listens to it: when the beat stays away, the thread looks
at the loop's stack. `current_task` cannot be read from another thread, the frames can.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Self

from motia_py.project import importing

#: One block this long is enough.
LONG_BLOCK_SECONDS = 1.0
#: Blocks this long are counted; so many of one file within the window are enough.
SHORT_BLOCK_SECONDS = 0.1
SHORT_BLOCKS = 3
WINDOW_SECONDS = 60.0
BEAT_SECONDS = 0.025
#: An import blocks as well, but once: only one that may never end is told.
LONG_LOAD_SECONDS = 5.0
_IMPORTERS = ("<frozen importlib", importing.__file__)
#: Whoever stands still in these does so on purpose.
_DEBUGGERS = ("bdb.py", "pdb.py", "pydevd.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A step that holds the loop, or a file that is loaded; or held it, or was, if `is_over`.

    `step_file` is the nearest file on the stack that declares a step, or the one that is loaded;
    `file` and `line` are where the project's own code stands, in a helper perhaps. `seconds` is how
    long so far.
    """

    step_file: str
    file: str
    line: int
    seconds: float
    is_loading: bool
    is_over: bool


class _Held:
    """One call of a step, or one import, as it was found on the loop's stack, once or more."""

    __slots__ = ("file", "first", "frame", "is_loading", "is_reported", "last", "line")

    def __init__(self, frame: FrameType, own: FrameType, *, is_loading: bool) -> None:
        # The frame itself, and not its id, which another call could get.
        self.frame = frame
        self.file = own.f_code.co_filename
        self.line = own.f_lineno
        self.is_loading = is_loading
        self.first = self.last = time.monotonic()
        self.is_reported = False

    @property
    def step_file(self) -> str:
        return self.frame.f_code.co_filename

    @property
    def seconds(self) -> float:
        return self.last - self.first

    @property
    def is_long(self) -> bool:
        return self.seconds >= (LONG_LOAD_SECONDS if self.is_loading else LONG_BLOCK_SECONDS)

    def block(self, *, is_over: bool) -> Block:
        return Block(
            step_file=self.step_file,
            file=self.file,
            line=self.line,
            seconds=self.seconds,
            is_loading=self.is_loading,
            is_over=is_over,
        )


class Watchdog:
    """Watches one loop from a thread of its own, while entered on the loop's own thread.

    `is_own_file` tells which frames are the project's, `is_step_file` which of its files declare a
    step. `report` is called on the watchdog's thread: a loop that is blocked could not.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        is_own_file: Callable[[str], bool],
        is_step_file: Callable[[str], bool],
        report: Callable[[Block], None],
    ) -> None:
        self._loop = loop
        self._is_own_file = is_own_file
        self._is_step_file = is_step_file
        self._report = report
        self._beat = time.monotonic()
        self._stop = threading.Event()
        self._short_blocks: defaultdict[str, deque[float]] = defaultdict(deque)
        self._loop_thread = threading.get_ident()
        self._timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._watch, name="motia-watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._pulse()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()
        self._thread.join()

    def _pulse(self) -> None:
        self._beat = time.monotonic()
        self._timer = self._loop.call_later(BEAT_SECONDS, self._pulse)

    def _watch(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            if time.monotonic() - self._beat >= 2 * BEAT_SECONDS:
                self._follow(self._beat)

    def _follow(self, beat: float) -> None:
        """Watch until the loop beats again, and blame the calls that stand still meanwhile.

        A busy loop beats late as well, with ever new calls on its stack: only one and the same call
        that is found again and again holds it up.
        """
        held: _Held | None = None
        while self._beat == beat and not self._stop.is_set():
            found = self._on_stack()
            if held is None or found is None or found.frame is not held.frame:
                self._end(held)
                held = found
            else:
                held.last = found.last
                held.line = found.line
            if held is not None and not held.is_reported and held.is_long:
                held.is_reported = True
                self._report(held.block(is_over=False))
            self._stop.wait(BEAT_SECONDS)
        self._end(held)

    def _end(self, held: _Held | None) -> None:
        if held is None or self._stop.is_set() or held.seconds < SHORT_BLOCK_SECONDS:
            return
        if held.is_reported or (not held.is_loading and self._is_one_too_many(held.step_file)):
            self._report(held.block(is_over=True))

    def _is_one_too_many(self, file: str) -> bool:
        now = time.monotonic()
        times = self._short_blocks[file]
        times.append(now)
        while now - times[0] > WINDOW_SECONDS:
            times.popleft()
        if len(times) < SHORT_BLOCKS:
            return False
        del self._short_blocks[file]
        return True

    def _on_stack(self) -> _Held | None:
        """What holds the loop now; None if nothing of the project does, or a debugger."""
        own: FrameType | None = None
        is_importing = False
        for frame in self._frames():
            name = frame.f_code.co_filename
            if name.endswith(_DEBUGGERS):
                return None
            is_importing = is_importing or name.startswith(_IMPORTERS)
            if not self._is_own_file(name):
                continue
            own = own or frame
            if _is_being_imported(frame):
                return _Held(frame, own, is_loading=True)
            if self._is_step_file(name):
                return _Held(frame, own, is_loading=is_importing)
        return None

    def _frames(self) -> Iterator[FrameType]:
        """The loop's stack, innermost first."""
        # Documented, in spite of its name.
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)
        while frame is not None:
            yield frame
            frame = frame.f_back


def _is_being_imported(frame: FrameType) -> bool:
    """Whether it is the top level of a module, and not of the program."""
    by = frame.f_back
    return (
        frame.f_code.co_name == "<module>"
        and by is not None
        and by.f_code.co_filename.startswith(_IMPORTERS)
    )
