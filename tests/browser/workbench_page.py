"""The workbench in a browser as a test uses it: a project of its own, a page, what axe says."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from tests.acceptance.served import Served
from tests.browser.conftest import missing
from tests.chatting import ROOT
from tests.projects import write_project

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize

AXE = ROOT / "workbench/node_modules/axe-core/axe.min.js"
#: A folder for pictures of what is checked, for people to look at.
PICTURES = os.environ.get("BROWSER_PICTURES")
SIZES: Mapping[str, ViewportSize] = {
    "wide": {"width": 1440, "height": 900},
    "narrow": {"width": 390, "height": 844},
}
#: How long anything may take that a test waits for; a busy machine is slow.
PATIENCE_MS = 20_000
Theme = Literal["light", "dark"]


class WorkbenchPage:
    """A page of the workbench that is open."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.asked_elsewhere: list[str] = []
        self.complaints: list[str] = []
        self._origin = urlsplit(server)[:2]
        page.on("request", self._requested)
        page.on("console", self._told)
        page.on("pageerror", self._failed)

    async def go(self, address: str) -> None:
        """To an address of the workbench, as `/problems`."""
        await self.page.goto(f"{self.server}/__motia{address}")

    async def choose(self, endpoint: str) -> None:
        """Open the tester of an endpoint, as `POST /chat`."""
        await self.go(f"/endpoints?endpoint={endpoint.replace(' ', '%20')}")
        await self.page.get_by_role("button", name="Send").wait_for()

    async def violations(self) -> list[str]:
        """What axe calls serious or critical, and where."""
        if not AXE.is_file():
            missing("axe-core is not installed: npm ci in workbench/")
        await self.page.evaluate(f"() => {{ {AXE.read_text('utf-8')} }}")
        found = await self.page.evaluate("axe.run()")
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    async def picture(self, *names: str) -> None:
        if PICTURES is not None:
            await self.page.screenshot(path=Path(PICTURES) / f"{'-'.join(names)}.png")

    def _requested(self, request: Request) -> None:
        scheme, host = urlsplit(request.url)[:2]
        if scheme not in ("data", "blob") and (scheme, host) != self._origin:
            self.asked_elsewhere.append(request.url)

    def _told(self, message: ConsoleMessage) -> None:
        # Answers with an error status are what some tests ask for.
        if message.type in ("error", "warning") and "status of" not in message.text:
            self.complaints.append(message.text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))


@asynccontextmanager
async def workbench(
    browser: Browser, server: str, *, theme: Theme = "light", size: str = "wide"
) -> AsyncIterator[WorkbenchPage]:
    """A page with a profile of its own. It may ask nobody else, and must not complain."""
    context = await browser.new_context(
        viewport=SIZES[size],
        color_scheme=theme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        opened = WorkbenchPage(page, server)
        yield opened
        assert opened.asked_elsewhere == []
        assert opened.complaints == [], opened.complaints
    finally:
        await context.close()


def serve_files(root: Path, files: Mapping[str, str]) -> Served:
    """A project of these files, served as while it is written."""
    root.mkdir()
    write_project(root, files)
    return Served(root, "dev")
