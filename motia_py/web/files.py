"""Sends the file that is an answer's body; aiohttp does the ranges and the conditional requests.

What may not be sent is one and the same 404: nobody learns from it what there is.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from motia_py.runtime.files import FileResponse, open_inside
from motia_py.runtime.requests import ApiResponse, problem
from motia_py.web.responding import build, charset_of

_log = logging.getLogger("motia_py.web")

#: The types that pages depend on, whatever this machine's own tables say.
_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
#: What makes an answer a part of the file, or none of it: this means the whole file, asked for.
_CONDITIONS = (
    hdrs.RANGE,
    hdrs.IF_RANGE,
    hdrs.IF_MATCH,
    hdrs.IF_NONE_MATCH,
    hdrs.IF_MODIFIED_SINCE,
    hdrs.IF_UNMODIFIED_SINCE,
)


async def send_file(
    request: web.BaseRequest,
    response: ApiResponse,
    *,
    trace_id: str,
    extra: Mapping[str, str],
) -> web.StreamResponse:
    """Answer with the FileResponse that is the body; returns once it is sent or its client gone."""
    file: FileResponse = response.body
    # Without a root nobody said where the file may lie.
    opened = (
        None if file.root is None else await asyncio.to_thread(open_inside, file.path, file.root)
    )
    if opened is None:
        # Only here: what the client is told must not say what there is.
        _log.info(
            "there is no file %r to be sent below %s",
            str(file.path),
            file.root,
            extra={"action": "file.refused", "trace_id": trace_id},
        )
        return build(problem(404, "File not found"), trace_id=trace_id, extra=extra)
    found, content = opened
    with content:
        return await _send(request, response, found, content, trace_id=trace_id, extra=extra)


async def _send(
    request: web.BaseRequest,
    response: ApiResponse,
    found: Path,
    content: BinaryIO,
    *,
    trace_id: str,
    extra: Mapping[str, str],
) -> web.StreamResponse:
    file: FileResponse = response.body
    head = ApiResponse(status=response.status, headers=response.headers)
    built = build(head, trace_id=trace_id, extra={**_file_headers(file, found), **extra})
    has_no_body = built.status < 200 or built.status in (204, 304)
    if built.status != response.status or has_no_body:
        return built  # its headers cannot be sent: it is a 500 now; or there is nothing to send
    headers = built.headers
    headers.popall(hdrs.CONTENT_LENGTH, None)
    sent = _SentFile(_Opened(found, content), status=built.status, headers=headers)
    with suppress(ConnectionError):
        await sent.prepare(request)
        await sent.write_eof()
    return sent


class _Opened:
    """An open file, as aiohttp looks at the path of one: it would open what is there by then."""

    def __init__(self, path: Path, content: BinaryIO) -> None:
        self._path = path
        self._content = content

    def stat(self) -> os.stat_result:
        return os.fstat(self._content.fileno())

    def open(self, _: str) -> BinaryIO:
        return self._content

    def __fspath__(self) -> str:
        return str(self._path)


class _SentFile(web.FileResponse):
    """aiohttp's, but of this file and no other, and sent once, however often it is prepared."""

    def __init__(self, opened: _Opened, **parts: Any) -> None:
        super().__init__(opened, **parts)
        self._opened = opened
        self._path: Any = opened

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await web.StreamResponse.prepare(self, request)
        try:
            return await super().prepare(_asked(request, self.status, self._opened.stat()))
        except RuntimeError as error:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError("the client went away") from error
            raise

    async def _sendfile(
        self, request: web.BaseRequest, fobj: Any, offset: int, count: int
    ) -> AbstractStreamWriter:
        writer = await super()._sendfile(request, fobj, offset, count)
        if fobj.tell() < offset + count:
            # It became shorter meanwhile: the client must not take the next answer for the rest.
            request.protocol.force_close()
        return writer


def _asked(request: web.BaseRequest, status: int, now: os.stat_result) -> web.BaseRequest:
    """The request as aiohttp may see it: without what would have it send something else."""
    headers = CIMultiDict(request.headers)
    # It would look for a compressed file of the same name, which may be another's, or a link.
    headers.popall(hdrs.ACCEPT_ENCODING, None)
    if status != 200 or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        for name in _CONDITIONS:
            headers.popall(name, None)
    # aiohttp takes every tag for the file's: clients would put together parts of two files.
    known = headers.popall(hdrs.IF_RANGE, [])
    etag = f'"{now.st_mtime_ns:x}-{now.st_size:x}"'
    if any(each not in (etag, formatdate(math.ceil(now.st_mtime), usegmt=True)) for each in known):
        headers.popall(hdrs.RANGE, None)
    return request.clone(headers=headers)


def _file_headers(file: FileResponse, found: Path) -> Mapping[str, str]:
    """What a file says of itself, unless the step does. A type that is not ours is aiohttp's."""
    headers: dict[str, str] = {}
    content_type = file.media_type or _TYPES.get(found.suffix.lower())
    if content_type is not None:
        if content_type.startswith("text/") and charset_of(content_type) is None:
            content_type = f"{content_type}; charset=utf-8"
        headers[hdrs.CONTENT_TYPE] = content_type
    if file.filename is not None:
        headers[hdrs.CONTENT_DISPOSITION] = _attachment(file.filename)
    return headers


def _attachment(filename: str) -> str:
    """Source: https://www.rfc-editor.org/rfc/rfc6266#section-4.3"""
    plain = "".join(each if " " <= each <= "~" and each not in '"\\%' else "_" for each in filename)
    quoted = quote(filename, safe="", errors="replace")
    both = f'attachment; filename="{plain}"'
    return both if plain == filename else f"{both}; filename*=UTF-8''{quoted}"
