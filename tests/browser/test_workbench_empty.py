"""The workbench of an empty project: each screen shows what fills it, and that works as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import PICTURES
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import LOOKS, Theme, picture, screens, serve_files, violations

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

WHOLE_FILES = {
    "flows": ("steps/hello_step.py", '[data-step="Hello"]'),
    "endpoints": ("steps/greet_step.py", 'a[href$="POST+%2Fgreet"]'),
    "streams": ("steps/chat_stream.py", '[role=tree] >> text="chat"'),
    "queue": ("steps/pack_step.py", 'main >> text="Pack"'),
    "cron": ("steps/nightly_step.py", 'article[aria-label^="Nightly,"]'),
    "events": ("steps/ship_step.py", 'a:has-text("order.shipped")'),
}
LINES = {
    "state": 'main >> text="visits"',
    "logs?step=Try": 'main >> text="an order came"',
}
HANDLER = """config = {{"type": "api", "name": "Try", "method": "GET", "path": "/try", "emits": []}}


async def handler(req, context):
    {}
    return {{"status": 200}}
"""


async def code_of(bench: WorkbenchPage, name: str) -> str:
    """What the button of the sample puts on the clipboard, which is what is shown."""
    await bench.page.get_by_role("button", name=f"Copy {name}").press("Enter")
    await bench.page.get_by_role("button", name="Copied").wait_for()
    text: str = await bench.page.evaluate("navigator.clipboard.readText()")
    assert await bench.page.get_by_label(name, exact=True).inner_text() == text
    return text


@pytest.mark.parametrize("screen", WHOLE_FILES)
async def test_the_file_that_a_screen_offers_fills_it(
    browser: Browser, tmp_path: Path, screen: str
) -> None:
    """Even where there is no folder for it yet."""
    name, filled = WHOLE_FILES[screen]
    async with (
        serve_files(tmp_path / "project", {}) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go(screen)
        text = await code_of(bench, name)
        (served.root / name).parent.mkdir(exist_ok=True)
        (served.root / name).write_text(text)

        await bench.page.locator(filled).first.wait_for()


@pytest.mark.parametrize("screen", LINES)
async def test_the_line_that_a_screen_offers_fills_it(
    browser: Browser, tmp_path: Path, screen: str
) -> None:
    files = {"steps/try_step.py": HANDLER.format("pass")}
    async with (
        serve_files(tmp_path / "project", files) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go(screen)
        line = await code_of(bench, "In a handler")
        (served.root / "steps/try_step.py").write_text(HANDLER.format(line))
        await bench.page.get_by_text("Try changed").wait_for()
        await bench.page.request.get(f"{served.url}/try")

        await bench.page.locator(LINES[screen]).first.wait_for()


async def test_traces_offer_a_command_that_makes_the_first(
    browser: Browser, tmp_path: Path
) -> None:
    files = {"steps/try_step.py": HANDLER.format("pass")}
    async with (
        serve_files(tmp_path / "project", files) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go("traces")
        command = await code_of(bench, "Make one")
        assert command == f"curl {served.url}/try"
        await bench.page.request.get(command.removeprefix("curl "))

        await bench.page.get_by_role("option").get_by_text("Try", exact=True).wait_for()


async def test_a_flow_that_never_ran_leads_to_a_route_to_ask(
    browser: Browser, tmp_path: Path
) -> None:
    handler = HANDLER.format("pass")
    files = {
        "steps/any_step.py": handler.replace("/try", "/any/:id").replace("Try", "Any"),
        "steps/try_step.py": handler,
    }
    async with (
        serve_files(tmp_path / "project", files) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go("flows")
        await bench.page.get_by_role("link", name="Send one GET /try").click()
        await bench.page.get_by_role("button", name="Send").click()

        answer = bench.page.get_by_role("region", name="Answer", exact=True)
        await answer.get_by_text("200 OK").wait_for()


async def test_a_save_says_what_changed_broke_and_was_mended(
    browser: Browser, tmp_path: Path
) -> None:
    good = HANDLER.format("pass")
    async with (
        serve_files(tmp_path / "project", {"steps/try_step.py": good}) as served,
        screens(browser, served.url) as bench,
    ):
        file = served.root / "steps/try_step.py"
        notices = bench.page.get_by_role("region", name="Notifications")
        await bench.go("cron")

        file.write_text(good.replace("200", "201"))
        await notices.get_by_text("Try changed").wait_for()

        file.write_text(good.replace("200}", "200"))
        await notices.get_by_text("try_step.py does not load").wait_for()
        await notices.get_by_text("still serving the version from").wait_for()

        (served.root / "steps/next_step.py").write_text(good.replace("ry", "hen"))
        await notices.get_by_text("Then added").wait_for()
        await notices.get_by_text("try_step.py still does not load").wait_for()

        file.write_text(good.replace("200", "201"))
        await notices.get_by_text("try_step.py is no problem any more").wait_for()


async def test_the_notice_of_a_broken_file_leads_to_it(browser: Browser, tmp_path: Path) -> None:
    good = HANDLER.format("pass")
    async with (
        serve_files(tmp_path / "project", {"steps/try_step.py": good}) as served,
        screens(browser, served.url) as bench,
    ):
        notices = bench.page.get_by_role("region", name="Notifications")
        await bench.go("cron")
        (served.root / "steps/try_step.py").write_text(good.replace("200}", "200"))

        await notices.get_by_role("link", name="On the graph").press("Enter")
        await bench.page.wait_for_url("**/flows?step=Try")
        await bench.inspector("Try").wait_for()

        (served.root / "steps/try_step.py").write_text(good.replace("200}", "(200"))
        await notices.get_by_role("link", name="Show the problem").press("Enter")
        await bench.page.wait_for_url("**/problems")


@pytest.mark.parametrize(("theme", "size"), LOOKS)
async def test_what_an_empty_project_shows_is_accessible(
    browser: Browser, tmp_path: Path, theme: Theme, size: str
) -> None:
    async with (
        serve_files(tmp_path / "project", {}) as served,
        screens(browser, served.url, theme=theme, size=size) as bench,
    ):
        for screen in (*WHOLE_FILES, "traces", "state"):
            await bench.go(screen)
            await bench.page.get_by_role("main").get_by_role("heading").first.wait_for()
            if PICTURES is not None:
                await bench.page.wait_for_timeout(300)
                await picture(bench, "empty", screen, theme, size)
            assert (screen, await violations(bench)) == (screen, [])
        (served.root / "steps").mkdir(exist_ok=True)
        (served.root / "steps/try_step.py").write_text("config = {\n")
        await bench.page.get_by_role("link", name="Show the problem").wait_for()
        if PICTURES is not None:
            await bench.page.wait_for_timeout(600)
            await picture(bench, "notice", theme, size)
        assert await violations(bench) == []
