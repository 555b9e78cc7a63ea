"""What the doors are given, and their settings. Data only: the app fills it in."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from motia_py.clock import Clock
from motia_py.messages import JSON
from motia_py.project.registry import Registry, Target
from motia_py.runtime.access import StreamAccess
from motia_py.runtime.failures import Reply
from motia_py.runtime.hub import StreamHub
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.runtime.sockets import SocketClient
from motia_py.settings import Mode, Settings
from motia_py.web.guard import is_loopback_name
from motia_py.web.watching import Watcher
from motia_py.web.workbench.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One finished request, for the log. `has_left`: its client went before the answer ended."""

    method: str
    path: str
    status: int
    seconds: float
    trace_id: str
    has_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What is behind the doors.

    `respond` runs a step and never raises; it returns the answer and its trace id. `receive` runs
    one on what came over Socket.IO, and never raises either. `emit` raises MotiaError for what
    cannot be sent. `snapshot` takes stream, group and id: without an id it gives the items of the
    group, with one the item, None if there is none. `workbench` is None where it is not served.
    `observe` is told of every finished request.
    """

    registry: Callable[[], Registry]
    respond: Callable[[Target, Request], Awaitable[tuple[ApiResponse, str]]]
    receive: Callable[[Target, SocketClient, Any], Awaitable[Reply]]
    emit: Callable[[str, JSON], Awaitable[None]]
    snapshot: Callable[[str, str, str | None], Awaitable[JSON]]
    hub: StreamHub[Watcher]
    access: StreamAccess
    clock: Clock
    workbench: Workbench | None = None
    observe: Callable[[RequestLine], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the doors are set up. Port 0 takes a free one.

    `token` opens the server's own pages and POST /emit; where they can be reached from elsewhere
    it must be set if either is served. The byte limits of lines and headers must differ: aiohttp's
    error only says which limit was passed. What has a default here is nobody's to set.
    """

    mode: Mode
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    allowed_hosts: tuple[str, ...]
    cors_origins: tuple[str, ...]
    token: str | None
    serves_emit: bool
    serves_pages: bool
    max_body_bytes: int
    max_line_bytes: int
    max_header_bytes: int
    header_timeout_seconds: float
    body_timeout_seconds: float
    idle_seconds: float
    max_headers: int = 100
    max_frame_bytes: int = 1024 * 1024
    max_backlog_bytes: int = 1024 * 1024
    max_subscriptions: int = 1000
    ping_seconds: float = 25.0
    close_seconds: float = 5.0

    @property
    def is_loopback(self) -> bool:
        """Nobody but this machine can connect."""
        return all(is_loopback_name(host) for host in self.hosts)

    @classmethod
    def of(cls, settings: Settings, *, mode: Mode) -> Self:
        """The doors for these settings: dev serves its pages and POST /emit, start the latter if it
        is asked to. Where others could use them and no token is given, one is made."""
        hosts = settings.hosts or ("localhost",)
        serves_emit = mode == "dev" or settings.serve_emit == "on"
        token = settings.token
        if token is None and serves_emit and not all(is_loopback_name(host) for host in hosts):
            token = secrets.token_urlsafe(24)
        return cls(
            mode=mode,
            hosts=hosts,
            ports=settings.ports,
            allowed_hosts=settings.allowed_hosts,
            cors_origins=settings.cors_origins,
            token=token,
            serves_emit=serves_emit,
            serves_pages=mode == "dev",
            max_body_bytes=settings.max_body_bytes,
            max_line_bytes=settings.max_line_bytes,
            max_header_bytes=settings.max_header_bytes,
            header_timeout_seconds=settings.header_timeout_seconds,
            body_timeout_seconds=settings.body_timeout_seconds,
            idle_seconds=settings.idle_seconds,
        )
