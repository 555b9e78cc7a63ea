"""Runs the steps that listen to clients, each client's events in its order, and answers them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from motia_py.project.declarations import CONNECTION_EVENTS, STREAM_EVENTS, SocketTrigger
from motia_py.project.registry import Registry, Target
from motia_py.runtime.failures import Reply
from motia_py.runtime.sockets import SocketClient
from motia_py.web.socketio.clients import Client, Clients
from motia_py.web.socketio.inbox import MAX_UNANSWERED, Received
from motia_py.web.socketio.packets import acknowledgement, event
from motia_py.web.socketio.streams import JOIN, SocketStreams

#: How long what is cancelled may take to end before `disconnect` steps run all the same.
END_SECONDS = 5.0
#: Names are the clients' to choose.
MAX_UNHEARD_TOLD = 100

_log = logging.getLogger("motia_py.socketio")


class SocketSteps:
    """`receive` runs one step; it raises nothing but cancellation."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        receive: Callable[[Target, SocketClient, Any], Awaitable[Reply]],
        clients: Clients,
        streams: SocketStreams,
    ) -> None:
        self._registry = registry
        self._receive = receive
        self._clients = clients
        self._streams = streams
        #: Those who have gone, by what is still done for them.
        self._farewells: dict[asyncio.Task[None], Client] = {}
        self._is_closing = False
        #: Events, by namespace and name, of which it was told that no step listens.
        self._unheard: set[tuple[str, str]] = set()

    async def connect(self, client: Client, auth: Any) -> dict[str, Any] | None:
        """Ask the steps of `connect` one after the other; the first objection, None if they let
        the client in."""
        registry = self._registry()
        if client.namespace != "/" and client.namespace not in registry.namespaces:
            # In the words of Socket.IO's own server.
            return {"error": "Invalid namespace"}
        for target in registry.listeners(client.namespace, "connect"):
            reply = await self._receive(target, client, auth)
            if reply.problem is not None:
                return reply.problem
            if reply.value is False:
                return {"error": "Connection refused"}
        return None

    def take(self, client: Client, name: str, data: Any, ack_id: int | None) -> None:
        """Have an event handled. Returns at once."""
        target = self._listener(client, name)
        is_ours = _is_about_streams(client, name)
        if self._is_closing:
            self._answer(client, name, ack_id, _refused("The server is going away"))
        elif client.inbox.is_full:
            refusal = _refused(f"More than {MAX_UNANSWERED} events are not answered yet")
            self._answer(client, name, ack_id, refusal)
        elif target is None and not is_ours:
            self._tell_unheard(client.namespace, name)
            self._answer(client, name, ack_id, _unheard(client, name))
        else:
            finishes = target is not None and target.step.config.on_disconnect == "finish"
            client.inbox.put(Received(name, data, ack_id, finishes), _line(name, target))

    def gone(self, client: Client, reason: str, *, cancels: bool) -> None:
        """The client has gone: end what is still done for it, and tell the steps of `disconnect`.
        Returns at once."""
        self._clients.remove(client)
        cancelled = client.inbox.cancel() if cancels else []
        task = asyncio.get_running_loop().create_task(self._part(client, reason, cancelled))
        self._farewells[task] = client
        task.add_done_callback(self._farewells.pop)

    async def finish(self) -> None:
        """Take nothing more, and return once all that was taken is done."""
        self._is_closing = True
        await self.wait_idle()

    async def wait_idle(self) -> None:
        """Return once nothing is under way."""
        while tasks := self._under_way():
            await asyncio.wait(tasks)

    async def cut(self, *, after_seconds: float = 0.0) -> None:
        """Cancel what is still under way then."""
        self._is_closing = True
        tasks = self._under_way()
        if tasks and after_seconds:
            await asyncio.wait(tasks, timeout=after_seconds)
            tasks = self._under_way()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)

    def _under_way(self) -> list[asyncio.Task[None]]:
        clients = (*self._clients.all(), *self._farewells.values())
        tasks = [task for client in clients for task in client.inbox.tasks]
        return [*tasks, *self._farewells]

    async def _part(self, client: Client, reason: str, cancelled: list[asyncio.Task[None]]) -> None:
        if cancelled:
            await asyncio.wait(cancelled, timeout=END_SECONDS)
        # Not before: one of them may have been joining.
        await self._streams.drop(client)
        for target in self._registry().listeners(client.namespace, "disconnect"):
            await self._receive(target, client, reason)
        if left := client.inbox.tasks:
            # What its step lets finish: the server waits for it when it stops.
            await asyncio.wait(left)

    def _tell_unheard(self, namespace: str, name: str) -> None:
        """Say once that clients send what nobody listens to: one of the two sides has a slip."""
        key = namespace, name
        if key in self._unheard or len(self._unheard) == MAX_UNHEARD_TOLD:
            return
        self._unheard.add(key)
        _log.warning(
            "a client sends %r in %s, to which no step listens: check the spelling, or add a step"
            " with socket(%r)",
            name[:200],
            namespace,
            name[:200],
            extra={"action": "socket.unheard"},
        )

    def _listener(self, client: Client, name: str) -> Target | None:
        if name in CONNECTION_EVENTS:
            return None
        return next(iter(self._registry().listeners(client.namespace, name)), None)

    async def handle(self, client: Client, received: Received) -> None:
        """Run the step of one event, and answer it."""
        name = received.event
        try:
            reply = await self._reply(client, name, received.data)
        except Exception:
            _log.exception("event %r failed inside the server", name)
            reply = _refused("Internal server error")
        self._answer(client, name, received.ack_id, reply)

    async def _reply(self, client: Client, name: str, data: Any) -> Reply:
        if _is_about_streams(client, name):
            return await self._streams.handle(client, name, data)
        # Found anew: a reload may have come since it was taken.
        target = self._listener(client, name)
        if target is None:
            return _unheard(client, name)
        return await self._receive(target, client, data)

    def _answer(self, client: Client, name: str, ack_id: int | None, reply: Reply) -> None:
        if ack_id is not None:
            value = reply.value if reply.problem is None else reply.problem
            client.post(acknowledgement(client.namespace, ack_id, value))
        elif reply.problem is not None:
            client.post(event(client.namespace, "error", {"event": name[:200], **reply.problem}))


def _is_about_streams(client: Client, name: str) -> bool:
    return client.namespace == "/" and name in STREAM_EVENTS


def _line(name: str, target: Target | None) -> str | None:
    if target is None:
        # One for all of the hub's: a leave must not overtake its join.
        return JOIN
    trigger = target.trigger
    return name if isinstance(trigger, SocketTrigger) and trigger.is_in_order else None


def _unheard(client: Client, name: str) -> Reply:
    return _refused(f"No step listens to {name[:200]!r} in {client.namespace}")


def _refused(why: str) -> Reply:
    return Reply(problem={"error": why})
