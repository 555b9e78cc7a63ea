"""The frame around the workbench's screens: it stands still, and notices cover nothing of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.kitchen import FILES, order
from tests.browser.workbench_screens import Theme, choose, picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, FloatRect, Locator

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

MANY = 40
LATER = """config = {{"type": "event", "name": "{0}", "subscribes": ["order.taken"], "emits": []}}


async def handler(data, context): ...
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """A kitchen with so many runs that no list of them fits; a stone cannot be cooked."""
    async with serve_files(tmp_path_factory.mktemp("frame") / "kitchen", FILES) as served:
        for number in range(MANY):
            await order(served.url, str(number), "stone" if number % 2 else "soup")
        yield served


async def box(place: Locator) -> FloatRect:
    found = await place.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("size", ["wide", "narrow"])
async def test_however_long_its_lists_are_the_page_does_not_scroll(
    browser: Browser, served: Served, size: str
) -> None:
    heights: dict[str, list[int]] = {}
    async with screens(browser, served.url, size=size) as bench:
        for screen in ("flows", "traces", "logs", "queue"):
            await bench.go(screen)
            if (screen, size) == ("flows", "wide"):
                await bench.page.get_by_text(f"last {MANY}").wait_for()
            heights[screen] = await bench.page.evaluate(
                "[document.documentElement.scrollHeight, document.body.scrollHeight, innerHeight]"
            )

    assert {screen: len(set(each)) for screen, each in heights.items()} == dict.fromkeys(heights, 1)


async def test_a_long_list_scrolls_all_that_stands_in_it(browser: Browser, served: Served) -> None:
    """Also what is for screen readers alone: none of it stays behind, outside of the list."""
    async with screens(browser, served.url) as bench:
        await bench.go("flows")
        await bench.page.get_by_text(f"last {MANY}").wait_for()

        words = bench.page.get_by_role("complementary", name="Runs").locator(".sr-only")
        offsets = await words.evaluate_all("all => all.map(each => each.offsetParent.tagName)")

    assert len(offsets) >= MANY
    assert "BODY" not in offsets


@pytest.mark.parametrize(("theme", "size"), [("light", "wide"), ("dark", "narrow")])
async def test_the_notice_of_a_save_covers_nothing_that_is_worked_with(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    """To save and then to send again is what is done most."""
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await choose(bench, "POST /orders")
        (served.root / f"steps/{size}_step.py").write_text(LATER.format(size))
        notice = bench.page.get_by_role("region", name="Notifications").get_by_role("listitem")
        # Pointed at, it stays.
        await notice.hover()
        await picture(bench, "notice-of-a-save", theme, size)

        assert await violations(bench) == []
        top = await box(bench.page.get_by_role("main"))
        covered = await box(notice)
        assert covered["y"] + covered["height"] <= top["y"] + 8
        await bench.page.get_by_role("button", name="Send").click()
        await notice.wait_for(state="detached")
