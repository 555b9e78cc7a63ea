"""Answers as they go out: an ApiResponse becomes an aiohttp response, never a broken one.

What cannot be sent (a header that would split the response, a body without a JSON form) is logged
and answered as a 500.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import hdrs, web
from multidict import CIMultiDict, istr

from motia_py import encoding
from motia_py.errors import ConfigError, NotJSON
from motia_py.messages import JSON
from motia_py.runtime.requests import ApiResponse, internal_error, problem

TRACE_ID = istr("x-trace-id")
NO_HEADERS: Mapping[str, str] = {}

#: Ours to set: they say how the bytes travel, which only the server knows.
_TRANSPORT_HEADERS = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_SERVER = "motia_py"
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_CHARSET = re.compile(r";\s*charset=\"?([^\s;\"]+)", re.IGNORECASE)

_log = logging.getLogger("motia_py.web")


class Refusal(Exception):
    """A request that is turned away. `closes`: the connection cannot be used after the answer."""

    def __init__(
        self,
        status: int,
        error: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        closes: bool = False,
    ) -> None:
        super().__init__(error)
        self.response = problem(status, error, headers=headers)
        self.closes = closes


class Sent(NamedTuple):
    """The body of an answer that went out already."""

    response: web.StreamResponse
    trace_id: str


def is_token(text: str) -> bool:
    """Whether HTTP lets `text` be a name: of a header, of a sub-protocol."""
    return _TOKEN.fullmatch(text) is not None


def charset_of(content_type: str) -> str | None:
    """The charset that a Content-Type names, as it is written."""
    named = _CHARSET.search(content_type)
    return named[1] if named is not None else None


def build(
    response: ApiResponse, *, trace_id: str, extra: Mapping[str, str] = NO_HEADERS
) -> web.Response:
    """The response to send; `extra` headers yield to the response's own.

    What is wrong with an answer that cannot be sent is logged, and a 500 is sent.
    """
    try:
        return _build(response, trace_id, extra)
    except (NotJSON, ConfigError) as error:
        _log.error(
            "an answer cannot be sent: %s",
            error,
            extra={"action": "response.refused", "trace_id": trace_id},
        )
        return _build(internal_error(trace_id), trace_id, extra)


def headers_of(
    response: ApiResponse, trace_id: str, extra: Mapping[str, str] = NO_HEADERS
) -> CIMultiDict[str]:
    """The headers to send, without those of the body; `extra` ones yield to the response's own.

    Raises:
        ConfigError: the status is none, or a header would split the response.
    """
    headers = _checked_headers(response)
    _add_own(headers, trace_id, extra)
    return headers


def _build(response: ApiResponse, trace_id: str, extra: Mapping[str, str]) -> web.Response:
    status = response.status
    headers = _checked_headers(response)
    body = _body(response.body, headers)
    _add_own(headers, trace_id, extra)
    if status >= 200 and status != 204 and status != 304:
        return web.Response(status=status, body=body, headers=headers)
    headers.popall(hdrs.CONTENT_TYPE, None)
    sent = web.Response(status=status, headers=headers)
    if status < 200:
        # A client takes it for an announcement and waits for the answer: end that wait.
        sent.force_close()
    return sent


def _checked_headers(response: ApiResponse) -> CIMultiDict[str]:
    status = response.status
    if type(status) is not int or not 100 <= status <= 599:
        raise ConfigError(f"status {status!r} is not a number from 100 to 599")
    return _own_headers(response.headers)


def _add_own(headers: CIMultiDict[str], trace_id: str, extra: Mapping[str, str]) -> None:
    headers[TRACE_ID] = trace_id
    headers[hdrs.SERVER] = _SERVER
    for name, value in extra.items():
        headers.setdefault(name, value)


def _body(body: JSON, headers: CIMultiDict[str]) -> bytes:
    if isinstance(body, str):
        content_type = headers.get(hdrs.CONTENT_TYPE)
        if content_type is None:
            headers[hdrs.CONTENT_TYPE] = _HTML
            return _encoded(body, "utf-8")
        charset = charset_of(content_type)
        if charset is not None:
            return _encoded(body, charset)
        if content_type.lower().startswith("text/"):
            # Browsers would guess otherwise, and guess wrong for most of the world's languages.
            headers[hdrs.CONTENT_TYPE] = f"{content_type}; charset=utf-8"
        return _encoded(body, "utf-8")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if hdrs.CONTENT_TYPE not in headers:
        headers[hdrs.CONTENT_TYPE] = _JSON
    return encoding.dumps(body)


def _encoded(text: str, charset: str) -> bytes:
    try:
        return codecs.encode(text, charset)
    except (LookupError, ValueError, TypeError) as error:
        raise ConfigError(f"the body cannot be sent as {charset}: {error}") from error


def _own_headers(given: Mapping[str, Any] | None) -> CIMultiDict[str]:
    """What the step's headers come to; None stands for none, as in the dict form of a response."""
    headers: CIMultiDict[str] = CIMultiDict()
    # Most steps set none; to ask an ABC would cost them a tenth of the whole.
    if given is None or (type(given) is dict and not given):
        return headers
    if not isinstance(given, Mapping):
        raise ConfigError(f"its headers must be a mapping, got {type(given).__name__}")
    for name, values in given.items():
        if not isinstance(name, str) or not is_token(name):
            raise ConfigError(f"{name!r} cannot be the name of a header")
        if name.lower() in _TRANSPORT_HEADERS:
            continue
        for value in values if isinstance(values, (list, tuple)) else (values,):
            headers.add(name, _header_value(name, value))
    return headers


def _header_value(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ConfigError(f"header {name} must be text, got {type(value).__name__}")
    text = str(value)
    if _FORBIDDEN.search(text):
        raise ConfigError(f"header {name} holds a line break or another control character")
    return text
