"""The events' screen against a real server: who talks to whom, and emitting by hand."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import Theme, picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

FILES = {
    "steps/order_step.py": """
        config = {"type": "api", "name": "TakeOrder", "method": "POST", "path": "/orders",
                  "flows": ["shop"], "emits": ["order"]}


        async def handler(req, context):
            await context.emit("order", req["body"])
    """,
    "steps/pack_step.py": """
        from typing import Literal

        from pydantic import BaseModel, Field


        class Parcel(BaseModel):
            item: str = Field(min_length=1, description="What is packed")
            count: int = 1
            speed: Literal["slow", "fast"] = "slow"


        config = {"type": "event", "name": "Pack", "subscribes": ["order"], "input": Parcel,
                  "flows": ["shop"], "emits": ["packed"],
                  "infrastructure": {"queue": {"maxRetries": 0}}}


        async def handler(parcel, context):
            await context.state.set("packed", parcel.item, parcel.count)
            await context.emit("packed", {"item": parcel.item})
    """,
    "steps/bill_step.py": """
        config = {"type": "event", "name": "Bill", "subscribes": ["order"], "emits": [],
                  "flows": ["shop"]}


        async def handler(order, context): ...
    """,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("events") / "shop", FILES) as served:
        yield served


def emitted(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("region", name="Emitted in this session").get_by_role("listitem")


async def test_a_topic_tells_who_is_on_either_side(bench: WorkbenchPage) -> None:
    await bench.go("events")
    await (
        bench.page.get_by_role("navigation", name="Topics")
        .get_by_role("link", name="order 1 emitter · 2 subscribers")
        .click()
    )

    topic = bench.page.get_by_role("region", name="Topic order")
    assert await topic.get_by_role("list", name="Emitters").all_inner_texts() == ["TakeOrder"]
    takers = topic.get_by_role("list", name="Subscribers")
    await takers.get_by_role("link", name="Bill").wait_for()
    await takers.get_by_role("link", name="Pack").click()
    await bench.page.wait_for_url("**/flows?step=Pack")


async def test_an_event_is_emitted_by_a_form_and_leads_to_its_trace(bench: WorkbenchPage) -> None:
    await bench.go("events?topic=order")
    await bench.page.get_by_label("item").fill("tea")
    await bench.page.get_by_role("button", name="Raw JSON").click()
    assert '"tea"' in await bench.page.locator(".cm-content").inner_text()
    await bench.page.get_by_role("button", name="Form").click()

    await bench.page.get_by_role("button", name="Emit", exact=True).click()

    await emitted(bench).get_by_text("tea").wait_for()
    outcome = emitted(bench).get_by_role("link")
    await outcome.get_by_text("2 runs").wait_for()
    await outcome.get_by_text("done").first.wait_for()
    await outcome.click()
    await bench.page.get_by_role("treeitem", name="Pack").wait_for()
    await bench.page.go_back()
    await emitted(bench).get_by_role("button", name="Write it again").wait_for()


async def test_an_event_that_a_step_refuses_is_told(bench: WorkbenchPage) -> None:
    await bench.go("events?topic=order")

    await bench.page.get_by_label("item").focus()
    await bench.page.keyboard.press("Control+Enter")

    await bench.page.get_by_text(re.compile("^Pack would refuse it: item")).wait_for()
    await emitted(bench).get_by_role("link").get_by_text("failed").first.wait_for()


async def test_what_nobody_takes_can_be_emitted(bench: WorkbenchPage) -> None:
    await bench.go("events?topic=packed")
    await bench.page.get_by_text("No step takes it: nothing will come of it.").wait_for()

    await bench.page.locator(".cm-content").fill('{"by": "hand"}')
    await bench.page.get_by_role("button", name="Emit", exact=True).click()

    await emitted(bench).get_by_text("hand").wait_for()
    assert await emitted(bench).get_by_role("link").count() == 0


async def test_topics_are_gone_through_by_keys(bench: WorkbenchPage) -> None:
    await bench.go("events")
    await bench.page.get_by_role("link", name="order 1 emitter").wait_for()
    await bench.page.keyboard.press("/")
    await bench.page.keyboard.press("ArrowDown")
    await bench.page.keyboard.press("ArrowDown")
    await bench.page.keyboard.press("Enter")

    await bench.page.get_by_role("region", name="Topic packed").wait_for()


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_stands_in_the_way_of_anybody(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go("events")
        await bench.page.get_by_role("link", name="order 1 emitter").wait_for()
        assert await violations(bench) == []
        await picture(bench, "events-all", theme, size)
        await bench.page.get_by_role("link", name="order 1 emitter").click()
        await bench.page.get_by_label("item").fill("tea")
        await bench.page.get_by_role("button", name="Emit", exact=True).click()
        await emitted(bench).get_by_text("done").first.wait_for()
        await bench.page.get_by_label("item").fill("")
        await bench.page.get_by_role("button", name="Emit", exact=True).click()
        await emitted(bench).get_by_text("failed").first.wait_for()
        await picture(bench, "events", theme, size)

        assert await violations(bench) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await bench.page.evaluate(wide)
