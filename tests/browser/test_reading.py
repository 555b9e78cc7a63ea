"""What a reader does: scrolls up and comes back, stops, tries again, comes later, uses the keyboard."""

from __future__ import annotations

import pytest

from tests.browser.chat_page import FLAVOURS, QUESTION, Flavour, text_of
from tests.browser.conftest import Opener
from tests.browser.keys import has_focus, tabbed

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("flavour", FLAVOURS),
]
#: Higher than the window.
LONG_TEXT = "\n".join(f"line {number}" for number in range(40))


async def test_the_list_follows_the_answer_until_the_reader_scrolls_up(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour) as page:
        await page.ask(LONG_TEXT)
        await page.grown(10)
        top, end = await page.top()
        assert end > 100
        assert end - top <= 8

        await page.conversation.hover()
        await page.page.mouse.wheel(0, -200)
        await page.jump.wait_for()
        let_go, end = await page.top()
        await page.answered()
        assert (await page.top())[0] == let_go < end - 8

        await page.conversation.press("End")
        await page.jump.wait_for(state="hidden")


async def test_who_jumps_to_the_latest_follows_again(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour) as page:
        await page.ask(LONG_TEXT)
        await page.answered()
        await page.conversation.press("Home")
        await page.jump.press("Enter")
        await has_focus(page.conversation)

        await page.ask()
        await page.answered(2)

        top, end = await page.top()
        assert end - top <= 8
        assert await page.jump.count() == 0 or not await page.jump.is_visible()


@pytest.mark.parametrize("transport", ["automatic", "response"])
async def test_stop_keeps_what_came_and_lets_one_go_on(
    chat: Opener, flavour: Flavour, transport: str
) -> None:
    async with chat(flavour, transport) as page:
        await page.ask()
        await page.grown(10)
        await page.stop.click()

        stopped = page.page.locator("#conversation li.assistant.stopped")
        await stopped.wait_for()
        assert await text_of(stopped) in await page.seen("answers")
        assert await stopped.locator(".note").inner_text() == "stopped here"
        await has_focus(page.message)

        await page.ask("And the sea?")
        await page.page.locator("#conversation li.assistant.complete").wait_for()
        assert "And the sea?" in await text_of(page.answers.last)


async def test_a_message_that_is_not_taken_can_be_sent_again(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour) as page:
        await page.page.route("**/chat", lambda route: route.abort(), times=1)
        await page.ask()
        await page.retry.wait_for()
        assert "The server cannot be reached." in await page.alert.inner_text()
        assert await page.questions.locator(".note").inner_text() == "no answer"

        await page.retry.press("Enter")

        assert QUESTION in await page.answered()
        assert await page.questions.count() == 1
        assert not await page.retry.is_visible()


async def test_who_asks_too_often_is_told_how_long_to_wait(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour, "response") as page:
        await page.shows("ready")
        await page.page.route(
            "**/chat/stream",
            lambda route: route.fulfill(
                status=429,
                headers={"Retry-After": "7", "Content-Type": "application/json"},
                body='{"error": "Rate limit exceeded."}',
            ),
        )
        await page.ask()
        await page.retry.wait_for()

        assert "Rate limit exceeded. Wait 7 seconds." in await page.alert.inner_text()
        assert await page.questions.locator(".note").inner_text() == "refused"
        await page.shows("ready")


async def test_a_websocket_that_cannot_be_had_is_replaced_by_itself(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "response") as page:
        # Whatever a proxy does to sockets.
        await page.page.evaluate("() => { WebSocket = class { constructor() { throw 1; } }; }")
        await page.transport.select_option("automatic")
        await page.shows("open")
        assert "Now: server-sent events." in await page.about.inner_text()

        await page.ask()

        assert QUESTION in await page.answered()
        assert len(await page.seen("answers")) > 15
        assert page.complaints == []


async def test_a_reload_shows_the_same_conversation_over_the_same_transport(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "sse") as page:
        await page.ask()
        text = await page.answered()

        await page.page.reload()

        assert await page.answered() == text
        assert await page.transport.input_value() == "sse"
        assert await page.seen("spoken") == []


async def test_a_conversation_goes_on_over_another_transport(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour, "websocket") as page:
        await page.ask()
        text = await page.answered()

        await page.transport.select_option("polling")

        await page.shows("open")
        assert await page.answered() == text
        await page.ask("And the sea?")
        assert "message number 2" in await page.answered(2)


async def test_a_new_conversation_is_empty(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour) as page:
        await page.ask()
        await page.answered()

        await page.anew.click()

        await page.answers.wait_for(state="detached")
        await page.ask()
        assert "message number 1" in await page.answered()


async def test_all_of_it_can_be_done_with_the_keyboard(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour) as page:
        keyboard = page.page.keyboard
        order = [await tabbed(page.page) for _ in range(5)]
        assert order == [
            OTHER[flavour],
            "Transport",
            "New conversation",
            "Conversation",
            "Message",
        ]

        await keyboard.type("first")
        await keyboard.press("Shift+Enter")
        await keyboard.type("second")
        assert await page.message.input_value() == "first\nsecond"
        await keyboard.press("Enter")
        assert await text_of(page.questions.first) == "first\nsecond"
        await page.answered()
        assert await page.message.input_value() == ""

        # It is held: Tab leads out at both ends.
        assert await tabbed(page.page) == "Send"
        await keyboard.press("Shift+Tab")
        await keyboard.press("Shift+Tab")
        outline = "document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle"
        assert await page.page.evaluate(outline) == "solid"


OTHER = {"react": "Without React", "plain": "With React"}


async def test_enter_chooses_for_an_input_method_and_does_not_send(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour) as page:
        await page.message.fill("ni hao")
        await page.message.evaluate(
            "field => field.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
        )

        assert await page.message.input_value() == "ni hao"
        assert await page.questions.count() == 0


async def test_a_screen_reader_hears_the_answer_once_and_whole(
    chat: Opener, flavour: Flavour
) -> None:
    async with chat(flavour) as page:
        await page.ask()
        first = await page.answered()
        await page.ask("And the sea?")
        second = await page.answered(2)

        await page.page.locator(".unseen[aria-live=polite]", has_text="And the sea?").wait_for(
            state="attached"
        )
        assert [text.strip() for text in await page.seen("spoken")] == [first, second]
        live = page.page.locator("#conversation").locator(
            "xpath=ancestor-or-self::*[@aria-live or @role='log']"
        )
        assert await live.count() == 0


async def test_every_language_and_sign_survives(chat: Opener, flavour: Flavour) -> None:
    """S4.31: what looks like markup is text."""
    text = "你好，长江 👩‍👩‍👧‍👦 🇨🇳 café ☕ e\u0301 \u202eabc\u202c <b>&amp;</b>"
    async with chat(flavour) as page:
        await page.ask(text)

        assert text in await page.answered()
        assert await text_of(page.questions.first) == text


async def test_on_a_narrow_screen_nothing_is_cut_off(chat: Opener, flavour: Flavour) -> None:
    async with chat(flavour, viewport={"width": 390, "height": 844}) as page:
        await page.ask("Donaudampfschifffahrt" * 9 + "\n    for (;;) { " + "x" * 90 + "(); }")
        await page.answered()

        widths = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, document.querySelector('#conversation').scrollWidth - document.querySelector('#conversation').clientWidth]"
        assert await page.page.evaluate(widths) == [390, 844, 0]
        for part in (page.transport, page.anew, page.message, page.send):
            box = await part.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
            assert box["y"] + box["height"] <= 844


@pytest.mark.parametrize(("motion", "animation"), [("no-preference", "blink"), ("reduce", "none")])
async def test_the_cursor_blinks_unless_one_wants_less_motion(
    chat: Opener, flavour: Flavour, motion: str, animation: str
) -> None:
    async with chat(flavour, motion=motion) as page:
        await page.ask()
        cursor = page.page.locator("#conversation li.streaming .text")
        await page.grown(10)

        name = "bubble => getComputedStyle(bubble, '::after').animationName"
        assert await cursor.evaluate(name) == animation
