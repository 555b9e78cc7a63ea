"""State and streams in the workbench against a real server: live, edited, and who wrote what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.kitchen import FILES, order, put_state
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("stored") / "kitchen", FILES) as served:
        yield served


def tree(bench: WorkbenchPage, key: str) -> Locator:
    return bench.page.get_by_role("tree", name=f"Value of {key}")


def editor(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("textbox", name="Value as JSON")


async def write(bench: WorkbenchPage, text: str) -> None:
    """In the place of all that the editor holds."""
    await editor(bench).click()
    await bench.page.keyboard.press("ControlOrMeta+a")
    await bench.page.keyboard.press("Delete")
    await bench.page.keyboard.insert_text(text)


async def save(bench: WorkbenchPage) -> None:
    await bench.page.get_by_role("button", name="Save", exact=True).click()


async def cooked(bench: WorkbenchPage, key: str) -> None:
    """Return once the value is that of the last step that writes it."""
    await tree(bench, key).get_by_role("treeitem", name='status: "cooked"').wait_for()


async def test_groups_and_values_lead_to_one_and_who_wrote_it(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "s1")
    await bench.go("state")
    await bench.page.get_by_role("option", name="orders").click()
    await bench.page.get_by_role("option", name="s1").click()
    await cooked(bench, "s1")
    await bench.page.get_by_text("Written by Cook").wait_for()
    await bench.page.reload()
    await cooked(bench, "s1")
    await bench.page.get_by_role("link", name="Open the run").click()
    await bench.page.wait_for_url(f"**/traces/{trace}?span=*")
    await bench.page.get_by_role("region", name="Run of Cook").wait_for()


async def test_an_edited_value_is_seen_in_another_tab(
    browser: Browser, bench: WorkbenchPage, served: Served
) -> None:
    await put_state(served.url, "menu", "soup", {"price": 4})
    async with screens(browser, served.url) as other:
        await other.go("state/menu/soup")
        await tree(other, "soup").get_by_role("treeitem", name="price: 4").wait_for()
        await bench.go("state/menu/soup")
        await bench.page.get_by_role("button", name="Edit").click()
        await write(bench, '{"price": 5}')
        await save(bench)
        await tree(bench, "soup").get_by_role("treeitem", name="price: 5").wait_for()
        await tree(other, "soup").get_by_role("treeitem", name="price: 5").wait_for()
        await other.page.get_by_text("Written by hand").wait_for()


async def test_what_is_no_json_is_not_sent_and_what_does_not_fit_is_refused_with_the_reason(
    bench: WorkbenchPage, served: Served
) -> None:
    await order(served.url, "s2")
    await bench.go("streams/table/hall/s2")
    await tree(bench, "s2").wait_for()
    await bench.page.get_by_role("button", name="Edit").click()
    await write(bench, '{"text": ')
    await save(bench)
    await bench.page.get_by_role("alert").get_by_text("This is no JSON").wait_for()
    await write(bench, '{"text": 5}')
    await save(bench)
    await bench.page.get_by_role("alert").get_by_text("string").wait_for()
    await write(bench, '{"text": "mended"}')
    await bench.page.keyboard.press("ControlOrMeta+Enter")
    await tree(bench, "s2").get_by_role("treeitem", name='text: "mended"').wait_for()


async def test_values_are_added_and_deleted_after_a_question(bench: WorkbenchPage) -> None:
    await bench.go("state")
    await bench.page.get_by_role("button", name="Add a value").click()
    dialog = bench.page.get_by_role("dialog", name="Add a value")
    await dialog.get_by_label("Group").fill("notes/old")
    await dialog.get_by_label("Key", exact=True).fill("a b/c")
    await write(bench, "[1, 2]")
    await save(bench)
    await tree(bench, "a b/c").get_by_role("treeitem", name="0: 1").wait_for()
    await bench.page.wait_for_url("**/state/notes%2Fold/a%20b%2Fc")
    await bench.page.reload()
    await tree(bench, "a b/c").wait_for()

    await bench.page.get_by_role("button", name="Delete the value").click()
    await bench.page.get_by_role("button", name="Cancel").click()
    await tree(bench, "a b/c").wait_for()
    await bench.page.get_by_role("button", name="Delete the value").click()
    await bench.page.get_by_role("button", name="Delete", exact=True).click()
    await bench.page.get_by_text("There is no such value now").wait_for()
    await bench.page.get_by_role("tab", name="History").click()
    await bench.page.get_by_text("deleted it").wait_for()


async def test_the_last_values_are_told_with_what_changed_between_any_two(
    bench: WorkbenchPage, served: Served
) -> None:
    for count in range(25):
        await put_state(served.url, "stock", "tea", {"count": count, "sort": "green"})
    await order(served.url, "s3")
    await bench.go("state/stock/tea?tab=history")
    writes = bench.page.get_by_role("list", name="Writes, newest first").get_by_role("listitem")
    await writes.nth(19).wait_for()
    assert await writes.count() == 20
    changes = bench.page.get_by_role("list", name="Changes")
    assert await changes.get_by_role("listitem").all_inner_texts() == [
        "count\n−\nbefore:\n23\n+\nafter:\n24"
    ]
    await bench.page.get_by_role("button", name="Compare with").click()
    await bench.page.get_by_role("menuitemradio").last.click()
    await changes.get_by_text("5", exact=True).wait_for()
    # A step's write leads to its run.
    await bench.go("state/orders/s3?tab=history")
    await writes.filter(has_text="Cook set it").get_by_role("link", name="Trace").wait_for()
    await changes.get_by_text("status").wait_for()


async def test_an_item_grows_while_it_is_looked_at_and_its_events_are_heard(
    bench: WorkbenchPage, served: Served
) -> None:
    await order(served.url, "s4")
    await bench.go("streams/table/hall")
    await bench.page.get_by_role("option", name="s4").wait_for()
    words = ["so", "it", "grows", "word", "by", "word", "and", "is", "longer", "than", "it", "was"]
    await order(served.url, "s5", words=words, pause=0.3)
    await bench.page.get_by_role("option", name="s5").click()
    item = tree(bench, "s5").get_by_role("treeitem", name="text")
    seen: set[str] = set()
    async with asyncio.timeout(20):
        while "it was" not in (text := await item.inner_text()):
            seen.add(text)
            await asyncio.sleep(0.05)
    assert len(seen) > 2
    await bench.page.get_by_role("button", name="Events (1)").click()
    await bench.page.get_by_role("option", name="served").click()
    await bench.page.get_by_role("tree", name="Data of served").wait_for()


async def test_state_that_steps_write_appears_without_being_asked_for(
    bench: WorkbenchPage, served: Served
) -> None:
    await put_state(served.url, "bells", "one", 1)
    await bench.go("state/bells")
    await bench.page.get_by_role("option", name="one").wait_for()
    await put_state(served.url, "bells", "two", {"rung": True})
    await bench.page.get_by_role("option", name="two").get_by_text("{rung: true}").wait_for()
    await bench.page.get_by_role("option", name="bells").get_by_text("2").wait_for()


async def test_thousands_of_values_come_page_by_page_and_any_has_an_address(
    bench: WorkbenchPage, served: Served
) -> None:
    await asyncio.gather(*(put_state(served.url, "many", f"k{n}", n) for n in range(700)))
    await bench.go("state/many/k699")
    await bench.page.get_by_role("tree", name="Value of k699").wait_for()
    rows = bench.page.get_by_role("listbox", name="The values of many")
    await bench.page.get_by_text("700 values").wait_for()
    assert await rows.get_by_role("option").count() < 100
    await bench.page.get_by_role("searchbox").fill("k5")
    await rows.get_by_role("option", name="k5").first.wait_for()


async def test_the_keyboard_goes_through_groups_and_values(
    bench: WorkbenchPage, served: Served
) -> None:
    await put_state(served.url, "cups", "one", 1)
    await put_state(served.url, "cups", "two", 2)
    await bench.go("state/cups")
    rows = bench.page.get_by_role("listbox", name="The values of cups")
    await rows.get_by_role("option", name="two").wait_for()
    await rows.focus()
    await rows.press("Home")
    await tree(bench, "one").wait_for()
    await rows.press("ArrowDown")
    await tree(bench, "two").wait_for()
    await bench.page.get_by_role("tab", name="Value").press("ArrowRight")
    await bench.page.wait_for_url("**/state/cups/two?tab=history")


@pytest.mark.parametrize(("theme", "size"), [("light", "narrow"), ("dark", "wide")])
async def test_state_and_streams_are_accessible(
    browser: Browser, served: Served, theme: Any, size: str
) -> None:
    await order(served.url, "a1")
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go("state/orders/a1")
        await cooked(bench, "a1")
        assert await violations(bench) == []
        await picture(bench, "state", "value", theme, size)
        await bench.page.get_by_role("tab", name="History").click()
        await bench.page.get_by_role("list", name="Changes").wait_for()
        assert await violations(bench) == []
        await picture(bench, "state", "history", theme, size)
        await bench.go("streams/table/hall/a1")
        await bench.page.get_by_role("button", name="Edit").click()
        await editor(bench).wait_for()
        assert await violations(bench) == []
        await picture(bench, "streams", "edit", theme, size)
        await bench.go("streams/table")
        await bench.page.get_by_role("treeitem", name="hall").wait_for()
        assert await violations(bench) == []
        await picture(bench, "streams", "about", theme, size)
