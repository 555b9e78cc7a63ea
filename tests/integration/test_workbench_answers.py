"""The workbench tells what each request was answered, also where no step failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.workbench_api import get

FILES = {
    "steps/order_step.py": """
        from pydantic import BaseModel

        from motia_py import ApiResponse

        class Order(BaseModel):
            item: str

        config = {"type": "api", "name": "Order", "method": "POST", "path": "/orders",
                  "bodySchema": Order, "emits": ["ordered"]}

        async def handler(req, context):
            item = req.body["item"]
            if item == "glass":
                raise ValueError("glass breaks")
            if item == "gold":
                return {"status": 403, "body": {"error": "not yours"}}
            if item == "odd":
                return ApiResponse("odd", {})
            await context.emit("ordered", {"item": item})
            return {"status": 201, "body": {"item": item}}
    """,
    "steps/pack_step.py": """
        config = {"type": "event", "name": "Pack", "subscribes": ["ordered"], "emits": []}

        async def handler(parcel, context):
            pass
    """,
    "steps/guarded_step.py": """
        def never(value, context):
            return False

        config = {"name": "Guarded", "triggers": [
            {"type": "api", "method": "GET", "path": "/guarded", "condition": never}]}

        async def handler(req, context):
            return {"body": "in"}
    """,
    "steps/tell_step.py": """
        config = {"type": "api", "name": "Tell", "method": "GET", "path": "/tell", "emits": []}

        async def handler(req, context):
            yield {"data": "one"}
    """,
    "steps/write_step.py": """
        config = {"type": "api", "name": "Write", "method": "GET", "path": "/write", "emits": []}

        async def handler(req, context):
            await req.response.status(202)
            await req.response.headers({"content-type": "text/plain"})
            await req.response.stream.write("one")
    """,
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


@pytest.mark.parametrize(
    ("body", "http_status", "status"),
    [
        ({"item": 3}, 400, "ok"),
        ({"item": "gold"}, 403, "ok"),
        ({"item": "glass"}, 500, "error"),
        ({"item": "odd"}, 500, "ok"),
        ({"item": "tea"}, 201, "ok"),
    ],
)
async def test_a_run_says_what_its_request_was_answered(
    motia: MotiaTester, body: Any, http_status: int, status: str
) -> None:
    answer = await motia.post("/orders", json=body)
    await motia.settle()
    assert answer.status == http_status

    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    trace = await get(motia, f"traces/{summary['id']}")
    run = trace["spans"][0]["run"]
    effects = await get(motia, f"runs/{run['traceId']}/{run['id']}/effects")
    assert (summary["httpStatus"], summary["status"]) == (http_status, status)
    assert (run["httpStatus"], run["status"]) == (http_status, status)
    assert effects["response"]["status"] == http_status


async def test_a_trace_has_the_status_of_its_first_run_and_an_event_has_none(
    motia: MotiaTester,
) -> None:
    await motia.post("/orders", json={"item": "tea"})
    await motia.settle()

    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    trace = await get(motia, f"traces/{summary['id']}")
    assert summary["httpStatus"] == 201
    assert [span["run"]["httpStatus"] for span in trace["spans"]] == [201, None]


@pytest.mark.parametrize(
    ("path", "http_status", "status"),
    [("/guarded", 422, "skipped"), ("/tell", 200, "ok"), ("/write", 202, "ok")],
    ids=["a condition said no", "events", "written by hand"],
)
async def test_answers_that_no_handler_returns_have_their_status_too(
    motia: MotiaTester, path: str, http_status: int, status: str
) -> None:
    await motia.get(path)
    await motia.settle()

    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    assert (summary["httpStatus"], summary["status"]) == (http_status, status)


async def test_the_details_of_a_refused_body_are_in_the_answer(motia: MotiaTester) -> None:
    refused = await motia.post("/orders", json={"item": 3})

    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    run = (await get(motia, f"traces/{summary['id']}"))["spans"][0]["run"]
    given = await get(motia, f"runs/{run['traceId']}/{run['id']}/input")
    effects = await get(motia, f"runs/{run['traceId']}/{run['id']}/effects")
    assert (given["part"], given["value"]) == ("body", {"item": 3})
    assert effects["response"]["body"] == refused.body
