"""A search over the Markdown in the project's `docs/`: the sections that fit a question best."""

import re
from collections import Counter
from collections.abc import Iterator
from math import log
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
#: Characters of a section that are shown: enough to answer from, small enough for a prompt.
SHOWN_CHARACTERS = 1_500
#: Of BM25: how soon one more of a word tells nothing new; how many more a long section must have.
SATURATION, LENGTH = 1.2, 0.75

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
#: They stand in every question and tell nothing about it.
_QUESTION_WORDS = re.compile(
    r"\b(an?|and|are|can|do|does|for|how|i|in|is|it|me|my|of|on|or|tell|the|there|to|what|when|where"
    r"|which|who|why|with|work|you)\b"
)
_ENDING = re.compile(r"(?<=\w{3})(ies|ied|y|es|s|ed|ing)$")


class Section(NamedTuple):
    """A heading and what stands below it, up to the next one."""

    page: str
    title: str
    text: str

    def __str__(self) -> str:
        text = self.text[:SHOWN_CHARACTERS].strip()
        return f"## {self.title} ({self.page})\n\n{text}"


def search(query: str, *, limit: int = 3, docs: Path = DOCS) -> list[Section]:
    """At most `limit` sections with words of the query, the best first."""
    sections = list(sections_of(docs))
    texts = [words_of(section.text) for section in sections]
    titles = [words_of(f"{section.title} {section.page}") for section in sections]
    average = sum(map(Counter.total, texts)) / max(1, len(texts))
    scores = [0.0] * len(sections)
    for word in words_of(query):
        holders = sum(word in text for text in texts)
        # A word that few sections have says more about what is meant.
        weight = log(1 + len(sections) / (1 + holders))
        for index, (text, title) in enumerate(zip(texts, titles, strict=True)):
            enough = SATURATION * (1 - LENGTH + LENGTH * text.total() / average)
            scores[index] += weight * (text[word] / (text[word] + enough) + (word in title))
    best = sorted(range(len(sections)), key=lambda index: -scores[index])[:limit]
    return [sections[index] for index in best if scores[index] > 0]


def sections_of(docs: Path) -> Iterator[Section]:
    for file in sorted(docs.rglob("*.md")):
        source = file.read_text("utf-8")
        # A comment in a code block is no heading; what replaces the block keeps places as they are.
        prose = _FENCE.sub(lambda fence: " " * len(fence[0]), source)
        headings = list(_HEADING.finditer(prose))
        ends = [heading.start() for heading in headings[1:]] + [len(source)]
        page = file.relative_to(docs.parent).as_posix()
        for heading, end in zip(headings, ends, strict=True):
            yield Section(page, heading[1], source[heading.end() : end])


def words_of(text: str) -> Counter[str]:
    """Words without their endings, roughly: `retries` and `retry` are one."""
    words = re.findall(r"[^\W_]+", _QUESTION_WORDS.sub(" ", text.lower()))
    return Counter(_ENDING.sub("", word) for word in words)
