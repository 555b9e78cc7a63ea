"""The logs' screen against a real server: the tail, what narrows it, what holds it still."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.kitchen import FILES, order, post
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Route

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("logs") / "kitchen", FILES) as served:
        yield served


def lines(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("listbox", name="Log lines, oldest first").get_by_role("option")


def detail(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("region", name="Log line")


async def test_what_is_logged_appears_at_once_and_is_followed(
    bench: WorkbenchPage, served: Served
) -> None:
    await bench.go("logs")
    await lines(bench).first.wait_for()
    await post(served.url, "/chatter", {"lines": 200})
    await lines(bench).filter(has_text="word 199").wait_for()
    await bench.page.get_by_text("Following").wait_for()


async def test_the_log_is_narrowed_by_what_stands_in_the_address(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "l1", dish="stone")
    await bench.go(f"logs?level=warning&trace={trace}")
    await lines(bench).filter(has_text="this is hard").first.wait_for()
    await lines(bench).filter(has_text="KeyError").first.wait_for()
    assert all(re.search("warning|error", text) for text in await lines(bench).all_inner_texts())

    await bench.page.get_by_role("button", name="Level: Warnings and errors").click()
    await bench.page.get_by_role("menuitemradio", name="All levels").click()
    await lines(bench).filter(has_text="order taken").wait_for()
    await bench.page.get_by_role("searchbox").fill('order: "l1"')
    await lines(bench).filter(has_text="fire lit").first.wait_for(state="hidden")
    assert await lines(bench).filter(has_text="order taken").count() == 1
    await bench.page.wait_for_url("**q=*")

    await bench.page.reload()
    await lines(bench).filter(has_text="order taken").wait_for()
    await bench.page.get_by_role("searchbox").fill("no line says this")
    await bench.page.get_by_text("No line fits").wait_for()
    await bench.page.get_by_role("button", name="Show all lines").click()
    await lines(bench).first.wait_for()


async def test_a_paused_log_counts_what_comes_and_shows_it_when_it_goes_on(
    bench: WorkbenchPage, served: Served
) -> None:
    await bench.go("logs?step=Chatter&q=word")
    await bench.page.get_by_role("button", name="Pause").click()
    await post(served.url, "/chatter", {"lines": 7})
    await bench.page.get_by_role("button", name="Resume (7 new)").click()
    await lines(bench).filter(has_text="word 6").last.wait_for()
    await bench.page.get_by_role("button", name="Pause").wait_for()


async def test_a_line_shows_its_fields_and_its_traceback_and_leads_to_its_run(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "l2", dish="stone")
    await bench.go(f"logs?trace={trace}")
    await lines(bench).filter(has_text="order taken").click()
    await detail(bench).get_by_role("treeitem", name='order: "l2"').wait_for()
    await lines(bench).filter(has_text="KeyError").first.click()
    await detail(bench).get_by_label("Traceback", exact=True).get_by_text("KeyError").wait_for()
    await bench.page.wait_for_url("**line=*")
    await bench.page.reload()
    await detail(bench).get_by_label("Traceback", exact=True).wait_for()
    await detail(bench).get_by_role("link", name="Its trace").click()
    await bench.page.wait_for_url(f"**/traces/{trace}")
    await bench.page.get_by_role("region", name="Why it failed").wait_for()


async def test_scrolling_up_ends_following_until_the_end_is_asked_for(
    bench: WorkbenchPage, served: Served
) -> None:
    await post(served.url, "/chatter", {"lines": 300})
    await bench.go("logs")
    listbox = bench.page.get_by_role("listbox", name="Log lines, oldest first")
    await lines(bench).filter(has_text="POST /chatter").last.wait_for()
    await listbox.evaluate("list => { list.scrollTop = 500; }")
    jump = bench.page.get_by_role("button", name="To the end")
    await bench.page.get_by_text("To the end").wait_for()
    await post(served.url, "/chatter", {"lines": 20})
    await bench.page.get_by_text("To the end").wait_for()
    assert await listbox.evaluate("list => list.scrollTop") == 500
    await jump.click()
    await lines(bench).filter(has_text="POST /chatter").last.wait_for()


async def test_the_shown_lines_are_taken_away_as_a_file(
    bench: WorkbenchPage, served: Served, tmp_path: Path
) -> None:
    await order(served.url, "l3", dish="stone")
    await bench.go("logs?level=error")
    await lines(bench).first.wait_for()

    async def saved(name: str) -> str:
        await bench.page.get_by_role("button", name=re.compile("^Export")).click()
        async with bench.page.expect_download() as download:
            await bench.page.get_by_role("menuitem", name=name).click()
        file = tmp_path / name
        await (await download.value).save_as(file)
        return file.read_text("utf-8")

    told = [json.loads(line) for line in (await saved("Save as JSON lines")).splitlines()]
    assert {line["level"] for line in told} == {"error"}
    assert "Traceback (most recent call last)" in await saved("Save as text")


async def test_lines_that_were_never_told_are_a_gap_that_can_be_filled(
    bench: WorkbenchPage, served: Served
) -> None:
    """500 of a topic are told at a time: of a burst the rest is dropped, and it says so."""
    await bench.go("logs")
    await lines(bench).first.wait_for()
    await post(served.url, "/chatter", {"lines": 4000})
    await bench.page.get_by_role("button", name="Pause").wait_for()
    await lines(bench).filter(has_text="POST /chatter").last.wait_for()
    listbox = bench.page.get_by_role("listbox", name="Log lines, oldest first")
    gap = lines(bench).filter(has_text="dropped here")
    for _ in range(200):
        if await gap.count() > 0:
            break
        await listbox.evaluate("list => { list.scrollTop -= list.clientHeight; }")
        await bench.page.wait_for_timeout(30)
    await gap.first.click()
    await gap.first.wait_for(state="hidden")


async def test_of_ten_thousand_lines_those_in_view_are_drawn(bench: WorkbenchPage) -> None:
    def line(n: int) -> dict[str, Any]:
        return {
            "number": n,
            "at": 1_790_000_000 + n / 100,
            "level": "info" if n % 50 else "error",
            "message": f"line {n} of many",
            "logger": "step",
            "action": None,
            "step": "Chatter",
            "traceId": None,
            "spanId": None,
            "fields": {"n": n},
            "traceback": None,
        }

    async def answer(route: Route) -> None:
        await route.fulfill(json={"logs": [line(n) for n in range(10_000)]})

    await bench.page.route("**/api/logs?*", answer)
    await bench.go("logs")
    await lines(bench).filter(has_text="line 9999 ").wait_for()
    assert await lines(bench).count() < 100


async def test_the_keyboard_goes_through_the_lines(bench: WorkbenchPage, served: Served) -> None:
    await post(served.url, "/chatter", {"lines": 5})
    await bench.go("logs?q=word")
    listbox = bench.page.get_by_role("listbox", name="Log lines, oldest first")
    await lines(bench).first.wait_for()
    await listbox.focus()
    await listbox.press("Home")
    await detail(bench).get_by_text("word 0").wait_for()
    await listbox.press("ArrowDown")
    await detail(bench).get_by_text("word 1").wait_for()
    await listbox.press("Escape")
    await detail(bench).wait_for(state="hidden")
    await bench.page.keyboard.press("/")
    await bench.page.keyboard.type("x")
    assert await bench.page.get_by_role("searchbox").input_value() == "wordx"


@pytest.mark.parametrize(("theme", "size"), [("light", "narrow"), ("dark", "wide")])
async def test_logs_are_accessible(browser: Browser, served: Served, theme: Any, size: str) -> None:
    trace = await order(served.url, f"a-{theme}", dish="stone")
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go(f"logs?level=warning&trace={trace}")
        await lines(bench).first.wait_for()
        assert await violations(bench) == []
        await picture(bench, "logs", "list", theme, size)
        await lines(bench).filter(has_text="KeyError").first.click()
        await detail(bench).get_by_label("Traceback", exact=True).wait_for()
        assert await violations(bench) == []
        await picture(bench, "logs", "line", theme, size)
