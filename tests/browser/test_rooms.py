"""Over Socket.IO all windows in one room see one answer as it is written, with the name of who asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.chat_page import (
    FLAVOURS,
    QUESTION,
    ChatPage,
    Flavour,
    all_opened,
    grew,
    on_all,
    text_of,
)
from tests.browser.conftest import Opener, serve
from tests.browser.keys import has_focus, tabbed

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120),
    pytest.mark.parametrize("flavour", FLAVOURS),
]
OTHER: dict[Flavour, Flavour] = {"react": "plain", "plain": "react"}
FEWEST_STATES = 15
SOMETHING = re.compile(r"\S")


@asynccontextmanager
async def in_one_room(
    browser: Browser, server: str, flavour: Flavour
) -> AsyncIterator[tuple[ChatPage, ChatPage]]:
    """Ada, whose page is of this flavour, and Bob with the other one, who joined after her."""
    which = [(flavour, "socket.io"), (OTHER[flavour], "socket.io")]
    async with all_opened(browser, server, which) as pages:
        ada, bob = (pages[each] for each in which)
        await ada.join(flavour, "Ada")
        await bob.join(flavour, "Bob")
        await ada.news.filter(has_text="Bob has joined.").wait_for()
        yield ada, bob


async def test_an_answer_grows_in_both_windows_with_the_name_of_who_asked(
    browser: Browser, server: str, flavour: Flavour
) -> None:
    async with in_one_room(browser, server, flavour) as (ada, bob):
        await ada.ask()
        await on_all((ada, bob), ChatPage.answered)

        text = await text_of(ada.answers.first)
        states = await bob.seen("answers")
        assert QUESTION in text
        assert states[-1] == text
        assert grew(states)
        assert len(states) > FEWEST_STATES
        assert await bob.seen("typing") > 0
        assert await bob.answers.locator(".name").all_inner_texts() == ["Answer to Ada"]
        assert await bob.seen("spoken") == [f"Answer to Ada: {text}"]
        assert await ada.answers.locator(".name").count() == 0
        assert [*ada.asked_elsewhere, *bob.asked_elsewhere] == []
        assert [*ada.complaints, *bob.complaints] == []


async def test_two_who_ask_at_once_see_both_answers(
    browser: Browser, server: str, flavour: Flavour
) -> None:
    async with in_one_room(browser, server, flavour) as (ada, bob):
        await ada.ask("What is tea?")
        await bob.ask("What is coffee?")
        for page in (ada, bob):
            await page.answered(2)

        shown = {
            tuple(await page.answers.filter(has_text=drink).all_inner_texts())
            for page in (ada, bob)
            for drink in ("tea", "coffee")
        }
        assert sum("Answer to Ada" in text for texts in shown for text in texts) == 1
        assert sum("Answer to Bob" in text for texts in shown for text in texts) == 1
        assert all(len(texts) == 1 for texts in shown)


async def test_who_has_left_sees_nothing_more_of_the_room(
    browser: Browser, server: str, flavour: Flavour
) -> None:
    async with in_one_room(browser, server, flavour) as (ada, bob):
        await bob.leaving.click()
        await ada.news.filter(has_text="Bob has left.").wait_for()
        await ada.ask()
        await ada.answered()
        # What was sent to the room before would have come before this.
        await bob.ask("And me?")
        await bob.answered()

        assert await bob.joining.is_visible()
        assert await bob.answers.locator(".name").count() == 0
        assert await bob.answers.count() == 1


async def test_a_socket_that_comes_back_is_in_its_room_again(
    browser: Browser, tmp_path: Path, flavour: Flavour
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    async with (
        serve(root) as served,
        in_one_room(browser, served.url, flavour) as (ada, bob),
    ):
        await served.kill()
        served.port = urlsplit(served.url).port or 0
        await on_all((ada, bob), lambda page: page.shows("reconnecting"))
        await served.start()
        for page in (ada, bob):
            await page.news.filter(has_text=SOMETHING).wait_for()
        await ada.ask()
        await bob.answered()

        assert await bob.answers.locator(".name").inner_text() == "Answer to Ada"


async def test_a_new_conversation_stays_in_the_room(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour, "socket.io") as page:
        await page.join("tea", "Ada")
        await page.ask()
        await page.answered()

        await page.anew.click()

        await page.answers.wait_for(state="detached")
        assert await page.leaving.is_visible()
        assert "You are in “tea” as Ada." in await page.news.inner_text()


async def test_a_new_conversation_in_mid_answer_shows_nothing_of_the_old_answer(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "socket.io") as page:
        await page.ask("What is tea?")
        await page.grown(10)
        await page.anew.click()
        await page.answers.wait_for(state="detached")
        await page.page.evaluate("window.seen.answers = []")

        await page.ask("What is coffee?")
        text = await page.answered()

        states = await page.seen("answers")
        assert "coffee" in text
        assert states[-1] == text
        assert grew(states)
        assert await page.answers.count() == 1
        assert page.complaints == []


async def test_a_room_needs_a_name_and_can_be_joined_with_the_keyboard(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "socket.io") as page:
        order = [await tabbed(page.page) for _ in range(8)]
        assert order[3:] == ["Room", "Name", "Join", "Conversation", "Message"]
        await page.room.get_by_label("Room").fill("tea")
        await page.room.get_by_label("Name").fill(" ")
        await page.page.keyboard.press("Enter")
        assert await page.joining.is_visible()

        await page.page.keyboard.type("Ada")
        await page.page.keyboard.press("Enter")

        await page.leaving.wait_for()
        assert await tabbed(page.page) == "Leave"
        await page.page.keyboard.press("Enter")
        await page.joining.wait_for()
        await has_focus(page.joining)


async def test_a_client_that_cannot_be_loaded_is_told_and_tried_again(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "plain") as page:
        await page.page.route("**/socket.io.js", lambda route: route.abort(), times=1)
        await page.transport.select_option("socket.io")
        await page.retry.wait_for()
        assert "/__motia/socket.io.js could not be loaded." in await page.alert.inner_text()
        await page.shows("closed")

        await page.retry.press("Enter")

        await page.shows("open")
        assert not await page.retry.is_visible()
        await has_focus(page.message)


async def test_a_server_that_speaks_no_socket_io_is_told_until_it_does(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "plain") as page:
        await page.page.route("**/socket.io/*", lambda route: route.fulfill(status=404))
        await page.transport.select_option("socket.io")
        await page.retry.wait_for()
        said = await page.alert.inner_text()
        assert "The server cannot be reached over Socket.IO." in said

        await page.page.unroute_all()

        await page.shows("open")
        await page.retry.wait_for(state="hidden")


async def test_what_is_asked_while_there_is_no_connection_has_failed(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "plain") as page:
        await page.page.route("**/socket.io/*", lambda route: route.abort())
        await page.transport.select_option("socket.io")
        await page.retry.wait_for()
        await page.ask()
        await page.questions.locator(".note").wait_for()
        assert "The server cannot be reached." in await page.alert.inner_text()
        await page.page.unroute_all()
        await page.shows("open")

        await page.retry.click()

        assert QUESTION in await page.answered()
        assert await page.questions.count() == 1


async def test_on_a_narrow_screen_the_room_fits(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour, "socket.io", viewport={"width": 390, "height": 844}) as page:
        await page.join("a room with a long name " * 4, "Donaudampfschifffahrt" * 4)

        size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert await page.page.evaluate(size) == [390, 844]
        box = await page.leaving.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
