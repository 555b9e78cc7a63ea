"""Finds steps that block the main loop, says where, and has them isolated.

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

#: One block this long is enough.
LONG_BLOCK_SECONDS = 1.0
#: Blocks this long are counted; so many of one file within the window are enough.
SHORT_BLOCK_SECONDS = 0.1
SHORT_BLOCKS = 3
WINDOW_SECONDS = 60.0
BEAT_SECONDS = 0.025
#: Whoever stands still in these is not to blame: an import blocks once, a debugger on purpose.
_EXCUSED_FILES = ("<frozen importlib", "importlib/")
_DEBUGGERS = ("bdb.py", "pdb.py", "pydevd.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A step that holds the loop, or held it if `is_over`.

    `step_file` is the nearest file on the stack that declares a step; `file` and `line` are where
    the project's own code stands, in a helper perhaps. `seconds` is how long so far.
    """

    step_file: str
    file: str
    line: int
    seconds: float
    is_over: bool


class _Held:
    """One call of a step, as it was found on the loop's stack, once or several times."""

    __slots__ = ("file", "first", "frame", "is_reported", "last", "line")

    def __init__(self, frame: FrameType, file: str, line: int) -> None:
        # The frame itself, and not its id, which another call could get.
        self.frame = frame
        self.file = file
        self.line = line
        self.first = self.last = time.monotonic()
        self.is_reported = False

    @property
    def step_file(self) -> str:
        return self.frame.f_code.co_filename

    @property
    def seconds(self) -> float:
        return self.last - self.first

    def block(self, *, is_over: bool) -> Block:
        return Block(
            step_file=self.step_file,
            file=self.file,
            line=self.line,
            seconds=self.seconds,
            is_over=is_over,
        )


class Watchdog:
    """Watches one loop from a thread of its own, from `start` to `stop`.

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

    def start(self) -> None:
        """Begin watching; called on the loop's own thread."""
        self._pulse()
        self._thread.start()

    def stop(self) -> None:
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
            if held is not None and not held.is_reported and held.seconds >= LONG_BLOCK_SECONDS:
                held.is_reported = True
                self._report(held.block(is_over=False))
            self._stop.wait(BEAT_SECONDS)
        self._end(held)

    def _end(self, held: _Held | None) -> None:
        if held is None or self._stop.is_set() or held.seconds < SHORT_BLOCK_SECONDS:
            return
        if held.is_reported or self._is_one_too_many(held.step_file):
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
        """The step that holds the loop now; None if none does, or none is to blame."""
        own: FrameType | None = None
        for frame in self._frames():
            name = frame.f_code.co_filename
            if name.startswith(_EXCUSED_FILES) or name.endswith(_DEBUGGERS):
                return None
            if own is None and self._is_own_file(name):
                own = frame
            if own is not None and self._is_step_file(name):
                # At the top level of a module it is being imported, whoever imports it.
                if frame.f_code.co_name == "<module>":
                    return None
                return _Held(frame, own.f_code.co_filename, own.f_lineno)
        return None

    def _frames(self) -> Iterator[FrameType]:
        """The loop's stack, innermost first."""
        # Documented, in spite of its name.
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)
        while frame is not None:
            yield frame
            frame = frame.f_back
