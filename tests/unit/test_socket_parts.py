"""The parts of Socket.IO's door that need no connection: inboxes, rooms, packets, backlogs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from motia_py.errors import NotJSON
from motia_py.runtime.access import Visitor
from motia_py.runtime.requests import Request
from motia_py.runtime.sockets import SocketMessage, with_bytes
from motia_py.web.socketio.backlog import Backlog
from motia_py.web.socketio.clients import Client, Clients
from motia_py.web.socketio.inbox import Inbox, Received
from motia_py.web.socketio.packets import Piece, acknowledgement, event


async def nothing() -> None:
    return None


async def ignore(client: Client, received: Received) -> None:
    return None


def client(clients: Clients, sid: str, namespace: str = "/") -> Client:
    made = Client(
        clients,
        sid,
        namespace,
        f"engine-{sid}",
        request=Request(method="GET", path="/socket.io/"),
        visitor=Visitor(),
        backlog=Backlog(1000),
        handle=ignore,
        disconnect=nothing,
    )
    clients.add(made)
    made.begin()
    return made


def told(client: Client) -> list[str]:
    backlog = client.backlog
    return [backlog.get_nowait().encode() for _ in range(backlog.qsize())]


# Packets


@pytest.mark.parametrize(
    ("pieces", "sent"),
    [
        (event("/", "a", None), ['42["a"]']),
        (event("/", "a", "ä"), ['42["a","ä"]']),
        (event("/x", "a", {"n": 1}), ['42/x,["a",{"n":1}]']),
        (event("/", "a", [b"b"]), ['451-["a",[{"_placeholder":true,"num":0}]]', b"b"]),
        (acknowledgement("/", 7, None), ["437[]"]),
        (acknowledgement("/x", 7, False), ["43/x,7[false]"]),
        (
            acknowledgement("/", 0, {"f": b"b"}),
            ['461-0[{"f":{"_placeholder":true,"num":0}}]', b"b"],
        ),
    ],
)
def test_packets_are_those_of_the_protocol(pieces: list[Piece], sent: list[str | bytes]) -> None:
    assert [piece.packet.encode() for piece in pieces] == sent


def test_a_piece_is_a_whole_message_of_a_websocket() -> None:
    (text,) = event("/", "a", None)
    assert text.frame == b"\x81\x07" + b'42["a"]'
    assert Piece(b"b" * 300).frame == b"\x82\x7e\x01\x2c" + b"b" * 300


def test_bytes_stay_bytes_and_nothing_is_shared() -> None:
    data: dict[Any, Any] = {1: [bytearray(b"b"), {"deep": (memoryview(b"m"), {2})}]}
    copy = with_bytes(data)
    data[1][1]["deep"] = None
    assert copy == {"1": [b"b", {"deep": [b"m", [2]]}]}


def test_what_cannot_be_sent_is_refused() -> None:
    endless: list[Any] = [b""]
    endless.append(endless)
    for value in (object(), [b"", object()], endless, float("nan")):
        with pytest.raises(NotJSON):
            with_bytes(value)


# Rooms


async def test_a_message_goes_to_a_room_to_one_or_to_all_of_a_namespace() -> None:
    clients = Clients()
    a, b, other = client(clients, "a"), client(clients, "b"), client(clients, "o", "/x")
    a.join("r")
    a.join("r")
    for message in (
        SocketMessage("/", "all", None),
        SocketMessage("/", "room", None, room="r"),
        SocketMessage("/", "one", None, to="b"),
        SocketMessage("/", "none", None, room="r", without="a"),
        SocketMessage("/", "gone", None, to="o"),
        SocketMessage("/y", "nowhere", None),
    ):
        clients.tell(message)

    assert told(a) == ['42["all"]', '42["room"]']
    assert told(b) == ['42["all"]', '42["one"]']
    assert told(other) == []


async def test_who_is_gone_is_in_no_room_but_knows_where_it_was() -> None:
    clients = Clients()
    a, b = client(clients, "a"), client(clients, "b")
    for each in (a, b):
        each.join("r")
    clients.remove(a)
    clients.remove(a)
    a.join("s")
    a.leave("r")
    clients.tell(SocketMessage("/", "left", None, room="r"))

    assert (a.rooms(), told(a), told(b)) == (["r"], [], ['42["left"]'])
    clients.remove(b)
    assert (len(clients), dict(clients.rooms)) == (0, {})


async def test_what_is_sent_before_the_connection_waits_for_it() -> None:
    clients = Clients()
    coming = client(clients, "a")
    coming._held = []
    coming.post(event("/", "early", None))
    assert told(coming) == []
    coming.begin()
    assert told(coming) == ['42["early"]']


async def test_what_is_held_back_is_bounded() -> None:
    coming = client(Clients(), "a")
    coming._held = []
    cut = []
    coming.backlog.on_overflow = lambda: cut.append(True)
    for _ in range(30):
        coming.post(event("/", "x" * 40, None))
    assert cut == [True]


# Backlogs


class Transport:
    """Stands where a WebSocket's transport does, with a buffer that never empties by itself."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return False


class EngineSocket:
    upgraded = False


def websocket(max_bytes: int = 1_000_000) -> tuple[Backlog, Transport, EngineSocket]:
    backlog, transport, socket = Backlog(max_bytes), Transport(), EngineSocket()
    backlog.attach(socket, transport)  # type: ignore[arg-type]
    return backlog, transport, socket


async def test_a_message_is_written_at_once_only_while_the_engine_waits_for_more() -> None:
    backlog, transport, socket = websocket()
    backlog.post(Piece("1"))  # the engine still polls
    socket.upgraded = True
    backlog.post(Piece("2"))  # something waits
    assert [backlog.get_nowait().data for _ in range(2)] == ["1", "2"]
    backlog.post(Piece("3"))  # the engine has not come back for more: it may still be writing
    assert (await backlog.get()).data == "3"
    taking = asyncio.create_task(backlog.get())
    await asyncio.sleep(0)
    backlog.post(Piece("4"))
    assert transport.written == [Piece("4").frame]
    transport.waiting = 1_000_000
    backlog.post(Piece("5"))
    assert (await taking).data == "5"
    assert len(transport.written) == 1


async def test_a_backlog_tells_when_little_waits_again() -> None:
    backlog = Backlog(1_000_000)
    drained = asyncio.Event()
    backlog.on_drained = drained.set
    backlog.post(Piece("x" * 50_000))
    await backlog.has_room()
    backlog.post(Piece("x" * 50_000))
    assert backlog.is_behind
    waiting = asyncio.create_task(backlog.has_room())
    backlog.get_nowait()
    await waiting
    await drained.wait()
    assert not backlog.is_behind


async def test_a_backlog_that_grows_too_large_is_cut_once() -> None:
    backlog = Backlog(100)
    cut = []
    backlog.on_overflow = lambda: cut.append(True)
    for _ in range(5):
        backlog.post(Piece("x" * 60))
    assert (cut, backlog.qsize()) == ([True], 2)
    await backlog.has_room()


# Inboxes


class Handling:
    """Handles events when it is told to; `begun` and `ended` say which."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.go = asyncio.Event()
        self.inbox = Inbox(self.handle)

    async def handle(self, received: Received) -> None:
        self.begun.append(received.event)
        await self.go.wait()
        self.ended.append(received.event)

    def put(self, event: str, line: str | None, *, finishes: bool = False) -> None:
        self.inbox.put(Received(event, None, None, finishes), line)

    async def finish(self) -> None:
        self.go.set()
        await asyncio.gather(*self.inbox.tasks, return_exceptions=True)


async def test_a_line_is_handled_in_order_and_lines_side_by_side() -> None:
    handling = Handling()
    for event_, line in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("free1", None), ("free2", None)):
        handling.put(event_, line)
    await asyncio.sleep(0)
    assert handling.begun == ["a1", "b1", "free1", "free2"]
    await handling.finish()
    assert sorted(handling.ended) == ["a1", "a2", "b1", "free1", "free2"]
    assert handling.ended.index("a1") < handling.ended.index("a2")
    assert (handling.inbox._count, handling.inbox._lines, handling.inbox.tasks) == (0, {}, [])


async def test_an_inbox_is_full_until_something_is_answered() -> None:
    handling = Handling()
    for n in range(100):
        assert not handling.inbox.is_full
        handling.put(str(n), "a")
    assert handling.inbox.is_full
    await handling.finish()
    assert not handling.inbox.is_full


async def test_what_is_cancelled_leaves_what_finishes() -> None:
    handling = Handling()
    handling.put("a1", "a")
    handling.put("a2", "a")
    handling.put("b1", "b", finishes=True)
    handling.put("b2", "b", finishes=True)
    await asyncio.sleep(0)
    cancelled = handling.inbox.cancel()
    await asyncio.wait(cancelled)
    assert len(cancelled) == 1
    await handling.finish()
    assert handling.ended == ["b1", "b2"]
    assert (handling.inbox._count, handling.inbox._lines, handling.inbox.tasks) == (0, {}, [])
