"""One browser and one server for all tests of the pages; what a page keeps is not kept."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.chat_page import ChatPage, opened, profile_of
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import screens
from tests.chatting import NO_MODEL, ROOT
from tests.needs import missing

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

#: Between two tokens: an answer takes about a second, and can be seen to grow.
PACE_MS = 15
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A key scrolls at once: the end of an animation cannot be waited for.
    "--disable-smooth-scrolling",
]
Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[ChatPage]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium is not installed")
    if find_spec("playwright") is None:
        missing('playwright is not installed: pip install -e ".[dev]"')
    if not (ROOT / "steps/chat_page/dist/index.html").is_file():
        missing("the chat page is not built: npm ci && npm run build in workbench/")
    # Not at the top: it may be missing.
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """One for all tests that open a page at a time: to start one takes a second of work."""
    async with profile_of(browser) as profile:
        yield await profile.new_page()


def serve(root: Path, *arguments: str, **env: str) -> Served:
    """The repository's steps, in a project whose state is its own."""
    shutil.copytree(ROOT / "steps", root / "steps", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "docs").symlink_to(ROOT / "docs")
    env = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": str(PACE_MS), **env}
    return Served(root, *arguments, **env)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of the server that the tests share."""
    root = tmp_path_factory.mktemp("pages") / "project"
    root.mkdir()
    async with serve(root) as served:
        yield served.url


@pytest.fixture
def chat(tab: Page, server: str) -> Opener:
    """Opens a page: which flavour, over which transport, with which looks."""

    def open_page(*what: Any, **looks: Any) -> AbstractAsyncContextManager[ChatPage]:
        return opened(tab, server, *what, **looks)

    return open_page


@pytest_asyncio.fixture(loop_scope="session")
async def bench(browser: Browser, served: Served) -> AsyncIterator[WorkbenchPage]:
    """A page of the workbench of the project that a file of tests serves, as its `served`."""
    async with screens(browser, served.url) as page:
        yield page
