"""What /chat-demo serves, with and without its build."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia_py.testing import MotiaTester
from tests.chatting import NO_MODEL, ROOT

PAGE = "<!doctype html><title>built</title>"


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    """A project with the page's steps, whose build says no more than that it is there."""
    folder = tmp_path / "steps/chat_page"
    shutil.copytree(ROOT / "steps/chat_page", folder, ignore=shutil.ignore_patterns("dist"))
    (folder / "dist").mkdir()
    (folder / "dist/index.html").write_text(PAGE)
    (folder / "dist/page.js").write_text("export {};")
    async with MotiaTester(tmp_path, env=NO_MODEL) as tester:
        yield tester


async def test_without_its_build_the_page_says_what_to_do(
    motia: MotiaTester, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "steps/chat_page/dist")

    answer = await motia.get("/chat-demo")

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "npm ci && npm run build" in answer.body


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/chat-demo", "text/html"),
        ("/chat-demo/", "text/html"),
        ("/chat-demo/page.js", "text/javascript"),
        ("/chat-demo/plain", "text/html"),
        ("/chat-demo/plain/", "text/html"),
        ("/chat-demo/plain/chat.js", "text/javascript"),
        ("/chat-demo/plain/room.js", "text/javascript"),
        ("/chat-demo/plain/chat.css", "text/css"),
    ],
)
async def test_both_pages_are_served_with_what_they_load(
    motia: MotiaTester, path: str, content_type: str
) -> None:
    answer = await motia.get(path)

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/chat-demo/page_step.py",
        "/chat-demo/plain/../page_step.py",
        "/chat-demo/plain/%2e%2e/page_step.py",
        "/chat-demo/plainer",
        "/chat-demo/plain//chat.js/",
    ],
)
async def test_nothing_else_of_the_folder_is_served(motia: MotiaTester, path: str) -> None:
    answer = await motia.get(path)

    assert answer.status in (400, 404)


def test_the_plain_page_loads_nothing_but_itself_and_the_servers_clients() -> None:
    """So that whoever copies the folder has all of it."""
    folder = ROOT / "steps/chat_page/plain"
    names = ("index.html", "chat.js", "room.js")
    page, script, room = ((folder / name).read_text() for name in names)

    loaded = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
    assert loaded - {"/chat-demo", "data:,"} == {
        "/chat-demo/plain/chat.css",
        "/chat-demo/plain/chat.js",
    }
    imported = re.findall(r"\bfrom \"([^\"]+)\"|import\(", script + room)
    assert imported == ["/__motia/client.js", "./room.js"]
    assert re.findall(r"\"([^\"]+\.js)\"", room) == ["/__motia/socket.io.js"]
    assert "<script>" not in page
