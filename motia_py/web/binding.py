"""Sockets that listen, bound before anything is served: a taken port is one clear line."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence

from motia_py.errors import CannotStart

#: Connections that wait to be accepted.
BACKLOG = 1024
#: Tries to find a port that is free on IPv4 and IPv6 alike, where any port will do.
_ATTEMPTS = 10
_LOCALHOST = "localhost"
#: Addresses to listen on that are none to connect to.
_ANY_ADDRESS = frozenset({"0.0.0.0", "::"})


class _NoSuchAddress(CannotStart):
    """This machine does not have the address at all."""


async def bind(hosts: Sequence[str], ports: Sequence[int]) -> list[socket.socket]:
    """A bound socket for each host and port, in this order of ports; the first host comes first.

    `localhost` is 127.0.0.1 and, where the machine has it, ::1. Port 0 takes a free port, the same
    one on every host.

    Raises:
        CannotStart: a port is taken or may not be used, or a host is not of this machine.
    """
    bound: list[socket.socket] = []
    try:
        for port in ports:
            bound += await _bind_port(hosts, port)
    except BaseException:
        close(bound)
        raise
    return bound


def host_in_url(host: str) -> str:
    """How a program on this machine names the host, in a URL, of what was bound to `host`."""
    name = _LOCALHOST if host in _ANY_ADDRESS else host
    return f"[{name}]" if ":" in name else name


def close(sockets: Sequence[socket.socket]) -> None:
    for opened in sockets:
        opened.close()


async def _bind_port(hosts: Sequence[str], port: int) -> list[socket.socket]:
    for attempt in range(1, _ATTEMPTS + 1):
        bound: list[socket.socket] = []
        try:
            for host in hosts:
                chosen = bound[0].getsockname()[1] if bound else port
                bound += await _bind_host(host, chosen)
        except CannotStart:
            close(bound)
            if port != 0 or attempt == _ATTEMPTS:
                raise
        except BaseException:
            close(bound)
            raise
        else:
            return bound
    raise AssertionError("unreachable: the last attempt raises")


async def _bind_host(host: str, port: int) -> list[socket.socket]:
    if host != _LOCALHOST:
        return [_listen(family, address) for family, address in await _resolve(host, port)]
    first = _listen(socket.AF_INET, ("127.0.0.1", port))
    try:
        # Some clients resolve localhost to ::1 only, or first.
        return [first, _listen(socket.AF_INET6, ("::1", first.getsockname()[1]))]
    except _NoSuchAddress:
        return [first]
    except CannotStart:
        first.close()
        raise


async def _resolve(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise CannotStart(
            f"host {host!r} is no address of this machine: give --host an IP address, for example"
            " 127.0.0.1 or 0.0.0.0"
        ) from error
    # One name may come back once per protocol.
    addresses = ((family, (str(sent[0]), port)) for family, _, _, _, sent in found)
    return list(dict.fromkeys(addresses))


def _listen(family: int, address: tuple[str, int]) -> socket.socket:
    listener = None
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        # Right away: until it listens, another program could bind the same port.
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        if listener is not None:
            listener.close()
        raise _reason(error, *address) from error
    listener.setblocking(False)
    return listener


def _reason(error: OSError | OverflowError, host: str, port: int) -> CannotStart:
    if not isinstance(error, OSError):
        return CannotStart(f"{port} is no port: choose one from 1 to 65535 by --port or PORT")
    if error.errno == errno.EADDRINUSE:
        return CannotStart(
            f"port {port} on {host} is taken: stop the program that uses it, or choose another"
            " one by --port or PORT"
        )
    if error.errno == errno.EACCES:
        return CannotStart(
            f"port {port} may not be used without more rights: choose one above 1023 by --port"
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return _NoSuchAddress(
            f"{host} is no address of this machine: give --host 127.0.0.1 or 0.0.0.0"
        )
    return CannotStart(f"cannot listen on {host} port {port}: {error.strerror}")
