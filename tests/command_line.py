"""`motia-py` as a real process, for tests of what it says and how it ends."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest

from motia_py.messages import JSON
from tests.projects import api_step

PATIENCE_SECONDS = 20.0

HELLO = {"steps/hello_step.py": api_step("hello", 'return {"status": 200, "body": {"said": "hi"}}')}
BROKEN = {"steps/broken_step.py": "config = {\n"}
ORDERS = {
    "steps/order_step.py": """
        config = {"type": "api", "name": "Order", "method": "POST", "path": "/orders",
                  "emits": ["order.placed"], "flows": ["orders"]}

        async def handler(req, context):
            context.logger.info("an order", {"item": req["body"]["item"]})
            await context.emit({"topic": "order.placed", "data": req["body"]})
            return {"status": 201, "body": {}}
    """,
    "steps/ship_step.py": """
        config = {"type": "event", "name": "Ship", "subscribes": ["order.placed"], "emits": [],
                  "flows": ["orders"], "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(data, context):
            if data.get("item") == "nothing":
                raise ValueError("nothing to ship")
    """,
    "steps/nightly_step.py": """
        config = {"type": "cron", "name": "Nightly", "cron": "0 3 * * *", "emits": []}

        async def handler(context):
            pass
    """,
    "steps/orders_stream.py": 'config = {"name": "orders"}\n',
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Running:
    """A `motia-py` process that serves; what it says is read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.out = ""
        self.url = ""

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until the output holds the pattern."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (match := re.search(pattern, self.out, re.MULTILINE)) is None:
                    chunk = await self.process.stdout.read(65536)
                    assert chunk, f"ended without saying {pattern!r}: {self.out}"
                    self.out += chunk.decode()
        except TimeoutError:
            pytest.fail(f"it never said {pattern!r}: {self.out}")
        return match

    async def end(self, number: signal.Signals = signal.SIGINT) -> Ended:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> Ended:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, self.out + out.decode(), err.decode())


async def launch(root: Path, *arguments: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "motia_py",
        *arguments,
        cwd=root,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(root: Path, *arguments: str) -> Ended:
    """Run a command to its end."""
    return await Running(await launch(root, *arguments, env={})).ended()


@asynccontextmanager
async def serving(root: Path, *arguments: str, **env: str) -> AsyncIterator[Running]:
    """A server on a free port, ready to be asked."""
    running = Running(await launch(root, *arguments, "--port", "0", env=env))
    try:
        running.url = (await running.says(r"http://localhost:\d+"))[0]
        yield running
    finally:
        if running.process.returncode is None:
            running.process.kill()
            await running.process.communicate()


async def post(url: str, data: JSON) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=data) as response:
        return response.status


async def get(url: str) -> JSON:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.json()


def records(out: str) -> list[JSON]:
    return [json.loads(line) for line in out.splitlines()]
