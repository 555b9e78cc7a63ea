"""What axe-core says of a page, and pictures of what it was asked about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chatting import ROOT
from tests.needs import missing

if TYPE_CHECKING:
    from playwright.async_api import Page

AXE = ROOT / "workbench/node_modules/axe-core/axe.min.js"
#: A folder for pictures of what is checked, for people to look at.
PICTURES = os.environ.get("BROWSER_PICTURES")


async def violations_of(page: Page) -> list[str]:
    """What axe calls serious or critical, and where."""
    if not AXE.is_file():
        missing("axe-core is not installed: npm ci in workbench/")
    await page.evaluate(f"() => {{ {AXE.read_text('utf-8')} }}")
    found = await page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


async def picture_of(page: Page, *names: str) -> None:
    if PICTURES is not None:
        await page.screenshot(path=Path(PICTURES) / f"{'-'.join(names)}.png")
