"""The workbench by keyboard: what the palette finds and does, the keys of the page, a whole journey."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.axe import PICTURES
from tests.browser.keys import has_focus, tab_to
from tests.browser.workbench_page import WorkbenchPage, order, serve_shop
from tests.browser.workbench_screens import (
    LOOKS,
    Theme,
    choose,
    picture,
    screens,
    serve_files,
    violations,
)
from tests.needs import need_workbench

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

MANY = 500
STEP = """
    config = {{"type": "event", "name": "Worker{0:03}", "subscribes": ["job.{0}"], "emits": []}}


    async def handler(data, context): ...
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One shop for all tests that break nothing; somebody ordered three times."""
    need_workbench()
    async with serve_shop(tmp_path_factory.mktemp("shop") / "project") as served:
        for amount in (5, 200, 3000):
            await order(served.url, amount)
        yield served.url


@pytest_asyncio.fixture(loop_scope="session")
async def bench(browser: Browser, shop: str) -> AsyncIterator[WorkbenchPage]:
    async with screens(browser, shop) as opened:
        await opened.go("flows")
        yield opened


def palette(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("dialog", name="Find anything")


def first(bench: WorkbenchPage, name: str) -> Locator:
    """What Enter chooses, if it has this name: that of another may stand in its note."""
    pattern = f"^{re.escape(name)}".replace("/", r"\/")
    return bench.page.get_by_role("option", selected=True, name=re.compile(pattern))


async def find(bench: WorkbenchPage, text: str, name: str) -> None:
    """By keyboard only: open the palette, type, see the one that is wanted come first, choose it."""
    await bench.page.keyboard.press("Control+k")
    await has_focus(palette(bench).get_by_role("combobox"))
    await bench.page.keyboard.type(text)
    await first(bench, name).wait_for()
    await bench.page.keyboard.press("Enter")
    await palette(bench).wait_for(state="detached")


async def press(bench: WorkbenchPage, *keys: str) -> None:
    for key in keys:
        await bench.page.keyboard.press(key)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("trac", "Traces", "**/traces"),
        ("dead", "Dead letters", "**/queue"),
        ("notify", "NotifyCustomer", "**/flows?step=NotifyCustomer"),
        ("flow mail", "mail", "**/flows/mail"),
        ("post ord", "POST /orders", "**/endpoints?endpoint=POST+%2Forders"),
        ("order.paid emit", "order.paid", "**/events?topic=order.paid"),
        ("orders today", "orders / today", "**/streams/orders/today"),
        ("stock state", "stock", "**/state/stock"),
        ("nightly sched", "NightlyReport", "**/cron"),
        ("trace chargecard failed", "PlaceOrder", re.compile("/traces/[0-9a-f]{32}$")),
    ],
)
async def test_whatever_the_project_has_is_found(
    bench: WorkbenchPage, text: str, name: str, address: str | re.Pattern[str]
) -> None:
    await find(bench, text, name)

    await bench.page.wait_for_url(address)


@pytest.mark.parametrize("has_moved", [False, True])
async def test_the_first_is_chosen_also_when_it_comes_late_unless_another_was_gone_to(
    bench: WorkbenchPage, has_moved: bool
) -> None:
    """The list of endpoints takes its time; a step's note has the same words."""
    there = asyncio.Event()

    async def answer(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await bench.page.route("**/api/endpoints", answer)
    await bench.go("cron")
    await press(bench, "Control+k")
    await has_focus(palette(bench).get_by_role("combobox"))
    await bench.page.keyboard.type("post ord")
    await first(bench, "PlaceOrder").wait_for()
    if has_moved:
        await press(bench, "ArrowUp")
    there.set()
    await palette(bench).get_by_role("option", name=re.compile("^POST ")).wait_for()

    await first(bench, "PlaceOrder" if has_moved else "POST /orders").wait_for()


async def saved(bench: WorkbenchPage, text: str, name: str) -> str:
    """The name of the file that is saved by what is found."""
    async with bench.page.expect_download() as download:
        await find(bench, text, name)
    return (await download.value).suggested_filename


async def test_whatever_can_be_taken_away_is_found(bench: WorkbenchPage) -> None:
    await bench.go("flows/mail")
    await find(bench, "copy mermaid", "Copy this flow as Mermaid")
    await bench.page.get_by_text("The flow is copied").wait_for()
    copied = await bench.page.evaluate("navigator.clipboard.readText()")
    flows = [
        await saved(bench, f"save {form}", f"Save this flow as {form}")
        for form in ("Mermaid", "SVG", "PNG")
    ]
    routes = await saved(bench, "openapi", "Save the OpenAPI document")
    await find(bench, "trace chargecard failed", "PlaceOrder")
    trace = await saved(bench, "save html", "Save this trace as HTML")

    assert "flowchart LR" in copied
    assert flows == ["project-mail.mmd", "project-mail.svg", "project-mail.png"]
    assert routes == "project.openapi.json"
    assert re.fullmatch(r"project-PlaceOrder-[0-9a-f]{8}\.html", trace)


async def test_what_was_chosen_has_the_focus_when_it_is_there(bench: WorkbenchPage) -> None:
    await find(bench, "post ord", "POST /orders")
    await bench.page.locator(':focus[data-arrival="endpoint:POST /orders"]').wait_for()

    await find(bench, "ship order", "ShipOrder")
    await bench.page.locator(':focus[data-arrival="step:ShipOrder"]').wait_for()
    await bench.page.keyboard.press("Escape")
    await bench.focused("ShipOrder")

    await find(bench, "traces", "Traces")
    await bench.page.locator("main:focus").wait_for()


async def test_a_pasted_trace_id_leads_to_the_trace_though_no_list_has_it(
    bench: WorkbenchPage,
) -> None:
    id = "0123456789abcdef0123456789abcdef"

    await find(bench, id, id)

    await bench.page.wait_for_url(f"**/traces/{id}")


async def test_what_does_not_exist_is_not_found(bench: WorkbenchPage) -> None:
    await press(bench, "Control+k")
    await palette(bench).get_by_role("combobox").fill("parcel zeppelin")

    await palette(bench).get_by_text("Nothing here is called that.").wait_for()
    assert await palette(bench).get_by_role("option").count() == 0


async def test_recent_choices_come_first_and_only_their_names_are_kept(
    bench: WorkbenchPage,
) -> None:
    await find(bench, "notify", "NotifyCustomer")
    await find(bench, "trace failed", "PlaceOrder")
    await find(bench, "order.paid emit", "order.paid")
    await bench.go("flows")

    await press(bench, "Control+k")
    recent = palette(bench).get_by_role("group", name="Recent")
    await recent.wait_for()

    names = await recent.get_by_role("option").all_inner_texts()
    assert [name.splitlines()[0] for name in names] == ["order.paid", "NotifyCustomer"]
    kept = await bench.page.evaluate("JSON.parse(localStorage['motia-workbench-recent']).state")
    assert list(kept["ids"].values()) == [["topic:order.paid", "step:NotifyCustomer"]]


async def test_actions_do_what_the_screens_do(bench: WorkbenchPage) -> None:
    await find(bench, "dark", "Dark theme")
    await bench.page.locator(":root[data-theme=dark]").wait_for(state="attached")

    await find(bench, "run nightly", "Run NightlyReport now")
    await bench.page.get_by_text("NightlyReport was set off").wait_for()
    await bench.page.get_by_role("link", name=re.compile("done")).wait_for()

    await bench.go("logs?step=ShipOrder")
    await find(bench, "pause", "Pause the log")
    await bench.page.get_by_role("button", name="Resume").wait_for()

    await find(bench, "copy link", "Copy the link")
    await bench.page.get_by_text("The link is copied").wait_for()
    assert await bench.page.evaluate("navigator.clipboard.readText()") == bench.page.url


async def test_what_is_open_offers_its_ways(bench: WorkbenchPage) -> None:
    await bench.go("flows?step=ShipOrder")
    await bench.inspector("ShipOrder").wait_for()
    await press(bench, "Control+k")
    here = palette(bench).get_by_role("group", name="Here")

    await here.get_by_text("Open ShipOrder in VS Code").wait_for()
    await press(bench, "Escape")
    await find(bench, "logs of ship", "Show the logs of ShipOrder")

    await bench.page.wait_for_url("**/logs?step=ShipOrder")


async def test_the_palette_opens_in_editors_too_and_gives_the_focus_back(
    bench: WorkbenchPage,
) -> None:
    await choose(bench, "POST /orders")
    await bench.page.get_by_role("tab", name="Body").click()
    await bench.page.get_by_role("button", name="JSON").click()
    editor = bench.page.get_by_role("textbox", name="Body as JSON")
    await editor.focus()

    await press(bench, "Control+k")
    await has_focus(palette(bench).get_by_role("combobox"))
    await press(bench, "Escape")
    await palette(bench).wait_for(state="detached")
    await has_focus(editor)

    await press(bench, "Control+k")
    await has_focus(palette(bench).get_by_role("combobox"))
    await press(bench, "Control+k")
    await palette(bench).wait_for(state="detached")
    await has_focus(editor)


async def test_who_writes_or_answers_a_dialog_presses_no_key_of_the_page(
    bench: WorkbenchPage,
) -> None:
    await bench.go("traces")
    field = bench.page.get_by_role("searchbox")
    await field.wait_for()
    await press(bench, "/")
    await field.press_sequentially("g e?/")
    assert await field.input_value() == "g e?/"

    await bench.go("state")
    await bench.page.get_by_role("button", name="Add a value").press("Enter")
    dialog = bench.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").focus()
    await press(bench, "?", "g", "e")

    assert await dialog.count() == 1
    assert bench.page.url.endswith("/state")
    await press(bench, "Escape")
    await dialog.wait_for(state="detached")
    button = bench.page.get_by_role("button", name="Add a value")
    await has_focus(button)


async def test_the_sheet_shows_the_keys_and_they_do_what_it_says(bench: WorkbenchPage) -> None:
    await bench.page.get_by_role("button", name="Theme").focus()
    await press(bench, "?")
    sheet = bench.page.get_by_role("dialog", name="Keys")
    ways = sheet.get_by_role("region", name="Go to").get_by_role("listitem")
    await ways.first.wait_for()
    rows = await ways.all_inner_texts()
    await press(bench, "Escape")
    await sheet.wait_for(state="detached")
    theme = bench.page.get_by_role("button", name="Theme")
    await has_focus(theme)

    assert len(rows) == 10
    for row in rows:
        name, *keys = row.split("\n")
        await press(bench, *(key.lower() for key in keys if key != "then"))
        rail = bench.page.get_by_role("navigation", name="Screens")
        await rail.locator("[aria-current]").filter(has_text=name).wait_for()
        await bench.page.locator("main:focus").wait_for()


async def test_a_screen_has_its_own_words_for_a_key(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /orders")
    await press(bench, "?")

    own = bench.page.get_by_role("region", name="On this screen").get_by_role("listitem")
    await own.first.wait_for()
    assert [text.split("\n")[0] for text in await own.all_inner_texts()] == [
        "Search endpoints",
        "Send the request",
    ]
    await press(bench, "Escape", "/")
    await bench.page.locator('input[aria-label="Search endpoints"]:focus').wait_for()


async def test_hundreds_of_steps_are_searched_and_few_are_drawn(
    browser: Browser, tmp_path: Path
) -> None:
    files = {f"steps/worker{n}_step.py": STEP.format(n) for n in range(MANY)}
    async with (
        serve_files(tmp_path / "factory", files) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go("cron")
        await press(bench, "Control+k")
        steps = palette(bench).get_by_role("group", name="Steps")
        await steps.get_by_role("option").first.wait_for()

        assert await palette(bench).get_by_role("option").count() < 60
        await palette(bench).get_by_text(f"{MANY - 10} more").first.wait_for()
        await press(bench, "Escape")
        await find(bench, "er437", "Worker437")
        await bench.inspector("Worker437").wait_for()


async def test_the_main_journey_needs_no_mouse(bench: WorkbenchPage) -> None:
    """From the palette to an endpoint, its form, the answer, its trace, the graph and the log."""
    page = bench.page
    await find(bench, "post ord", "POST /orders")
    item = page.get_by_role("textbox", name="item")
    await page.locator(':focus[data-arrival="endpoint:POST /orders"]').wait_for()
    await tab_to(item)
    await page.keyboard.press("Control+a")
    await page.keyboard.type("green tea")
    await tab_to(page.get_by_label("amount"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("7")
    await press(bench, "Control+Enter")
    answer = page.get_by_role("region", name="Answer")
    await answer.get_by_text("201").first.wait_for()

    await tab_to(answer.get_by_role("link", name="On the graph"))
    await press(bench, "Enter")
    await page.wait_for_url(re.compile("/flows[?]run=[0-9a-f]{32}$"))
    id = page.url[-32:]

    await find(bench, "run trace", "Show this run as a trace")
    trace = page.locator(f':focus[data-arrival="trace:{id}"]')
    await trace.get_by_text("7 runs").wait_for()

    await tab_to(page.get_by_role("link", name="On the graph").first)
    await press(bench, "Enter")
    await page.wait_for_url(f"**/flows?run={id}")
    await bench.run_bar.get_by_text("7 steps").wait_for()
    await page.locator('[data-step="ShipOrder"][data-status="ok"]').wait_for()

    await find(bench, "logs of this", "Show the logs of this run")
    await page.wait_for_url(f"**/logs?trace={id}")
    await page.get_by_role("listbox", name="Log lines").get_by_role("option").first.wait_for()


@pytest.mark.parametrize(("theme", "size"), LOOKS)
async def test_the_palette_and_the_sheet_are_accessible(
    browser: Browser, shop: str, theme: Theme, size: str
) -> None:
    async with screens(browser, shop, theme=theme, size=size) as bench:
        await bench.go("logs?step=ShipOrder")
        await bench.page.get_by_role("button", name="Find anything").press("Enter")
        await palette(bench).get_by_role("group", name="Traces").wait_for()
        await look(bench, "palette", theme, size)
        await palette(bench).get_by_role("combobox").fill("order")
        await first(bench, "OrderBoard").wait_for()
        await look(bench, "palette-typed", theme, size)
        await palette(bench).get_by_role("combobox").fill("all keys")
        await first(bench, "Show all keys").wait_for()
        await press(bench, "Enter")
        await bench.page.get_by_role("dialog", name="Keys").wait_for()
        await look(bench, "keys", theme, size)


async def look(bench: WorkbenchPage, *names: str) -> None:
    if PICTURES is not None:
        await bench.page.wait_for_timeout(300)
        await picture(bench, *names)
    assert await violations(bench) == []
