"""The endpoints' screen against a real server: fill in, send, see the answer and what it ran."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.axe import PICTURES
from tests.browser.endpoints_project import FILES, order_tea, raw_text, send, write_raw
from tests.browser.keys import has_focus, tab_to
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import (
    Theme,
    choose,
    picture,
    screens,
    serve_files,
    violations,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SECRET = "s3cret-s3cret"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("endpoints") / "shop", FILES) as served:
        yield served


async def test_a_form_and_its_raw_json_stay_in_step(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_label("Variant of pay").select_option(label="Invoice")
    await bench.page.get_by_label("email", exact=True).fill("ada@example.com")
    await bench.page.get_by_role("button", name="Raw JSON").click()

    assert json.loads(await raw_text(bench)) == {
        "lines": [{"item": "tea"}],
        "pay": {"kind": "invoice", "email": "ada@example.com"},
    }

    order = {"lines": [], "pay": {"kind": "card", "number": "1"}, "note": None, "extra": [1]}
    await write_raw(bench, json.dumps(order))
    await bench.page.get_by_role("button", name="Form").click()
    await bench.page.get_by_label("number", exact=True).fill("2")

    assert await bench.page.get_by_label("note is null").is_checked()
    assert await bench.page.get_by_label("extra", exact=True).input_value() == "[\n  1\n]"
    await bench.page.get_by_role("button", name="Raw JSON").click()
    assert json.loads(await raw_text(bench)) == {**order, "pay": {"kind": "card", "number": "2"}}


async def test_a_form_changes_no_number_that_it_cannot_hold(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /orders/:shop")
    await write_raw(bench, '{"note": 12345678901234567890}')
    await bench.page.get_by_role("button", name="Form").click()
    await bench.page.get_by_role("button", name="Edit it as text").click()

    assert "12345678901234567890" in await raw_text(bench)


async def test_the_focus_follows_what_is_added_and_removed(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_role("button", name="Add item to lines").click()
    await bench.page.keyboard.type("milk")
    await bench.page.get_by_role("button", name="Remove lines 1").click()

    focused = bench.page.locator("*:focus")
    assert await focused.input_value() == "milk"
    await bench.page.get_by_role("tab", name="Headers").first.click()
    await bench.page.get_by_role("button", name="Add header").click()
    assert await focused.get_attribute("aria-label") == "Name of header"


async def test_what_is_no_json_is_marked_where_it_breaks_and_keeps_its_text(
    bench: WorkbenchPage,
) -> None:
    await choose(bench, "POST /orders/:shop")
    await write_raw(bench, '{\n  "lines": [],\n  oops\n}')

    await bench.page.locator(".cm-lint-marker-error").wait_for()
    await bench.page.get_by_text(re.compile("^Line 3: ")).wait_for()
    marked = await bench.page.locator(".cm-lintRange-error").bounding_box()
    third = await bench.page.locator(".cm-line").nth(2).bounding_box()
    assert marked is not None and third is not None
    assert abs(marked["y"] - third["y"]) < third["height"]

    await bench.page.get_by_role("button", name="Form").click()
    await bench.page.get_by_text("cannot be read, so there is no form").wait_for()
    await bench.page.get_by_role("button", name="Mend it").click()
    assert "oops" in await raw_text(bench)


async def test_an_invalid_body_is_answered_with_what_is_wrong(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_label("count", exact=True).fill("100")
    await bench.page.get_by_label("item", exact=True).fill("")

    answer = await send(bench, 400)

    await answer.get_by_text('"lines.0.count"').wait_for()
    await bench.page.get_by_text("must be at most 99").wait_for()
    await bench.page.get_by_text("is required", exact=True).wait_for()


async def test_a_path_needs_its_parameters(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /orders/:shop")
    await bench.page.get_by_role("button", name="Send").click()

    await bench.page.get_by_text("The path needs a value here").wait_for()
    await has_focus(bench.page.get_by_label(":shop"))


async def test_a_part_of_an_answer_is_copied_to_its_last_digit(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    answer = await send(bench, 201)
    body = answer.get_by_role("tree", name="Body")
    rows = body.get_by_role("treeitem")
    await body.press("Home")
    await body.press("Enter")
    await rows.nth(1).wait_for(state="detached")
    await body.press("Enter")
    await body.press("ArrowDown")
    await rows.nth(1).and_(bench.page.get_by_role("treeitem", selected=True)).wait_for()

    await body.press("Control+c")

    await bench.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === '12345678901234567890'"
    )


async def test_an_answer_leads_to_what_it_ran(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_role("tab", name="Query").click()
    await bench.page.get_by_label("Value of dry").fill("yes & no")

    answer = await send(bench, 201)
    await answer.get_by_text('"yes & no"').wait_for()
    await answer.get_by_text("12345678901234567890").wait_for()
    await answer.get_by_role("tab", name="Headers").click()
    trace = (
        await answer.get_by_role("row", name=re.compile("^x-trace-id"))
        .get_by_role("cell")
        .inner_text()
    )
    await answer.get_by_role("link", name="On the graph").click()

    await bench.page.wait_for_url(f"**/__motia/flows?run={trace}")


async def test_events_are_shown_while_they_come(bench: WorkbenchPage, served: Served) -> None:
    await choose(bench, "POST /talk")
    await bench.page.get_by_role("button", name="Send").click()
    events = bench.page.get_by_role("list", name="Events")

    await events.get_by_text("first").wait_for()
    assert await bench.page.get_by_role("button", name="Cancel").is_visible()
    assert await events.get_by_text("last").count() == 0

    await bench.page.request.post(f"{served.url}/go-on")
    await events.get_by_text("last").wait_for()
    await bench.page.get_by_role("button", name="Send").wait_for()


async def test_a_server_that_does_not_answer_is_told_in_words(bench: WorkbenchPage) -> None:
    await choose(bench, "GET /never")
    await bench.page.route("**/never", lambda route: route.abort())
    await bench.page.get_by_role("button", name="Send").click()

    await bench.page.get_by_role("alert").get_by_text("No answer came").wait_for()
    await bench.page.get_by_role("button", name="Send").wait_for()


async def test_what_only_the_server_can_check_is_told_at_its_field(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_label("Variant of pay").select_option(label="Invoice")
    await bench.page.get_by_label("email", exact=True).fill("ada@example.com")
    await bench.page.get_by_label("note", exact=True).fill("rude")
    await send(bench, 400)
    field = bench.page.get_by_label("note", exact=True)

    assert await field.get_attribute("aria-invalid") == "true"
    await field.fill("kind")
    assert await field.get_attribute("aria-invalid") is None
    await send(bench, 201)


async def test_a_request_can_be_cancelled(bench: WorkbenchPage) -> None:
    await choose(bench, "GET /never")
    await bench.page.get_by_role("button", name="Send").click()
    await bench.page.get_by_text("Waiting for the answer").wait_for()
    await bench.page.get_by_role("button", name="Cancel").click()

    await bench.page.get_by_text("Cancelled").wait_for()
    await bench.page.get_by_role("button", name="Send").wait_for()


async def test_what_is_no_text_can_be_saved(bench: WorkbenchPage) -> None:
    await choose(bench, "GET /pictures/*")
    await bench.page.get_by_label("*", exact=True).fill("a b/c.x")
    answer = await send(bench, 200)

    await answer.get_by_text("2.0 kB of image/x").wait_for()
    async with bench.page.expect_download() as saved:
        await answer.get_by_role("button", name="Save").click()
    assert (await saved.value).suggested_filename == "c.x"


async def test_what_is_required_and_not_filled_in_is_left_out(bench: WorkbenchPage) -> None:
    """Also once it was filled in and emptied."""
    await choose(bench, "POST /tales")
    field = bench.page.get_by_label("about", exact=True)
    assert await field.get_attribute("placeholder") == "required"
    await field.fill("tea")
    await field.fill("")

    answer = await send(bench, 400)

    await answer.get_by_text('"about"').wait_for()
    await bench.page.get_by_text("is required", exact=True).wait_for()
    await bench.page.get_by_role("button", name="Raw JSON").click()
    assert json.loads(await raw_text(bench)) == {}


async def test_words_are_seen_to_arrive_and_each_answer_shows_its_own(
    bench: WorkbenchPage, served: Served
) -> None:
    await choose(bench, "POST /tales")
    for about in ("a cup", "a pot"):
        await bench.page.get_by_label("about", exact=True).fill(about)
        await send(bench, 200)
        items = bench.page.get_by_role("list", name=f"Items of tales, {about}")
        await items.get_by_text(f"Once there was {about}", exact=True).wait_for()

        await bench.page.request.post(f"{served.url}/grow/{about}")

        await items.get_by_text(f"Once there was {about} that grew", exact=True).wait_for()
    assert await bench.page.get_by_role("list", name="Items of tales, a cup").count() == 0


async def test_a_panel_that_was_closed_or_set_by_hand_stays_so(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /tales")
    about = bench.page.get_by_label("about", exact=True)
    await about.fill("a cup")
    await send(bench, 200)
    toggle = bench.page.get_by_role("button", name="Watch stream items tales / a cup")
    await toggle.click()
    await about.fill("a pot")
    await send(bench, 200)
    toggle = bench.page.get_by_role("button", name="Watch stream items tales / a pot")
    assert await toggle.get_attribute("aria-expanded") == "false"

    await toggle.click()
    await bench.page.get_by_label("Group", exact=True).fill("a cup")
    await bench.page.get_by_role("button", name="Watch", exact=True).click()
    await about.fill("a tin")
    await send(bench, 200)
    follow = bench.page.get_by_role("button", name="This answer wrote to tales / a tin")
    await follow.wait_for()
    assert await bench.page.get_by_role("list", name="Items of tales, a cup").is_visible()
    assert await bench.page.get_by_label("Group", exact=True).input_value() == "a cup"

    await follow.click()
    await bench.page.get_by_role("list", name="Items of tales, a tin").wait_for()
    assert await bench.page.get_by_label("Group", exact=True).input_value() == "a tin"


async def test_a_failure_is_told_with_its_line(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /fall")
    answer = await send(bench, 500)
    why = answer.get_by_role("region", name="Why it failed")

    await why.get_by_text("the cup fell").wait_for()
    await why.get_by_text("steps/fall_step.py:6").wait_for()
    assert await violations(bench) == []
    await why.get_by_role("link", name="See the run").click()
    await bench.page.wait_for_url("**/traces/*?span=*")


async def test_items_of_a_stream_are_watched_beside_the_answer(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await send(bench, 201)
    items = bench.page.get_by_role("list", name="Items of orders, tea house")
    await items.get_by_text('"item":"tea"').wait_for()

    await bench.page.get_by_label("item", exact=True).fill("coffee")
    await send(bench, 201)

    await items.get_by_text('"item":"coffee"').wait_for()


async def test_no_secret_is_kept(bench: WorkbenchPage) -> None:
    """What is no secret is there again after a reload."""
    await order_tea(bench)
    await bench.page.get_by_label("token", exact=True).fill(SECRET)
    await bench.page.get_by_role("tab", name="Headers").first.click()
    await bench.page.get_by_role("button", name="Add header").click()
    await bench.page.get_by_label("Name of header").fill("Authorization")
    await bench.page.get_by_label("Value of Authorization").fill(SECRET)
    answer = await send(bench, 201)
    await answer.get_by_text(SECRET).wait_for()

    await bench.page.reload()
    await bench.page.get_by_label(":shop").wait_for()

    kept = await bench.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert SECRET not in kept
    assert await bench.page.get_by_label(":shop").input_value() == "tea house"
    await bench.page.get_by_role("tab", name="Body").first.click()
    assert await bench.page.get_by_label("item", exact=True).input_value() == "tea"
    assert await bench.page.get_by_label("token", exact=True).input_value() == ""


async def test_what_was_sent_is_filled_in_again(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await send(bench, 201)
    await bench.page.get_by_label("item", exact=True).fill("coffee")
    await send(bench, 201)
    await bench.page.get_by_role("tab", name="History 2").click()
    await bench.page.get_by_role("button", name=re.compile("201 .*tea")).last.click()

    assert await bench.page.get_by_label("item", exact=True).input_value() == "tea"


async def test_a_copied_command_does_the_same(bench: WorkbenchPage) -> None:
    await order_tea(bench)
    await bench.page.get_by_label("item", exact=True).fill('it\'s "so" $HOME\nnew line')
    await bench.page.get_by_role("button", name="Copy as").click()
    await bench.page.get_by_role("menuitem", name="curl").click()
    await bench.page.get_by_text("curl is copied").wait_for()
    command = await bench.page.evaluate("navigator.clipboard.readText()")

    curl = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{command} --silent", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await curl.communicate()

    assert json.loads(said)["taken"]["lines"][0]["item"] == 'it\'s "so" $HOME\nnew line'


async def test_an_endpoint_that_goes_says_so_and_comes_back(
    bench: WorkbenchPage, served: Served
) -> None:
    """What is filled in stays; a version that does not load is told, and the one before answers."""
    await order_tea(bench)
    file = served.root / "steps/order_step.py"
    good = file.read_text()
    try:
        file.write_text(good + "\nthis is no Python\n")
        await bench.page.get_by_text("What you saved does not load").wait_for()
        await send(bench, 201)

        file.unlink()
        await bench.page.get_by_text("POST /orders/:shop is not served").wait_for()
    finally:
        file.write_text(good)

    await bench.page.get_by_label("item", exact=True).wait_for()
    assert await bench.page.get_by_label("item", exact=True).input_value() == "tea"


async def test_an_address_leads_to_the_same_after_a_reload(bench: WorkbenchPage) -> None:
    await choose(bench, "POST /orders/:shop")
    await bench.page.get_by_role("tab", name="Headers").click()
    await bench.page.wait_for_url("**/endpoints?endpoint=POST+%2Forders%2F%3Ashop&tab=headers")
    await bench.page.reload()

    await bench.page.get_by_role("button", name="Add header").wait_for()
    chosen = bench.page.get_by_role("navigation", name="Endpoints").locator("[aria-current=page]")
    assert "/orders/:shop" in await chosen.inner_text()


async def test_by_keys_alone(bench: WorkbenchPage) -> None:
    await bench.go("endpoints")
    search = bench.page.get_by_label("Search endpoints")
    await search.wait_for()
    await tab_to(search)
    await bench.page.keyboard.type("post talk")
    await bench.page.keyboard.press("ArrowDown")
    await bench.page.keyboard.press("Enter")
    await bench.page.wait_for_url("**/endpoints?endpoint=POST+%2Ftalk")
    await bench.page.keyboard.press("Control+Enter")
    await bench.page.get_by_role("list", name="Events").get_by_text("first").wait_for()

    cancel = bench.page.get_by_role("button", name="Cancel")
    await tab_to(cancel)
    await bench.page.keyboard.press("Enter")
    await bench.page.get_by_text("cancelled").wait_for()
    link = bench.page.get_by_role("link", name="On the graph")
    await tab_to(link)
    await bench.page.keyboard.press("Enter")
    await bench.page.wait_for_url("**/flows?run=*")


CHECKED: list[tuple[Theme, str]] = [("light", "narrow"), ("light", "wide"), ("dark", "wide")]
PICTURED: list[tuple[Theme, str]] = [*CHECKED, ("dark", "narrow")]


@pytest.mark.parametrize(("theme", "size"), PICTURED if PICTURES else CHECKED)
async def test_whatever_it_shows_is_accessible(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        names = ("endpoints", theme, size)
        await bench.go("endpoints")
        await bench.page.get_by_label("Search endpoints").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "list")

        await order_tea(bench)
        await picture(bench, *names, "form")
        await send(bench, 201)
        await bench.page.get_by_role("list", name="Items of orders").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "answer")

        await write_raw(bench, '{\n  "lines": 1,\n  "pay": {"kind": "card"}\n}')
        await bench.page.locator(".cm-lint-marker-warning").first.wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "raw")

        await bench.page.get_by_role("tab", name="Query").click()
        assert await violations(bench) == []
        await bench.page.get_by_role("tab", name="History").click()
        assert await violations(bench) == []

        await choose(bench, "POST /tales")
        await picture(bench, *names, "required")
        await bench.page.get_by_label("about", exact=True).fill("a cup")
        await send(bench, 200)
        await bench.page.get_by_text("Once there was a cup").first.wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "words")

        await choose(bench, "POST /fall")
        await send(bench, 500)
        await bench.page.get_by_text("fall_step.py:6").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "failure")

        await choose(bench, "POST /talk")
        await bench.page.get_by_role("button", name="Send").click()
        await bench.page.get_by_role("list", name="Events").get_by_text("first").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "events")


async def test_a_project_without_endpoints_says_how_to_begin(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("empty") / "project"
    async with (
        serve_files(root, {"steps/notes_stream.py": 'config = {"name": "notes"}'}) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go("endpoints")
        first = await bench.page.get_by_label("steps/greet_step.py", exact=True).inner_text()
        assert await violations(bench) == []

        (root / "steps/greet_step.py").write_text(first)
        await bench.page.get_by_role("link", name=re.compile("greet")).click()
        await bench.page.get_by_role("button", name="Send").wait_for()
        answer = await send(bench, 200)
        await answer.get_by_text('"world"').wait_for()
