"""How commands ask the running server: by its socket, one request for each operation."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from motia_py import encoding
from motia_py.dotmotia import OWN_FOLDER
from motia_py.errors import MotiaError
from motia_py.messages import JSON
from motia_py.runtime.operations import Reply
from motia_py.web.control import connect

#: How long the server may take for the next line of its answer.
_ANSWER_SECONDS = 120.0

#: Asks for the operation of a name, with its arguments.
Ask: TypeAlias = Callable[[str, Mapping[str, JSON]], Iterator[Reply]]


class Operator:
    """Asks for operations by name. `is_live` tells whether a server does them.

    Each method raises MotiaError if the operation was refused, or the server went away.
    """

    def __init__(self, ask: Ask, *, is_live: bool) -> None:
        self._ask = ask
        self.is_live = is_live

    def result(self, name: str, **arguments: JSON) -> JSON:
        """What an operation returns."""
        for reply in self._ask(name, arguments):
            if reply.kind == "result":
                return reply.value
        raise _broken_off()

    def items(self, name: str, **arguments: JSON) -> Iterator[JSON]:
        """What an operation lists, one by one."""
        for reply in self._ask(name, arguments):
            if reply.kind == "result":
                return
            yield reply.value
        raise _broken_off()


def server_of(root: Path) -> Operator | None:
    """An operator of the server that serves the project; None if none answers."""
    connection = _connected(root)
    if connection is None:
        return None
    connection.close()
    return Operator(lambda *asked: _ask_server(root, *asked), is_live=True)


def _ask_server(root: Path, name: str, arguments: Mapping[str, JSON]) -> Iterator[Reply]:
    connection = _connected(root)
    if connection is None:
        raise _broken_off()
    request = encoding.dumps({"call": name, "arguments": arguments}) + b"\n"
    with connection, connection.makefile("rb") as answer:
        connection.settimeout(_ANSWER_SECONDS)
        # Who refuses a request says so without reading it to its end.
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        try:
            for line in answer:
                yield _reply(encoding.loads(line))
        except TimeoutError as error:
            raise MotiaError(
                f"the server did not answer for {_ANSWER_SECONDS:.0f} s: a step may block it; what"
                " was asked for may still happen"
            ) from error
        except OSError as error:
            raise _broken_off() from error


def _connected(root: Path) -> socket.socket | None:
    try:
        return connect(root / OWN_FOLDER)
    except OSError as error:
        raise MotiaError(
            f"the server of {root} cannot be asked ({error.strerror or error}): it belongs to"
            " another user, or does not get round to answering"
        ) from error


def _reply(line: JSON) -> Reply:
    if "error" in line:
        raise MotiaError(line["error"])
    return Reply("item", line["item"]) if "item" in line else Reply("result", line["result"])


def _broken_off() -> MotiaError:
    return MotiaError("the server went away before its answer was complete: ask again")
