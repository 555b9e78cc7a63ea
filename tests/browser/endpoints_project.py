"""A project whose endpoints are tried, and how a test tries them in the workbench."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.workbench_page import WorkbenchPage
from tests.browser.workbench_screens import choose

if TYPE_CHECKING:
    from playwright.async_api import Locator

ORDER = """
    from typing import Literal

    from pydantic import BaseModel, Field, field_validator


    class Line(BaseModel):
        item: str = Field(min_length=1)
        count: int = Field(1, ge=1, le=99)


    class Card(BaseModel):
        kind: Literal["card"]
        number: str


    class Invoice(BaseModel):
        kind: Literal["invoice"]
        email: str


    class Order(BaseModel):
        lines: list[Line]
        pay: Card | Invoice
        speed: Literal["slow", "fast"] = "slow"
        note: str | None = Field(None, description="For the parcel service")
        token: str = ""

        @field_validator("note")
        @classmethod
        def is_kind(cls, note):
            if note == "rude":
                raise ValueError("must be kind")
            return note


    config = {"type": "api", "name": "TakeOrder", "method": "POST", "path": "/orders/:shop",
              "description": "Takes orders", "flows": ["shop"], "bodySchema": Order,
              "queryParams": [{"name": "dry", "description": "Check it only"}], "emits": ["order"]}


    async def handler(req, context):
        order = req["body"]
        await context.emit("order", order)
        await context.streams.orders.set(req["pathParams"]["shop"], "last", order)
        return {"status": 201, "body": {"id": 12345678901234567890, "taken": order, "dry": req["queryParams"].get("dry")}}
"""
FILES = {
    "steps/order_step.py": ORDER,
    "steps/orders_stream.py": 'config = {"name": "orders"}',
    "steps/pack_step.py": """
        config = {"type": "event", "name": "Pack", "subscribes": ["order"], "flows": ["shop"],
                  "emits": []}


        async def handler(order, context): ...
    """,
    "steps/talk_step.py": """
        import asyncio

        going = asyncio.Event()
        config = {"name": "Talk", "flows": ["talk"], "triggers": [
            {"type": "http", "method": "POST", "path": "/talk"},
            {"type": "http", "method": "POST", "path": "/go-on"}]}


        async def handler(req, context):
            if req.path == "/go-on":
                going.set()
                return
            going.clear()
            yield {"event": "word", "data": "first"}
            await going.wait()
            yield {"event": "word", "data": "last"}
    """,
    "steps/tale_step.py": """
        from pydantic import BaseModel


        class Wish(BaseModel):
            about: str


        config = {"type": "api", "name": "Tell", "method": "POST", "path": "/tales",
                  "bodySchema": Wish, "emits": []}


        async def handler(req, context):
            about = req.model.about
            tale = {"from": "teller", "words": f"Once there was {about}"}
            return {"status": 200, "body": await context.streams.tales.set(about, "tale", tale)}
    """,
    "steps/tales_stream.py": 'config = {"name": "tales"}',
    "steps/grow_step.py": """
        config = {"type": "api", "name": "Grow", "method": "POST", "path": "/grow/:about",
                  "emits": []}


        async def handler(req, context):
            about = req["pathParams"]["about"]
            tale = {"from": "teller", "words": f"Once there was {about} that grew"}
            await context.streams.tales.set(about, "tale", tale)
    """,
    "steps/fall_step.py": """
        config = {"type": "api", "name": "Fall", "method": "POST", "path": "/fall", "emits": []}


        async def handler(req, context):
            raise ValueError("the cup fell")
    """,
    "steps/never_step.py": """
        import asyncio

        config = {"type": "api", "name": "Never", "method": "GET", "path": "/never", "emits": []}


        async def handler(req, context):
            await asyncio.sleep(3600)
    """,
    "steps/picture_step.py": """
        config = {"type": "api", "name": "Picture", "method": "GET", "path": "/pictures/*",
                  "emits": []}


        async def handler(req, context):
            return {"status": 200, "body": bytes(2000), "headers": {"Content-Type": "image/x"}}
    """,
}


async def raw_text(bench: WorkbenchPage) -> str:
    """The text in the editor of the raw JSON."""
    lines: str = await bench.page.locator(".cm-content").inner_text()
    return lines


async def write_raw(bench: WorkbenchPage, text: str) -> None:
    await bench.page.get_by_role("button", name="Raw JSON").click()
    await bench.page.locator(".cm-content").fill(text)


async def order_tea(bench: WorkbenchPage) -> None:
    """Fill in an order that is taken."""
    await choose(bench, "POST /orders/:shop")
    await bench.page.get_by_label(":shop").fill("tea house")
    await bench.page.get_by_role("button", name="Add item to lines").click()
    await bench.page.get_by_label("item", exact=True).fill("tea")
    await bench.page.get_by_label("number", exact=True).fill("4711")


async def send(bench: WorkbenchPage, status: int) -> Locator:
    """Send it; the answer, once it is there with this status."""
    await bench.page.keyboard.press("Control+Enter")
    answer = bench.page.get_by_role("region", name="Answer", exact=True)
    await answer.get_by_text(re.compile(f"^{status} ")).wait_for()
    return answer
