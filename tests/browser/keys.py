"""What tests that use the keyboard share: where its focus is, and where Tab leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

MANY = 60


async def has_focus(place: Locator) -> None:
    """Return once the keyboard is here: what opens or closes moves the focus a moment later."""
    await place.and_(place.page.locator(":focus")).wait_for()


async def tab_to(place: Locator, key: str = "Tab") -> None:
    """Press Tab until it has the focus."""
    for _ in range(MANY):
        await place.page.keyboard.press(key)
        if await place.evaluate("place => place === document.activeElement"):
            return
    raise AssertionError(f"{key} does not lead there")


async def tabbed(page: Page) -> str:
    """Press Tab; the name of what has the focus then."""
    await page.keyboard.press("Tab")
    name: str = await page.evaluate(
        "() => { const at = document.activeElement;"
        " return at.ariaLabel ?? at.labels?.[0]?.childNodes[0].textContent.trim() ?? at.textContent.trim(); }"
    )
    return name
