"""The queue's screen against a real server: what was given up is looked at, tried again, let go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.acceptance.served import Served
from tests.browser.keys import has_focus
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import Theme, picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

FILES = {
    "steps/pack_step.py": """
        from pydantic import BaseModel


        class Parcel(BaseModel):
            item: str
            count: int = 1


        config = {"type": "event", "name": "Pack", "subscribes": ["order"], "input": Parcel,
                  "flows": ["shop"], "emits": ["packed"],
                  "infrastructure": {"queue": {"maxRetries": 0}}}


        async def handler(parcel, context):
            await context.state.set("boxes", "last", {"item": parcel.item, "count": parcel.count})
            if parcel.item == "glass":
                raise ValueError("glass breaks")
            await context.streams.shelf.set("all", parcel.item, {"count": parcel.count})
            await context.streams.shelf.send({"groupId": "all"}, {"type": "moved", "data": 1})
            await context.emit("packed", {"item": parcel.item})
    """,
    "steps/shelf_stream.py": 'config = {"name": "shelf", "schema": None}',
    "steps/post_step.py": """
        config = {"type": "event", "name": "Post", "subscribes": ["parcel"], "emits": [],
                  "flows": ["shop"], "infrastructure": {"queue": {"maxRetries": 0}}}


        async def handler(parcel, context):
            if not await context.state.get("office", "open"):
                raise RuntimeError("the office is closed")
    """,
}


class Api:
    """The workbench's API, past the page."""

    def __init__(self, server: str) -> None:
        self._prefix = f"{server}/__motia/api"

    async def get(self, path: str) -> Any:
        async with ClientSession() as client, client.get(f"{self._prefix}/{path}") as answer:
            return await answer.json()

    async def send(self, method: str, path: str, *value: Any) -> None:
        """With a value, or with nothing at all."""
        body = {"value": value[0]} if value else {}
        async with (
            ClientSession() as client,
            client.request(method, f"{self._prefix}/{path}", json=body) as answer,
        ):
            assert answer.ok, await answer.text()

    async def dead(self) -> int:
        total: int = (await self.get("queue/dead"))["total"]
        return total

    async def values(self, group: str) -> dict[str, Any]:
        found = await self.get(f"state/{group}")
        return {each["key"]: each["value"] for each in found.get("values", [])}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("queue") / "shop", FILES) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def api(served: Served) -> Api:
    """Of a server without dead letters, whose office is closed."""
    api = Api(served.url)
    await api.send("POST", "queue/discard")
    await api.send("PUT", "state/office/open", False)
    return api


def letters(bench: WorkbenchPage) -> Locator:
    return bench.page.get_by_role("listbox", name="Dead letters, newest first")


async def open_letter(bench: WorkbenchPage, api: Api, topic: str, data: Any) -> None:
    """Let a message die, and look at it."""
    await bench.go("queue")
    await bench.page.get_by_role("heading", name="Dead letters").wait_for()
    await api.send("POST", f"emit/{topic}", data)
    await letters(bench).get_by_role("option").first.click()
    await bench.page.get_by_role("region", name="Replay", exact=True).wait_for()


async def test_the_lanes_tell_what_is_dead_as_it_dies(bench: WorkbenchPage, api: Api) -> None:
    await bench.go("queue")
    lanes = bench.page.get_by_role("region", name="Lanes")
    await lanes.get_by_role("row", name="Pack 0 0 0 0").wait_for()

    await api.send("POST", "emit/order", {"item": "glass"})

    await lanes.get_by_role("link", name="1 dead letters of Pack").click()
    await bench.page.wait_for_url("**/queue?step=Pack")
    await (
        bench.page.get_by_role("navigation", name="Screens")
        .get_by_role("link", name="Queue 1 dead letter")
        .wait_for()
    )


async def test_a_dead_letter_is_edited_rehearsed_replayed_and_discarded(
    bench: WorkbenchPage, api: Api
) -> None:
    page = bench.page
    await open_letter(bench, api, "order", {"item": "glass", "count": 2})
    letter = page.get_by_role("region", name="Dead letter", exact=True)
    await letter.get_by_text("ValueError: glass breaks", exact=True).wait_for()
    await letter.get_by_text("Traceback of the last attempt").click()
    await letter.get_by_label("Traceback", exact=True).get_by_text("glass breaks").wait_for()

    await page.get_by_label("item").fill("tea")
    await page.get_by_role("button", name="Raw JSON").click()
    assert '"tea"' in await page.locator(".cm-content").inner_text()
    await page.get_by_role("button", name="Rehearse").click()

    outcome = page.get_by_role("region", name="Rehearsed")
    await outcome.get_by_role("row", name="Status failed done").wait_for()
    emits = outcome.get_by_role("region", name="Emits").get_by_role("listitem")
    assert (await emits.inner_text()).split("\n")[:2] == ["new", "packed"]
    state = outcome.get_by_role("region", name="State")
    await state.locator("del").get_by_text("glass").wait_for()
    await outcome.get_by_role("region", name="Streams").get_by_text("shelf/all/tea").wait_for()
    await outcome.get_by_role("region", name="Messages").get_by_text("moved").wait_for()
    assert await api.values("boxes") == {"last": {"item": "glass", "count": 2}}
    assert (await api.get("streams/shelf/all")).get("items", []) == []
    assert await api.dead() == 1

    await page.get_by_role("button", name="Replay for real…").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Replay for real").click()

    outcome = page.get_by_role("region", name="Replayed")
    await outcome.get_by_role("row", name="Status failed done").wait_for()
    await outcome.get_by_role("region", name="Streams").get_by_text("shelf/all/tea").wait_for()
    assert await api.values("boxes") == {"last": {"item": "tea", "count": 2}}
    trace = await outcome.get_by_role("link", name="Its trace").get_attribute("href")
    assert trace is not None and len((await api.get(trace.split("/__motia/")[1]))["spans"]) == 1

    await page.get_by_role("button", name="Discard the dead letter").click()
    await page.get_by_text("No dead letter. A message").wait_for()
    assert await api.dead() == 0


async def test_a_rehearsal_that_fails_says_why(bench: WorkbenchPage, api: Api) -> None:
    await open_letter(bench, api, "order", {"item": "glass"})

    await bench.page.get_by_role("button", name="Rehearse").click()

    outcome = bench.page.get_by_role("region", name="Rehearsed")
    await outcome.get_by_role("row", name="Status failed failed").wait_for()
    await outcome.get_by_text("Both emitted and wrote the same.").wait_for()
    await outcome.get_by_role("region", name="State").get_by_text("the same").wait_for()


async def test_a_payload_that_its_step_would_refuse_is_told(bench: WorkbenchPage, api: Api) -> None:
    await open_letter(bench, api, "order", {"count": "many"})

    replay = bench.page.get_by_role("region", name="Replay", exact=True)
    await replay.get_by_text("Pack would refuse it").wait_for()
    await replay.get_by_role("button", name="Raw JSON").click()
    await replay.locator(".cm-content").fill('{"item": ')
    await replay.get_by_text("It is no JSON yet.").wait_for()
    assert await replay.get_by_role("button", name="Rehearse").is_disabled()

    await replay.get_by_role("button", name="Start over").click()
    await replay.get_by_text("Pack would refuse it").wait_for()


async def test_all_dead_letters_of_a_step_are_redriven(bench: WorkbenchPage, api: Api) -> None:
    for number in range(3):
        await api.send("POST", "emit/parcel", {"number": number})
    await api.send("POST", "emit/order", {"item": "glass"})
    await bench.go("queue?step=Post")
    await letters(bench).get_by_role("option").nth(2).wait_for()
    await api.send("PUT", "state/office/open", True)

    await bench.page.get_by_role("button", name="Redrive all").click()
    asked = bench.page.get_by_role("alertdialog", name="Redrive 3 dead letters of Post?")
    await asked.get_by_role("button", name="Redrive").click()

    await bench.page.get_by_text("No dead letter of Post.").wait_for()
    await bench.page.get_by_text("3 letters put back").wait_for()
    assert await api.dead() == 1


async def test_a_letter_that_is_gone_says_so(bench: WorkbenchPage, api: Api) -> None:
    await open_letter(bench, api, "parcel", {})
    await api.send("POST", "queue/discard")
    await bench.page.reload()

    await bench.page.get_by_role("heading", name="This dead letter is gone").wait_for()
    await bench.page.get_by_role("button", name="To the lanes").click()
    await bench.page.get_by_role("region", name="Lanes").wait_for()


async def test_it_can_be_used_by_keys_alone(bench: WorkbenchPage, api: Api) -> None:
    for item in ("glass", "glass"):
        await api.send("POST", "emit/order", {"item": item})
    await bench.go("queue")
    keys = bench.page.keyboard
    await letters(bench).get_by_role("option").nth(1).wait_for()
    await letters(bench).focus()
    await keys.press("ArrowDown")
    await keys.press("ArrowDown")
    await bench.page.get_by_role("option", selected=True).wait_for()

    await bench.page.get_by_label("item").focus()
    await keys.press("Control+A")
    await keys.type("tea")
    await keys.press("Control+Enter")
    await (
        bench.page.get_by_role("region", name="Rehearsed")
        .get_by_role("row", name="Status failed done")
        .wait_for()
    )

    discard = bench.page.get_by_role("button", name="Discard", exact=True)
    await discard.focus()
    await keys.press("Enter")
    await bench.page.get_by_role("alertdialog").wait_for()
    await keys.press("Escape")
    await bench.page.get_by_role("alertdialog").wait_for(state="detached")
    await has_focus(discard)
    assert await api.dead() == 2


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_stands_in_the_way_of_anybody(
    browser: Browser, served: Served, api: Api, theme: Theme, size: str
) -> None:
    for number in range(3):
        await api.send("POST", "emit/parcel", {"number": number})
    await api.send("POST", "emit/order", {"item": "glass", "count": 3})
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go("queue")
        await letters(bench).get_by_role("option").nth(3).wait_for()
        await picture(bench, "queue", theme, size)
        assert await violations(bench) == []

        await letters(bench).get_by_role("option").filter(has_text="Pack").click()
        await bench.page.get_by_label("item").fill("tea")
        await picture(bench, "queue-letter", theme, size)
        await bench.page.get_by_role("button", name="Rehearse").click()
        await bench.page.get_by_role("region", name="Rehearsed").get_by_role("table").wait_for()
        await picture(bench, "queue-rehearsed", theme, size)
        assert await violations(bench) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await bench.page.evaluate(wide)

        await bench.page.get_by_role("button", name="Discard", exact=True).click()
        await bench.page.get_by_role("alertdialog").wait_for()
        await picture(bench, "queue-discard", theme, size)
        assert await violations(bench) == []
