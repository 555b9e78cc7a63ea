"""axe-core finds nothing serious in what the pages show, in light and in dark."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chat_page import FLAVOURS, ChatPage, Flavour, opened, profile_of
from tests.browser.conftest import Opener, missing
from tests.chatting import ROOT

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = ROOT / "workbench/node_modules/axe-core/axe.min.js"
#: A folder for pictures of what is checked, for people to look at.
PICTURES = os.environ.get("BROWSER_PICTURES")
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
CHECKED = [("light", "narrow"), ("dark", "wide")]
PICTURED = [*CHECKED, ("light", "wide"), ("dark", "narrow")]
TALK = (
    "What does `"
    + "a_very_long_name_" * 8
    + "()` do?\n\n    for each in range(3):\n        print(each)"
)


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        missing("axe-core is not installed: npm ci in workbench/")
    return AXE.read_text("utf-8")


async def problems(page: ChatPage, axe: str) -> list[str]:
    """What axe calls serious or critical, and where."""
    await page.page.evaluate(f"() => {{ {axe} }}")
    found = await page.page.evaluate("axe.run()")
    return [
        f"{problem['id']}: {node['target']} {node['failureSummary']}"
        for problem in found["violations"]
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]


async def picture(page: ChatPage, *names: str) -> None:
    if PICTURES is not None:
        await page.page.screenshot(path=Path(PICTURES) / f"{'-'.join(names)}.png")


@pytest.mark.parametrize(("theme", "size"), PICTURED if PICTURES else CHECKED)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_whatever_a_page_shows_is_accessible(
    chat: Opener, axe: str, flavour: Flavour, theme: str, size: str
) -> None:
    """An answer that is being written; then an error, and the reader has scrolled up."""
    names = (flavour, theme, size)
    async with chat(flavour, "response", theme=theme, viewport=SIZES[size]) as page:
        await picture(page, *names, "empty")

        await page.ask(TALK)
        await page.answered()
        await page.ask("你好 👋 " + TALK)
        await page.grown(10)
        await picture(page, *names, "writing")
        assert await problems(page, axe) == []
        await page.answered(2)
        await page.page.route("**/chat/stream", lambda route: route.abort(), times=1)
        await page.ask("Are you there?")
        await page.retry.wait_for()
        await page.conversation.press("Home")
        await page.jump.wait_for()

        assert await problems(page, axe) == []
        await picture(page, *names, "error")


@pytest.mark.parametrize(("theme", "size"), PICTURED if PICTURES else CHECKED)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_room_is_accessible(
    chat: Opener, browser: Browser, server: str, axe: str, flavour: Flavour, theme: str, size: str
) -> None:
    """Before it is joined; while somebody in it is answered; and without Socket.IO's client."""
    names = (flavour, theme, size, "room")
    async with (
        chat(flavour, "socket.io", theme=theme, viewport=SIZES[size]) as page,
        profile_of(browser) as profile,
        opened(await profile.new_page(), server, flavour, "socket.io") as other,
    ):
        assert await problems(page, axe) == []
        await picture(page, *names, "empty")

        await page.join("-".join(names), "Bob")
        await other.join("-".join(names), "Ada")
        await page.ask("你好 👋")
        await page.answered()
        await other.ask(TALK)
        await page.page.locator("li.assistant.streaming .name").wait_for()
        await page.grown(10)
        await picture(page, *names, "writing")
        assert await problems(page, axe) == []

        await page.page.route("**/socket.io.js", lambda route: route.abort(), times=1)
        await page.page.reload()
        await page.retry.wait_for()
        assert await problems(page, axe) == []
        await picture(page, *names, "error")
