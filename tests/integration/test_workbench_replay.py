"""Past runs are run again from the workbench: as they were or edited, as a rehearsal or for real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.workbench_api import API, get

FILES = {
    "steps/order_step.py": """
        from pydantic import BaseModel

        class Order(BaseModel):
            item: str
            apiKey: str = ""

        config = {"type": "api", "name": "Order", "method": "POST", "path": "/orders/:shop",
                  "bodySchema": Order, "emits": ["ordered"]}

        async def handler(req, context):
            order = req.body
            await context.state.set("orders", order["item"], {
                "key": order.get("apiKey"), "shop": req.path_params["shop"],
                "sent_by": req.headers.get("authorization"), "raw": req.raw_text})
            if order["item"] == "glass":
                raise ValueError("glass breaks")
            await context.emit("ordered", {"item": order["item"]})
            return {"status": 201, "headers": {"x-shop": "corner", "set-cookie": "secret"},
                    "body": {"item": order["item"], "token": order.get("apiKey")}}
    """,
    "steps/find_step.py": """
        config = {"type": "api", "name": "Find", "method": "GET", "path": "/find", "emits": []}

        async def handler(req, context):
            return {"found": req.query_params}
    """,
    "steps/pack_step.py": """
        config = {"type": "event", "name": "Pack", "subscribes": ["packing"], "emits": [],
                  "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(parcel, context):
            parcel["seen"] = True
            await context.state.set("packed", parcel["item"], parcel.get("password"))
    """,
    "steps/form_step.py": """
        config = {"type": "api", "name": "Form", "method": "POST", "path": "/form", "emits": []}

        async def handler(req, context):
            return {"body": req.body, "status": 200}
    """,
    "steps/tell_step.py": """
        config = {"type": "api", "name": "Tell", "method": "POST", "path": "/tell", "emits": []}

        async def handler(req, context):
            for n in range(req.body["count"]):
                yield {"event": "n", "data": n}
            await context.state.set("tell", "told", req.body["count"])
    """,
    "steps/write_step.py": """
        import asyncio

        config = {"type": "api", "name": "Write", "method": "POST", "path": "/write", "emits": []}

        async def handler(req, context):
            await req.response.status(202)
            await req.response.headers({"content-type": "text/plain"})
            for n in range(req.body["count"]):
                await req.response.stream.write(f"{n} ")
                await asyncio.sleep(0)
    """,
    "steps/upload_step.py": """
        config = {"type": "api", "name": "Upload", "method": "POST", "path": "/upload",
                  "streamBody": True, "emits": []}

        async def handler(req, context):
            return {"size": len(await req.stream().read_all())}
    """,
    "steps/clean_step.py": """
        config = {"name": "Clean", "triggers": [
            {"type": "cron", "expression": "0 9 * * *", "tz": "UTC", "misfire": "skip"}]}

        async def handler(input, context):
            await context.state.set("clean", "ran", input)
    """,
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


async def post(motia: MotiaTester, path: str, value: Any) -> Any:
    answer = await motia.post(f"{API}/{path}", json={"value": value})
    assert answer.status == 200, answer.body
    return answer.body


async def run_of(motia: MotiaTester, step: str) -> str:
    """The address of the newest run of a step."""
    recent = (await get(motia, f"steps/{step}"))["recent"]
    return f"runs/{recent[0]['traceId']}/{recent[0]['id']}"


async def order(motia: MotiaTester, item: str = "tea") -> str:
    await motia.post(
        "/orders/corner",
        json={"item": item, "apiKey": "key-1"},
        headers={"Authorization": "Bearer one", "X-Note": "hello"},
    )
    return await run_of(motia, "Order")


async def test_a_request_is_told_with_its_secrets_masked(motia: MotiaTester) -> None:
    run = await order(motia)
    given = await get(motia, f"{run}/input")

    assert (given["part"], given["refusal"]) == ("body", None)
    assert given["value"] == {"item": "tea", "apiKey": "***"}
    assert given["inputSchema"]["required"] == ["item"]
    request = given["request"]
    assert (request["method"], request["path"], request["query"]) == ("POST", "/orders/corner", {})
    assert (request["headers"]["authorization"], request["headers"]["x-note"]) == ("***", "hello")


async def test_a_rehearsed_request_answers_and_changes_nothing(motia: MotiaTester) -> None:
    run = await order(motia)
    emitted = len(motia.emitted("ordered"))
    effects = await post(motia, f"{run}/rehearse", {"item": "milk", "apiKey": "***"})

    assert (effects["isRehearsal"], effects["status"]) == (True, "ok")
    assert effects["response"] == {
        "status": 201,
        "headers": {"x-shop": "corner", "set-cookie": "***"},
        "body": {"item": "milk", "token": "***"},
        "hasBody": True,
        "note": None,
    }
    (write,) = effects["writes"]
    # As elsewhere, what is written is shown under the names of its own keys.
    assert (write["key"], write["value"]["key"]) == ("milk", "key-1")
    assert effects["emits"] == [{"topic": "ordered", "data": {"item": "milk"}}]
    assert await motia.state("orders", "milk") is None
    assert len(motia.emitted("ordered")) == emitted
    assert (await get(motia, f"{run}/effects"))["response"]["body"]["item"] == "tea"


async def test_a_request_is_replayed_with_its_secrets_in_a_trace_that_says_so(
    motia: MotiaTester,
) -> None:
    run = await order(motia)
    _, trace, span = run.split("/")
    started = await post(motia, f"{run}/replay", {"item": "milk", "apiKey": "***"})
    await motia.settle()

    stored = await motia.state("orders", "milk")
    assert (stored["key"], stored["sent_by"], stored["shop"]) == ("key-1", "Bearer one", "corner")
    assert started["traceId"] != trace
    replayed = await get(motia, f"traces/{started['traceId']}")
    assert replayed["replayOf"] == {"traceId": trace, "spanId": span, "step": "Order"}
    assert (await get(motia, f"traces/{trace}"))["replayOf"] is None
    effects = await get(motia, f"effects/{started['traceId']}/Order/{replayed_trigger(replayed)}")
    assert effects["response"]["body"] == {"item": "milk", "token": "***"}

    # What was run again can be run again.
    again = f"runs/{started['traceId']}/{replayed['spans'][0]['run']['id']}"
    assert (await get(motia, f"{again}/input"))["value"] == {"item": "milk", "apiKey": "***"}


def replayed_trigger(trace: Any) -> str:
    trigger: str = trace["spans"][0]["run"]["trigger"]
    return trigger.replace("/", "%2F")


async def test_what_was_not_edited_is_sent_byte_for_byte(motia: MotiaTester) -> None:
    raw = '{"item" : "tea",  "apiKey": "k"}'
    await motia.post("/orders/x", data=raw, headers={"Content-Type": "application/json"})
    run = await run_of(motia, "Order")
    given = await get(motia, f"{run}/input")
    effects = await post(motia, f"{run}/rehearse", given["value"])
    assert effects["writes"][0]["value"]["raw"] == raw


async def test_a_mask_that_hides_nothing_known_is_refused(motia: MotiaTester) -> None:
    run = await order(motia)
    for what in ("rehearse", "replay"):
        sent = {"value": {"item": "***"}}
        answer = await motia.post(f"{API}/{run}/{what}", json=sent)
        assert (answer.status, answer.body["error"][:11]) == (400, "item is ***")
    assert await motia.state("orders", "***") is None


async def test_a_request_without_a_body_is_edited_by_its_query(motia: MotiaTester) -> None:
    await motia.get("/find?a=1&b=2&b=3&token=t")
    run = await run_of(motia, "Find")
    given = await get(motia, f"{run}/input")
    assert (given["part"], given["inputSchema"]) == ("query", None)
    assert given["value"] == {"a": "1", "b": ["2", "3"], "token": "***"}

    effects = await post(motia, f"{run}/rehearse", {"a": 5, "b": ["x"], "token": "***"})
    assert effects["response"]["body"] == {"found": {"a": "5", "b": "x", "token": "***"}}
    answer = await motia.post(f"{API}/{run}/rehearse", json={"value": [1]})
    assert (answer.status, answer.body["error"][:16]) == (400, "Write the fields")


async def test_a_form_is_edited_by_its_fields(motia: MotiaTester) -> None:
    await motia.post("/form", data={"name": "Anna", "password": "p"})
    run = await run_of(motia, "Form")
    assert (await get(motia, f"{run}/input"))["value"] == {"name": "Anna", "password": "***"}
    effects = await post(motia, f"{run}/rehearse", {"name": "Bért", "more": ["1", "2"]})
    assert effects["response"]["body"] == {"name": "Bért", "more": ["1", "2"]}


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/orders/x", {"json": {"item": "x" * 70_000}}),
        ("/upload", {"data": b"bytes"}),
    ],
)
async def test_a_body_that_is_not_kept_is_told(
    motia: MotiaTester, path: str, options: dict[str, Any]
) -> None:
    await motia.post(path, **options)
    run = await run_of(motia, "Order" if path == "/orders/x" else "Upload")
    given = await get(motia, f"{run}/input")
    assert (given["part"], given["value"]) == ("nothing", None)
    assert "not kept" in given["refusal"]
    answer = await motia.post(f"{API}/{run}/rehearse", json={"value": {}})
    assert (answer.status, answer.body["error"]) == (409, given["refusal"])


async def test_files_that_came_are_sent_again_as_they_were(motia: MotiaTester) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    await motia.post("/form", data=b"\x00\xff", headers=headers)
    run = await run_of(motia, "Form")
    given = await get(motia, f"{run}/input")
    assert (given["part"], given["refusal"]) == ("nothing", None)
    effects = await post(motia, f"{run}/rehearse", None)
    assert effects["response"]["note"] == "2 bytes, which are no text."


async def test_an_event_is_run_again_with_what_it_brought(motia: MotiaTester) -> None:
    await motia.emit("packing", {"item": "tea", "password": "p"})
    await motia.settle()
    run = await run_of(motia, "Pack")
    given = await get(motia, f"{run}/input")
    # Its handler wrote into what it got.
    assert (given["part"], given["request"]) == ("data", None)
    assert given["value"] == {"item": "tea", "password": "***"}

    effects = await post(motia, f"{run}/rehearse", {"item": "a", "password": "***"})
    assert [(w["key"], w["value"]) for w in effects["writes"]] == [("a", "p")]
    assert effects["response"] is None
    started = await post(motia, f"{run}/replay", {"item": "b", "password": "***"})
    await motia.settle()
    assert (await motia.state("packed", "a"), await motia.state("packed", "b")) == (None, "p")
    origin = (await get(motia, f"traces/{started['traceId']}"))["replayOf"]
    assert f"runs/{origin['traceId']}/{origin['spanId']}" == run


async def test_a_tick_is_rehearsed_though_it_brings_nothing(motia: MotiaTester) -> None:
    await motia.advance(86_400)
    await motia.settle()
    run = await run_of(motia, "Clean")
    assert (await get(motia, f"{run}/input"))["part"] == "nothing"
    effects = await post(motia, f"{run}/rehearse", "whatever")
    assert [(w["key"], w["value"]) for w in effects["writes"]] == [("ran", None)]


async def test_it_runs_on_the_code_that_was_just_saved(motia: MotiaTester, tmp_path: Path) -> None:
    run = await order(motia)
    file = tmp_path / "steps/order_step.py"
    file.write_text(file.read_text().replace('"status": 201', '"status": 200'))
    await motia.app.reload({file})
    given = await get(motia, f"{run}/input")
    effects = await post(motia, f"{run}/rehearse", given["value"])
    assert effects["response"]["status"] == 200
    assert (await get(motia, f"{run}/effects"))["response"]["status"] == 201

    file.unlink()
    await motia.app.reload({file})
    gone = (await get(motia, f"{run}/input"))["refusal"]
    assert gone.startswith("Step Order does not load")
    answer = await motia.post(f"{API}/{run}/rehearse", json={"value": {"item": "a"}})
    assert (answer.status, answer.body["error"]) == (409, gone)


async def test_a_request_that_fails_says_why(motia: MotiaTester) -> None:
    run = await order(motia)
    effects = await post(motia, f"{run}/rehearse", {"item": "glass"})
    assert (effects["status"], effects["error"]) == ("error", "ValueError: glass breaks")
    assert 'raise ValueError("glass breaks")' in effects["traceback"]
    assert effects["response"]["status"] == 500
    # And what its step refuses is an answer like any other.
    effects = await post(motia, f"{run}/rehearse", {"item": 5})
    assert (effects["status"], effects["response"]["status"]) == ("ok", 400)


async def test_events_of_a_rehearsal_are_read_up_to_a_bound(motia: MotiaTester) -> None:
    await motia.post("/tell", json={"count": 1})
    run = await run_of(motia, "Tell")
    old = (await get(motia, f"{run}/effects"))["response"]
    assert (old["status"], old["hasBody"]) == (200, False)
    assert "piece by piece" in old["note"]

    response = (await post(motia, f"{run}/rehearse", {"count": 2}))["response"]
    assert response["body"] == [{"event": "n", "data": 0}, {"event": "n", "data": 1}]
    assert response["note"] is None
    effects = await post(motia, f"{run}/rehearse", {"count": 1000})
    assert len(effects["response"]["body"]) == 200
    assert "first part" in effects["response"]["note"]
    assert effects["writes"] == []

    # For real it is let run to its end.
    await post(motia, f"{run}/replay", {"count": 1000})
    await motia.settle()
    assert await motia.state("tell", "told") == 1000


async def test_an_answer_that_is_written_by_hand_is_read_up_to_a_bound(motia: MotiaTester) -> None:
    await motia.post("/write", json={"count": 3})
    run = await run_of(motia, "Write")
    old = (await get(motia, f"{run}/effects"))["response"]
    assert (old["status"], old["hasBody"]) == (202, False)
    assert old["headers"] == {"content-type": "text/plain"}

    response = (await post(motia, f"{run}/rehearse", {"count": 3}))["response"]
    assert (response["status"], response["body"], response["note"]) == (202, "0 1 2 ", None)
    effects = await post(motia, f"{run}/rehearse", {"count": 5000})
    assert effects["response"]["body"].endswith("198 199 ")
    assert (effects["status"], effects["error"]) == ("error", "cancelled")

    started = await post(motia, f"{run}/replay", {"count": 5000})
    await motia.settle()
    spans = (await get(motia, f"traces/{started['traceId']}"))["spans"]
    assert [span["run"]["status"] for span in spans] == ["ok"]


async def test_a_run_that_is_not_there_is_told(motia: MotiaTester) -> None:
    run = await order(motia)
    trace = run.split("/")[1]
    for path in ("runs/none/none", f"runs/{trace}/none"):
        assert (await motia.get(f"{API}/{path}/input")).status == 404
        assert (await motia.get(f"{API}/{path}/effects")).status == 404
        for what in ("rehearse", "replay"):
            answer = await motia.post(f"{API}/{path}/{what}", json={"value": 1})
            assert answer.status == 404
    answer = await motia.post(
        f"{API}/{run}/replay", json={"value": 1}, headers={"Origin": "http://localhost:9"}
    )
    assert answer.status == 403


async def test_only_the_last_runs_are_remembered(motia: MotiaTester) -> None:
    run = await order(motia)
    for _ in range(5):
        await motia.advance(1)
        for _ in range(100):
            await motia.get("/find")
    given = await get(motia, f"{run}/input")
    assert (given["part"], given["request"]) == ("nothing", None)
    assert "not remembered" in given["refusal"]


async def test_of_runs_that_come_too_fast_not_all_are_remembered(motia: MotiaTester) -> None:
    """To keep them would cost a load test a good part of its speed."""
    for _ in range(100):
        await motia.get("/find")
    late = await get(motia, f"{await order(motia)}/input")
    await motia.advance(1)
    later = await get(motia, f"{await order(motia)}/input")

    assert "not remembered" in late["refusal"]
    assert later["refusal"] is None


async def test_a_dead_letter_keeps_its_secrets_and_its_replay_is_linked(
    motia: MotiaTester,
) -> None:
    await motia.emit("packing", {"password": "p"})
    await motia.settle()
    letter = (await get(motia, "queue/dead"))["letters"][0]
    assert (await get(motia, f"queue/dead/{letter['id']}"))["data"] == {"password": "***"}
    path = f"queue/dead/{letter['id']}"
    started = await post(motia, f"{path}/replay", {"item": "a", "password": "***"})
    await motia.settle()
    assert await motia.state("packed", "a") == "p"
    origin = (await get(motia, f"traces/{started['traceId']}"))["replayOf"]
    assert (origin["traceId"], origin["step"]) == (letter["traceId"], "Pack")
    assert origin["spanId"] is not None
