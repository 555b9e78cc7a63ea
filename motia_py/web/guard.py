"""Which browsers may come in: Host, Origin and token rules. Pure: reads headers, answers nothing.

Everything that reaches a server on a developer's machine is hostile until proven otherwise: a page
of another site can send requests here (Origin), and can make its own name point here (Host).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple

from motia_py.errors import ConfigError
from motia_py.settings import Mode

#: Holds the token of a server that is reachable from elsewhere.
TOKEN_COOKIE = "motia_token"

#: Host headers whose verdict is remembered; their number is the client's to choose.
_REMEMBERED_HOSTS = 64
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\S+)")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9_, -]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PREFLIGHT_SECONDS = "600"
#: Methods whose body says what shall be done: a form of another site cannot send JSON.
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Authority(NamedTuple):
    """A host name in lower case, without a final dot, and its port if one is written."""

    name: str
    port: int | None


class Denial(NamedTuple):
    """Why a request is turned away."""

    status: int
    error: str


class Guard:
    """The rules for one server. `is_loopback`: it listens on loopback addresses only.

    `token` opens the server's own pages; without one they are open to whoever reaches them.

    Raises:
        ConfigError: an allowed host or origin is not one.
    """

    def __init__(
        self,
        *,
        mode: Mode,
        is_loopback: bool,
        allowed_hosts: tuple[str, ...] = (),
        cors_origins: tuple[str, ...] = (),
        token: str | None = None,
    ) -> None:
        self._mode = mode
        self._is_loopback = is_loopback
        self._allowed_hosts = frozenset(_read_allowed_host(host) for host in allowed_hosts)
        self._cors_origins = frozenset(_read_cors_origin(origin) for origin in cors_origins)
        self._token = token
        self._known_hosts: set[str] = set()

    def knows_host(self, host: str | None) -> bool:
        """Whether a request with this Host header is meant for this server.

        Off loopback every name is: which names lead here is not known then.
        """
        if not self._is_loopback or host in self._known_hosts:
            return True
        authority = read_authority(host)
        if authority is None:
            return False
        if not is_loopback_name(authority.name) and authority.name not in self._allowed_hosts:
            return False
        if host is not None and len(self._known_hosts) < _REMEMBERED_HOSTS:
            self._known_hosts.add(host)
        return True

    def allows_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of `origin` may talk to us; without an Origin it is no page of another
        site. `null` never may: sandboxed frames and local files of anybody send it."""
        if origin is None:
            return True
        read = _read_origin(origin)
        if read is None:
            return False
        if read in self._cors_origins or is_same_origin(origin, host):
            return True
        scheme, authority = read
        return self._mode == "dev" and scheme in _DEFAULT_PORTS and is_loopback_name(authority.name)

    def cors_headers(self, origin: str, host: str | None) -> Mapping[str, str]:
        """What lets a page of an allowed origin read the answer; nothing for another one."""
        if not self.allows_origin(origin, host):
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "x-trace-id",
            "Vary": "Origin",
        }

    def denies_own_pages(
        self, method: str, headers: Mapping[str, str], token: str | None
    ) -> Denial | None:
        """Why a request may not use what this server offers about itself; None if it may.

        `token` is the one in the query string.
        """
        host = headers.get("Host")
        origin = headers.get("Origin")
        if origin is not None and not is_same_origin(origin, host):
            return Denial(403, "Pages of another origin may not use this")
        if _is_cross_site(method, headers):
            return Denial(403, "Pages of another site may not use this")
        if not self.accepts_token(token) and not self.accepts_token(_cookie(headers, TOKEN_COOKIE)):
            return Denial(
                401, "This needs the token that the server printed when it started: add ?token=..."
            )
        content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if method in _WRITES and content_type != "application/json":
            return Denial(415, "Send application/json")
        return None

    def accepts_token(self, token: str | None) -> bool:
        if self._token is None:
            return True
        # Headers come in as they were sent; bytes that are not UTF-8 arrive as surrogates.
        sent = (token or "").encode(errors="surrogateescape")
        return hmac.compare_digest(sent, self._token.encode())

    def token_cookie(self, token: str | None) -> str | None:
        """The Set-Cookie for a browser that just showed the token in its address; else None."""
        if self._token is None or token is None or not self.accepts_token(token):
            return None
        return f"{TOKEN_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"


def preflight_headers(asked: str | None) -> Mapping[str, str]:
    """What a browser may send after it asked; `asked` is its Access-Control-Request-Headers."""
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    if asked and _HEADER_NAMES.fullmatch(asked):
        headers["Access-Control-Allow-Headers"] = asked
    return headers


def read_authority(text: str | None) -> Authority | None:
    """Take `name`, `name:port` or `[::1]:port` apart; None if it is neither."""
    match = _AUTHORITY.fullmatch(text.lower()) if text and text.isascii() else None
    if match is None:
        return None
    name = match[1].removesuffix(".")
    return Authority(name, int(match[2]) if match[2] else None) if name else None


def is_loopback_name(name: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def is_same_origin(origin: str, host: str | None) -> bool:
    """Whether a page of `origin` came from where the Host header points to.

    The scheme is taken on trust: behind a proxy that ends TLS we cannot see it.
    """
    read = _read_origin(origin)
    authority = read_authority(host)
    if read is None or authority is None or read[0] not in _DEFAULT_PORTS:
        return False
    scheme, sent = read
    default = _DEFAULT_PORTS[scheme]
    return (sent.name, sent.port or default) == (authority.name, authority.port or default)


def _is_cross_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether the browser says that another site's page sent this; a link that is followed may."""
    if headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site"):
        return False
    is_link = headers.get("Sec-Fetch-Mode") == "navigate"
    return not (is_link and method == "GET" and headers.get("Sec-Fetch-Dest") == "document")


def _read_origin(origin: str) -> tuple[str, Authority] | None:
    match = _ORIGIN.fullmatch(origin.lower())
    authority = read_authority(match[2]) if match is not None else None
    if match is None or authority is None:
        return None
    port = None if authority.port == _DEFAULT_PORTS.get(match[1]) else authority.port
    return match[1], Authority(authority.name, port)


def _read_allowed_host(host: str) -> str:
    authority = read_authority(host)
    if authority is None or authority.port is not None or "*" in host:
        raise ConfigError(
            f"MOTIA_ALLOWED_HOSTS: {host!r} is not a host name",
            advice="list names without scheme and port, as in app.example.com",
        )
    return authority.name


def _read_cors_origin(origin: str) -> tuple[str, Authority]:
    read = _read_origin(origin)
    if read is None or "*" in origin:
        raise ConfigError(
            f"MOTIA_CORS_ORIGINS: {origin!r} is not an origin",
            advice="name each one, as in https://app.example.com; cookies are allowed with them,"
            " so a wildcard would open the server to every site",
        )
    return read


def _cookie(headers: Mapping[str, str], name: str) -> str | None:
    # Not http.cookies: it drops all cookies if one of them, maybe another program's, is malformed.
    for part in headers.get("Cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None
