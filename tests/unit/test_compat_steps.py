"""Step files in Motia 1.0's documented style."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from motia_py.compat import MotiaNames
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import load_project
from motia_py.testing import MotiaTester
from tests.projects import write_project

ORDERS = """
    from typing import Any

    from motia import ApiRequest, ApiResponse, FlowContext, enqueue, http, logger, stateManager
    from pydantic import BaseModel


    class Order(BaseModel):
        item: str


    config = {
        "name": "TakeOrder",
        "triggers": [http("POST", "/orders", body_schema=Order)],
        "enqueues": ["order.placed"],
        "flows": ["shop"],
    }


    async def handler(
        request: ApiRequest[dict[str, Any]], ctx: FlowContext[Any]
    ) -> ApiResponse[dict[str, Any]]:
        order = request.body
        await stateManager.set("orders", order["item"], order)
        await enqueue({"topic": "order.placed", "data": order})
        logger.info("Order taken", {"item": order["item"]})
        return ApiResponse(status=201, body={"item": order["item"], "by": ctx.trigger.type})
"""
COOK = """
    from motia import QueueConfig, Stream, StreamConfig, queue, state_manager
    from motia.types import QueueConfig as SameConfig, StepConfig

    assert QueueConfig is SameConfig

    kitchen: Stream[dict] = Stream(StreamConfig(name="kitchen", description="What is cooked"))

    config = StepConfig(
        name="Cook",
        triggers=[queue("order.placed", config=QueueConfig(max_retries=1))],
        enqueues=[],
    )


    async def handler(order):
        stored = await state_manager.get("orders", order["item"])
        await kitchen.set("stove", order["item"], {"item": stored["item"]})
"""
REPORT = """
    from motia import cron, http, multi_trigger_step

    triggers = [http("GET", "/report"), cron("0 9 * * *")]


    async def on_http(request, ctx):
        return {"status": 200, "body": {"by": "http"}}


    async def on_cron(ctx):
        pass


    report = (
        multi_trigger_step({"name": "Report", "triggers": triggers})
        .on_http(on_http)
        .on_cron(on_cron)
        .handlers()
    )
"""
DATA_ONLY = """
    from motia import FlowContext, step

    config = {
        "name": "Audit",
        "triggers": [
            {"type": "queue", "topic": "order.placed", "config": {"maxRetries": 0}},
            {"type": "stream", "streamName": "kitchen"},
            {"type": "state"},
        ],
        "virtualEnqueues": ["mail"],
    }


    def handler(input, ctx: FlowContext):
        pass
"""
TRACED = """
    from motia import http
    from motia.tracing import (
        get_trace_id_from_span, inject_context, operation_span, record_exception, step_span,
    )

    config = {"name": "Traced", "triggers": [http("GET", "/traced")], "enqueues": []}


    async def handler(request, ctx):
        with step_span("Traced", "http") as span, operation_span("charge", amount=1) as inner:
            record_exception(inner, ValueError("no money"))
        return {"status": 200, "body": {
            "is_own": span is inner and span.id == ctx.invocation.span.id,
            "trace": get_trace_id_from_span() == ctx.trace_id,
            "header": inject_context() == {"traceparent": ctx.traceparent},
        }}
"""


def test_step_files_in_motias_style_are_translated_without_a_warning(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        {
            "steps/audit_step.py": DATA_ONLY,
            "steps/cook_step.py": COOK,
            "steps/orders_step.py": ORDERS,
            "steps/report_step.py": REPORT,
            "steps/traced_step.py": TRACED,
        },
    )

    with MotiaNames(), ProjectImports(root) as imports:
        project = load_project(root, imports)

    assert (project.failures, project.warnings) == ((), ())
    assert {step.config.name: step.config.trigger_keys() for step in project.steps} == {
        "Audit": ("queue(order.placed)", "stream(kitchen)", "state"),
        "Cook": ("queue(order.placed)",),
        "TakeOrder": ("http(POST /orders)",),
        "Report": ("http(GET /report)", "cron(0 9 * * *)"),
        "Traced": ("http(GET /traced)",),
    }
    assert [stream.config.name for stream in project.streams] == ["kitchen"]


async def test_step_files_in_motias_style_run(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        {
            "steps/cook_step.py": COOK,
            "steps/orders_step.py": ORDERS,
            "steps/report_step.py": REPORT,
        },
    )

    async with MotiaTester(root) as app:
        taken = await app.post("/orders", json={"item": "tea"})
        report = await app.get("/report")
        await app.settle()
        cooked = await app.stream("kitchen", "stove")

    assert (taken.status, taken.body) == (201, {"item": "tea", "by": "http"})
    assert report.body == {"by": "http"}
    assert cooked == [{"item": "tea", "id": "tea"}]


async def test_tracing_reads_the_span_of_the_run(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"steps/traced_step.py": TRACED})

    async with MotiaTester(root) as app:
        answer = await app.get("/traced")
        ((span,),) = (trace for trace in app.traces.recent() if trace[0].step == "Traced")

    assert answer.body == {"is_own": True, "trace": True, "header": True}
    assert span.marks is not None
    (mark,) = span.marks
    assert (mark.kind, mark.name) == ("log", "error")
    assert mark.detail["fields"] == {"type": "ValueError", "message": "no money"}


@pytest.mark.parametrize(("authorized", "status"), [(True, 101), (False, 401)])
async def test_an_auth_result_opens_or_closes_the_streams(
    tmp_path: Path, authorized: bool, status: int
) -> None:
    config = f"""
        from motia import StreamAuthInput, StreamAuthResult


        async def authenticate(request: StreamAuthInput) -> StreamAuthResult:
            return StreamAuthResult(authorized={authorized}, context={{"user": 1}})
    """
    root = write_project(tmp_path, {"motia_config.py": config, "steps/cook_step.py": COOK})

    async with MotiaTester(root) as app:
        try:
            async with app.connect("/"):
                opened = 101
        except aiohttp.WSServerHandshakeError as error:
            opened = error.status

    assert opened == status
