"""Files of the server's own that anybody may have, in `dev` and in `start`.

They are built from workbench/ when the package is built, and may be missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import NamedTuple

from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import Refusal

METHODS = ("GET", "HEAD")

#: What is served where; the names are those in static/.
_FILES = {
    "/__motia/client.js": ("client.js", "text/javascript; charset=utf-8"),
    # Socket.IO's own client, so that no page needs another server for it.
    "/__motia/socket.io.js": ("socket.io.js", "text/javascript; charset=utf-8"),
}


class _Read(NamedTuple):
    content: bytes
    etag: str


class PublicFiles:
    """The files of `folder`. Each is read once, when it is first asked for."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._read: dict[str, _Read] = {}

    def has(self, path: str) -> bool:
        return path in _FILES

    def answer(self, path: str, headers: Mapping[str, str]) -> ApiResponse:
        """The file at a path that `has` knows; 304 if the client has it already.

        Raises:
            Refusal: it was not built.
        """
        name, content_type = _FILES[path]
        read = self._read.get(name) or self._load(name)
        # A browser asks again each time: an upgrade of the server must not leave it with the old.
        kept = {"ETag": read.etag, "Cache-Control": "no-cache"}
        if _has_etag(headers.get("If-None-Match", ""), read.etag):
            return ApiResponse(status=304, headers=kept)
        sent = {"Content-Type": content_type, "X-Content-Type-Options": "nosniff", **kept}
        return ApiResponse(body=read.content, headers=sent)

    def _load(self, name: str) -> _Read:
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError as error:
            what = (
                f"motia_py was installed without {name}: install it again without"
                " MOTIA_SKIP_WORKBENCH, or run `npm ci && npm run build` in workbench/"
            )
            raise Refusal(404, what) from error
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._read[name] = _Read(content, etag)
        return self._read[name]


def _has_etag(sent: str, etag: str) -> bool:
    names = {name.strip().removeprefix("W/") for name in sent.split(",")}
    return etag in names or "*" in names
