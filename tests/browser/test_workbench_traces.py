"""The traces' screen against a real server: what ran, who set it off, what it did, why it failed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.kitchen import FILES, order, post, put_state, refused
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Route

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: Refuses bookings: what is none, and those of too many.
BOOK = {
    "steps/book_step.py": """
        from pydantic import BaseModel


        class Booking(BaseModel):
            guests: int


        config = {"type": "api", "name": "BookTable", "method": "POST", "path": "/tables",
                  "bodySchema": Booking, "emits": []}


        async def handler(req, context):
            if req["body"]["guests"] > 8:
                return {"status": 403, "headers": {"x-limit": "8"},
                        "body": {"error": "so many need the owner's word"}}
            return {"status": 201, "body": {"booked": True}}
    """,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(
        tmp_path_factory.mktemp("traces") / "kitchen", {**FILES, **BOOK}
    ) as served:
        yield served


def runs(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("tree", name="Runs of the trace").get_by_role("treeitem")


def run_of(bench: WorkbenchPage, step: str) -> Locator:
    """What is told of the run that is open."""
    return bench.page.get_by_role("region", name=f"Run of {step}")


async def open_trace(bench: WorkbenchPage, trace: str, count: int) -> None:
    """Return once so many of its runs are there."""
    await bench.go(f"traces/{trace}")
    await runs(bench).nth(count - 1).wait_for()


async def test_a_trace_shows_every_step_below_the_one_that_set_it_off(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t1")
    await open_trace(bench, trace, 3)
    levels = [await row.get_attribute("aria-level") for row in await runs(bench).all()]
    texts = await runs(bench).all_inner_texts()

    assert levels == ["1", "2", "3"], texts
    assert [re.split(r"\W", text)[0] for text in texts] == ["TakeOrder", "Cook", "Serve"]
    assert "waited" in texts[1]


async def test_a_span_shows_what_the_step_did_as_code_and_leads_to_what_it_wrote(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t2")
    await open_trace(bench, trace, 3)
    did = run_of(bench, "TakeOrder").get_by_role("list", name="What the step did")
    await did.get_by_text("emit('order.taken'").wait_for()
    await did.get_by_role("button", name="state.set('orders', 't2')").click()
    await did.get_by_role("treeitem", name='status: "new"').wait_for()

    await runs(bench).filter(has_text="Cook").click()
    values = run_of(bench, "Cook").get_by_role("region", name="Values it wrote")
    await values.get_by_role("link", name="state/orders/t2").click()
    await bench.page.get_by_role("tree", name="Value of t2").wait_for()
    await bench.page.wait_for_url("**/state/orders/t2")


async def test_a_failed_run_shows_its_traceback_and_the_line_in_the_source(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t3", dish="stone")
    await open_trace(bench, trace, 3)
    why = bench.page.get_by_role("region", name="Why it failed")
    await why.get_by_text("KeyError: 'stone'").first.wait_for()
    await why.get_by_label("Source around it").get_by_text('kinds[order["dish"]]').wait_for()
    await why.get_by_text("Traceback", exact=True).click()
    traceback = why.get_by_label("Traceback", exact=True)
    assert "Traceback (most recent call last)" in await traceback.inner_text()
    link = why.get_by_role("link", name="Open in VS Code")
    assert re.fullmatch(
        r"vscode://file/.*/cook_step\.py:1\d", await link.get_attribute("href") or ""
    )
    await runs(bench).filter(has_text="attempt 2").click()
    await run_of(bench, "Cook").get_by_text("waited for this attempt").wait_for()


async def test_what_runs_grows_and_a_new_trace_leaves_the_choice_alone(
    bench: WorkbenchPage, served: Served
) -> None:
    await bench.go("traces")
    waiting = asyncio.create_task(post(served.url, "/wait", {}))
    rows = bench.page.get_by_role("listbox", name="Traces, newest first").get_by_role("option")
    await rows.filter(has_text="Wait").first.click()
    await run_of(bench, "Wait").get_by_text("still runs").wait_for()
    address = bench.page.url

    await order(served.url, "t4")
    await rows.first.get_by_text("TakeOrder").wait_for()
    assert bench.page.url == address
    assert "Wait" in await bench.page.locator("[role=option][aria-selected=true]").inner_text()

    await put_state(served.url, "bell", "rung", True)
    await waiting
    await run_of(bench, "Wait").get_by_text("still runs").wait_for(state="hidden")
    assert bench.page.url == address


async def test_the_list_is_narrowed_by_what_stands_in_the_address(
    bench: WorkbenchPage, served: Served
) -> None:
    await order(served.url, "t5", dish="stone")
    await post(served.url, "/chatter", {"lines": 1})
    await bench.go("traces?status=error&step=Cook")
    rows = bench.page.get_by_role("listbox", name="Traces, newest first").get_by_role("option")
    await rows.first.wait_for()
    assert all("KeyError" in text for text in await rows.all_inner_texts())

    await bench.page.get_by_role("button", name="Clear filters").click()
    await rows.filter(has_text="Chatter").first.wait_for()
    await bench.page.get_by_role("searchbox").fill("chatt")
    await bench.page.wait_for_url("**/traces?q=chatt")
    await rows.filter(has_text="TakeOrder").first.wait_for(state="hidden")
    await bench.page.reload()
    await rows.filter(has_text="Chatter").first.wait_for()
    assert await bench.page.get_by_role("searchbox").input_value() == "chatt"


async def test_a_span_in_the_address_is_open_after_a_reload_and_lies_on_the_graph(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t6")
    await open_trace(bench, trace, 3)
    await runs(bench).filter(has_text="Serve").click()
    await bench.page.wait_for_url("**span=*")
    await bench.page.reload()
    await run_of(bench, "Serve").get_by_text("queue(order.cooked)").wait_for()
    await run_of(bench, "Serve").get_by_role("link", name="On the graph").click()
    await bench.page.wait_for_url(f"**/flows?step=Serve&run={trace}")


async def test_the_keyboard_goes_through_the_runs_closes_them_and_zooms(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t7")
    await open_trace(bench, trace, 3)
    tree = bench.page.get_by_role("tree", name="Runs of the trace")
    await tree.focus()
    await tree.press("ArrowDown")
    await run_of(bench, "Cook").wait_for()
    await tree.press("ArrowLeft")
    await runs(bench).filter(has_text="Serve").wait_for(state="hidden")
    await tree.press("ArrowRight")
    await tree.press("End")
    await run_of(bench, "Serve").wait_for()
    await tree.press("+")
    whole = bench.page.get_by_role("button", name="The whole trace (0)")
    assert await whole.is_enabled()
    await tree.press("0")
    assert await whole.is_disabled()


async def test_a_refused_request_is_told_with_what_was_given_and_answered(
    bench: WorkbenchPage, served: Served
) -> None:
    forbidden = await refused(served.url, "/tables", {"guests": 9})
    invalid = await refused(served.url, "/tables", {"guests": "many"})
    await bench.go("traces?status=refused")
    rows = bench.page.get_by_role("listbox", name="Traces, newest first").get_by_role("option")
    await rows.nth(1).wait_for()
    told = [re.sub(r"\s+", " ", text) for text in await rows.all_text_contents()]
    assert [re.findall(r"refused|answered \d{3}|done", text) for text in told] == [
        ["refused", "answered 400"],
        ["refused", "answered 403"],
    ]

    await open_trace(bench, invalid, 1)
    run = run_of(bench, "BookTable")
    given = run.get_by_role("region", name="Given")
    answered = run.get_by_role("region", name="Answered")
    await given.get_by_role("treeitem", name='guests: "many"').wait_for()
    await answered.get_by_text("400").wait_for()
    await answered.get_by_role("treeitem", name=re.compile("guests")).first.wait_for()

    await open_trace(bench, forbidden, 1)
    await given.get_by_text("POST /tables").wait_for()
    await given.get_by_role("treeitem", name="guests: 9").wait_for()
    await answered.get_by_role("treeitem", name=re.compile("the owner's word")).wait_for()
    headers = answered.get_by_role("treeitem", name='x-limit: "8"')
    assert not await headers.is_visible()
    await answered.get_by_text("Headers").click()
    await headers.wait_for()


async def test_an_event_shows_its_data_and_a_large_one_is_folded(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await order(served.url, "t8", words=["so"] * 30)
    await open_trace(bench, trace, 3)
    await runs(bench).filter(has_text="Cook").click()
    cook = run_of(bench, "Cook")
    given = cook.get_by_role("region", name="Given")
    await given.get_by_text("Data", exact=True).wait_for()
    assert not await given.get_by_role("tree", name="Data").is_visible()
    assert await cook.get_by_role("region", name="Answered").count() == 0

    await given.get_by_text("Data", exact=True).click()
    await given.get_by_role("treeitem", name='id: "t8"').wait_for()


def large_trace(count: int) -> dict[str, Any]:
    """A root that sets off all others, as the server tells it."""

    def span(n: int) -> dict[str, Any]:
        run = {
            "id": f"{n:016x}",
            "traceId": "f" * 32,
            "parentId": None if n == 0 else f"{0:016x}",
            "step": "Fan" if n == 0 else "Leaf",
            "trigger": "http(POST /fan)" if n == 0 else "queue(leaf)",
            "status": "ok",
            "httpStatus": 200 if n == 0 else None,
            "error": None,
            "attempt": 1,
            "startedAt": 1_790_000_000 + n / 100,
            "durationMs": 40.0,
            "marks": 0,
        }
        return {"run": run, "marks": []}

    return {"id": "f" * 32, "spans": [span(n) for n in range(count)]}


async def test_of_five_thousand_spans_those_in_view_are_drawn(bench: WorkbenchPage) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(json=large_trace(5000))

    await bench.page.route(f"**/api/traces/{'f' * 32}", answer)
    await open_trace(bench, "f" * 32, 10)
    assert await runs(bench).count() < 100
    tree = bench.page.get_by_role("tree", name="Runs of the trace")
    await tree.focus()
    await tree.press("End")
    await bench.page.locator("[role=treeitem][aria-selected=true]").wait_for()


@pytest.mark.parametrize(("theme", "size"), [("light", "narrow"), ("dark", "wide")])
async def test_traces_are_accessible(
    browser: Browser, served: Served, theme: Any, size: str
) -> None:
    trace = await order(served.url, f"a-{theme}", dish="stone")
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go("traces")
        await bench.page.get_by_role("option").first.wait_for()
        assert await violations(bench) == []
        await picture(bench, "traces", "list", theme, size)

        await open_trace(bench, trace, 3)
        did = bench.page.get_by_role("list", name="What the step did")
        await did.get_by_role("button").first.click()
        await bench.page.get_by_label("Source around it").wait_for()
        assert await violations(bench) == []
        await picture(bench, "traces", "error", theme, size)

        await open_trace(bench, await refused(served.url, "/tables", {"guests": "many"}), 1)
        answered = bench.page.get_by_role("region", name="Answered")
        await answered.get_by_role("treeitem").first.wait_for()
        assert await violations(bench) == []
        await picture(bench, "traces", "refused", theme, size)
