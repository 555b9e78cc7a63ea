"""Finds steps that block the main loop, says where, and has them isolated.

A heartbeat on the loop and a thread that listens to it: when the beat stays away, the thread looks
at the loop's stack. `current_task` cannot be read from another thread, the frames can.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType

#: One block this long is enough.
LONG_BLOCK_SECONDS = 1.0
#: Blocks this long are counted; so many of one file are enough.
SHORT_BLOCK_SECONDS = 0.1
SHORT_BLOCKS = 3
BEAT_SECONDS = 0.025

_log = logging.getLogger("motia_py.watchdog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A step file that held the loop: `file` as on disk, `line` where it stood, how long so far."""

    file: str
    line: int
    function: str
    seconds: float


class Watchdog:
    """Watches one loop from a thread of its own. Open while entered.

    `is_step_file` tells which frames are the user's steps; `report` is called on the loop with a
    block that is long enough, or the last of several short ones.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        is_step_file: Callable[[str], bool],
        report: Callable[[Block], None],
    ) -> None:
        self._loop = loop
        self._is_step_file = is_step_file
        self._report = report
        self._beat = time.monotonic()
        self._stop = threading.Event()
        self._short_blocks: dict[str, int] = {}
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
                self._observe(self._beat)

    def _observe(self, beat: float) -> None:
        """Follow one block from its discovery to its end."""
        seen: Block | None = None
        while self._beat == beat and not self._stop.is_set():
            seconds = time.monotonic() - beat
            found = self._step_on_stack(seconds)
            seen = found or seen
            if found and seconds >= LONG_BLOCK_SECONDS:
                break
            self._stop.wait(BEAT_SECONDS)
        if seen is None or self._stop.is_set():
            return
        seen = Block(
            file=seen.file,
            line=seen.line,
            function=seen.function,
            seconds=max(seen.seconds, time.monotonic() - beat - BEAT_SECONDS),
        )
        self._judge(seen)
        while self._beat == beat and not self._stop.wait(BEAT_SECONDS):
            pass

    def _judge(self, block: Block) -> None:
        count = self._short_blocks.get(block.file, 0) + 1
        self._short_blocks[block.file] = count
        if block.seconds >= LONG_BLOCK_SECONDS or count >= SHORT_BLOCKS:
            self._short_blocks.pop(block.file)
            self._loop.call_soon_threadsafe(self._report, block)

    def _step_on_stack(self, seconds: float) -> Block | None:
        frame: FrameType | None = _frames().get(self._loop_thread)
        innermost: FrameType | None = None
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<frozen importlib"):
                return None  # an import blocks once, and no thread would make it shorter
            if innermost is None and self._is_step_file(name):
                innermost = frame
            frame = frame.f_back
        if innermost is None:
            return None
        return Block(
            file=innermost.f_code.co_filename,
            line=innermost.f_lineno,
            function=innermost.f_code.co_name,
            seconds=seconds,
        )


def _frames() -> Mapping[int, FrameType]:
    return sys._current_frames()  # documented, in spite of its name
