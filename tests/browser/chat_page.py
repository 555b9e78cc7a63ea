"""A chat page in a browser as a test uses it: what is said to it, what it shows, what it showed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Error,
        Locator,
        Page,
        Request,
        ViewportSize,
        WebSocket,
    )

Flavour: TypeAlias = Literal["react", "plain"]
FLAVOURS: Sequence[Flavour] = ("react", "plain")
PATHS: dict[Flavour, str] = {"react": "/chat-demo", "plain": "/chat-demo/plain"}
#: Those that keep one connection, and what was said on the server.
STREAM_TRANSPORTS = ("automatic", "websocket", "sse", "polling")
#: Those that are open also between two questions.
LASTING_TRANSPORTS = (*STREAM_TRANSPORTS, "socket.io")
TRANSPORTS = (*LASTING_TRANSPORTS, "response", "messages", "plain")
#: How long anything may take that a test waits for; a busy machine is slow.
PATIENCE_SECONDS = 40
#: Pages are painted by the processor here: a large window takes most of the time.
SMALL: ViewportSize = {"width": 500, "height": 500}
#: No question of ours has these words that make the offline model search, and none is Chinese.
QUESTION = "Tell me about rivers and lakes, please, in as many words as you like"
#: Each text that the newest answer had, whatever was spoken, each word for the connection.
RECORDER = """
window.seen = { answers: [], spoken: [], lines: [], typing: 0 };
new MutationObserver(() => {
  const add = (list, text) => { if (text && text !== list.at(-1)) list.push(text); };
  const { answers, spoken, lines } = window.seen;
  const last = document.querySelector("#conversation li.assistant:last-of-type");
  if (last?.querySelector(".typing")) window.seen.typing += 1;
  else add(answers, last?.querySelector(".text")?.textContent);
  add(spoken, document.querySelector(".unseen[aria-live=polite]")?.textContent);
  add(lines, document.querySelector(".state")?.textContent);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


class ChatPage:
    """A chat page that is open. Waits are for what can be seen; none for ever."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.message = page.get_by_role("textbox", name="Message")
        self.send = page.get_by_role("button", name="Send")
        self.stop = page.get_by_role("button", name="Stop")
        self.retry = page.get_by_role("button", name="Retry")
        self.jump = page.get_by_role("button", name="Jump to latest")
        self.anew = page.get_by_role("button", name="New conversation")
        self.transport = page.get_by_label("Transport")
        self.conversation = page.get_by_label("Conversation", exact=True)
        self.about = page.locator("#about")
        self.alert = page.get_by_role("alert")
        self.answers = page.locator("#conversation li.assistant")
        self.questions = page.locator("#conversation li.user")
        self.room = page.get_by_role("form", name="Room")
        self.joining = page.get_by_role("button", name="Join")
        self.leaving = page.get_by_role("button", name="Leave")
        self.news = self.room.get_by_role("status")
        self.asked_elsewhere: list[str] = []
        self.complaints: list[str] = []
        self._origin = urlsplit(server)[:2]
        page.on("request", self._requested)
        page.on("websocket", self._requested)
        page.on("console", self._told)
        page.on("pageerror", self._failed)

    def let_go(self) -> None:
        """Hear nothing more of the tab."""
        self.page.remove_listener("request", self._requested)
        self.page.remove_listener("websocket", self._requested)
        self.page.remove_listener("console", self._told)
        self.page.remove_listener("pageerror", self._failed)

    def _requested(self, request: Request | WebSocket) -> None:
        self._reached(request.url)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _reached(self, url: str) -> None:
        scheme, host = urlsplit(url)[:2]
        if scheme != "data" and (scheme.replace("ws", "http"), host) != self._origin:
            self.asked_elsewhere.append(url)

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def ask(self, text: str = QUESTION) -> None:
        await self.message.fill(text)
        await self.message.press("Enter")

    async def join(self, room: str, name: str) -> None:
        """Return once it is in the room."""
        await self.room.get_by_label("Room").fill(room)
        await self.room.get_by_label("Name").fill(name)
        await self.joining.click()
        await self.leaving.wait_for()

    async def answered(self, count: int = 1) -> str:
        """The text of the answer with this number, once it is whole."""
        await self.page.locator("#conversation li.assistant.complete").nth(count - 1).wait_for()
        return await text_of(self.answers.nth(count - 1))

    async def shows(self, state: str) -> None:
        """Return once the connection is said to be in this state."""
        await self.page.locator(f".state.{state}").wait_for()

    async def grown(self, characters: int) -> None:
        """Return once so much of the newest answer is there."""
        await self.page.wait_for_function(
            "n => (window.seen.answers.at(-1) ?? '').length >= n", arg=characters
        )

    async def seen(self, what: str) -> Any:
        return await self.page.evaluate("what => window.seen[what]", what)

    async def top(self) -> tuple[float, float]:
        """How far the conversation is scrolled, and how far it can be."""
        top, end = await self.conversation.evaluate(
            "list => [list.scrollTop, list.scrollHeight - list.clientHeight]"
        )
        return top, end


@asynccontextmanager
async def opened(
    tab: Page,
    server: str,
    flavour: Flavour,
    transport: str = "automatic",
    *,
    viewport: ViewportSize = SMALL,
    theme: Literal["light", "dark"] = "light",
    motion: Literal["no-preference", "reduce"] = "reduce",
) -> AsyncIterator[ChatPage]:
    """The page in a tab, which is left as it was: what the page keeps it keeps for its tab."""
    tab.set_default_timeout(PATIENCE_SECONDS * 1000)
    await tab.set_viewport_size(viewport)
    await tab.emulate_media(color_scheme=theme, reduced_motion=motion)
    chat = ChatPage(tab, server)
    try:
        await tab.goto(f"{server}{PATHS[flavour]}?transport={transport}")
        await chat.message.wait_for()
        if transport in LASTING_TRANSPORTS:
            await chat.shows("open")
        yield chat
    finally:
        chat.let_go()
        await tab.unroute_all()
        await tab.evaluate("sessionStorage.clear()")


async def text_of(bubble: Locator) -> str:
    return await bubble.locator(".text").inner_text()


def grew(states: Sequence[str]) -> bool:
    """Whether each state is the beginning of the next."""
    return all(later.startswith(earlier) for earlier, later in pairwise(states))


Which: TypeAlias = tuple[Flavour, str]


@asynccontextmanager
async def all_opened(
    browser: Browser, server: str, which: Sequence[Which]
) -> AsyncIterator[dict[Which, ChatPage]]:
    """Several pages at once: of each a flavour and a transport.

    Each flavour has a profile of its own: within one, browsers make six requests at a time.
    """
    async with AsyncExitStack() as stack:
        profiles = {
            flavour: await stack.enter_async_context(profile_of(browser)) for flavour in FLAVOURS
        }
        tabs = [opened(await profiles[each[0]].new_page(), server, *each) for each in which]
        pages = await asyncio.gather(*map(stack.enter_async_context, tabs))
        yield dict(zip(which, pages, strict=True))


@asynccontextmanager
async def profile_of(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A profile whose pages record what they show."""
    context = await browser.new_context()
    try:
        await context.add_init_script(RECORDER)
        yield context
    finally:
        await context.close()


async def on_all(pages: Iterable[ChatPage], do: Callable[[ChatPage], Awaitable[object]]) -> None:
    """Do it on all pages at the same time."""
    await asyncio.gather(*map(do, pages))
