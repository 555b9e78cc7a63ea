"""The workbench's page and what it loads, as they were built into static/workbench/."""

from __future__ import annotations

import gzip
import mimetypes
from importlib.resources.abc import Traversable

from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import Refusal

#: Where what the page loads is; the page itself is at every other address below /__motia/.
ASSETS = "/__motia/assets/"

#: What the page may do: load and ask its own server, and run none of what is written into it.
#: The code view and the graph write styles.
_RULES = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _RULES,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: The machine's own table may be wrong, and a script of another type is not run.
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


class AppPages:
    """`folder` is static/workbench/; it is missing where the package was installed without it."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._read: dict[str, bytes | None] = {}

    def page(self) -> ApiResponse:
        """The page.

        Raises:
            Refusal: it was not built.
        """
        page = self._content("index.html")
        if page is None:
            what = (
                "motia_py was installed without its workbench: install it again without"
                " MOTIA_SKIP_WORKBENCH, or run `npm ci && npm run build` in workbench/"
            )
            raise Refusal(404, what)
        return ApiResponse(body=page, headers=_PAGE_HEADERS)

    def asset(self, path: str, accepted: str) -> ApiResponse:
        """What the page loads from a path below ASSETS.

        `accepted` is what the browser says of encodings. The files are kept compressed only: for
        who does not take that, they are unpacked.

        Raises:
            Refusal: there is no such file.
        """
        name = path.removeprefix(ASSETS)
        is_plain = name and "/" not in name and not name.startswith(".")
        packed = self._content(f"assets/{name}.gz") if is_plain else None
        if packed is None:
            raise Refusal(404, f"There is no file {path[:200]!r}")
        headers = {
            "Content-Type": _type_of(name),
            # The name tells the content: it can be kept for ever.
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" in accepted.lower():
            return ApiResponse(body=packed, headers={**headers, "Content-Encoding": "gzip"})
        return ApiResponse(body=gzip.decompress(packed), headers=headers)

    def _content(self, name: str) -> bytes | None:
        if name not in self._read:
            try:
                self._read[name] = self._folder.joinpath(*name.split("/")).read_bytes()
            except OSError:
                # Not kept: who builds the app while the server runs need not start it again.
                return None
        return self._read[name]


def _type_of(name: str) -> str:
    known = _TYPES.get(name.rpartition(".")[2])
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"
