"""The problems' screen against a real server: a file breaks, the version before answers, it is mended."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.axe import PICTURES
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import (
    Theme,
    picture,
    screens,
    serve_files,
    violations,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

HELLO = """config = {"type": "api", "name": "Hello", "method": "GET", "path": "/hello", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": "first"}
"""
BROKEN = HELLO.replace('"first"}', '"second"')
LONELY = """
    config = {"type": "event", "name": "Lonely", "subscribes": ["never-sent"], "emits": []}


    async def handler(data, context): ...
"""
FAILING = """
    from motia_py import NonRetryable

    config = {"name": "Fails", "triggers": [
        {"type": "http", "method": "POST", "path": "/fail"}, {"type": "queue", "topic": "doomed"}]}


    async def handler(data, context):
        if context.trigger.type == "http":
            await context.emit("doomed", {})
            return {"status": 202}
        raise NonRetryable("it can never be done")
"""


@pytest_asyncio.fixture(loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    root = tmp_path_factory.mktemp("problems") / "project"
    async with serve_files(root, {"steps/hello_step.py": HELLO}) as served:
        yield served


async def test_a_file_that_breaks_is_told_while_the_version_before_answers(
    bench: WorkbenchPage, served: Served
) -> None:
    file = served.root / "steps/hello_step.py"
    rail = bench.page.get_by_role("navigation", name="Screens")
    await bench.go("problems")
    await bench.page.get_by_role("heading", name="Nothing is wrong").wait_for()

    file.write_text(BROKEN)

    failure = bench.page.get_by_role("region", name="Why it does not load")
    await failure.get_by_text(re.compile("steps/hello_step.py:[0-9]+")).wait_for()
    await failure.get_by_text(re.compile("Still serving the version from [0-9:]{8}")).wait_for()
    await rail.get_by_text("1 file does not load").wait_for()
    assert await (await bench.page.request.get(f"{served.url}/hello")).text() == "first"

    file.write_text(HELLO.replace("first", "third"))

    await bench.page.get_by_role("heading", name="Nothing is wrong").wait_for()
    await rail.get_by_text("does not load").wait_for(state="detached")
    assert await (await bench.page.request.get(f"{served.url}/hello")).text() == "third"


async def test_a_failure_leads_to_its_line_and_to_its_step(
    bench: WorkbenchPage, served: Served
) -> None:
    (served.root / "steps/hello_step.py").write_text(BROKEN)
    (served.root / "steps/new_step.py").write_text("config = {\n")
    await bench.go("problems")
    await bench.page.get_by_role("heading", name="2 files do not load").wait_for()
    await bench.page.get_by_text("Nothing of this file is served").wait_for()
    links = bench.page.get_by_role("link", name="Open in VS Code")

    assert [
        bool(re.fullmatch(rf"vscode://file{served.root}/steps/\w+_step\.py:\d+", address))
        for address in await links.evaluate_all("links => links.map(link => link.href)")
    ] == [True, True]

    await bench.page.get_by_role("link", name="Show on the graph").first.click()
    await bench.page.wait_for_url("**/flows?step=Hello")
    step = bench.inspector("Hello")
    await step.get_by_role("region", name="Why it does not load").wait_for()


async def test_what_is_likely_not_meant_is_told(bench: WorkbenchPage, served: Served) -> None:
    (served.root / "steps/lonely_step.py").write_text(LONELY.replace("\n    ", "\n"))
    await bench.go("problems")

    await (
        bench.page.get_by_role("region", name="Likely not meant")
        .get_by_text("never-sent")
        .first.wait_for()
    )
    await bench.page.get_by_role("link", name="Show on the graph").click()
    await bench.page.wait_for_url("**/flows?step=Lonely")


async def test_work_that_nobody_does_is_told(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("doomed") / "project"
    async with (
        serve_files(root, {"steps/fails_step.py": FAILING}) as served,
        screens(browser, served.url) as bench,
    ):
        await bench.go("problems")
        await bench.page.get_by_role("heading", name="Nothing is wrong").wait_for()

        await bench.page.request.post(f"{served.url}/fail")

        dead = bench.page.get_by_role("region", name="Dead letters")
        await dead.get_by_text("1 message given up").wait_for()
        await bench.page.get_by_text("1 to look at").wait_for(state="attached")
        await bench.page.get_by_role("banner").get_by_role("link", name="1 dead letter").wait_for()
        assert await bench.page.get_by_text("nobody handles").count() == 0
        await dead.get_by_role("link", name="Open in Queue").click()
        await bench.page.get_by_role("listbox", name="Dead letters, newest first").wait_for()


@pytest.mark.parametrize(
    ("theme", "size"),
    [("light", "narrow"), ("dark", "wide"), *([("light", "wide")] if PICTURES else [])],
)
async def test_whatever_it_shows_is_accessible(
    browser: Browser, served: Served, theme: Theme, size: str
) -> None:
    async with screens(browser, served.url, theme=theme, size=size) as bench:
        names = ("problems", theme, size)
        await bench.go("problems")
        await bench.page.get_by_role("heading", name="Nothing is wrong").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "none")

        (served.root / "steps/fails_step.py").write_text(FAILING.replace("\n    ", "\n"))
        (served.root / "steps/lonely_step.py").write_text(LONELY.replace("\n    ", "\n"))
        await bench.page.get_by_role("region", name="Likely not meant").wait_for()
        await bench.page.request.post(f"{served.url}/fail")
        await bench.page.get_by_role("region", name="Dead letters").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "warn")
        (served.root / "steps/hello_step.py").write_text(BROKEN)
        await bench.page.get_by_role("region", name="Why it does not load").wait_for()
        assert await violations(bench) == []
        await picture(bench, *names, "some")
