"""The door for commands on this machine: a socket in the project's own folder, for its user alone.

One request per connection. A line of JSON asks: `{"call": name, "arguments": {...}}`. Lines of JSON
answer: any number of `{"item": ...}`, then `{"result": ...}`; or `{"error": text, "kind": kind}`,
whose kind is `request` (it cannot be read), `refused` (the text says why) or `failed` (our fault).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

from motia_py import encoding
from motia_py.clock import Clock, TimeLimitPassed, time_limit
from motia_py.dotmotia import own_folder
from motia_py.errors import MotiaError
from motia_py.messages import JSON
from motia_py.runtime.operations import Operations

SOCKET_NAME = "motia.sock"
#: Room for a value as large as a request's body may bring, and what goes with it.
MAX_REQUEST_BYTES = 16 * 1024 * 1024
#: Each may hold a request of the size above.
MAX_CONNECTIONS = 64
#: How long a request may take to arrive; it is written in one go.
REQUEST_SECONDS = 5.0
#: How long a client may leave what it is sent unread.
UNREAD_SECONDS = 30.0
#: How long what is under way may take to end when the server stops.
END_SECONDS = 5.0
#: How long a server may take to accept; it does so at once unless its loop is blocked.
_CONNECT_SECONDS = 5.0
#: A socket's address has 108 bytes on Linux and 104 elsewhere, the last one a zero.
_MAX_ADDRESS_BYTES = 103
_CHUNK_BYTES = 64 * 1024

_log = logging.getLogger("motia_py.control")


@contextlib.contextmanager
def address(folder: Path) -> Iterator[str]:
    """A path to the socket in `folder` that fits into a socket's address while entered.

    Raises:
        OSError: it would not fit, and there is no folder.
    """
    path = os.fspath(folder / SOCKET_NAME)
    if len(os.fsencode(path)) <= _MAX_ADDRESS_BYTES:
        yield path
        return
    directory = os.open(folder, os.O_RDONLY)
    try:
        # Linux only; elsewhere the path is refused as one that does not exist.
        yield f"/proc/self/fd/{directory}/{SOCKET_NAME}"
    finally:
        os.close(directory)


def connect(folder: Path) -> socket.socket | None:
    """A connection to the server that has its socket in `folder`; None if none runs there.

    Raises:
        OSError: there is one, but it is another user's, or takes no connections.
    """
    if not hasattr(socket, "AF_UNIX"):  # not on Windows
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_CONNECT_SECONDS)
        with address(folder) as name:
            connection.connect(name)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        # No socket, or one that a killed server left behind.
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


class ControlSocket:
    """Answers commands while entered; nobody waits for it, and nothing fails for the lack of it.

    If it cannot be opened, one warning says why, and the server goes on without it.
    """

    def __init__(self, operations: Operations, folder: Path, clock: Clock) -> None:
        self._operations = operations
        self._folder = folder
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._made: os.stat_result | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        try:
            listener, self._made = await asyncio.to_thread(_listen, self._folder)
        except OSError as error:
            _log.warning(
                "commands such as `motia-py dlq` cannot reach this server by %s: %s",
                self._folder / SOCKET_NAME,
                error.strerror or error,
                extra={"action": "control.unavailable"},
            )
            return self
        self._server = await asyncio.start_unix_server(self._connected, sock=listener)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is None:
            return
        self._server.close()
        self._remove()
        for task in self._reading:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=END_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _remove(self) -> None:
        """Delete the socket's file, unless it is another server's by now."""
        path = self._folder / SOCKET_NAME
        with contextlib.suppress(OSError):
            if self._made is not None and os.path.samestat(path.stat(), self._made):
                path.unlink()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        self._reading.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._reading.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's request and close it, whatever comes."""
        try:
            if len(self._tasks) > MAX_CONNECTIONS:
                raise _Unreadable("too many commands at once: try again")
            request = await self._read(reader)
            if request is not None:
                await self._answer(request, writer)
            await self._close(writer)
        except _Unreadable as error:
            with contextlib.suppress(ConnectionError, TimeLimitPassed):
                await self._send(writer, {"error": str(error), "kind": "request"})
                await self._close(writer)
        except (ConnectionError, TimeLimitPassed) as error:
            _log.debug("a command broke off: %r", error, extra={"action": "control.broken_off"})
        finally:
            # What was sent is flushed by now; who does not read it is not waited for.
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> _Request | None:
        """The request; None if there is none: somebody looked whether a server runs.

        Raises:
            _Unreadable: it is too long, breaks off, or has another form.
        """
        received = bytearray()
        async with time_limit(self._clock, REQUEST_SECONDS):
            while True:
                chunk = await reader.read(_CHUNK_BYTES)
                received += chunk
                if b"\n" in chunk:
                    break
                if not chunk and not received:
                    return None
                if not chunk:
                    raise _Unreadable("the request breaks off: it is one line of JSON")
                if len(received) > MAX_REQUEST_BYTES:
                    raise _Unreadable(f"the request is longer than {MAX_REQUEST_BYTES:,} bytes")
        return _Request.read(bytes(received.partition(b"\n")[0]))

    async def _answer(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        # From here on it may have begun something that is not to be broken off half-way.
        self._reading.discard(task)
        replies = self._operations.replies(request.call, request.arguments)
        try:
            async with contextlib.aclosing(replies):
                async for reply in replies:
                    await self._send(writer, {reply.kind: reply.value})
        except MotiaError as error:
            await self._send(writer, {"error": str(error), "kind": "refused"})
        except (ConnectionError, TimeLimitPassed):
            raise
        except Exception:
            _log.exception(
                "the command %s failed", request.call, extra={"action": "control.failed"}
            )
            text = "it failed inside the server, whose log says why"
            await self._send(writer, {"error": text, "kind": "failed"})

    async def _send(self, writer: asyncio.StreamWriter, line: JSON) -> None:
        writer.write(encoding.dumps(line) + b"\n")
        async with time_limit(self._clock, UNREAD_SECONDS):
            await writer.drain()

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        """Return once the other side has it all."""
        writer.close()
        async with time_limit(self._clock, UNREAD_SECONDS):
            await writer.wait_closed()


class _Unreadable(Exception):
    """What came is no request."""


class _Request(NamedTuple):
    call: str
    arguments: dict[str, JSON]

    @classmethod
    def read(cls, line: bytes) -> Self:
        """
        Raises:
            _Unreadable: it has another form.
        """
        try:
            asked = encoding.loads(line)
        except MotiaError as error:
            raise _Unreadable(f"the request is {error}") from error
        if not isinstance(asked, dict) or not isinstance(asked.get("call"), str):
            raise _Unreadable('the request has another form than {"call": name, "arguments": {}}')
        arguments = asked.get("arguments", {})
        if not isinstance(arguments, dict):
            raise _Unreadable("the request's arguments are not an object")
        return cls(asked["call"], arguments)


def _listen(folder: Path) -> tuple[socket.socket, os.stat_result]:
    """A listening socket in `folder`, in place of one that nobody answers, and what its file is.

    Raises:
        OSError: it cannot be made, or another server has one there.
    """
    if not hasattr(socket, "AF_UNIX"):  # not on Windows
        raise OSError("this system has no such sockets")
    own_folder(folder)
    other = connect(folder)
    if other is not None:
        other.close()
        raise OSError("another server of this project has it")
    listener = socket.socket(socket.AF_UNIX)
    try:
        # Made where nobody else can reach it and then moved: so it never has a wider mode, and the
        # umask, which threads of the project may rely on, stays as it is.
        with TemporaryDirectory(prefix="socket-", dir=folder) as private:
            with address(Path(private)) as name:
                listener.bind(name)
            made = Path(private, SOCKET_NAME)
            made.chmod(0o600)
            status = made.stat()
            listener.listen()
            made.replace(folder / SOCKET_NAME)
    except BaseException:
        listener.close()
        raise
    return listener, status
