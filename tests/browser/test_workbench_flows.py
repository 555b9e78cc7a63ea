"""The workbench's flows: the graph of the steps, what runs on it, what is broken in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.browser.axe import PICTURES
from tests.browser.workbench_page import WorkbenchPage, order, serve_shop, workbench
from tests.browser.workbench_screens import SIZES, Theme, picture, serve_files, violations
from tests.needs import need_workbench

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
STEPS = 11
IN_SHOP = 8
WORKERS = 12


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One shop for all tests that break nothing; somebody ordered three times."""
    need_workbench()
    async with serve_shop(tmp_path_factory.mktemp("shop") / "project") as served:
        for amount in (5, 200, 3000):
            await order(served.url, amount)
        yield served.url


async def test_the_graph_shows_every_kind_of_step(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go()
        await page.shows_only(STEPS)

        for step, told in {
            "PlaceOrder": "API step, POST /orders",
            "ShipOrder": "event step, order.paid",
            "NightlyReport": "cron step, 0 2 * * *",
            "Carrier": "noop step, The carrier's own system",
            "WatchStock": "state step, state",
            "OrderBoard": "stream step, stream orders",
            "Support": "socket step, socket question",
        }.items():
            assert (await page.node(step).text_content() or "").startswith(f"{step}, {told}")


async def test_two_topics_between_two_steps_are_two_edges(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        await page.shows_only(IN_SHOP)

        for topic in ("order.shipped", "order.delayed"):
            edge = page.page.get_by_test_id(f"rf__edge-ShipOrder→NotifyCustomer:{topic}")
            await edge.wait_for(state="attached")
            assert await page.page.get_by_text(topic, exact=True).count() >= 1


async def test_the_graph_is_told_in_words(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/mail")
        outline = page.page.get_by_role("region", name="The graph in words").get_by_role("listitem")
        await outline.nth(1).wait_for(state="attached")

        told = await outline.all_inner_texts()

        assert "NotifyCustomer, event step: queue order.shipped" in told[0]
        assert told[1].startswith("SendReport, event step: queue report.ready. 0 runs")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def workers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Steps beside and below each other: their graph is nearly as high as it is wide."""
    config = 'config = {{"type": "event", "name": "Worker{0}", "subscribes": ["job"], "emits": []}}'
    files = {
        f"steps/worker{n}_step.py": f"{config.format(n)}\n\nasync def handler(data, context): ..."
        for n in range(WORKERS)
    }
    async with serve_files(tmp_path_factory.mktemp("workers") / "project", files) as served:
        yield served.url


@pytest.mark.parametrize("height", [900, 600])
@pytest.mark.parametrize("width", [1440, 390])
async def test_no_step_is_covered_by_the_toolbars_over_the_graph(
    browser: Browser, workers: str, width: int, height: int
) -> None:
    viewport: ViewportSize = {"width": width, "height": height}
    async with workbench(browser, workers, viewport=viewport) as page:
        await page.go("flows")
        await page.shows_only(WORKERS)
        await uncovered(page, "Flow")
        await page.page.get_by_role("button", name="Show the whole graph").press("Enter")
        await page.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-step]')].every((node) =>"
            " node.getBoundingClientRect().right <= innerWidth)"
        )
        await uncovered(page, "Flow")
        await uncovered(page, "Zoom")


async def uncovered(page: WorkbenchPage, toolbar: str) -> None:
    """Return once this toolbar stands over no step: a moment after the graph came into sight."""
    await page.page.wait_for_function(
        """(toolbar) => {
            const place = (element) => element.getBoundingClientRect();
            const bar = place(document.querySelector(`[role=toolbar][aria-label=${toolbar}]`));
            return [...document.querySelectorAll("[data-step]")].every((node) => {
                const { left, right, top, bottom } = place(node);
                return left >= bar.right || bar.left >= right || top >= bar.bottom || bar.top >= bottom;
            });
        }""",
        arg=toolbar,
    )


async def test_a_run_lights_up_as_it_happens(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        running = page.page.locator('[data-step="ReserveStock"][data-status="running"]')
        before = (
            await page.page.get_by_role("complementary", name="Runs")
            .get_by_role("listitem")
            .count()
        )

        _, _ = await asyncio.gather(running.wait_for(), order(shop, 7, "piano"))

        await page.page.locator('[data-step="ReserveStock"][data-status="quiet"]').wait_for()
        await (
            page.page.get_by_role("complementary", name="Runs")
            .get_by_role("listitem")
            .nth(before)
            .wait_for()
        )


async def test_the_path_of_a_run_is_lit_and_played_back(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        await order(shop, 9)
        paid = page.page.get_by_role("complementary", name="Runs").get_by_role("listitem")
        await paid.filter(has_text="7 steps").first.get_by_role("button").click()
        await page.run_bar.get_by_text("7 steps").wait_for()

        order_marks = page.page.locator(".step-order")
        await order_marks.nth(6).wait_for()
        orders = await order_marks.all_inner_texts()
        dim = await page.page.locator(".step-node.is-dim").all()
        assert sorted(map(int, orders)) == [1, 2, 3, 4, 5, 6, 7]
        assert [await node.get_attribute("data-step") for node in dim] == ["Carrier"]
        # By a write to the stream: no step declares it, and yet it is drawn.
        assert await page.page.get_by_text("stream orders", exact=True).count() == 2

        slider = page.page.get_by_role("slider", name="Time of the run")
        await slider.press("Home")
        await page.page.locator('[data-step="ShipOrder"].is-dim').wait_for()
        await page.page.locator('[data-step="PlaceOrder"][data-status="running"]').wait_for()
        await page.page.get_by_role("button", name="Play the run").click()
        await page.page.locator('[data-step="ShipOrder"][data-status="ok"]').wait_for()

        await page.page.get_by_role("button", name="Close the run").click()
        await page.page.locator(".step-order").first.wait_for(state="detached")
        assert "run=" not in page.page.url


async def test_a_failed_run_shows_where_it_failed(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        runs = page.page.get_by_role("complementary", name="Runs").get_by_role("listitem")
        await runs.filter(has_text="the bank does not lend").first.get_by_role("button").click()

        await page.page.locator('[data-step="ChargeCard"][data-status="error"]').wait_for()
        await page.run_bar.get_by_text("1 failed").wait_for()


async def test_a_link_shows_the_same_again(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        await page.choose_run()
        await page.node("ChargeCard").click()
        await page.page.get_by_role("tab", name="Code").click()
        await page.page.get_by_text("async def handler(order, context)").wait_for()
        link = page.page.url

        await page.page.reload()
        await page.inspector("ChargeCard").get_by_text("async def handler").wait_for()
        await page.run_bar.get_by_role("slider").wait_for()
        await page.node("ChargeCard").and_(page.page.locator(".is-open")).wait_for()

        assert page.page.url == link
        await page.page.go_back()
        await page.inspector("ChargeCard").wait_for(state="detached")


async def test_a_step_tells_all_about_itself(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop?step=ChargeCard")
        step = page.inspector("ChargeCard")

        await step.get_by_text("queue order.placed").wait_for()
        await step.get_by_text("when the bank refuses").wait_for()
        await step.get_by_text("the bank does not lend").first.wait_for()
        editor = await step.get_by_role("link", name="Open in VS Code").get_attribute("href")
        assert editor is not None
        assert editor.startswith("vscode://file/")
        assert editor.endswith("/project/steps/charge_card_step.py:26")
        await step.get_by_role("button", name="ShipOrder").click()
        await page.inspector("ShipOrder").wait_for()
        await page.inspector("ShipOrder").get_by_role("tab", name="Config").click()
        await page.inspector("ShipOrder").get_by_text('"order.delayed"').wait_for()


async def test_the_graph_is_walked_by_keys(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop")
        await page.node("PlaceOrder").focus()
        for step in ("ChargeCard", "ShipOrder"):
            await page.page.keyboard.press("ArrowRight")
            await page.focused(step)

        await page.page.keyboard.press("Enter")
        await page.inspector("ShipOrder").wait_for()
        await page.page.keyboard.press("Escape")
        await page.inspector("ShipOrder").wait_for(state="detached")
        await page.focused("ShipOrder")

        await page.page.keyboard.press("Enter")
        await page.inspector("ShipOrder").get_by_role("tab", name="Overview").focus()
        await page.page.keyboard.press("Escape")
        await page.inspector("ShipOrder").wait_for(state="detached")
        await page.focused("ShipOrder")

        await page.page.keyboard.press("/")
        await page.page.get_by_role("combobox").wait_for()
        await page.page.keyboard.type("zeppelin")
        await page.page.get_by_text("No step is called that.").wait_for()
        await page.page.get_by_role("combobox").fill("notify")
        await page.page.keyboard.press("Enter")
        await page.inspector("NotifyCustomer").wait_for()


async def test_the_theme_and_the_editor_are_kept(browser: Browser, shop: str) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows/shop?step=ShipOrder")
        await page.page.get_by_role("button", name="Theme: as the system").click()
        await page.page.get_by_role("menuitemradio", name="Dark").click()
        await page.page.get_by_role("button", name="Another editor").click()
        await page.page.get_by_role("menuitemradio", name="Zed").click()

        await page.page.reload()
        link = page.page.get_by_role("link", name="Open in Zed")
        assert (await link.get_attribute("href") or "").startswith("zed://file/")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert await page.page.evaluate(ground) == "rgb(15, 17, 20)"


async def test_moved_nodes_stay_and_are_saved_only_when_asked(
    browser: Browser, tmp_path: Path
) -> None:
    async with serve_shop(tmp_path / "project") as served, workbench(browser, served.url) as page:
        await page.go("flows/reports")
        kept = served.root / "motia-workbench.json"
        await page.shows_only(2)
        box = await page.node("SendReport").bounding_box()
        assert box is not None
        mouse = page.page.mouse
        await mouse.move(box["x"] + 60, box["y"] + 20)
        await mouse.down()
        await mouse.move(box["x"] + 120, box["y"] + 140, steps=5)
        await mouse.up()
        save = page.page.get_by_role("button", name="Save layout to the project")
        await save.wait_for()
        assert not kept.exists()

        await page.page.reload()
        await save.click()
        await page.page.get_by_text("Layout saved").wait_for()
        await save.wait_for(state="detached")

        assert '"SendReport"' in kept.read_text("utf-8")
        await page.page.get_by_role("button", name="Tidy").click()
        await page.page.get_by_role("button", name="Tidy").wait_for(state="detached")


async def test_a_broken_step_is_red_while_its_last_good_version_answers(
    browser: Browser, tmp_path: Path
) -> None:
    async with serve_shop(tmp_path / "project") as served, workbench(browser, served.url) as page:
        file = served.root / "steps/place_order_step.py"
        good = file.read_text("utf-8")
        await page.go("flows/shop")
        await page.node("PlaceOrder").wait_for()

        file.write_text(good.replace("return {", "return {{"), "utf-8")
        await page.page.locator('[data-step="PlaceOrder"].is-broken').wait_for()
        await page.page.get_by_text("place_order_step.py does not load").wait_for()
        await page.node("PlaceOrder").click()
        why = page.inspector("PlaceOrder").get_by_role("region", name="Why it does not load")
        await why.get_by_text("Still serving the version from").wait_for()
        await why.get_by_text("steps/place_order_step.py:").wait_for()
        await order(served.url, 5)

        file.write_text(good.replace('"version": 1', '"version": 2'), "utf-8")
        await page.page.locator('[data-step="PlaceOrder"]:not(.is-broken)').wait_for()
        await why.wait_for(state="detached")
        async with ClientSession() as client:
            body = {"item": "tea", "amount": 1}
            async with client.post(f"{served.url}/orders", json=body) as answer:
                assert (await answer.json())["version"] == 2


async def test_files_come_and_go_without_a_reload_of_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    async with serve_shop(tmp_path / "project") as served, workbench(browser, served.url) as page:
        await page.go()
        await page.shows_only(STEPS)
        file = served.root / "steps/loyalty_step.py"

        file.write_text("import loyaltyclub\n", "utf-8")
        never = page.page.locator(".step-node.is-missing")
        await never.wait_for()
        await never.click()
        await page.page.get_by_text("Nothing of this file is served").wait_for()
        file.write_text('config = {"type": "noop", "name": "Loyalty"}\n', "utf-8")
        await page.node("Loyalty").wait_for()
        await never.wait_for(state="detached")
        file.unlink()
        await page.node("Loyalty").wait_for(state="detached")
        await page.shows_only(STEPS)


MORE = {
    f"steps/more{n}_step.py": f'config = {{"type": "noop", "name": "More{n}"}}\n' for n in range(6)
}


async def test_all_steps_are_shown_when_some_are_added(browser: Browser, tmp_path: Path) -> None:
    """Unless somebody has moved the view: then it is theirs."""
    first = {"steps/first_step.py": 'config = {"type": "noop", "name": "First"}\n'}
    async with (
        serve_files(tmp_path / "project", first) as served,
        workbench(browser, served.url) as page,
        workbench(browser, served.url) as moved,
    ):
        for each in (page, moved):
            await each.go()
            await each.shows_only(1)
        await moved.page.get_by_role("button", name="Zoom in").click()
        zoomed = await view_of(moved)
        while zoomed == await view_of(page):
            zoomed = await view_of(moved)

        for name, text in MORE.items():
            (served.root / name).write_text(text)
        for each in (page, moved):
            await each.shows_only(1 + len(MORE))
        await page.page.wait_for_function(
            """() => [...document.querySelectorAll("[data-step]")].every((node) => {
                const { top, bottom } = node.getBoundingClientRect();
                return top > 52 && bottom < innerHeight;
            })"""
        )

        assert await view_of(moved) == zoomed


async def view_of(page: WorkbenchPage) -> str:
    """Where the graph is, and how large."""
    view: str = await page.page.locator(".react-flow__viewport").evaluate(
        "it => it.style.transform"
    )
    return view


@pytest.mark.parametrize("step", ["PlaceOrder", "ChargeCard", "NotifyCustomer", "NightlyReport"])
async def test_a_step_stands_beside_what_is_told_of_it(
    browser: Browser, shop: str, step: str
) -> None:
    async with workbench(browser, shop) as page:
        await page.go("flows")
        await page.shows_only(STEPS)
        await page.node(step).click()
        await page.inspector(step).wait_for()

        await page.page.wait_for_function(
            """(step) => {
                const place = (element) => element.getBoundingClientRect();
                const node = place(document.querySelector(`[data-step="${step}"]`));
                const graph = place(document.querySelector(".graph"));
                return node.left >= graph.left && node.right <= graph.right
                    && node.top >= graph.top && node.bottom <= graph.bottom;
            }""",
            arg=step,
        )


async def test_an_empty_project_is_told_how_to_begin(browser: Browser, tmp_path: Path) -> None:
    async with serve_shop(tmp_path / "project") as served, workbench(browser, served.url) as page:
        await page.go()
        for file in (served.root / "steps").glob("*.py"):
            file.unlink()
        await page.page.get_by_role("heading", name="Drop a file into steps/").wait_for()

        text = await page.page.get_by_label("steps/hello_step.py", exact=True).inner_text()
        (served.root / "steps/hello_step.py").write_text(text, "utf-8")
        await page.node("Hello").wait_for()


async def test_after_a_restart_it_goes_on(browser: Browser, tmp_path: Path) -> None:
    async with serve_shop(tmp_path / "project") as served, workbench(browser, served.url) as page:
        await page.go("flows/shop")
        await page.node("PlaceOrder").wait_for()
        served.port = int(served.url.rpartition(":")[2])
        await served.kill()
        await page.page.get_by_role("status").filter(has_text="Reconnecting").wait_for()

        await served.start()
        await page.page.get_by_role("status").filter(has_text="Live").wait_for()
        await order(served.url, 5)
        await page.page.get_by_role("complementary", name="Runs").get_by_text("7 steps").wait_for()
        # The browser writes each attempt to reach the server that was gone.
        page.problems.clear()


LOOKS: list[tuple[Theme, str]] = [("light", "wide"), ("dark", "narrow")]
ALL_LOOKS: list[tuple[Theme, str]] = [*LOOKS, ("dark", "wide"), ("light", "narrow")]


@pytest.mark.parametrize(("theme", "size"), ALL_LOOKS if PICTURES else LOOKS)
async def test_whatever_the_flows_show_is_accessible(
    browser: Browser, shop: str, theme: Theme, size: str
) -> None:
    async with workbench(browser, shop, theme=theme, viewport=SIZES[size]) as page:
        await page.go("flows/shop")
        await page.node("PlaceOrder").wait_for()
        await looked_at(page, "flows", theme, size)
        if size == "narrow":
            await page.page.get_by_role("button", name="Show the runs").click()
            sheet = page.page.get_by_role("dialog", name="Runs")
            await sheet.get_by_role("listitem").first.wait_for()
            await looked_at(page, "flows", theme, size, "runs")
            await sheet.get_by_role("listitem").first.get_by_role("button").click()
        else:
            await page.choose_run()
        await page.run_bar.get_by_role("slider").wait_for()
        await looked_at(page, "flows", theme, size, "run")
        await page.page.goto(f"{page.page.url}&step=ChargeCard&tab=code")
        await page.inspector("ChargeCard").get_by_text("async def handler").wait_for()
        await looked_at(page, "flows", theme, size, "step")


async def looked_at(page: WorkbenchPage, *names: str) -> None:
    """Nothing serious is wrong with what is shown; it is pictured, if pictures are wanted."""
    await picture(page, *names)
    assert await violations(page) == []
