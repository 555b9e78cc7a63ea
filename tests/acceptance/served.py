"""`motia-py` on one project as a machine would run it: killed, started again, ended by a signal."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

#: How long a start, an end or whatever else is waited for may take.
PATIENCE_SECONDS = 20.0
#: Between two looks at what is waited for and cannot tell.
LOOK_SECONDS = 0.005
#: Where a build that is broken on purpose is found: else the one that works would serve.
INHERITED = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}


async def until(is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return once `is_so()` is true.

    Raises:
        TimeoutError: it did not become so.
    """
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(LOOK_SECONDS)


_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Also a test run that is killed itself leaves no server behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Served:
    """One project and the process that serves it while entered; nothing of it outlives the exit.

    `wrapper` is a command that runs the command line that follows it. What the processes say goes
    to one file, `log`. It listens on `port`, or on any that is free if that is 0.
    """

    def __init__(
        self, root: Path, *arguments: str, wrapper: Sequence[str] = (), **env: str
    ) -> None:
        self.root = root
        self.log = root.parent / f"{root.name}.log"
        self.url = ""
        self.port = 0
        self.is_up = asyncio.Event()
        self.env = env
        self._command = [*wrapper, sys.executable, "-m", "motia_py", *(arguments or ("start",))]
        self._process: asyncio.subprocess.Process | None = None
        self._said_before = 0

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.kill()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "it was never started"
        return self._process

    @property
    def store(self) -> Path:
        return self.root / ".motia" / "motia.db"

    @property
    def said(self) -> str:
        """What the last process said so far."""
        return self.log.read_bytes()[self._said_before :].decode()

    async def start(self) -> None:
        """Start it and return once it serves."""
        assert await self.try_start(), f"it ended at the start: {self.said}"

    async def try_start(self) -> bool:
        """Start it and return once it serves, or has ended before it did: then the answer is no."""
        await self.launch()
        try:
            await until(lambda: self.is_serving or self.has_ended)
        except TimeoutError:
            raise AssertionError(f"it does not serve: {self.said}") from None
        if not self.has_ended:
            self.is_up.set()
        return self.is_serving

    async def launch(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "--port",
                str(self.port),
                cwd=self.root,
                env={**INHERITED, "MOTIA_ENGINE": "sqlite:///.motia/motia.db", **self.env},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def is_serving(self) -> bool:
        """Whether it said so; the address is `url` then."""
        found = re.search(r"http://localhost:\d+", self.said)
        self.url = found[0] if found else ""
        return bool(found)

    @property
    def has_ended(self) -> bool:
        return self.process.returncode is not None

    async def back(self) -> None:
        """Return once it serves, perhaps after a restart.

        Raises:
            TimeoutError: nobody starts it again.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.is_up.wait()

    async def kill(self) -> None:
        """SIGKILL it and all that it started, and see it gone."""
        self.is_up.clear()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self.ended()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await self.process.wait()
        self.is_up.clear()
        return code

    async def end(self) -> int:
        """Ask it to end, and give its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()
