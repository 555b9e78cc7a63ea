"""Over every transport, on both pages, an answer appears as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.chat_page import (
    FLAVOURS,
    QUESTION,
    TRANSPORTS,
    ChatPage,
    Which,
    all_opened,
    grew,
    on_all,
    text_of,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
#: States of an answer of about forty tokens that must be seen between none of it and all of it.
FEWEST_STATES = 15
FEWEST_LOOKS = 3
PAGES: list[Which] = [(flavour, transport) for flavour in FLAVOURS for transport in TRANSPORTS]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page showed from the question to the end of the answer."""

    question: str
    text: str
    states: list[str]
    typing: int
    lines: list[str]
    asked_elsewhere: list[str]
    complaints: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(browser: Browser, server: str) -> dict[Which, Shown]:
    """Of all pages, which ask at the same time."""
    async with all_opened(browser, server, PAGES) as pages:
        await on_all(pages.values(), ChatPage.ask)
        await on_all(pages.values(), ChatPage.answered)
        return {
            which: Shown(
                question=await text_of(page.questions.first),
                text=await text_of(page.answers.first),
                states=await page.seen("answers"),
                typing=await page.seen("typing"),
                lines=await page.seen("lines"),
                asked_elsewhere=page.asked_elsewhere,
                complaints=page.complaints,
            )
            for which, page in pages.items()
        }


@pytest.mark.parametrize("which", PAGES, ids="-".join)
async def test_an_answer_appears_token_by_token(shown: dict[Which, Shown], which: Which) -> None:
    """S4.34: all at the same time, Socket.IO and the streams' sockets on one port."""
    it = shown[which]

    assert it.question == QUESTION
    assert QUESTION in it.text
    assert it.states[-1] == it.text
    assert grew(it.states)
    assert len(it.states) - 1 >= (FEWEST_LOOKS if which[1] == "polling" else FEWEST_STATES)


@pytest.mark.parametrize("which", PAGES, ids="-".join)
async def test_the_page_says_that_an_answer_is_on_its_way_before_there_is_one(
    shown: dict[Which, Shown], which: Which
) -> None:
    it = shown[which]

    assert it.typing > 0
    assert {"connecting", "open"} <= set(it.lines) or which[1] == "plain"


@pytest.mark.parametrize("which", PAGES, ids="-".join)
async def test_the_page_asks_nobody_but_its_server_and_complains_of_nothing(
    shown: dict[Which, Shown], which: Which
) -> None:
    assert shown[which].asked_elsewhere == []
    assert shown[which].complaints == []
