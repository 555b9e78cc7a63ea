"""What somebody does in the first quarter of an hour, in one go: the reason for the workbench."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import serve
from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import screens
from tests.needs import need_port, need_workbench

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

#: Between two words of an answer: it is written while the next screen is opened.
PACE_MS = "100"
QUESTION = "Tell me about the sea, in a few sentences, please"


async def test_a_newcomer_sees_a_chat_run_breaks_and_mends_a_step_and_replays_a_dead_letter(
    browser: Browser, tmp_path: Path
) -> None:
    need_workbench()
    root = tmp_path / "project"
    root.mkdir()
    served = serve(root, "dev", OFFLINE_MODEL_PACE_MS=PACE_MS)
    served.port = need_port(3000)
    async with served, screens(browser, served.url) as bench:
        await bench.page.goto("http://localhost:3000")
        await bench.page.get_by_role("status").filter(has_text="Live").wait_for()

        await send_a_chat_message(bench)
        await watch_its_tokens_arrive(bench, asked_before=0)
        await see_a_run_light_up(bench)
        await break_and_mend_a_step(bench, root / "steps/chatbot/ai_response_step.py")
        await replay_a_dead_letter(bench)


async def show(bench: WorkbenchPage, screen: str) -> None:
    rail = bench.page.get_by_role("navigation", name="Screens")
    await rail.get_by_role("link", name=screen).click()


async def send_a_chat_message(bench: WorkbenchPage) -> None:
    """From the endpoint tester, into the conversation `sea`."""
    page = bench.page
    await show(bench, "Endpoints")
    await page.get_by_role("navigation", name="Endpoints").get_by_text("/chat", exact=True).click()
    await page.get_by_label("message", exact=True).fill(QUESTION)
    await page.get_by_label("conversationId", exact=True).fill("sea")
    await page.get_by_role("button", name="Send").click()
    await page.get_by_role("region", name="Answer").get_by_text("200 OK").wait_for()


async def watch_its_tokens_arrive(bench: WorkbenchPage, *, asked_before: int) -> None:
    """In the stream inspector, where each question is followed by its answer."""
    page = bench.page
    await show(bench, "Streams")
    groups = page.get_by_role("tree", name="Streams and their groups")
    await groups.get_by_role("treeitem", name="sea").click()
    items = page.get_by_role("region", name="Group sea").get_by_role("option")
    await items.nth(2 * asked_before + 1).click()
    answer = page.get_by_role("tree", name="Value of")
    seen = set()
    while await answer.get_by_role("treeitem", name='status: "completed"').count() == 0:
        seen.add(await answer.get_by_role("treeitem", name="message").inner_text())
    assert len(seen) > 3


async def see_a_run_light_up(bench: WorkbenchPage) -> None:
    page = bench.page
    await send_a_chat_message(bench)
    await show(bench, "Flows")
    await page.locator('[data-step="AiResponse"][data-status="running"]').wait_for()
    await page.locator('[data-step="AiResponse"][data-status="quiet"]').wait_for()

    await bench.choose_run()

    for step in ("ChatApi", "AiResponse", "OfflineModel"):
        await page.locator(f'[data-step="{step}"][data-status="ok"]').wait_for()
    await page.locator('[data-step="JoinRoom"].is-dim').wait_for()
    await page.get_by_role("button", name="Close the run").click()


async def break_and_mend_a_step(bench: WorkbenchPage, file: Path) -> None:
    """Red while it does not load, though its old version still answers."""
    page = bench.page
    good = file.read_text("utf-8")
    broken = page.locator('[data-step="AiResponse"].is-broken')
    file.write_text(good.replace("async def handler(", "async def handler((", 1), "utf-8")
    await broken.click()
    why = bench.inspector("AiResponse").get_by_role("region", name="Why it does not load")
    await why.get_by_text("Still serving the version from").wait_for()

    await send_a_chat_message(bench)
    await watch_its_tokens_arrive(bench, asked_before=2)

    await show(bench, "Flows")
    await broken.wait_for()
    file.write_text(good, "utf-8")
    await page.locator('[data-step="AiResponse"]:not(.is-broken)').wait_for()


async def replay_a_dead_letter(bench: WorkbenchPage) -> None:
    """An event that its step refuses, with what it lacks put in."""
    page = bench.page
    await show(bench, "Events")
    await page.get_by_role("navigation", name="Topics").get_by_text("chat-message").click()
    await page.get_by_role("button", name="Raw JSON").click()
    await page.locator(".cm-content").fill(f'{{"message": "{QUESTION}"}}')
    await page.get_by_role("button", name="Emit", exact=True).click()
    await show(bench, "Queue 1 dead letter")
    await (
        page.get_by_role("listbox", name="Dead letters, newest first").get_by_role("option").click()
    )

    await page.get_by_label("conversationId", exact=True).fill("letters")
    await page.get_by_label("assistantMessageId", exact=True).fill("replayed")
    await page.get_by_role("button", name="Replay for real…").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Replay for real").click()

    outcome = page.get_by_role("region", name="Replayed")
    await outcome.get_by_role("row", name="Status failed done").wait_for()
    written = outcome.get_by_role("region", name="Streams")
    await written.get_by_text("conversation/letters/replayed").first.wait_for()
    await page.get_by_role("button", name="Discard the dead letter").click()
    await page.get_by_text("No dead letter. A message").wait_for()
