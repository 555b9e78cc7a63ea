"""The benchmark's own project, served in this process on an engine, and requests to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.engines import engine_named
from motia_py.app import Motia
from motia_py.cli.serve import tune_python
from motia_py.settings import Settings

_PROJECT = Path(__file__).parent / "project"


@asynccontextmanager
async def serving(engine_name: str, folder: Path) -> AsyncIterator[Motia]:
    """The app while it serves, in a Python set up as by `motia-py start`.

    Its engine's files are in `folder`.

    Raises:
        RuntimeError: a step file does not load.
    """
    engine = engine_named(engine_name, folder)
    async with Motia(_PROJECT, Settings(ports=(0,), hosts=()), engine=engine) as app:
        if app.registry.failures:
            raise RuntimeError("\n".join(map(str, app.registry.failures)))
        tune_python()
        yield app


class Caller:
    """One connection that is kept alive; bare, so that it costs the shared loop little."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, url: str) -> Caller:
        address = urlsplit(url)
        return cls(*await asyncio.open_connection(address.hostname, address.port))

    async def post(self, path: str, body: dict[str, Any]) -> None:
        """Return once the answer is there.

        Raises:
            RuntimeError: its status is not 200.
        """
        payload = json.dumps(body).encode()
        self._writer.write(
            b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (path.encode(), len(payload), payload)
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{path} answered {head.decode()}")
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        await self._reader.readexactly(int(length))

    def close(self) -> None:
        self._writer.close()
