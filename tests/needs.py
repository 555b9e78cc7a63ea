"""What some tests need that may not be on this machine: they skip at home and fail in CI."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

import pytest

from tests.chatting import ROOT


def missing(reason: str) -> NoReturn:
    """Skip at home; in CI nothing may be missing."""
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def need_workbench() -> None:
    """Go on only if the workbench's page was built."""
    if not (ROOT / "motia_py/web/static/workbench/index.html").is_file():
        missing("the workbench is not built: npm ci && npm run build in workbench/")


def need_port(port: int) -> int:
    """This port of loopback, if nobody listens there."""
    try:
        # As servers do: a connection that has just ended does not hold the port.
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        missing(f"port {port} is taken: {error}")
    return port
