"""A Markdown document as data: its blocks, sections, tables and links. Reads text, runs nothing."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.\w+)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PICTURE = re.compile(r'\bsrc(?:set)?="([^"]+)"')
_SPAN = re.compile(r"`([^`]+)`")
_CELL_BORDER = re.compile(r"(?<!\\)\|")


class Block(NamedTuple):
    """A fenced code block. `file` is the name in its first line, if that is a comment with one."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        named = _FILE.fullmatch(self.text.partition("\n")[0])
        return named[1] if named else None


class Heading(NamedTuple):
    """`level` counts its `#`; `start` is where it stands in the prose."""

    level: int
    text: str
    start: int


class Document:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._source = path.read_text("utf-8")

    @cached_property
    def blocks(self) -> Sequence[Block]:
        return [
            Block(language, textwrap.dedent(text))
            for _, language, text in _FENCE.findall(self._source)
        ]

    @cached_property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self._source)

    @property
    def links(self) -> Sequence[str]:
        """The targets of all links and pictures, as written."""
        prose = _SPAN.sub("", self.prose)
        return [*_LINK.findall(prose), *_PICTURE.findall(prose)]

    @property
    def anchors(self) -> Iterator[str]:
        """What a link to a heading says after `#`, as GitHub makes it."""
        counts: dict[str, int] = {}
        for heading in self.headings:
            slug = re.sub(r"[^\w\- ]", "", heading.text.lower()).replace(" ", "-")
            count = counts[slug] = counts.get(slug, -1) + 1
            yield f"{slug}-{count}" if count else slug

    @cached_property
    def headings(self) -> Sequence[Heading]:
        return [
            Heading(len(found[1]), found[2], found.start())
            for found in _HEADING.finditer(self.prose)
        ]

    def section(self, title: str) -> str:
        """The prose below a heading, up to the next one of its level or above it.

        Raises:
            KeyError: there is no such heading.
        """
        for index, heading in enumerate(self.headings):
            if heading.text == title:
                after = self.headings[index + 1 :]
                end = next((each.start for each in after if each.level <= heading.level), None)
                return self.prose[heading.start : end]
        raise KeyError(f"{self.path} has no heading {title!r}")


def code_spans(text: str) -> Sequence[str]:
    """What stands between single backticks."""
    return _SPAN.findall(text)


def table_rows(text: str) -> Iterator[Sequence[str]]:
    """The cells of every row of every table, heads and rules included."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in _CELL_BORDER.split(line)[1:-1]]


def first_cells(text: str) -> set[str]:
    """The code that the first cells of all tables name."""
    return {span for row in table_rows(text) for span in code_spans(row[0])}
