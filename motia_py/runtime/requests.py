"""What an api handler gets and gives: the request in both dialects' spellings, and the response.

Parsing is `web.reading`'s work; it hands in a `Body` and this room reads it when first asked.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from pydantic import BaseModel

from motia_py.errors import ConfigError
from motia_py.messages import JSON
from motia_py.runtime.request_body import (
    Body,
    NoBody,
    RequestBody,
    StreamedBody,
    UploadedFile,
)
from motia_py.runtime.request_parts import Values, collect, collect_headers, read_cookies
from motia_py.runtime.response_writer import Begin, OnDisconnect, ResponseWriter, Run, no_response

#: Every key under which a part of the request can be read, and the attribute that holds it.
_SPELLINGS = {
    "body": "body",
    "headers": "headers",
    "method": "method",
    "path": "path",
    "pathParams": "path_params",
    "path_params": "path_params",
    "queryParams": "query_params",
    "query_params": "query_params",
    "rawBody": "raw_text",
    "raw_body": "raw_body",
    "files": "files",
    "cookies": "cookies",
}
#: What iterating over a request yields: Motia 0.17's keys, then ours; a body if there is one.
_KEYS = ("headers", "pathParams", "queryParams", "method", "path")


class SentRequest(NamedTuple):
    """A request as it came over the wire: no handler changes it."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    path_params: Mapping[str, str]
    body: Body


class Request(MutableMapping[str, Any]):
    """An HTTP request, at once a mapping (`req["pathParams"]`) and an object (`req.path_params`).

    Header names are lower case; a header or query parameter that was sent twice is a list.
    `body` is what was sent, `model` the validated pydantic instance where the schema is a class.
    Free attributes and keys are one and the same: `req.user = x` is read by `req["user"]`.
    """

    # Read lazily because most handlers look at one or two parts; the budget is microseconds.
    def __init__(
        self,
        *,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
        path_params: dict[str, str] | None = None,
        body: Body | None = None,
        begin: Begin | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.path_params = path_params if path_params is not None else {}
        self.model: Any = None
        self._headers_sent = headers
        self._query_string = query_string
        self._body_sent: Body = body if body is not None else _NO_BODY
        self._begin = begin
        self._run: Run | None = None
        self._has_answer = False
        self._written: ResponseWriter | None = None

    def bind(self, run: Run) -> None:
        """Say which run answers this request; called by the invoker."""
        self._run = run

    def answered(self) -> None:
        """Say that it has its answer: whoever still holds `response` writes nothing more."""
        self._has_answer = True
        if self._written is not None:
            self._written.seal()

    @property
    def response(self) -> ResponseWriter:
        """Writes the answer while it is made, instead of returning it.

        Raises:
            MotiaError: nobody waits for an answer of this request, as in `authenticate`.
        """
        if self._written is None:
            if self._begin is None or self._run is None:
                raise no_response()
            self._written = ResponseWriter(self._begin, self._run, is_sealed=self._has_answer)
        return self._written

    @property
    def written(self) -> ResponseWriter | None:
        """The answer that the handler writes by hand; None while it does not."""
        written = self._written
        return written if written is not None and written.is_used else None

    @property
    def request(self) -> Request:
        """This request: Motia 1.0's handlers read `args.request.body`."""
        return self

    @property
    def headers(self) -> dict[str, Values]:
        headers = self.__dict__.get("_headers")
        if headers is None:
            headers = self.__dict__["_headers"] = collect_headers(self._headers_sent)
        return headers

    @headers.setter
    def headers(self, headers: dict[str, Values]) -> None:
        self.__dict__["_headers"] = headers

    @property
    def query_params(self) -> dict[str, Values]:
        params = self.__dict__.get("_query_params")
        if params is None:
            params = self.__dict__["_query_params"] = collect(
                parse_qsl(self._query_string, keep_blank_values=True)
            )
        return params

    @query_params.setter
    def query_params(self, params: dict[str, Values]) -> None:
        self.__dict__["_query_params"] = params

    @property
    def body(self) -> JSON:
        if "_body" not in self.__dict__:
            self.__dict__["_body"], self.__dict__["_files"] = self._body_sent.parse()
        return self.__dict__["_body"]

    @body.setter
    def body(self, body: JSON) -> None:
        self.__dict__["_body"] = body

    @property
    def files(self) -> dict[str, list[UploadedFile]]:
        """Files of a multipart body by field name; empty for any other body."""
        if "_files" not in self.__dict__:
            body, self.__dict__["_files"] = self._body_sent.parse()
            self.__dict__.setdefault("_body", body)
        return dict(self.__dict__["_files"])

    @property
    def raw_body(self) -> bytes:
        """The bytes as they were sent; check webhook signatures against these."""
        return self._body_sent.raw

    @property
    def raw_text(self) -> str:
        """The body as text, Motia 0.17's `rawBody`; bytes that are not UTF-8 show as \\xNN."""
        return self._body_sent.raw.decode(errors="backslashreplace")

    def stream(self) -> RequestBody:
        """The body in chunks of bytes: with `streamBody` as they arrive, else as one.

        The client is held back while nobody reads.

        Raises, when it is read:
            BodyCutShort: the client goes away, is too slow, or breaks HTTP.
        """
        return self._body_sent.stream()

    @property
    def request_body(self) -> RequestBody:
        """As `stream()`, for Motia 1.0's `request_body.stream` and `request_body.read_all()`."""
        return self._body_sent.stream()

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies by name; of two with one name the first, which is the more specific one."""
        return read_cookies(self.headers.get("cookie", ""))

    @property
    def is_form(self) -> bool:
        """True for a body of named fields that are all text: urlencoded or multipart."""
        return self._body_sent.is_form

    def header(self, name: str) -> str | None:
        """The first value of a header as it was sent, without reading the others."""
        return self._headers_sent.get(name) if self._headers_sent is not None else None

    @property
    def untouched_json(self) -> bytes | None:
        """The body's JSON text while nobody has read or replaced the body; else None. Lets a
        validator work on the bytes."""
        sent = self._body_sent
        return sent.raw if sent.is_json and "_body" not in self.__dict__ else None

    def __getitem__(self, key: str) -> Any:
        attribute = _SPELLINGS.get(key)
        if attribute is not None:
            return getattr(self, attribute)
        if key.startswith("_") or key not in self.__dict__:
            raise KeyError(key)
        return self.__dict__[key]

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, _SPELLINGS.get(key, key), value)

    def __delitem__(self, key: str) -> None:
        if key in _SPELLINGS or key.startswith("_"):
            raise KeyError(f"{key} is part of every request and cannot be deleted")
        del self.__dict__[key]

    def __iter__(self) -> Iterator[str]:
        # Whoever looks at all parts, to log them, must not come upon one that refuses.
        if not isinstance(self._body_sent, StreamedBody):
            yield from ("body", "rawBody")
        yield from _KEYS
        for key in self.__dict__:
            if not key.startswith("_") and key not in _SPELLINGS and key != "model":
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    # Identity, not equality: two requests are never "the same", and MutableMapping would read
    # (and parse) every part to compare.
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def as_sent(request: Request) -> SentRequest:
    """A request as it came. A body that is streamed can only be read once."""
    return SentRequest(
        request.method,
        request.path,
        request._query_string,
        request._headers_sent if request._headers_sent is not None else {},
        dict(request.path_params),
        request._body_sent,
    )


# Not frozen: middleware of Motia 1.0 sets `response.status` of what comes back.
@dataclass(slots=True)
class ApiResponse:
    """What an api handler answers: `ApiResponse(200, {"ok": True})`.

    `body`: bytes go out as they are, str as text/html unless `headers` say else, the rest as JSON.
    A header that is a list is sent once per value.
    """

    status: int = 200
    body: JSON = b""
    headers: Mapping[str, Values] = field(default_factory=dict)

    # Motia 1.0's annotations name the body's type: `-> ApiResponse[dict[str, Any]]`.
    def __class_getitem__(cls, body: object) -> GenericAlias:
        return GenericAlias(cls, body)


def problem(
    status: int, error: str, *, headers: Mapping[str, Values] | None = None, **more: JSON
) -> ApiResponse:
    """An error as a JSON answer: `{"error": ...}` and what `more` there is to say."""
    return ApiResponse(status=status, body={"error": error, **more}, headers=headers or {})


def internal_error(trace_id: str) -> ApiResponse:
    """The answer to a request that failed here; the reason is in the log under this trace id."""
    return problem(500, "Internal server error", traceId=trace_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSentEvent:
    """One event of a `text/event-stream`; `data` that is not text goes out as JSON.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    data: JSON = ""
    event: str | None = None
    id: str | None = None
    retry: int | None = None


@dataclass(frozen=True, slots=True)
class EventStream:
    """A body that is sent as server-sent events while it is made.

    `events` gives ServerSentEvent, a dict with only its fields, or text (an event's data). It is
    iterated by one task. If the client goes it is cancelled where it waits and closed; under
    `on_disconnect="finish"` it goes on, and what it gives is dropped. `close` is awaited once in
    the end, also if no event was asked for (HEAD); None: only the events are closed.
    """

    events: AsyncIterator[Any]
    close: Callable[[], Awaitable[None]] | None = None
    on_disconnect: OnDisconnect = "cancel"


_NO_BODY = NoBody()
_RESPONSE_KEYS = frozenset({"status", "status_code", "statusCode", "headers", "body"})


def _as_mapping(result: Any) -> ApiResponse | dict[str, Any]:
    """What is no dict, as the response that it is or stands for."""
    if result is None:
        return ApiResponse(status=204)
    if isinstance(result, ApiResponse):
        return result
    if isinstance(result, dict):
        return result
    if isinstance(result, BaseModel) and hasattr(result, "status"):
        return {name: getattr(result, name) for name in type(result).model_fields}
    return ApiResponse(body=result)


def as_response(result: Any) -> ApiResponse:
    """The response that a handler's return value stands for.

    None is 204. A mapping with nothing but `status`, `headers` and `body` is Motia's form of a
    response, and so is one with both a status and a body; so is a pydantic model with a `status`.
    Everything else is a body with status 200.

    Raises:
        ConfigError: the status is not from 100 to 599, or the headers are no mapping.
    """
    if type(result) is not dict:
        result = _as_mapping(result)
    if isinstance(result, ApiResponse):
        return result
    status = result.get("status")
    if status is None:
        status = result.get("status_code", result.get("statusCode", 200))
    if not _is_response(result, status):
        return ApiResponse(body=result)
    if not 100 <= status <= 599:
        raise ConfigError(f"a response's status must be from 100 to 599, got {status!r}")
    headers = result.get("headers")
    if headers is None:
        return ApiResponse(int(status), result.get("body", b""))
    if not isinstance(headers, Mapping):
        raise ConfigError(f"a response's headers must be a mapping, got {headers!r}")
    return ApiResponse(int(status), result.get("body", b""), headers)


def _is_response(result: dict[str, Any], status: object) -> bool:
    """Whether a dict is a response, and not data that happens to have a `status` or a `body`."""
    if not isinstance(status, int) or not result:
        return False
    has_both = "body" in result and ("status" in result or "status_code" in result)
    return has_both or _RESPONSE_KEYS.issuperset(result)
