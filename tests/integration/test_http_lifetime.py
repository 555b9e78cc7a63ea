"""Binding and stopping."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from motia_py.errors import CannotStart
from motia_py.runtime.requests import Request
from tests.serving import Serving, answer, api


async def test_localhost_answers_on_ipv4_and_ipv6() -> None:
    """SX.11."""
    addresses = ["127.0.0.1"]
    if has_ipv6_loopback():
        addresses.append("::1")
    async with Serving() as serving:
        for address in addresses:
            _, writer = await asyncio.open_connection(address, serving.port)
            writer.close()


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_one_server_answers_on_several_ports(unused_tcp_port_factory: Any) -> None:
    """C2: the seeds hard-code three different ports."""
    ports = (unused_tcp_port_factory(), unused_tcp_port_factory())
    async with Serving(api("GET", "/x", answer(body={})), ports=ports) as serving:
        assert serving.server.ports == ports
        assert serving.server.urls == tuple(f"http://localhost:{port}" for port in ports)
        async with aiohttp.ClientSession() as client:
            for port in ports:
                async with client.get(f"http://127.0.0.1:{port}/x") as got:
                    assert got.status == 200


async def test_a_taken_port_is_one_clear_line() -> None:
    """SX.8."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"port {port} on 127.0.0.1 is taken") as caught:
            await Serving(ports=(port,)).server.start()

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"hosts": ("no.such.host.invalid",)}, "no address of this machine"),
        ({"hosts": ("192.0.2.1",)}, "no address of this machine"),
        ({"ports": (70_000,)}, "no port"),
    ],
)
async def test_an_address_that_cannot_be_bound_is_one_clear_line(
    parts: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotStart, match=reason):
        await Serving(**parts).server.start()


async def test_a_port_is_free_at_once_after_a_stop(unused_tcp_port: int) -> None:
    """SX.7."""
    for _ in range(2):
        async with (
            Serving(api("GET", "/x", answer(body={})), ports=(unused_tcp_port,)) as serving,
            aiohttp.ClientSession(serving.url) as client,
            client.get("/x") as got,
        ):
            assert got.status == 200


async def test_a_stop_lets_running_handlers_finish() -> None:
    """SX.7."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Any:
        entered.set()
        await leave.wait()
        return {"done": True}

    async with (
        Serving(api("GET", "/slow", slow)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        asking = asyncio.create_task(client.get("/slow").__aenter__())
        await entered.wait()
        stopping = asyncio.create_task(serving.server.stop(20.0))
        await asyncio.sleep(0)
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection("127.0.0.1", serving.port)
        leave.set()

        got = await asking
        await stopping

        assert await got.json() == {"done": True}


async def test_a_stop_cuts_off_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    entered, was_cut = asyncio.Event(), asyncio.Event()

    async def endless(request: Request) -> Any:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            was_cut.set()

    async with (
        Serving(api("GET", "/slow", endless)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        asking = asyncio.create_task(client.get("/slow").__aenter__())
        await entered.wait()
        await serving.server.stop(0.05)

        assert was_cut.is_set()
        assert "still running after 0.05 s" in caplog.text
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_a_client_that_goes_does_not_stop_the_handler() -> None:
    entered, leave, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Any:
        entered.set()
        await leave.wait()
        finished.set()
        return {}

    async with Serving(api("GET", "/slow", slow)) as serving:
        _, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await entered.wait()
        writer.transport.abort()
        await asyncio.sleep(0.02)
        leave.set()

        async with asyncio.timeout(5.0):
            await finished.wait()
