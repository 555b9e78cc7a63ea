"""Requests as they come in: aiohttp's request becomes the Request that handlers get.

The body is read whole, in bounds of size and time, unless its step reads it as a stream; it is
parsed when first asked for, once. What the bytes are is the Content-Type's to say; without one,
JSON if they are JSON.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from motia_py import encoding
from motia_py.clock import Clock
from motia_py.errors import BodyCutShort, InvalidInput, NotJSON, Violation
from motia_py.messages import JSON
from motia_py.project.declarations import Schema
from motia_py.runtime.request_body import Body, NoBody, RequestBody, UploadedFile
from motia_py.runtime.request_parts import collect
from motia_py.runtime.requests import Request
from motia_py.runtime.response_writer import Begin
from motia_py.web.incoming import Incoming, stream_body
from motia_py.web.multipart import parse_multipart
from motia_py.web.responding import Refusal, charset_of

#: Fields of one urlencoded body.
MAX_FIELDS = 1000
#: Parts of one gzip body; each costs a copy of the rest.
MAX_GZIP_PARTS = 16

Kind = Literal["json", "form", "multipart", "text", "bytes", "unsaid"]

_TEXT_CHARSETS = re.compile(
    r"ascii|utf-8|utf-(16|32)(-[bl]e)?|iso8859-\d+|cp125\d|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc_(jp|kr)|iso2022_jp|koi8-[ru]"
)
_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]+)\"|([^\s;\"]+))", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: Escapes of half a character, which JSON's grammar lets pass and no encoding can write again.
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_NO_BODY = NoBody()


class BodyLimits(NamedTuple):
    """`timeout_seconds` is the grace in which even a slow body may arrive."""

    max_bytes: int
    timeout_seconds: float


class ContentType(NamedTuple):
    """What a Content-Type says. `charset` is Python's name of it."""

    sent: str
    kind: Kind
    charset: str = "utf-8"
    boundary: str = ""


class SentBody:
    """A body whose bytes are all there; see `runtime.requests.Body`."""

    __slots__ = ("_type", "is_form", "is_json", "raw")

    def __init__(self, raw: bytes, content_type: ContentType) -> None:
        self.raw = raw
        self._type = content_type
        kind = content_type.kind
        self.is_form = kind == "form" or kind == "multipart"
        # True lets a validator read the bytes itself, which must then be nothing but UTF-8 JSON.
        self.is_json = (
            kind == "json"
            and content_type.charset == "utf-8"
            and not raw.startswith(_BYTE_ORDER_MARK)
        )

    def parse(self) -> tuple[JSON, Mapping[str, list[UploadedFile]]]:
        if self._type.kind == "multipart":
            return parse_multipart(self.raw, self._type.boundary)
        return self._value(), {}

    def stream(self) -> RequestBody:
        return RequestBody(self.raw)

    def _value(self) -> JSON:
        match self._type.kind:
            case "json":
                return _json(self.raw, self._type.charset)
            case "form":
                return _form(self.raw, self._type.charset)
            case "text":
                return _text(self.raw, self._type.charset)
            case "unsaid":
                return _guess(self.raw)
            case _:
                return self.raw


async def read_request(
    request: web.BaseRequest,
    *,
    path: str,
    query_string: str,
    path_params: dict[str, str],
    schema: Schema,
    is_origin_trusted: bool,
    limits: BodyLimits,
    clock: Clock,
    is_streamed: bool = False,
    begin: Begin | None = None,
) -> Request:
    """The request with its whole body, or with one that `is_streamed` to the handler.

    `schema` is what the body is checked against later, `is_origin_trusted` False for one that a
    page of a foreign origin sent. `begin` sends the head of an answer that the handler writes.

    Raises:
        Refusal: the body is too large, too slow, broken, or of a type that is not taken.
    """
    body: Body = _NO_BODY
    if is_streamed:
        body = stream_body(request, limits.timeout_seconds, clock)
    elif request.body_exists:
        content_type = read_content_type(request.headers.get(hdrs.CONTENT_TYPE))
        coding = request.headers.get(hdrs.CONTENT_ENCODING)
        _refuse_coding(coding)
        raw = await read_body(request, limits, clock)
        if coding is not None and raw:
            raw = _decompress(raw, coding.strip().lower(), limits.max_bytes)
        if raw:
            if content_type.kind in ("text", "bytes", "unsaid") and _is_for_json(schema):
                _refuse_type(content_type, is_origin_trusted)
            body = SentBody(raw, content_type)
    return Request(
        method=request.method,
        path=path,
        headers=request.headers,
        query_string=query_string,
        path_params=path_params,
        body=body,
        begin=begin,
    )


def request_view(request: web.BaseRequest, *, path: str, query_string: str) -> Request:
    """What `authenticate` gets: a request without its body, with `url` and `addr` as Motia has."""
    view = Request(
        method=request.method, path=path, headers=request.headers, query_string=query_string
    )
    view["url"] = request.raw_path
    view["addr"] = request.remote
    return view


def split_target(request: web.BaseRequest) -> tuple[str, str]:
    """The path and the query string as they were sent, still percent-encoded."""
    target = request.raw_path
    if target.startswith("/") and "#" not in target:
        path, _, query_string = target.partition("?")
        return path, query_string
    return request.rel_url.raw_path, request.rel_url.raw_query_string


@lru_cache(maxsize=256)
def read_content_type(sent: str | None) -> ContentType:
    """What to make of a Content-Type.

    Raises:
        Refusal: it names a charset that is no text encoding, or no boundary.
    """
    if not sent or not sent.strip():
        return ContentType("", "unsaid")
    essence = sent.partition(";")[0].strip().lower()
    charset = _read_charset(sent)
    if essence == "application/json" or essence.endswith("+json"):
        return ContentType(essence, "json", charset)
    if essence == "application/x-www-form-urlencoded":
        return ContentType(essence, "form", charset)
    if essence == "multipart/form-data":
        boundary = _BOUNDARY.search(sent)
        if boundary is None or not sent.isascii():
            raise Refusal(400, "Content-Type multipart/form-data needs its boundary", closes=True)
        return ContentType(essence, "multipart", charset, boundary[1] or boundary[2])
    if essence.startswith("text/"):
        return ContentType(essence, "text", charset)
    return ContentType(essence, "bytes")


def _read_charset(sent: str) -> str:
    named = charset_of(sent)
    if named is None:
        return "utf-8"
    try:
        # Only plain text encodings: Python also knows some that take minutes to read a megabyte.
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        name = ""
    if not _TEXT_CHARSETS.fullmatch(name):
        raise Refusal(415, f"charset {named[:40]!r} is not supported; send UTF-8", closes=True)
    return name


async def read_body(request: web.BaseRequest, limits: BodyLimits, clock: Clock) -> bytes:
    """The whole body, as it was sent.

    Raises:
        Refusal: it is too large, or did not come in time or not to its end.
    """
    content = request.content
    if content.is_eof() and content.exception() is None:
        # It came with the headers, as most bodies do.
        raw = content.read_nowait()
        if len(raw) > limits.max_bytes:
            raise _too_large(limits.max_bytes)
        return raw
    if (request.content_length or 0) > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    try:
        return await _receive(Incoming(request, limits.timeout_seconds, clock), limits.max_bytes)
    except BodyCutShort as error:
        raise Refusal(error.status, str(error), closes=True) from error


async def _receive(incoming: Incoming, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await incoming.receive():
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
    return b"".join(chunks)


def _too_large(max_bytes: int) -> Refusal:
    return Refusal(413, f"The request body is larger than {max_bytes} bytes", closes=True)


def _refuse_coding(coding: str | None) -> None:
    if coding is None or coding.strip().lower() in ("gzip", "x-gzip", "deflate", "identity", ""):
        return
    raise Refusal(
        415,
        f"Content-Encoding {coding[:40]!r} is not supported; send gzip, deflate or plain",
        headers={"Accept-Encoding": "gzip, deflate"},
        closes=True,
    )


def _decompress(raw: bytes, coding: str, max_bytes: int) -> bytes:
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(raw, 16 + zlib.MAX_WBITS, max_bytes)
        if coding == "deflate":
            # Two formats go by this name; the first byte tells them apart.
            is_wrapped = raw[0] & 0x0F == 8
            return _inflate(raw, zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS, max_bytes)
    except zlib.error as error:
        raise Refusal(400, f"The request body is not valid {coding}") from error
    return raw


def _inflate(raw: bytes, window_bits: int, max_bytes: int) -> bytes:
    whole = b""
    for _ in range(MAX_GZIP_PARTS):
        decompressor = zlib.decompressobj(window_bits)
        whole += decompressor.decompress(raw, max_bytes + 1 - len(whole))
        if len(whole) > max_bytes:
            raise _too_large(max_bytes)
        if not decompressor.eof:
            raise zlib.error("cut short")
        # A gzip body may consist of several.
        raw = decompressor.unused_data
        if not raw:
            return whole
    raise zlib.error("too many parts")


def _is_for_json(schema: Schema) -> bool:
    """Whether a body has to be JSON to fit: any schema but one for plain text."""
    if isinstance(schema, Mapping):
        return bool(schema) and schema.get("type") != "string"
    return schema is not None


def _refuse_type(content_type: ContentType, is_origin_trusted: bool) -> None:
    """Keep out JSON that is sent as something else: browsers ask first (CORS) before a page of
    another site may send JSON, but not before it may send text, or bytes without a type."""
    if content_type.kind == "unsaid" and is_origin_trusted:
        return
    sent = repr(content_type.sent[:80]) if content_type.sent else "missing"
    raise Refusal(415, f"Content-Type is {sent}; send application/json")


def _json(raw: bytes, charset: str) -> JSON:
    text = _text(raw.removeprefix(_BYTE_ORDER_MARK), charset)
    try:
        value = encoding.loads(text)
        if _SURROGATE_ESCAPE.search(raw):
            encoding.dumps(value)
    except NotJSON as error:
        raise _invalid(str(error)) from error
    return value


def _form(raw: bytes, charset: str) -> JSON:
    try:
        # The charset is that of the escapes; around them there is nothing but ASCII.
        pairs = parse_qsl(
            _text(raw, "utf-8"),
            keep_blank_values=True,
            encoding=charset,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise _invalid(f"a field is not valid {charset}") from error
    except ValueError as error:
        raise _invalid(f"more than {MAX_FIELDS} fields") from error
    return collect(pairs)


def _text(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except UnicodeError as error:
        raise _invalid(f"not valid {charset}: {error}") from error


def _guess(raw: bytes) -> JSON:
    try:
        return _json(raw, "utf-8")
    except InvalidInput:
        pass
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput("body", [Violation("", reason)])
