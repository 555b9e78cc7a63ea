"""A Redis of our own on the loopback that syncs its append-only file before each answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_START_SECONDS = 5.0


@asynccontextmanager
async def durable_redis(folder: Path) -> AsyncIterator[int]:
    """Its port while it runs; its files are in `folder`.

    Raises:
        TimeoutError: it does not listen within five seconds.
    """
    port = _free_port()
    command = f"redis-server --port {port} --bind 127.0.0.1 --appendonly yes --appendfsync always"
    process = await asyncio.create_subprocess_exec(
        *command.split(), "--save", "", "--dir", str(folder), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await _wait_for(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _wait_for(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
