"""The schedules' screen against a real server: when they fire, how they went, and running one now."""

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
    "steps/clean_step.py": """
        import asyncio

        config = {"name": "Clean", "flows": ["care"], "triggers": [
            {"type": "cron", "expression": "0 9 * * 1-5", "tz": "Asia/Tokyo", "misfire": "skip"}]}


        async def handler(input, context):
            await asyncio.sleep(0.3)
            await context.state.set("clean", "ran", True)
    """,
    "steps/count_step.py": """
        config = {"type": "cron", "name": "Count", "cron": "0 2 * * *", "emits": [],
                  "flows": ["care"], "infrastructure": {"queue": {"maxRetries": 0}}}


        async def handler(context):
            raise ValueError("nothing to count")
    """,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("cron") / "care", FILES) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def bench(bench: WorkbenchPage) -> WorkbenchPage:
    await bench.go("cron")
    return bench


def schedule(bench: WorkbenchPage, step: str) -> Locator:
    return bench.page.get_by_role("article", name=re.compile(f"^{step},"))


async def test_a_schedule_is_told_in_words_with_its_next_times(bench: WorkbenchPage) -> None:
    clean = schedule(bench, "Clean")
    await clean.get_by_text("At 09:00, Monday through Friday").wait_for()
    coming = clean.get_by_role("region", name="Next times")

    times = await coming.get_by_role("time").all_inner_texts()

    assert len(times) == 5
    assert all("09:00 in Asia/Tokyo)" in each for each in times)
    await coming.get_by_text(re.compile(r"^in \d+ ")).wait_for()


async def test_a_schedule_runs_now_and_is_watched(bench: WorkbenchPage) -> None:
    clean = schedule(bench, "Clean")
    await clean.get_by_role("button", name="Run now Clean").press("Enter")

    status = clean.get_by_role("status")
    await status.get_by_role("link", name="running").wait_for()
    await status.get_by_role("link", name=re.compile("^done in")).wait_for()
    last = clean.get_by_role("region", name="Last runs").get_by_role("link", name="done")
    await last.wait_for()

    await status.get_by_role("link").click()
    await bench.page.get_by_role("region", name="Run of Clean").wait_for()


async def test_a_run_that_fails_leads_to_why(bench: WorkbenchPage) -> None:
    count = schedule(bench, "Count")
    await count.get_by_role("button", name="Run now Count").click()

    last = count.get_by_role("region", name="Last runs").get_by_role("link", name="failed")
    await last.get_by_text("ValueError: nothing to count").wait_for()
    await last.click()

    await bench.page.get_by_role("region", name="Why it failed").wait_for()


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_stands_in_the_way_of_anybody(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go("cron")
        await schedule(bench, "Clean").get_by_role("button", name="Run now Clean").click()
        await (
            schedule(bench, "Clean")
            .get_by_role("status")
            .get_by_role("link", name="done")
            .wait_for()
        )
        await schedule(bench, "Count").get_by_text("At 02:00").wait_for()
        await picture(bench, "cron", theme, size)

        assert await violations(bench) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await bench.page.evaluate(wide)
