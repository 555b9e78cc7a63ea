"""The first page of `dev` leads to the chat page, if the project has it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import serve

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_first_page_leads_to_the_chat_page_while_there_is_one(
    tab: Page, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    link = tab.get_by_role("link", name="Every transport")
    async with serve(root, "dev") as served:
        await tab.goto(served.url)
        await link.click()
        await tab.wait_for_url("**/chat-demo*")
        await tab.get_by_label("Transport").wait_for()

        await tab.go_back()
        await link.wait_for()
        shutil.rmtree(root / "steps/chat_page")
        await link.wait_for(state="hidden")
