"""Takes the workbench's pictures for the documents, each in both themes:

python -m tests.browser.pictures docs/images
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.async_api import async_playwright

from tests.browser.conftest import FLAGS, serve
from tests.browser.workbench_page import WorkbenchPage, order, serve_shop, workbench

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

#: What is shown keeps its letters readable at half the width of a page.
SIZE: ViewportSize = {"width": 1200, "height": 750}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
#: Between two words of an answer, so that it is pictured while it grows.
PACE_MS = "250"


async def flow(bench: WorkbenchPage) -> None:
    """A run lit on the graph of its flow."""
    await order(bench.server, 9)
    await bench.go("flows/shop")
    runs = bench.page.get_by_role("complementary", name="Runs").get_by_role("listitem")
    await runs.filter(has_text="7 steps").first.get_by_role("button").click()
    await bench.run_bar.get_by_text("7 steps").wait_for()


async def endpoint(bench: WorkbenchPage) -> None:
    """A chat message was sent, and its answer is being written."""
    page = bench.page
    await bench.go("endpoints?endpoint=POST%20/chat")
    await page.get_by_label("message", exact=True).fill("What is a step?")
    await page.get_by_role("button", name="Send").click()
    items = page.get_by_role("list", name="Items of conversation")
    await items.get_by_text("offline").wait_for()


async def replay(bench: WorkbenchPage) -> None:
    """A dead letter was rehearsed with another amount."""
    page = bench.page
    await bench.go("queue")
    await order(bench.server, 3000)
    letters = page.get_by_role("listbox", name="Dead letters, newest first")
    await letters.get_by_role("option").first.click()
    await page.get_by_label("amount").fill("30")
    await page.get_by_role("button", name="Rehearse").click()
    await page.get_by_role("region", name="Rehearsed").get_by_text("order.paid").wait_for()


async def take(
    browser: Browser, server: str, folder: Path, *scenes: Callable[[WorkbenchPage], Awaitable[None]]
) -> None:
    for theme in THEMES:
        for scene in scenes:
            async with workbench(browser, server, viewport=SIZE, theme=theme) as bench:
                await scene(bench)
                path = folder / f"workbench-{scene.__name__}-{theme}.png"
                await bench.page.screenshot(path=path, animations="disabled")


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        projects = Path(made)
        (projects / "chats").mkdir()
        async with (
            async_playwright() as playwright,
            serve_shop(projects / "corner-shop") as shop,
            serve(projects / "chats", "dev", OFFLINE_MODEL_PACE_MS=PACE_MS) as chats,
        ):
            chromium = shutil.which("chromium")
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            await take(browser, shop.url, folder, flow, replay)
            await take(browser, chats.url, folder, endpoint)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
