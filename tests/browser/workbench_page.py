"""The workbench in a browser as a test uses it, and the shop whose steps it shows."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from aiohttp import ClientSession

from tests.acceptance.served import Served
from tests.browser.chat_page import PATIENCE_SECONDS
from tests.browser.keys import has_focus

if TYPE_CHECKING:
    from playwright.async_api import (
        Browser,
        ConsoleMessage,
        Error,
        Locator,
        Page,
        Request,
        ViewportSize,
        WebSocket,
    )

SHOP = Path(__file__).parent / "fixtures/corner_shop"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


def serve_shop(root: Path) -> Served:
    """A shop of its own, as in development: orders are taken, charged, packed and sent."""
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("__pycache__"))
    return Served(root, "dev")


async def order(server: str, amount: float, item: str = "tea") -> None:
    """More than 100 is refused by the bank, more than 1000 makes its step fail; a piano takes long."""
    body = {"item": item, "amount": amount}
    async with ClientSession() as client, client.post(f"{server}/orders", json=body) as answer:
        assert answer.status == 201, await answer.text()


class WorkbenchPage:
    """A page of the workbench. Waits are for what can be seen; none for ever."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.runs = page.get_by_role("complementary", name="Runs").get_by_role(
            "button", pressed=False
        )
        self.run_bar = page.get_by_role("region", name="Chosen run")
        self.problems: list[str] = []
        self.asked_elsewhere: list[str] = []
        page.on("request", self._requested)
        page.on("websocket", self._requested)
        page.on("console", self._told)
        page.on("pageerror", self._failed)

    async def go(self, path: str = "") -> None:
        """Return once the server is heard."""
        await self.page.goto(f"{self.server}/__motia/{path}")
        await self.page.get_by_role("status").filter(has_text="Live").wait_for()

    def node(self, step: str) -> Locator:
        return self.page.locator(f'[data-step="{step}"]')

    def inspector(self, step: str) -> Locator:
        return self.page.get_by_role("region", name=f"Step {step}")

    async def shows_only(self, count: int) -> None:
        """Return once so many nodes are there, and the graph was brought into sight."""
        nodes = self.page.locator("[data-step]")
        await nodes.nth(count - 1).wait_for()
        await nodes.nth(count).wait_for(state="detached")
        # A function: an expression would be evaluated again and again, which the page forbids.
        await self.page.wait_for_function(
            """() => {
                const { style } = document.querySelector(".react-flow__viewport");
                return !new DOMMatrix(style.transform).isIdentity;
            }"""
        )

    async def focused(self, step: str) -> None:
        """Return once the keyboard is on this node."""
        await has_focus(self.node(step))

    async def choose_run(self, index: int = 0) -> None:
        """Choose one of the runs, the newest by default, and see it lit."""
        await (
            self.page.get_by_role("complementary", name="Runs")
            .get_by_role("listitem")
            .nth(index)
            .get_by_role("button")
            .click()
        )
        await self.run_bar.get_by_role("slider").wait_for()

    def _requested(self, request: Request | WebSocket) -> None:
        scheme, host = urlsplit(request.url)[:2]
        if scheme != "data" and host != urlsplit(self.server).netloc:
            self.asked_elsewhere.append(request.url)

    def _told(self, message: ConsoleMessage) -> None:
        # What Chromium says of somebody who goes on before a stream was connected is no fault.
        has_gone_on = "closed before the connection is established" in message.text
        if message.type in ("error", "warning") and not has_gone_on:
            self.problems.append(f"{message.text} {message.location['url']}")

    def _failed(self, error: Error) -> None:
        self.problems.append(str(error))


@asynccontextmanager
async def workbench(
    browser: Browser,
    server: str,
    *,
    viewport: ViewportSize = WIDE,
    theme: Literal["light", "dark"] = "light",
) -> AsyncIterator[WorkbenchPage]:
    """A page in a profile of its own. Afterwards: nothing was asked elsewhere, nothing complained."""
    context = await browser.new_context(
        viewport=viewport, color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    try:
        shown = WorkbenchPage(await context.new_page(), server)
        yield shown
        assert shown.asked_elsewhere == []
        assert not shown.problems, shown.problems
    finally:
        await context.close()
