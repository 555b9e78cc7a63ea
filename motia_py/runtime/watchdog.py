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
            if time.monotonic() - self._beat >= SHORT_BLOCK_SECONDS:
                self._follow(self._beat)

    def _follow(self, beat: float) -> None:
        """Follow one block to its end; one that is long is reported while it lasts."""
        seen: Block | None = None
        is_reported = False
        while self._beat == beat and not self._stop.is_set():
            seconds = time.monotonic() - beat
            seen = self._on_stack(seconds) or seen
            if seen is not None and not is_reported and seconds >= LONG_BLOCK_SECONDS:
                is_reported = True
                self._report(seen)
            self._stop.wait(BEAT_SECONDS)
        if seen is None or self._stop.is_set():
            return
        seconds = max(seen.seconds, time.monotonic() - beat - BEAT_SECONDS)
        if is_reported or self._is_one_too_many(seen.step_file):
            self._report(
                Block(
                    step_file=seen.step_file,
                    file=seen.file,
                    line=seen.line,
                    seconds=seconds,
                    is_over=True,
                )
            )

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

    def _on_stack(self, seconds: float) -> Block | None:
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
                return Block(
                    step_file=name,
                    file=own.f_code.co_filename,
                    line=own.f_lineno,
                    seconds=seconds,
                    is_over=False,
                )
        return None

    def _frames(self) -> Iterator[FrameType]:
        """The loop's stack, innermost first."""
        # Documented, in spite of its name.
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)
        while frame is not None:
            yield frame
            frame = frame.f_back
