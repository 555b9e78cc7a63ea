"""Past runs are run again in the workbench, on the code that was just saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.acceptance.served import LOOK_SECONDS, PATIENCE_SECONDS, Served
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import Theme, picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

FILES = {
    "steps/quote_step.py": """
        from pydantic import BaseModel


        class Quote(BaseModel):
            item: str
            count: int = 1


        config = {"type": "api", "name": "Quote", "method": "POST", "path": "/quotes",
                  "bodySchema": Quote, "flows": ["shop"], "emits": ["quoted"]}

        PRICE = 2


        async def handler(req, context):
            quote = req.body
            price = PRICE * quote.get("count", 1)
            await context.state.set("quotes", quote["item"], {"price": price})
            await context.emit("quoted", {"item": quote["item"], "price": price})
            return {"status": 201, "body": {"item": quote["item"], "price": price},
                    "headers": {"x-by": str(bool(req.headers.get("authorization")))}}
    """,
    "steps/file_step.py": """
        config = {"type": "event", "name": "File", "subscribes": ["quoted"], "emits": [],
                  "flows": ["shop"]}


        async def handler(quote, context):
            await context.state.set("filed", quote["item"], quote["price"])
    """,
    "steps/list_step.py": """
        config = {"type": "api", "name": "List", "method": "GET", "path": "/quotes", "emits": []}


        async def handler(req, context):
            return {"asked": req.query_params.get("item"), "quotes": []}
    """,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("replay") / "shop", FILES) as served:
        yield served


async def get(server: str, path: str) -> Any:
    async with ClientSession() as client, client.get(f"{server}/__motia/api/{path}") as answer:
        return await answer.json()


async def ask(server: str, method: str, path: str, body: Any = None) -> str:
    """Send it with a secret, and give the trace that it began."""
    headers = {"Authorization": "Bearer hush"}
    async with (
        ClientSession() as client,
        client.request(method, f"{server}{path}", json=body, headers=headers) as answer,
    ):
        assert answer.ok, await answer.text()
        return answer.headers["x-trace-id"]


async def save(served: Served, old: str, new: str) -> None:
    """Change the code of Quote, and return once that is served."""
    file = served.root / "steps/quote_step.py"
    before = (await get(served.url, "project"))["revision"]
    file.write_text(file.read_text().replace(old, new))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await get(served.url, "project"))["revision"] == before:
            await asyncio.sleep(LOOK_SECONDS)


async def open_again(bench: WorkbenchPage, trace: str, step: str) -> Locator:
    """What runs the first run of a trace again."""
    await bench.go(f"traces/{trace}")
    run = bench.page.get_by_role("region", name=f"Run of {step}")
    await run.get_by_role("link", name="Run again…").click()
    await bench.page.wait_for_url("**tab=again*")
    return run


async def test_an_old_request_is_rehearsed_on_new_code_then_replayed(
    bench: WorkbenchPage, served: Served
) -> None:
    page = bench.page
    trace = await ask(served.url, "POST", "/quotes", {"item": "tea", "count": 3})
    await save(served, "PRICE = 2", "PRICE = 5")
    run = await open_again(bench, trace, "Quote")
    request = run.get_by_role("region", name="Request")
    await request.get_by_text("POST /quotes").wait_for()
    await request.get_by_text("Headers").click()
    await request.get_by_role("treeitem", name='authorization: "***"').wait_for()
    assert "hush" not in await page.content()

    await run.get_by_role("button", name="Rehearse").click()

    outcome = page.get_by_role("region", name="Rehearsed")
    await outcome.get_by_text("3 differences in what they answered, emitted and wrote.").wait_for()
    response = outcome.get_by_role("region", name="Response")
    rows = response.get_by_role("listitem").filter(has=page.locator("summary"))
    texts = [text.split("\n")[:2] for text in await rows.all_inner_texts()]
    assert texts == [["the same", "status"], ["changed", "body"], ["the same", "x-by"]]
    changes = response.get_by_role("list", name="Changes")
    words = (await changes.inner_text()).split()
    assert words == ["price", "−", "before:", "6", "+", "after:", "15"]
    assert (await get(served.url, "state/quotes/tea"))["value"] == {"price": 6}

    await page.get_by_label("item").fill("milk")
    await page.get_by_role("button", name="Replay for real…").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Replay for real").click()

    outcome = page.get_by_role("region", name="Replayed")
    await outcome.get_by_role("row", name="Status done done").wait_for()
    await outcome.get_by_role("region", name="Response").get_by_text("milk").first.wait_for()
    assert (await get(served.url, "state/quotes/milk"))["value"] == {"price": 15}
    await outcome.get_by_role("link", name="Its trace").click()
    head = page.get_by_role("region", name="Trace", exact=True)
    await head.get_by_text("replay of").wait_for()
    assert trace not in page.url
    await head.get_by_role("link", name="a run of Quote").click()
    await page.wait_for_url(f"**/traces/{trace}?span=*")
    await save(served, "PRICE = 5", "PRICE = 2")


async def test_what_is_open_stands_in_the_address(bench: WorkbenchPage, served: Served) -> None:
    trace = await ask(served.url, "POST", "/quotes", {"item": "tea"})
    run = await open_again(bench, trace, "Quote")
    await bench.page.reload()
    await run.get_by_role("button", name="Rehearse").wait_for()

    tree = bench.page.get_by_role("tree", name="Runs of the trace")
    await tree.get_by_role("treeitem").filter(has_text="File").click()
    other = bench.page.get_by_role("region", name="Run of File")
    await other.get_by_text("With what it was given").wait_for()
    await other.get_by_role("link", name="What it did").click()
    await other.get_by_role("list", name="What the step did").wait_for()
    assert "tab=" not in bench.page.url


async def test_a_request_without_a_body_is_run_with_another_query(
    bench: WorkbenchPage, served: Served
) -> None:
    trace = await ask(served.url, "GET", "/quotes?item=tea")
    run = await open_again(bench, trace, "List")
    await run.get_by_text("With the query of its request").wait_for()
    await run.locator(".cm-content").fill('{"item": "milk"}')
    await run.locator(".cm-content").press("Control+Enter")

    response = bench.page.get_by_role("region", name="Response")
    await response.locator("ins").get_by_text("milk").wait_for()


async def test_a_run_whose_input_is_not_kept_says_so(bench: WorkbenchPage, served: Served) -> None:
    trace = await ask(served.url, "POST", "/quotes", {"item": "x" * 70_000})
    run = await open_again(bench, trace, "Quote")
    await run.get_by_text("It cannot be run again.").wait_for()
    assert await run.get_by_role("button", name="Rehearse").count() == 0


async def test_requests_of_the_tester_lead_to_their_trace(
    bench: WorkbenchPage, served: Served
) -> None:
    page = bench.page
    await bench.go("endpoints?endpoint=GET%20/quotes")
    await page.get_by_role("button", name="Send").click()
    trace = page.get_by_role("region", name="Answer").get_by_role("link", name="Its trace")
    address = await trace.get_attribute("href")
    await page.get_by_role("tab", name="History").click()
    past = page.get_by_role("link", name="Trace of /quotes")
    assert await past.get_attribute("href") == address
    await past.click()
    await page.get_by_role("region", name="Run of List").wait_for()


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_stands_in_the_way_of_anybody(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    trace = await ask(served.url, "POST", "/quotes?note=a", {"item": "tea", "count": 3})
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        run = await open_again(bench, trace, "Quote")
        await run.get_by_label("item").fill("milk")
        await picture(bench, "replay", theme, size)
        assert await violations(bench) == []

        await run.get_by_role("button", name="Rehearse").click()
        await run.get_by_role("region", name="Response").wait_for()
        # What came of it was brought into sight, and the page itself stays where it is.
        assert await bench.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await picture(bench, "replay-rehearsed", theme, size)
        assert await violations(bench) == []
        await run.get_by_role("button", name="Replay for real…").click()
        await bench.page.get_by_role("alertdialog").get_by_text("Replay for real").last.click()
        await run.get_by_role("link", name="Its trace").click()
        await bench.page.get_by_text("replay of").wait_for()
        await picture(bench, "replay-trace", theme, size)
        assert await violations(bench) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await bench.page.evaluate(wide)
