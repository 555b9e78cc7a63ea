"""What the workbench gives away as files: the routes, a flow, a trace."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.kitchen import FILES
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import screens, serve_files

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serve_files(tmp_path_factory.mktemp("export") / "kitchen", FILES) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def bench(browser: Browser, served: Served) -> AsyncIterator[WorkbenchPage]:
    async with screens(browser, served.url) as opened:
        yield opened


async def saved(bench: WorkbenchPage, button: Locator, folder: Path) -> Path:
    """The file that a button saves, under the name that it gives it."""
    async with bench.page.expect_download() as download:
        await button.click()
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
