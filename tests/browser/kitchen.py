"""A project for the screens of traces, logs, state and streams: an order is cooked, then served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession

if TYPE_CHECKING:
    pass

FILES = {
    "steps/take_step.py": """
        config = {"type": "api", "name": "TakeOrder", "method": "POST", "path": "/orders",
                  "flows": ["kitchen"], "emits": ["order.taken"]}


        async def handler(req, context):
            order = req["body"]
            context.logger.info("order taken", {"order": order["id"]})
            await context.state.set("orders", order["id"], {**order, "status": "new"})
            await context.emit({"topic": "order.taken", "data": order})
            return {"status": 201, "body": order}
    """,
    "steps/cook_step.py": """
        import asyncio

        config = {"type": "event", "name": "Cook", "subscribes": ["order.taken"],
                  "flows": ["kitchen"], "emits": ["order.cooked"],
                  "infrastructure": {"queue": {"maxRetries": 1, "backoffDelayMs": 50}}}


        async def handler(order, context):
            context.logger.debug("fire lit")
            if order["dish"] == "stone":
                context.logger.warning("this is hard", {"order": order["id"]})
                kinds = {"soup": 1}
                kinds[order["dish"]]
            await context.state.set("orders", order["id"], {**order, "status": "cooked"})
            await context.emit({"topic": "order.cooked", "data": order})
    """,
    "steps/serve_step.py": """
        import asyncio

        config = {"type": "event", "name": "Serve", "subscribes": ["order.cooked"],
                  "flows": ["kitchen"], "emits": []}


        async def handler(order, context):
            text = ""
            for word in order.get("words", ["enjoy"]):
                text += word + " "
                await context.streams.table.set("hall", order["id"], {"text": text})
                await asyncio.sleep(order.get("pause", 0))
            event = {"type": "served", "data": order["id"]}
            await context.streams.table.send({"groupId": "hall"}, event)
    """,
    "steps/table_stream.py": """
        from pydantic import BaseModel, Field


        class Message(BaseModel):
            text: str = Field(description="What is said at the table")


        config = {"name": "table", "schema": Message, "baseConfig": {"storageType": "default"}}
    """,
    "steps/chat_step.py": """
        config = {"type": "api", "name": "Chatter", "method": "POST", "path": "/chatter",
                  "emits": []}


        async def handler(req, context):
            for n in range(req["body"]["lines"]):
                context.logger.info(f"word {n}", {"n": n})
            return {"body": "said"}
    """,
    "steps/wait_step.py": """
        import asyncio

        config = {"type": "api", "name": "Wait", "method": "POST", "path": "/wait", "emits": []}


        async def handler(req, context):
            while not await context.state.get("bell", "rung"):
                await asyncio.sleep(0.02)
            return {"body": "done"}
    """,
    "steps/fan_step.py": """
        config = {"type": "api", "name": "Fan", "method": "POST", "path": "/fan",
                  "emits": ["leaf"]}


        async def handler(req, context):
            for n in range(req["body"]["leaves"]):
                await context.emit({"topic": "leaf", "data": {"n": n}})
            return {"body": "spread"}
    """,
    "steps/leaf_step.py": """
        config = {"type": "event", "name": "Leaf", "subscribes": ["leaf"], "emits": []}


        async def handler(data, context):
            pass
    """,
}


async def post(server: str, path: str, body: Any) -> str:
    """Send it, and give the trace that it began."""
    async with ClientSession() as client, client.post(f"{server}{path}", json=body) as answer:
        assert answer.status < 300, await answer.text()
        return answer.headers["x-trace-id"]


async def refused(server: str, path: str, body: Any) -> str:
    """Send what its step refuses, and give the trace that it began."""
    async with ClientSession() as client, client.post(f"{server}{path}", json=body) as answer:
        assert 400 <= answer.status < 500, await answer.text()
        return answer.headers["x-trace-id"]


async def order(server: str, id: str, dish: str = "soup", **more: Any) -> str:
    """A stone cannot be cooked. `words` are said at the table, with a `pause` after each."""
    return await post(server, "/orders", {"id": id, "dish": dish, **more})


async def put_state(server: str, group: str, key: str, value: Any) -> None:
    address = f"{server}/__motia/api/state/{group}/{key}"
    async with ClientSession() as client, client.put(address, json={"value": value}) as answer:
        assert answer.status == 204, await answer.text()
