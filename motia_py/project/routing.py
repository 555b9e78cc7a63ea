"""Which route a path belongs to. Pure: takes patterns and paths as they were sent, no requests.

A pattern is made of whole segments: text, `:name`, `:name?` (last only) and `*` (last only: the
rest, captured as "0", empty when nothing is left). A trailing slash makes no difference. Text wins
over `:name`, `:name` over `*`. Segments are percent-decoded once, after the path was split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar
from urllib.parse import unquote

from motia_py.errors import ConfigError

T = TypeVar("T")

#: The parameter that holds what `*` stands for, as in Express.
REST = "0"

_PARAMETER = re.compile(r":([\w-]+)(\??)")
_REGEX_SIGNS = re.compile(r"[(){}\[\]<>|^\\+]")
#: `{id}` and `{id:int}` of FastAPI, `<id>` and `<int:id>` of Flask.
_BRACED = re.compile(r"\{(\w+)(?::\w+)?\}|<(?:\w+:)?(\w+)>")


class Segment(NamedTuple):
    """One part of a pattern: `text` is the decoded text, or the parameter's name."""

    kind: Literal["text", "parameter", "optional", "rest"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPattern:
    """A path as declared, but for its leading slash, taken apart.

    Two patterns of the same `shape` match the same paths.
    """

    path: str
    segments: tuple[Segment, ...]

    @property
    def shape(self) -> tuple[Segment, ...]:
        """The segments without the parameters' names."""
        return tuple(Segment(kind, text if kind == "text" else "") for kind, text in self.segments)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what is captured, in the order of the path."""
        return tuple(text for kind, text in self.segments if kind != "text")


def parse_path(path: str) -> PathPattern:
    """Take a declared path apart.

    Raises:
        ConfigError: it uses something that the grammar does not have.
    """
    _refuse_foreign_signs(path)
    path = path if path.startswith("/") else f"/{path}"
    segments = tuple(_segment(text, path) for text in _split(path))
    for kind, text in segments[:-1]:
        if kind in ("optional", "rest"):
            sign = "*" if kind == "rest" else f":{text}?"
            raise ConfigError(
                f"path {path!r}: {sign} may only be the last segment",
                advice="use :name in the middle, or declare two routes",
            )
    pattern = PathPattern(path=path, segments=segments)
    if len(set(pattern.parameters)) < len(pattern.parameters):
        raise ConfigError(
            f"path {path!r} uses one parameter name twice", advice="give each its own name"
        )
    return pattern


def _refuse_foreign_signs(path: str) -> None:
    if braced := _BRACED.search(path):
        raise ConfigError(
            f"path {path!r}: {braced[0]} is another framework's parameter",
            advice=f"write :{braced[1] or braced[2]}",
        )
    if sign := _REGEX_SIGNS.search(path):
        raise ConfigError(
            f"path {path!r}: {sign[0]!r} belongs to a regular expression, which paths cannot hold",
            advice="write :name for one segment or * for the rest, and check the value in the"
            " handler",
        )


def _segment(text: str, path: str) -> Segment:
    if text == "*":
        return Segment("rest", REST)
    if parameter := _PARAMETER.fullmatch(text):
        return Segment("optional" if parameter[2] else "parameter", parameter[1])
    if sign := next((sign for sign in ":*?#" if sign in text), None):
        raise ConfigError(
            f"path {path!r}: {sign!r} inside the segment {text!r}",
            advice="a parameter is a whole segment, as in /users/:id; a query string is not part"
            " of a path",
        )
    return Segment("text", unquote(text))


def _split(path: str) -> list[str]:
    """Segments of a path that begins with a slash; one trailing slash is dropped."""
    end = len(path) - 1 if path.endswith("/") else len(path)
    return path[1:end].split("/") if end > 1 else []


class _Leaf(Generic[T]):
    """A route's end: its value and the names of what was captured on the way."""

    __slots__ = ("names", "rank", "value")

    def __init__(self, value: T, names: Sequence[str], rank: int) -> None:
        self.value = value
        self.names = tuple(names)
        self.rank = rank


class _Node(Generic[T]):
    __slots__ = ("leaf", "parameter", "rest", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.leaf: _Leaf[T] | None = None
        self.rest: _Leaf[T] | None = None

    def add(self, segments: Sequence[Segment], leaf: _Leaf[T]) -> None:
        node = self
        for kind, text in segments:
            if kind == "rest":
                node.rest = node.rest or leaf
                return
            if kind == "text":
                node = node.texts.setdefault(text, _Node())
                continue
            if node.parameter is None:
                node.parameter = _Node()
            node = node.parameter
        if node.leaf is None or leaf.rank < node.leaf.rank:
            node.leaf = leaf

    def match(
        self, segments: Sequence[str], start: int, captured: list[str]
    ) -> tuple[_Leaf[T], list[str]] | None:
        if start == len(segments):
            if self.leaf is not None:
                return self.leaf, captured
            return (self.rest, [*captured, ""]) if self.rest is not None else None
        segment = segments[start]
        text = self.texts.get(segment)
        if text is not None and (found := text.match(segments, start + 1, captured)):
            return found
        if self.parameter is not None and segment:
            found = self.parameter.match(segments, start + 1, [*captured, segment])
            if found:
                return found
        if self.rest is not None:
            return self.rest, [*captured, "/".join(segments[start:])]
        return None


class _MethodRoutes(Generic[T]):
    """All routes of one method."""

    __slots__ = ("exact", "tree")

    def __init__(self) -> None:
        #: Paths without parameters, as sent: one look-up on the hot path.
        self.exact: dict[str, T] = {}
        self.tree: _Node[T] = _Node()

    def add(self, pattern: PathPattern, value: T) -> None:
        names, segments = pattern.parameters, pattern.segments
        if not names:
            path = "".join(f"/{segment}" for segment in _split(pattern.path))
            for spelling in (path, f"{path}/"):
                self.exact.setdefault(spelling, value)
        if segments and segments[-1].kind == "optional":
            # Without its last segment it yields to a route that is declared just so.
            self.tree.add(segments[:-1], _Leaf(value, names[:-1], rank=1))
            self.tree.add(segments, _Leaf(value, names, rank=1))
            return
        self.tree.add(segments, _Leaf(value, names, rank=0))

    def find(self, path: str) -> tuple[T, dict[str, str]] | None:
        sent = _split(path)
        segments = [unquote(segment) for segment in sent] if "%" in path else sent
        found = self.tree.match(segments, 0, [])
        if found is None:
            return None
        leaf, captured = found
        return leaf.value, dict(zip(leaf.names, captured, strict=True))


class RouteTable(Generic[T]):
    """Routes by method and path, built once. Of two routes of one shape the first is served."""

    def __init__(self, routes: Iterable[tuple[str, PathPattern, T]] = ()) -> None:
        self._methods: dict[str, _MethodRoutes[T]] = {}
        for method, pattern, value in routes:
            self._methods.setdefault(method, _MethodRoutes()).add(pattern, value)

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The route and its path parameters, for a path as it was sent, without its query.

        HEAD is served by GET routes where it has none of its own.
        """
        routes = self._methods.get(method)
        if routes is not None:
            value = routes.exact.get(path)
            if value is not None:
                return value, {}
            found = routes.find(path)
            if found is not None:
                return found
        return self.find("GET", path) if method == "HEAD" else None

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods that a path is served under, sorted; empty where it is unknown."""
        methods = {method for method in self._methods if self.find(method, path)}
        if "GET" in methods:
            methods.add("HEAD")
        return tuple(sorted(methods))
