"""Socket.IO's packets as they go out: each is encoded once, for all who get it.

Source: https://socket.io/docs/v4/socket-io-protocol/
"""

from __future__ import annotations

import base64
import re
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, EVENT, Packet

from motia_py import encoding
from motia_py.messages import JSON
from motia_py.runtime.frames import binary_message, text_message

#: What Socket.IO's clients send as text: its own packets, or a few characters about the connection.
_TEXT_PACKET = re.compile(r"4[0-6]|[12356].{0,15}\Z")
#: Attachments of one event from a client, and their bytes: until all are there they are kept.
MAX_ATTACHMENTS = 100
MAX_ATTACHED_BYTES = 10 * 1024 * 1024


class _Json:
    """Our JSON under the names that the library calls."""

    @staticmethod
    def dumps(value: JSON, **_: Any) -> str:
        return encoding.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> JSON:
        return encoding.loads(text)


class SocketPacket(Packet):  # type: ignore[misc]  # the library has no types
    """A packet whose attachments are bounded: a client could promise any number of them."""

    json = _Json

    def decode(self, encoded_packet: Any) -> Any:
        count: int = super().decode(encoded_packet)
        if self.packet_type in (BINARY_EVENT, BINARY_ACK) and not 0 < count <= MAX_ATTACHMENTS:
            raise ValueError(f"a binary packet with {count} attachments")
        return count

    def add_attachment(self, attachment: Any) -> Any:
        if not isinstance(attachment, bytes):
            raise ValueError("an attachment is binary")
        if sum(map(len, self.attachments), len(attachment)) > MAX_ATTACHED_BYTES:
            raise ValueError("the attachments are too large")
        return super().add_attachment(attachment)


class _Message(EnginePacket):  # type: ignore[misc]
    """A packet that goes to clients of either transport: the library would keep the form of the
    first, and send base64 over WebSockets, or bytes in the midst of text."""

    def encode(self, b64: bool = False) -> str | bytes:
        if not self.binary:
            encoded: str | bytes = super().encode()
            return encoded
        return f"b{base64.b64encode(self.data).decode()}" if b64 else bytes(self.data)


class Piece:
    """One message of Engine.IO: a packet, or one of its attachments."""

    __slots__ = ("_frame", "packet")

    def __init__(self, content: str | bytes) -> None:
        self.packet = _Message(MESSAGE, content)
        self._frame: bytes | None = None

    @property
    def size_bytes(self) -> int:
        return len(self.packet.data)

    @property
    def frame(self) -> bytes:
        """The message as a WebSocket sends it."""
        if self._frame is None:
            encoded: str | bytes = self.packet.encode()
            if isinstance(encoded, str):
                self._frame = text_message(encoded.encode())
            else:
                self._frame = binary_message(encoded)
        return self._frame


def is_text_packet(text: str) -> bool:
    """Whether a client of Socket.IO may send this; the library would stumble over the rest."""
    return _TEXT_PACKET.match(text) is not None


def polled_packet(encoded: str) -> EnginePacket:
    """A packet in the form in which those who poll send it.

    Raises:
        ValueError: it is none.
    """
    if not encoded.startswith("b") and not is_text_packet(encoded):
        raise ValueError("not a packet of Engine.IO")
    return EnginePacket(encoded_packet=encoded)


def event(namespace: str, name: str, data: JSON) -> list[Piece]:
    """An event with one argument, or with none if `data` is None. Bytes in it are attached."""
    return _pieces(EVENT, namespace, [name] if data is None else [name, data])


def acknowledgement(namespace: str, id: int, value: JSON) -> list[Piece]:
    """What a client's callback is called with: nothing if `value` is None."""
    return _pieces(ACK, namespace, [] if value is None else [value], id)


def stream_event(frame: bytes) -> Piece:
    """One of the hub's frames as a `stream:event` of the default namespace."""
    return Piece(f'2["stream:event",{frame.decode()}]')


def _pieces(kind: int, namespace: str, data: list[JSON], id: int | None = None) -> list[Piece]:
    encoded = SocketPacket(kind, namespace=namespace, data=data, id=id).encode()
    return [Piece(part) for part in (encoded if isinstance(encoded, list) else [encoded])]
