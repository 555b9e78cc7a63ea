"""The files that anybody may have, as answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from motia_py.web.public import PublicFiles
from motia_py.web.responding import Refusal

CLIENT = "/__motia/client.js"
SCRIPTS = {CLIENT: "client.js", "/__motia/socket.io.js": "socket.io.js"}


@pytest.fixture
def public(tmp_path: Path) -> PublicFiles:
    for name in SCRIPTS.values():
        (tmp_path / name).write_text(f"this is {name}")
    return PublicFiles(tmp_path)


@pytest.mark.parametrize(("path", "name"), SCRIPTS.items())
def test_a_client_is_a_script_that_a_browser_asks_for_again(
    public: PublicFiles, path: str, name: str
) -> None:
    answer = public.answer(path, {})

    assert public.has(path)
    assert answer.body == f"this is {name}".encode()
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_file_already_is_told_so(public: PublicFiles, sent: str) -> None:
    etag = public.answer(CLIENT, {}).headers["ETag"]

    again = public.answer(CLIENT, {"If-None-Match": sent.format(etag)})

    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)


def test_who_has_another_file_gets_this_one(public: PublicFiles) -> None:
    assert public.answer(CLIENT, {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(("path", "name"), SCRIPTS.items())
def test_a_file_that_was_not_built_is_a_404_with_advice(
    tmp_path: Path, path: str, name: str
) -> None:
    public = PublicFiles(tmp_path)

    with pytest.raises(Refusal, match=f"without {name}: .*MOTIA_SKIP_WORKBENCH") as refused:
        public.answer(path, {})

    assert refused.value.response.status == 404
    (tmp_path / name).write_text("built later")
    assert public.answer(path, {}).body == b"built later"


def test_there_is_nothing_else_in_the_folder(public: PublicFiles) -> None:
    assert not public.has("/__motia/index.html")
    assert not public.has("/__motia/../client.js")
