"""Reads the parts of a request's head that have a form of their own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

#: One value, or all of them where a name was sent more than once.
Values: TypeAlias = str | list[str]


def collect_headers(headers: Mapping[str, str] | None) -> dict[str, Values]:
    # A multidict's items() repeats a name that was sent more than once.
    if not headers:
        return {}
    return collect((name.lower(), _readable(value)) for name, value in headers.items())


def _readable(value: str) -> str:
    """A header as text that can be sent on: bytes that are not UTF-8 become U+FFFD.

    aiohttp keeps them as surrogates, which no JSON can hold.
    """
    if value.isascii():
        return value
    return value.encode(errors="surrogateescape").decode(errors="replace")


def collect(pairs: Iterable[tuple[str, str]]) -> dict[str, Values]:
    """Values by name; a list where a name comes more than once."""
    collected: dict[str, Values] = {}
    for name, value in pairs:
        earlier = collected.get(name)
        if earlier is None:
            collected[name] = value
        elif isinstance(earlier, list):
            earlier.append(value)
        else:
            collected[name] = [earlier, value]
    return collected


def read_cookies(sent: Values) -> dict[str, str]:
    """Cookies by name; of two with one name the first.

    Source: https://www.rfc-editor.org/rfc/rfc6265#section-5.4
    """
    # By hand: the standard library's reader takes seconds for a header made to be slow.
    cookies: dict[str, str] = {}
    for pair in ("; ".join(sent) if isinstance(sent, list) else sent).split(";"):
        name, separator, value = pair.strip().partition("=")
        if separator and name:
            cookies.setdefault(name, value.strip().removeprefix('"').removesuffix('"'))
    return cookies
