"""Many who watch a stream, of whom some never read: what that costs, and what the others get.

The server is a process of its own, `motia-py start` with the memory engine. The variant is
`CLIENTS/SILENT/ITEMS`: `1000/50/1` has 50 that never read, and all changes are of one item.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
from pathlib import Path
from typing import cast

from bench.measuring import Figures, run
from bench.process import served
from bench.serving import Caller

_PROJECT = Path(__file__).parent / "project"
_CHANGES_PER_S = 20
_BYTES = 1024
#: A silent client takes this much and no more, as one whose machine sleeps.
_RECEIVE_BUFFER = 4096
_UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_JOIN = b'{"type":"join","data":{"streamName":"reply","groupId":"all","subscriptionId":"1"}}'
#: A pong that nobody asked for: the server only wants a sign of life, and to look for its pings
#: would cost more than all the rest here.
_PONG = b"\x8a\x80\0\0\0\0"
_PONG_SECONDS = 10
_NUMBER = re.compile(rb'"number":(\d+)')


class _Reader(asyncio.Protocol):
    """Counts the changes that it gets, and those that are out of order or missing."""

    def __init__(self) -> None:
        self.expected = 0
        self.wrong = 0
        self.is_lost = False
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(_UPGRADE + bytes((0x81, 0x80 | len(_JOIN))) + b"\0\0\0\0" + _JOIN)

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        end = 0
        for found in _NUMBER.finditer(text):
            if found.end() == len(text):
                break  # the rest of the number may be on its way
            self.wrong += int(found[1]) != self.expected
            self.expected = int(found[1]) + 1
            end = found.end()
        self._rest = text[max(end, len(text) - 24) :]

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


async def readers(variant: str, seconds: float, folder: Path) -> Figures:
    clients, silent, items = map(int, variant.split("/"))
    async with served(_PROJECT, "start", folder) as server:
        port = server.port
        never = [await _silent(port) for _ in range(silent)]
        loop = asyncio.get_running_loop()
        lively = [
            (await loop.create_connection(_Reader, "127.0.0.1", port))[1]
            for _ in range(clients - silent)
        ]
        await asyncio.sleep(2)
        before_mib = server.rss_mib
        changes = int(_CHANGES_PER_S * seconds)
        caller = await Caller.connect(f"http://127.0.0.1:{port}")
        asked = {
            "changes": changes,
            "changes_per_s": _CHANGES_PER_S,
            "bytes": _BYTES,
            "items": items,
        }
        answered = asyncio.create_task(caller.post("/broadcast", asked))
        highest_mib = before_mib
        for tick in itertools.count(1):
            await asyncio.sleep(0.5)
            highest_mib = max(highest_mib, server.rss_mib)
            if answered.done():
                break
            if not tick % (2 * _PONG_SECONDS):
                for reader in lively:
                    reader.transport.write(_PONG)
        await answered
        await asyncio.sleep(1)
        for each in never:
            each.close()
        return {
            "clients": clients,
            "silent": silent,
            "changes": changes,
            "got_everything_in_order": sum(
                each.expected == changes and not each.wrong and not each.is_lost for each in lively
            ),
            "of": len(lively),
            "rss_before_mib": round(before_mib, 1),
            "rss_growth_mib": round(highest_mib - before_mib, 1),
        }


async def _silent(port: int) -> socket.socket:
    """A client that joins and never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(client, _UPGRADE)
    await loop.sock_recv(client, 512)
    await loop.sock_sendall(client, bytes((0x81, 0x80 | len(_JOIN))) + b"\0\0\0\0" + _JOIN)
    return client


if __name__ == "__main__":
    run(readers)
