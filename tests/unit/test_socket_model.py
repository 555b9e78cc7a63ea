"""Whatever happens, and however slowly a client reads: in the end it knows what is true.

The real hub, socket and outbox; only the client's reading is made up.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from motia_py.messages import ChangeType, StreamChange
from motia_py.runtime.access import Visitor
from motia_py.runtime.frames import Channel, Form, StreamClock, read_cursor
from motia_py.runtime.hub import StreamHub
from motia_py.web.socket import Socket
from motia_py.web.watching import Watcher, announce
from tests.stream_client import Replica, messages

GROUP = Channel("chat", "room")
NOW = 1_766_000_000_000


class HeldTransport(asyncio.Transport):
    """Takes what is written; `is_full` says that the client does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_full = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 1 << 20 if self.is_full else 0

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Line:
    """As much of a connection as a socket looks at."""

    on_drained: Any = None
    writing_paused = True


class Server(RuleBasedStateMachine):
    @initialize(deltas=st.booleans())
    def begin(self, deltas: bool) -> None:
        self.form = Form.DELTAS if deltas else Form.CURSORS
        self.hub: StreamHub[Watcher] = StreamHub(StreamClock(), "now")
        self.items: dict[str, dict[str, Any]] = {}
        self.sent: list[Any] = []
        self.replica = Replica()
        self.socket: Socket | None = None
        self.connect()

    def change(self, kind: ChangeType, id: str | None, data: Any) -> None:
        change = StreamChange(
            stream="chat",
            group="room",
            id=id,
            type=kind,
            data=data,
            timestamp_ms=self.hub.clock.next(NOW),
        )
        announce(self.hub.publish(change))

    def hear(self) -> None:
        for message in messages(self.transport.written):
            self.replica.hear(message)
        self.transport.written = b""

    @precondition(lambda self: self.socket is None)
    @rule()
    def connect(self) -> None:
        self.line, self.transport = Line(), HeldTransport()
        socket = Socket(
            self.line,  # type: ignore[arg-type]  # the part of a connection that it looks at
            self.transport,
            asyncio.Timeout(None),
            Visitor(),
            max_backlog_bytes=1 << 40,
        )
        cursor = read_cursor(self.replica.cursor)
        joining = self.hub.join(
            socket, GROUP, subscription_id="s1", now_ms=NOW, form=self.form, cursor=cursor
        )
        self.socket = socket
        if joining.missed is None:
            for frame in self.hub.finish(joining, list(self.items.values())):
                socket.send(frame)
        else:
            for frame in joining.resumed():
                socket.send(frame)
            for announcement in joining.missed:
                socket.send(announcement.framed(self.form, announcement.type))
        self.hear()

    @precondition(lambda self: self.socket is not None)
    @rule(has_read=st.booleans())
    def disconnect(self, has_read: bool) -> None:
        if has_read:
            self.hear()
        assert self.socket is not None
        self.hub.drop(self.socket, now_ms=NOW)
        self.socket = None

    @rule(id=st.sampled_from("ab"), text=st.text(max_size=3), more=st.integers(0, 2))
    def grow(self, id: str, text: str, more: int) -> None:
        kind: ChangeType = "update" if id in self.items else "create"
        old = self.items.get(id, {"text": "", "tags": []})
        tags = [*old["tags"], more] if more else old["tags"]
        self.items[id] = {"text": old["text"] + text, "n": more, "tags": tags, "id": id}
        self.change(kind, id, self.items[id])

    @rule(id=st.sampled_from("ab"), text=st.text(max_size=3))
    def replace(self, id: str, text: str) -> None:
        kind: ChangeType = "update" if id in self.items else "create"
        self.items[id] = {"text": text, "tags": [], "id": id}
        self.change(kind, id, self.items[id])

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.items)))
        self.change("delete", id, self.items.pop(id))

    @rule(number=st.integers())
    def send(self, number: int) -> None:
        self.sent.append({"type": "said", "data": number})
        self.change("event", None, self.sent[-1])

    @precondition(lambda self: self.socket is not None)
    @rule()
    def stop_reading(self) -> None:
        self.transport.is_full = True

    @precondition(lambda self: self.socket is not None)
    @rule()
    def read(self) -> None:
        self.transport.is_full = False
        self.line.on_drained()
        self.hear()
        assert self.replica.items == self.items
        assert self.replica.events == self.sent

    @invariant()
    def nothing_goes_back(self) -> None:
        stamps, offsets = self.replica.timestamps, self.replica.offsets
        assert stamps == sorted(set(stamps))
        assert offsets == sorted(offsets)

    def teardown(self) -> None:
        if self.socket is None:
            self.connect()
        self.read()


TestServer = Server.TestCase
TestServer.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
