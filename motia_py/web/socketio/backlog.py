"""What waits for one connection. The engine takes from it as from any queue of asyncio.

Over a WebSocket on which nothing waits, a message is written at once; else it waits its turn. Past
a bound the connection is cut, and nobody else notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from motia_py.runtime.outbox import MERGE_ABOVE_BYTES
from motia_py.web.socketio.packets import Piece

#: What a packet counts that carries nothing: a client can ask for any number of them.
_EMPTY_BYTES = 64


class Backlog(asyncio.Queue[Any]):
    """`on_drained` is called when little waits again, `on_overflow` once, when more than
    `max_bytes` wait, of which a character of text counts as one; what comes after that is dropped.

    Clients of several namespaces share one.
    """

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self.max_bytes = max_bytes
        self._size_bytes = 0
        self._is_over = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        #: The engine's socket, and what its WebSocket writes to, once there is one.
        self._socket: Any = None
        self.transport: asyncio.Transport | None = None
        self.on_drained: Callable[[], object] | None = None
        self.on_overflow: Callable[[], object] | None = None

    def attach(self, socket: Any, transport: asyncio.Transport | None) -> None:
        """Say which WebSocket it is that will be written to, as soon as the engine uses it."""
        self._socket = socket
        self.transport = transport

    @property
    def is_waiting(self) -> bool:
        """Whether something waits here, so that `on_drained` will be called."""
        return not self._has_room.is_set()

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that changes of streams should be merged."""
        return not self._has_room.is_set() or (
            self.transport is not None
            and self.transport.get_write_buffer_size() > MERGE_ABOVE_BYTES
        )

    def post(self, piece: Piece) -> None:
        """Send a message. Never waits."""
        if self._is_over:
            return
        transport = self.transport
        if transport is None or not self._is_idle() or self.is_behind:
            self.put_nowait(piece.packet)
        elif not transport.is_closing():
            transport.write(piece.frame)

    async def has_room(self) -> None:
        """Return once little waits, or nobody will take it any more."""
        await self._has_room.wait()

    def close(self) -> None:
        """Take nothing more in: the client is gone."""
        self._is_over = True
        self._has_room.set()
        self.on_drained = self.on_overflow = None

    def _is_idle(self) -> bool:
        """Whether the engine writes to the WebSocket, has written all that it took, and waits for
        more: only then what is written past it comes in order."""
        return bool(self._socket.upgraded and self._getters and not self._queue)  # type: ignore[attr-defined]

    def overflow(self) -> None:
        """Cut the connection: what should go out is too much."""
        on_overflow = self.on_overflow
        self.close()
        if on_overflow is not None:
            on_overflow()

    # What asyncio.Queue calls to add and to remove, for subclasses to say how.
    def _put(self, packet: Any) -> None:
        super()._put(packet)
        self._size_bytes += _size_of(packet)
        if self._is_over:
            return
        if self._size_bytes > MERGE_ABOVE_BYTES:
            self._has_room.clear()
        if self._size_bytes > self.max_bytes:
            self.overflow()

    def _get(self) -> Any:
        packet = super()._get()
        self._size_bytes -= _size_of(packet)
        if self._size_bytes <= MERGE_ABOVE_BYTES and not self._has_room.is_set():
            self._has_room.set()
            if self.on_drained is not None:
                # Not from in here: the engine is in the midst of taking.
                asyncio.get_running_loop().call_soon(self.on_drained)
        return packet


def _size_of(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, (str, bytes)) else _EMPTY_BYTES
