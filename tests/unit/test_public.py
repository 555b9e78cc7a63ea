"""The files that anybody may have, as answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from motia_py.web.public import PublicFiles
from motia_py.web.responding import Refusal

CLIENT = "/__motia/client.js"


@pytest.fixture
def public(tmp_path: Path) -> PublicFiles:
    (tmp_path / "client.js").write_text("export {}")
    return PublicFiles(tmp_path)


def test_the_client_is_a_script_that_a_browser_asks_for_again(public: PublicFiles) -> None:
    answer = public.answer(CLIENT, {})

    assert answer.body == b"export {}"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_file_already_is_told_so(public: PublicFiles, sent: str) -> None:
    etag = public.answer(CLIENT, {}).headers["ETag"]

    again = public.answer(CLIENT, {"If-None-Match": sent.format(etag)})

    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)


def test_who_has_another_file_gets_this_one(public: PublicFiles) -> None:
    assert public.answer(CLIENT, {"If-None-Match": '"other"'}).status == 200


def test_a_file_that_was_not_built_is_a_404_with_advice(tmp_path: Path) -> None:
    public = PublicFiles(tmp_path)

    with pytest.raises(Refusal, match="MOTIA_SKIP_WORKBENCH") as refused:
        public.answer(CLIENT, {})

    assert refused.value.response.status == 404
    (tmp_path / "client.js").write_text("built later")
    assert public.answer(CLIENT, {}).body == b"built later"


def test_there_is_nothing_else_in_the_folder(public: PublicFiles) -> None:
    assert not public.has("/__motia/index.html")
    assert not public.has("/__motia/../client.js")
