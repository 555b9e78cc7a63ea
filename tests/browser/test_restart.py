"""The server is killed while answers are being written, comes back, and the pages recover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.acceptance.served import Served
from tests.browser.chat_page import (
    FLAVOURS,
    QUESTION,
    STREAM_TRANSPORTS,
    ChatPage,
    Which,
    all_opened,
    on_all,
    text_of,
)
from tests.browser.conftest import serve

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
#: An answer of about forty tokens takes two seconds: time to see it and to kill.
PACE_MS = 50
#: The rest of these answers cannot be had: the page asks the user.
ASKS = ("response", "socket.io")
PAGES: list[Which] = [
    *(("react", transport) for transport in (*STREAM_TRANSPORTS[1:], "messages")),
    *(("plain", transport) for transport in ("automatic", "messages")),
    *((flavour, transport) for flavour in FLAVOURS for transport in ASKS),
]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a page showed."""

    before: str
    alert: str
    text: str
    answers: int
    lines: list[str]
    line: str
    asked_elsewhere: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stories(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[Which, Story]:
    """Of all pages; the server is killed once."""
    root = tmp_path_factory.mktemp("restart") / "project"
    root.mkdir()
    async with (
        serve(root, OFFLINE_MODEL_PACE_MS=str(PACE_MS)) as served,
        all_opened(browser, served.url, PAGES) as pages,
    ):
        return await restarted(served, pages)


async def restarted(served: Served, pages: dict[Which, ChatPage]) -> dict[Which, Story]:
    await on_all(pages.values(), ChatPage.ask)
    await on_all(pages.values(), lambda page: page.grown(20))
    await served.kill()
    served.port = urlsplit(served.url).port or 0
    before = {which: await text_of(page.answers.last) for which, page in pages.items()}
    alerts = {}
    for (flavour, transport), page in pages.items():
        if transport in ASKS:
            await page.retry.wait_for()
            alerts[flavour, transport] = await page.alert.inner_text()
        else:
            await page.shows("reconnecting")
    await served.start()
    for (_, transport), page in pages.items():
        if transport in ASKS:
            await page.retry.click()
    await on_all(pages.values(), ChatPage.answered)
    return {
        which: Story(
            before=before[which],
            alert=alerts.get(which, ""),
            text=await text_of(page.answers.last),
            answers=await page.answers.count(),
            lines=await page.seen("lines"),
            line=await page.page.locator(".state").inner_text(),
            asked_elsewhere=page.asked_elsewhere,
        )
        for which, page in pages.items()
    }


@pytest.mark.parametrize("which", PAGES, ids="-".join)
async def test_an_answer_that_was_cut_off_is_shown_whole_after_the_restart(
    stories: dict[Which, Story], which: Which
) -> None:
    story = stories[which]

    assert 0 < len(story.before) < len(story.text)
    assert QUESTION in story.text
    assert story.text.endswith("start the server again.")
    assert story.answers == 1
    assert story.asked_elsewhere == []


@pytest.mark.parametrize("which", [each for each in PAGES if each[1] not in ASKS], ids="-".join)
async def test_the_page_says_that_it_reconnects_and_asks_nobody_to_do_anything(
    stories: dict[Which, Story], which: Which
) -> None:
    story = stories[which]

    assert "reconnecting" in story.lines
    assert story.alert == ""
    assert story.line == ("ready" if which[1] == "messages" else "open")


@pytest.mark.parametrize("which", [each for each in PAGES if each[1] in ASKS], ids="-".join)
async def test_an_answer_whose_rest_is_lost_is_asked_for_again_by_the_user(
    stories: dict[Which, Story], which: Which
) -> None:
    story = stories[which]

    assert "The connection was lost before the answer was complete" in story.alert
    assert "Retry" in story.alert
