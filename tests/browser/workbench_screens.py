"""What tests of the workbench's screens share: a project of files, a page, what axe says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from tests.acceptance.served import Served
from tests.browser.axe import picture_of, violations_of
from tests.browser.workbench_page import NARROW, WIDE, WorkbenchPage, workbench
from tests.needs import need_workbench
from tests.projects import write_project

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

SIZES: Mapping[str, ViewportSize] = {"wide": WIDE, "narrow": NARROW}
Theme = Literal["light", "dark"]
LOOKS: Sequence[tuple[Theme, str]] = (
    ("light", "wide"),
    ("dark", "wide"),
    ("light", "narrow"),
    ("dark", "narrow"),
)


@asynccontextmanager
async def screens(
    browser: Browser, server: str, *, theme: Theme = "light", size: str = "wide"
) -> AsyncIterator[WorkbenchPage]:
    """A page in a profile of its own, which may use the clipboard; requests of it may fail."""
    async with workbench(browser, server, viewport=SIZES[size], theme=theme) as bench:
        await bench.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield bench
        bench.problems = [
            problem for problem in bench.problems if not problem.startswith("Failed to load")
        ]


def serve_files(root: Path, files: Mapping[str, str]) -> Served:
    """A project of these files, served as while it is written."""
    need_workbench()
    root.mkdir()
    write_project(root, files)
    return Served(root, "dev")


async def choose(bench: WorkbenchPage, endpoint: str) -> None:
    """Open the tester of an endpoint, as `POST /chat`."""
    await bench.go(f"endpoints?endpoint={quote(endpoint)}")
    await bench.page.get_by_role("button", name="Send").wait_for()


async def violations(bench: WorkbenchPage) -> list[str]:
    """What axe calls serious or critical, and where."""
    return await violations_of(bench.page)


async def picture(bench: WorkbenchPage, *names: str) -> None:
    await picture_of(bench.page, *names)
