"""The workbench's built files: kept packed, handed out to everybody."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from motia_py.web.responding import Refusal
from motia_py.web.workbench.pages import ASSETS, AppPages

SCRIPT = b"export const answer = 42;\n"


@pytest.fixture
def pages(tmp_path: Path) -> AppPages:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/index-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    return AppPages(tmp_path)


def test_who_takes_gzip_gets_the_file_as_it_is_kept(pages: AppPages) -> None:
    answer = pages.asset(f"{ASSETS}index-1.js", "br, gzip")

    assert answer.headers["Content-Encoding"] == "gzip"
    assert isinstance(answer.body, bytes)
    assert gzip.decompress(answer.body) == SCRIPT


def test_who_takes_no_gzip_gets_it_unpacked(pages: AppPages) -> None:
    answer = pages.asset(f"{ASSETS}index-1.js", "identity")

    assert "Content-Encoding" not in answer.headers
    assert answer.body == SCRIPT


@pytest.mark.parametrize("name", ["", "other.js", "../index.html", "index-1.js.gz", ".secret"])
def test_nothing_else_is_handed_out(pages: AppPages, name: str) -> None:
    with pytest.raises(Refusal, match="There is no file"):
        pages.asset(f"{ASSETS}{name}", "gzip")


def test_a_page_that_was_not_built_says_how_it_comes_to_be(pages: AppPages) -> None:
    with pytest.raises(Refusal, match="MOTIA_SKIP_WORKBENCH"):
        pages.page()
