"""What the workbench gives away as files: the routes, a flow, a trace."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.acceptance.served import Served
from tests.browser.axe import PICTURES, picture_of, violations_of
from tests.browser.keys import has_focus
from tests.browser.kitchen import FILES, order
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import (
    SIZES,
    Theme,
    picture,
    screens,
    serve_files,
    violations,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SECRET = "s3cret-s3cret"
LOGIN = """
    config = {"type": "api", "name": "Login", "method": "POST", "path": "/login",
              "emits": ["logged.in"]}


    async def handler(req, context):
        context.logger.info("who is it", {"name": "ada", "password": req["body"]["password"]})
        await context.emit({"topic": "logged.in", "data": {**req["body"], "note": "n" * 200}})
        raise ValueError("<script>alert(1)</script>")
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    files = {**FILES, "steps/login_step.py": LOGIN}
    async with serve_files(tmp_path_factory.mktemp("export") / "kitchen", files) as served:
        yield served


@asynccontextmanager
async def offline(
    browser: Browser, file: Path, *, theme: Theme = "light", size: str = "wide"
) -> AsyncIterator[Page]:
    """The file as somebody opens it who has nothing else. Afterwards: it asked for nothing."""
    context = await browser.new_context(offline=True, color_scheme=theme, viewport=SIZES[size])
    try:
        page = await context.new_page()
        asked: list[str] = []
        told: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: told.append(message.text))
        await page.goto(file.as_uri())
        yield page
        assert asked == [file.as_uri()]
        assert told == []
    finally:
        await context.close()


async def saved(bench: WorkbenchPage, chosen: Locator, folder: Path) -> Path:
    """The file that a button or a choice saves, under the name that it gives it."""
    async with bench.page.expect_download() as download:
        await chosen.click()
    file = await download.value
    path = folder / file.suggested_filename
    await file.save_as(path)
    return path


async def test_the_routes_are_saved_as_an_openapi_document(
    bench: WorkbenchPage, tmp_path: Path
) -> None:
    await bench.go("endpoints")
    file = await saved(bench, bench.page.get_by_role("button", name="OpenAPI"), tmp_path)

    assert file.name == "kitchen.openapi.json"
    document = json.loads(file.read_text())
    assert document["paths"]["/orders"]["post"]["operationId"] == "TakeOrder"


def choice(bench: WorkbenchPage, name: str) -> Locator:
    return bench.page.get_by_role("menu", name="Export").get_by_role("menuitem", name=name)


async def open_menu(bench: WorkbenchPage) -> None:
    await bench.page.get_by_role("button", name="Export").click()


async def test_a_flow_is_copied_and_saved_as_mermaid(bench: WorkbenchPage, tmp_path: Path) -> None:
    await bench.go("flows/kitchen")
    await open_menu(bench)
    await choice(bench, "Copy as Mermaid").click()
    await bench.page.get_by_text("The flow is copied").wait_for()
    copied = await bench.page.evaluate("navigator.clipboard.readText()")
    await open_menu(bench)
    file = await saved(bench, choice(bench, "Save as Mermaid"), tmp_path)

    assert file.name == "kitchen-kitchen.mmd"
    assert file.read_text() == copied
    assert 's1["Cook<br/>order.taken"]:::event' in copied
    assert '-->|"order.cooked"|' in copied


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_flow_is_saved_as_an_svg_that_stands_alone(
    browser: Browser, served: Served, tmp_path: Path, theme: Theme
) -> None:
    trace = await order(served.url, "stone", "stone")
    async with screens(browser, served.url, theme=theme) as bench:
        await bench.go(f"flows/kitchen?run={trace}")
        await bench.node("Cook").get_by_text("2 failed").wait_for()
        await open_menu(bench)
        await picture(bench, "export", "menu", theme)
        file = await saved(bench, choice(bench, "Save as SVG"), tmp_path)

    assert file.name == "kitchen-kitchen.svg"
    async with offline(browser, file, theme=theme) as page:
        words = await page.locator("text").all_text_contents()
        await picture_of(page, "export", "svg", theme)
    assert {"TakeOrder", "Cook", "Serve", "POST /orders"} <= set(words)
    assert "2 failed" in " ".join(words)


async def test_a_flow_is_saved_as_a_png(bench: WorkbenchPage, tmp_path: Path) -> None:
    await bench.go("flows")
    await open_menu(bench)
    file = await saved(bench, choice(bench, "Save as PNG"), tmp_path)

    image = file.read_bytes()
    assert file.name == "kitchen.png"
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", image[16:24])
    assert width > 1000 and height > 400
    assert len(image) > 10_000
    if PICTURES is not None:
        shutil.copy(file, Path(PICTURES) / "export-flow.png")


async def test_the_menu_can_be_used_by_keys_and_on_a_phone(
    browser: Browser, served: Served
) -> None:
    async with screens(browser, served.url, size="narrow") as bench:
        await bench.go("flows/kitchen")
        await bench.page.get_by_role("button", name="Export").press("Enter")
        await has_focus(choice(bench, "Copy as Mermaid"))
        await bench.page.keyboard.press("ArrowDown")
        await has_focus(choice(bench, "Save as Mermaid"))
        await picture(bench, "export", "menu", "narrow")
        async with bench.page.expect_download() as download:
            await bench.page.keyboard.press("Enter")
        assert (await download.value).suggested_filename == "kitchen-kitchen.mmd"
        assert await violations(bench) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
async def test_a_trace_is_saved_as_a_page_that_needs_nothing_else(
    browser: Browser, served: Served, tmp_path: Path, theme: Theme, size: str
) -> None:
    trace = await order(served.url, "stone", "stone")
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        await bench.go(f"traces/{trace}")
        await bench.page.get_by_text("2 failed").wait_for()
        await picture(bench, "export", "trace-button", theme, size)
        file = await saved(bench, bench.page.get_by_role("button", name="Save as HTML"), tmp_path)

    assert file.name == f"kitchen-TakeOrder-{trace[:8]}.html"
    async with offline(browser, file, theme=theme, size=size) as page:
        assert await page.get_by_role("heading", level=1).inner_text() == "TakeOrder failed"
        for text in (
            "POST /orders",
            "Answered 201",
            "3 runs, 2 failed",
            "KeyError: 'stone'",
            "this is hard",
        ):
            await page.get_by_text(text).first.wait_for()
        await page.get_by_text("state.set('orders', 'stone')").first.wait_for()
        await page.get_by_text("in handler").first.wait_for()
        assert await page.locator(".bar").count() == 3
        await page.get_by_role("link", name="Cook (attempt 2)").click()
        width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
        await page.evaluate("scrollTo(0, 0)")
        await picture_of(page, "export", "trace", theme, size)
        assert await violations_of(page) == []


async def test_no_secret_is_in_the_page_of_a_trace(
    browser: Browser, served: Served, bench: WorkbenchPage, tmp_path: Path
) -> None:
    async with ClientSession() as client:
        body = {"name": "ada", "password": SECRET, "deep": [{"api_key": SECRET}]}
        async with client.post(f"{served.url}/login", json=body) as answer:
            trace = answer.headers["x-trace-id"]
    await bench.go(f"traces/{trace}")
    file = await saved(bench, bench.page.get_by_role("button", name="Save as HTML"), tmp_path)

    assert SECRET not in file.read_text()
    async with offline(browser, file) as page:
        logged = page.get_by_text("'password': '***'").first
        await logged.wait_for()
        emitted = page.get_by_text("emit('logged.in'")
        await emitted.click()
        await page.locator(".marks").get_by_text('"api_key": "***"').wait_for()
        given = page.locator(".exchange").get_by_text('"api_key": "***"')
        await given.wait_for()
        # What a step says is text, whatever it says.
        await page.get_by_text("ValueError: <script>alert(1)</script>").first.wait_for()
        assert await page.locator("script").count() == 0
