"""`motia-py` on a project, as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple

_ROOT = Path(__file__).parent.parent
_START_SECONDS = 60
_MIB = 1024 * 1024


class Process(NamedTuple):
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def rss_mib(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


@asynccontextmanager
async def served(
    project: Path, mode: Literal["start", "dev"], folder: Path
) -> AsyncIterator[Process]:
    """The project on a free port, with the memory engine, until the exit. Logs to `folder`."""
    log = folder / f"{mode}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "motia_py", mode, "--port", "0"),
            cwd=project,
            env={**os.environ, "MOTIA_ENGINE": "memory://", "PYTHONPATH": str(_ROOT)},
            stdout=out,
            stderr=out,
        )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not (found := re.search(rb"http://localhost:(\d+)", log.read_bytes())):  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.05)
        yield Process(process.pid, int(found[1]))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
