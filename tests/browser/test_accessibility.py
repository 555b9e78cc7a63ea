"""axe-core finds nothing serious in what the pages show, in light and in dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import PICTURES, picture_of, violations_of
from tests.browser.chat_page import FLAVOURS, Flavour, opened, profile_of
from tests.browser.conftest import Opener

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
CHECKED = [("light", "narrow"), ("dark", "wide")]
PICTURED = [*CHECKED, ("light", "wide"), ("dark", "narrow")]
TALK = (
    "What does `"
    + "a_very_long_name_" * 8
    + "()` do?\n\n    for each in range(3):\n        print(each)"
)


@pytest.mark.parametrize(("theme", "size"), PICTURED if PICTURES else CHECKED)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_whatever_a_page_shows_is_accessible(
    chat: Opener, flavour: Flavour, theme: str, size: str
) -> None:
    """An answer that is being written; then an error, and the reader has scrolled up."""
    names = (flavour, theme, size)
    async with chat(flavour, "response", theme=theme, viewport=SIZES[size]) as page:
        await picture_of(page.page, *names, "empty")

        await page.ask(TALK)
        await page.answered()
        await page.ask("你好 👋 " + TALK)
        await page.grown(10)
        await picture_of(page.page, *names, "writing")
        assert await violations_of(page.page) == []
        await page.answered(2)
        await page.page.route("**/chat/stream", lambda route: route.abort(), times=1)
        await page.ask("Are you there?")
        await page.retry.wait_for()
        await page.conversation.press("Home")
        await page.jump.wait_for()

        assert await violations_of(page.page) == []
        await picture_of(page.page, *names, "error")


@pytest.mark.parametrize(("theme", "size"), PICTURED if PICTURES else CHECKED)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_room_is_accessible(
    chat: Opener, browser: Browser, server: str, flavour: Flavour, theme: str, size: str
) -> None:
    """Before it is joined; while somebody in it is answered; and without Socket.IO's client."""
    names = (flavour, theme, size, "room")
    async with (
        chat(flavour, "socket.io", theme=theme, viewport=SIZES[size]) as page,
        profile_of(browser) as profile,
        opened(await profile.new_page(), server, flavour, "socket.io") as other,
    ):
        assert await violations_of(page.page) == []
        await picture_of(page.page, *names, "empty")

        await page.join("-".join(names), "Bob")
        await other.join("-".join(names), "Ada")
        await page.ask("你好 👋")
        await page.answered()
        await other.ask(TALK)
        await page.page.locator("li.assistant.streaming .name").wait_for()
        await page.grown(10)
        await picture_of(page.page, *names, "writing")
        assert await violations_of(page.page) == []

        await page.page.route("**/socket.io.js", lambda route: route.abort(), times=1)
        await page.page.reload()
        await page.retry.wait_for()
        assert await violations_of(page.page) == []
        await picture_of(page.page, *names, "error")
