"""Seed 004's two pages, word for word, talk to a server on port 4000; so does what is found there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web

from tests.browser.chat_page import PATIENCE_SECONDS, QUESTION, ChatPage, grew, profile_of
from tests.browser.conftest import serve
from tests.chatting import ROOT
from tests.needs import missing, need_port

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Request, WebSocket

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
SAMPLES = Path(__file__).parent / "seed_004"
#: The samples name it.
PORT = 4000
SERVER = f"http://localhost:{PORT}"
WORKBENCH = ROOT / "workbench"
FEWEST_STATES = 15
#: Each text that the newest answer had.
RECORDER = """
window.seen = [];
new MutationObserver(() => {
  const text = [...document.querySelectorAll(".ai-message, .assistant")].at(-1)?.textContent;
  if (text && text !== window.seen.at(-1)) window.seen.push(text);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The repository's steps, served as in development on the port of the samples."""
    root = tmp_path_factory.mktemp("seed") / "project"
    root.mkdir()
    served = serve(root, "dev")
    served.port = need_port(PORT)
    async with served:
        yield served.url


@pytest.fixture(scope="module")
def pages() -> Iterator[Path]:
    """A folder with both pages as they would be published."""
    vite = WORKBENCH / "node_modules/.bin/vite"
    if not vite.exists():
        missing("vite is not installed: npm ci in workbench/")
    # Where React and Socket.IO's client are found.
    with tempfile.TemporaryDirectory(prefix=".seed-", dir=WORKBENCH / "node_modules") as name:
        folder = Path(name)
        sample = (SAMPLES / "StreamingChat.jsx").read_text("utf-8")
        blank = "{/* Your input component here */}"
        assert sample.count(blank) == 1
        filled = sample.replace(blank, "<Input onSend={sendMessage} />")
        own = (SAMPLES / "input.jsx").read_text("utf-8")
        (folder / "main.jsx").write_text(filled + own, "utf-8")
        shutil.copy(SAMPLES / "react.html", folder / "index.html")
        build = [str(vite), "build", str(folder), "--base", "./", "--logLevel", "error"]
        done = subprocess.run(build, cwd=WORKBENCH, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for vanilla in SAMPLES.glob("vanilla.*"):
            shutil.copy(vanilla, folder / "dist")
        yield folder / "dist"


class Sample:
    """A page of the seed that is open, on another origin of this machine than the server."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.message = page.get_by_label("Message")
        self.hosts: set[str] = set()
        self.sockets: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._requested)
        page.on("websocket", self._opened)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _requested(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.hosts.add(urlsplit(request.url).hostname or "")

    def _opened(self, opened: WebSocket) -> None:
        self.hosts.add(urlsplit(opened.url).hostname or "")
        self.sockets.append(opened.url.split("?")[0])

    async def seen(self) -> list[Any]:
        """Each text that the newest answer had, without the cursor."""
        texts: list[str] = await self.page.evaluate("window.seen")
        return [text.removesuffix("|") for text in texts]

    def reached_nobody_else(self) -> bool:
        return all(host == "localhost" or ip_address(host).is_loopback for host in self.hosts)


@asynccontextmanager
async def opened(browser: Browser, pages: Path, path: str) -> AsyncIterator[Sample]:
    app = web.Application()
    app.router.add_static("/", pages)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    context = await browser.new_context()
    try:
        await context.add_init_script(RECORDER)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        sample = Sample(page)
        await page.goto(f"http://{host}:{port}/{path}")
        yield sample
    finally:
        await context.close()
        await runner.cleanup()


async def test_the_vanilla_sample_shows_an_answer_as_it_is_written(
    browser: Browser, server: str, pages: Path
) -> None:
    """S4.1, S4.4-S4.8, S4.31."""
    async with opened(browser, pages, "vanilla.html") as sample:
        await sample.message.fill(QUESTION)
        await sample.page.get_by_role("button", name="Send").click()
        answer = sample.page.locator(".ai-message.complete")
        await answer.wait_for()

        text = await answer.text_content() or ""
        typing, *states = await sample.seen()
        assert await sample.page.locator(".user-message").inner_text() == QUESTION
        assert typing == "AI is typing..."
        assert QUESTION in text
        assert states[-1] == text
        assert grew(states)
        assert len(states) > FEWEST_STATES
        assert sample.sockets == [f"ws://localhost:{PORT}/socket.io/"]
        assert sample.reached_nobody_else()
        assert sample.complaints == []


async def test_the_react_sample_shows_answers_and_sends_all_that_was_said(
    browser: Browser, server: str, pages: Path
) -> None:
    """S4.1, S4.4-S4.8, S4.13, S4.31."""
    async with opened(browser, pages, "index.html") as sample:
        answers = sample.page.locator(".assistant:not(.streaming)")
        await sample.message.fill(QUESTION)
        await sample.message.press("Enter")
        await answers.wait_for()
        states = await sample.seen()
        await sample.message.fill("And the sea?")
        await sample.message.press("Enter")
        await answers.nth(1).wait_for()

        assert QUESTION in states[-1]
        assert grew(states)
        assert len(states) > FEWEST_STATES
        assert await sample.page.locator(".user").all_inner_texts() == [QUESTION, "And the sea?"]
        assert "message number 2" in await answers.nth(1).inner_text()
        assert await sample.page.locator(".cursor").count() == 0
        assert sample.sockets == [f"ws://localhost:{PORT}/socket.io/"]
        assert sample.reached_nobody_else()
        assert sample.complaints == []


async def test_whoever_opens_the_port_finds_a_page_that_shows_that_it_is_typing(
    browser: Browser, server: str
) -> None:
    """S4.30: with a cursor, and the newest text in sight."""
    async with profile_of(browser) as profile:
        workbench = await profile.new_page()
        workbench.set_default_timeout(PATIENCE_SECONDS * 1000)
        await workbench.goto(SERVER)
        await workbench.get_by_role("link", name="Endpoints").click()
        await workbench.get_by_text("/chat-demo/*").first.click()
        async with workbench.expect_popup() as opened:
            await workbench.get_by_role("link", name="Open in a new tab").click()
        page = await opened.value
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        chat = ChatPage(page, SERVER)
        await chat.transport.select_option("socket.io")
        await chat.shows("open")
        await chat.ask("line\n" * 40)
        await chat.grown(10)
        cursor = page.locator("#conversation li.streaming .text")
        shown = await cursor.evaluate("bubble => getComputedStyle(bubble, '::after').content")
        await chat.answered()
        top, end = await chat.top()

        assert shown == '"▍"'
        assert await chat.seen("typing") > 0
        assert end > 100
        assert end - top <= 8
        assert chat.asked_elsewhere == []
