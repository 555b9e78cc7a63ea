"""Handlers as people write them: both dialects, any arity, sync and async, middleware, conditions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project


async def answer(root: Path, step: str, path: str = "/x", **options: Any) -> Any:
    write_project(root, {"steps/x_step.py": step})
    async with MotiaTester(root) as motia:
        assert not motia.app.registry.failures
        got = await motia.get(path, **options)
        return got.body if got.status == 200 else (got.status, got.body)


async def test_the_time_that_a_handler_asks_for_is_the_tests(tmp_path: Path) -> None:
    step = api_step("x", 'return {"now": context.now()}')
    write_project(tmp_path, {"steps/x_step.py": step})
    async with MotiaTester(tmp_path) as motia:
        before = (await motia.get("/x")).body["now"]
        await motia.advance(60)
        after = (await motia.get("/x")).body["now"]

    assert (before, after) == (1_700_000_000.0, 1_700_000_060.0)


async def test_a_017_handler_reads_the_request_as_a_mapping(tmp_path: Path) -> None:
    step = api_step(
        "x",
        """
        return {"status": 200, "body": {
            "path": req["pathParams"], "query": req.get("queryParams"), "raw": req["rawBody"],
            "agent": req["headers"]["x-agent"], "body": req.get("body", "missing"),
        }}
        """,
        path="/x/:id",
    )

    body = await answer(tmp_path, step, "/x/a%20b?q=1&q=2&r=", headers={"X-Agent": "me"})

    assert body == {
        "path": {"id": "a b"},
        "query": {"q": ["1", "2"], "r": ""},
        "raw": "",
        "agent": "me",
        "body": {},
    }


async def test_a_10_handler_reads_the_request_as_an_object(tmp_path: Path) -> None:
    """SX.15"""
    step = """
        from motia import ApiRequest, ApiResponse, FlowContext, http

        config = {"name": "X", "triggers": [http("GET", "/x/:id")], "enqueues": []}


        async def handler(args: ApiRequest[dict], ctx: FlowContext) -> ApiResponse:
            request = args.request
            return ApiResponse(
                status=200,
                body={"id": request.path_params["id"], "q": args.query_params["q"], "method": args.method},
            )
    """

    assert await answer(tmp_path, step, "/x/7?q=a") == {"id": "7", "q": "a", "method": "GET"}


@pytest.mark.parametrize(
    ("signature", "expression"),
    [
        ("", "{'n': 0}"),
        ("req", "{'n': req.method}"),
        ("req, context", "{'n': context.trigger.type}"),
        ("req, context=None", "{'n': context.trigger.type}"),
        ("*args", "{'n': len(args)}"),
    ],
)
@pytest.mark.parametrize("kind", ["async def", "def"])
async def test_handlers_are_called_with_as_many_arguments_as_they_take(
    tmp_path: Path, kind: str, signature: str, expression: str
) -> None:
    step = f"""
config = {{"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}}


{kind} handler({signature}):
    return {expression}
"""

    body = await answer(tmp_path, step)

    assert body in ({"n": 0}, {"n": "GET"}, {"n": "http"}, {"n": 2})


async def test_a_sync_handler_gets_plain_values_from_its_context(tmp_path: Path) -> None:
    step = """
        from motia_py import state_manager, logger

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}


        def handler(req, context):
            context.state.set("g", "k", {"n": 1})
            logger.info("from a thread")
            return {"body": [context.state.get("g", "k"), state_manager.get("g", "k")]}
    """

    assert await answer(tmp_path, step) == [{"n": 1}, {"n": 1}]


async def test_middleware_runs_in_its_order_and_may_change_request_and_answer(
    tmp_path: Path,
) -> None:
    step = """
        async def outer(req, context, next_fn):
            req.user = "ada"
            context.seen = ["outer"]
            answer = await next_fn()
            return {**answer, "headers": {"x-outer": "yes"}}

        def inner(req, context, next_fn):
            context.seen.append("inner")
            return next_fn()

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [],
                  "middleware": [outer, inner]}

        async def handler(req, context):
            return {"status": 200, "body": {"user": req["user"], "seen": context.seen}}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        got = await motia.get("/x")

    assert got.body == {"user": "ada", "seen": ["outer", "inner"]}
    assert got.headers["x-outer"] == "yes"


async def test_middleware_that_does_not_go_on_answers_by_itself(tmp_path: Path) -> None:
    step = """
        async def refuse(req, context, next_fn):
            return {"status": 401, "body": {"error": "who are you?"}}

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [],
                  "middleware": [refuse]}

        async def handler(req, context):
            raise AssertionError("never called")
    """

    assert await answer(tmp_path, step) == (401, {"error": "who are you?"})


async def test_middleware_may_hand_on_another_request(tmp_path: Path) -> None:
    step = """
        async def replace(req, context, next_fn):
            return await next_fn({"from": "middleware"})

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [],
                  "middleware": [replace]}

        async def handler(req, context):
            return {"body": req}
    """

    assert await answer(tmp_path, step) == {"from": "middleware"}


async def test_a_project_has_global_middleware(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "motia_config.py": """
                async def stamp(req, context, next_fn):
                    answer = await next_fn()
                    return {"status": 200, "body": {"stamped": answer["body"]}}

                middleware = [stamp]
            """,
            "steps/x_step.py": api_step("x", "return {'body': 1}"),
        },
    )

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).body == {"stamped": 1}


async def test_a_condition_that_says_no_is_422(tmp_path: Path) -> None:
    step = """
        config = {"name": "X", "triggers": [
            {"type": "http", "method": "GET", "path": "/x",
             "condition": lambda req, ctx: req.query_params.get("go") == "yes"}]}

        async def handler(req):
            return {"body": "went"}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        refused, passed = await motia.get("/x"), await motia.get("/x?go=yes")

    assert (refused.status, refused.body) == (
        422,
        {"error": "Request condition not met", "skipped": True},
    )
    assert passed.body == "went"


async def test_one_step_with_many_triggers_knows_which_one_it_was(tmp_path: Path) -> None:
    step = """
        from motia_py import cron, http, queue

        config = {"name": "X", "triggers": [http("POST", "/x"), queue("t"), cron("0 0 * * *")],
                  "enqueues": ["t"]}

        async def handler(value, ctx):
            await ctx.state.set("seen", ctx.trigger.type, [ctx.is_api(), ctx.is_queue(), ctx.get_data()])
            return await ctx.match({
                "http": lambda req: {"status": 201, "body": {"was": "http"}},
                "queue": lambda data: None,
                "cron": lambda: None,
            })
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        got = await motia.post("/x", json={"a": 1})
        await motia.emit("t", {"b": 2})
        await motia.settle()

        assert (got.status, got.body) == (201, {"was": "http"})
        assert await motia.state("seen", "http") == [True, False, {"a": 1}]
        assert await motia.state("seen", "queue") == [False, True, {"b": 2}]


async def test_multi_trigger_steps_and_step_builders_load_and_run(tmp_path: Path) -> None:
    step = """
        from motia import http, multi_trigger_step, queue, step

        async def on_http(req, ctx):
            return {"status": 200, "body": "multi"}

        async def on_queue(data, ctx):
            await ctx.state.set("multi", "queue", data)

        both = (
            multi_trigger_step({"name": "Both", "triggers": [http("GET", "/x"), queue("t")], "enqueues": []})
            .on_http(on_http).on_queue(on_queue).handlers()
        )

        async def single(req, ctx):
            return {"status": 200, "body": "single"}

        one = step({"name": "One", "triggers": [http("GET", "/y")], "enqueues": []}, single)
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t", 7)
        await motia.settle()

        assert (await motia.get("/x")).body == "multi"
        assert (await motia.get("/y")).body == "single"
        assert await motia.state("multi", "queue") == 7


async def test_a_handler_that_raises_is_500_without_its_secrets(tmp_path: Path) -> None:
    step = api_step("x", "raise ValueError('password=hunter2')")

    status, body = await answer(tmp_path, step)

    assert status == 500
    assert body["error"] == "Internal server error"
    assert set(body) == {"error", "traceId"}


@pytest.mark.parametrize("leave", ["import sys; sys.exit(3)", "raise KeyboardInterrupt"])
@pytest.mark.parametrize("kind", ["async def", "def"])
async def test_a_handler_cannot_end_the_server(tmp_path: Path, kind: str, leave: str) -> None:
    """SX.4"""
    if kind == "def" and "Keyboard" in leave:
        pytest.skip("an interrupt belongs to the main thread")
    write_project(
        tmp_path,
        {
            "steps/x_step.py": f"""
                config = {{"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}}

                {kind} handler(req, context):
                    {leave}
            """,
            "steps/y_step.py": api_step("y", "return {'body': 'alive'}"),
        },
    )

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).status == 500
        assert (await motia.get("/y")).body == "alive"


async def test_a_time_limit_ends_a_handler_with_504(tmp_path: Path) -> None:
    step = """
        import asyncio

        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": [], "timeout": 5}

        async def handler(req, context):
            await asyncio.Event().wait()
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        asking = asyncio.create_task(motia.get("/x"))
        while not motia.traces.recent() or motia.clock.next_timer() is None:
            await asyncio.sleep(0.001)
        while not asking.done():
            await motia.advance(5)
            await asyncio.sleep(0.001)

        assert (await asking).status == 504


async def test_calls_that_are_not_awaited_happen_before_the_answer(tmp_path: Path) -> None:
    """SX.3"""
    step = api_step(
        "x",
        """
        for n in range(100):
            context.state.set("g", "k", n)
        context.state.set("g", "last", True)
        return {"body": "sent"}
        """,
    )
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await motia.get("/x")

        assert await motia.state("g", "k") == 99
        assert await motia.state("g", "last") is True


async def test_an_error_that_nobody_awaited_fails_the_step(tmp_path: Path) -> None:
    step = api_step(
        "x",
        """
        context.state.update("g", "k", [{"type": "no such operation"}])
        return {"body": "sent"}
        """,
    )

    status, _ = await answer(tmp_path, step)

    assert status == 500


async def test_every_answer_carries_its_trace_and_takes_part_in_the_callers(tmp_path: Path) -> None:
    write_project(tmp_path, {"steps/x_step.py": api_step("x", "return {'body': context.trace_id}")})
    trace = "0af7651916cd43dd8448eb211c80319c"

    async with MotiaTester(tmp_path) as motia:
        own = await motia.get("/x")
        joined = await motia.get("/x", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert own.headers["x-trace-id"] == own.body != trace
    assert joined.headers["x-trace-id"] == joined.body == trace


async def test_an_async_generator_streams_events(tmp_path: Path) -> None:
    step = """
        config = {"type": "api", "name": "X", "method": "GET", "path": "/x", "emits": []}

        async def handler(req, context):
            yield "hello"
            yield {"event": "chunk", "data": {"n": 1}}
            await context.state.set("g", "k", "during")
            raise ValueError("in the middle")
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        got = await motia.get("/x")

        assert got.headers["content-type"].startswith("text/event-stream")
        events = got.raw.decode().split("\n\n")
        assert events[0] == "data: hello"
        assert events[1] == 'event: chunk\ndata: {"n":1}'
        assert events[2].startswith('event: error\ndata: {"error":"Internal server error"')
        assert await motia.state("g", "k") == "during"


@pytest.mark.parametrize(
    ("validate", "setting", "status"),
    [("True", "on", 400), ("False", "on", 200), ("True", "off", 200)],
)
async def test_validation_can_be_switched_off_for_a_step_or_for_all(
    tmp_path: Path, validate: str, setting: str, status: int
) -> None:
    step = f"""
        config = {{"type": "api", "name": "X", "method": "POST", "path": "/x", "emits": [],
                  "bodySchema": {{"type": "object", "required": ["a"], "properties": {{"a": {{}}}}}},
                  "validate": {validate}}}

        async def handler(req, context):
            return {{"body": req["body"]}}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path, validate_schemas=setting) as motia:
        assert (await motia.post("/x", json={})).status == status


@pytest.mark.parametrize(("strict", "status"), [("True", 200), ("'strict'", 500)])
async def test_an_answer_outside_its_schema_is_told_and_only_strictly_refused(
    tmp_path: Path, strict: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    schema = '{200: {"type": "object", "required": ["a"], "properties": {"a": {}}}}'
    step = api_step(
        "x", "return {'body': {}}", more=f"'responseSchema': {schema}, 'validate': {strict}"
    )
    write_project(tmp_path, {"steps/x_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.get("/x")).status == status
    assert ("outside its responseSchema" in caplog.text) is (status == 200)


async def test_a_project_sets_its_own_defaults(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "motia_config.py": "settings = {'max_body_bytes': 10}",
            "steps/x_step.py": """
                config = {"type": "api", "name": "X", "method": "POST", "path": "/x", "emits": []}

                async def handler(req, context):
                    return {"body": "read"}
            """,
        },
    )

    async with MotiaTester(tmp_path) as motia:
        assert (await motia.post("/x", json="0123456789")).status == 413
        assert (await motia.post("/x", json="0")).body == "read"


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ({"status": 201}, 201, ""),
        ({"status": 201, "body": {"a": 1}}, 201, {"a": 1}),
        ({"status_code": 201, "body": [1], "headers": {"x-a": "b"}}, 201, [1]),
        ({"status": 201, "body": 1, "something": "else"}, 201, 1),
        ({"ok": True}, 200, {"ok": True}),
        ({"status": 200, "name": "Bob"}, 200, {"status": 200, "name": "Bob"}),
        ({"status": "active"}, 200, {"status": "active"}),
        ({"id": 1, "body": "text"}, 200, {"id": 1, "body": "text"}),
        ({}, 200, {}),
        ([1, 2], 200, [1, 2]),
        ("text", 200, "text"),
    ],
)
async def test_a_dict_is_a_response_only_if_it_looks_like_one(
    tmp_path: Path, returned: Any, status: int, body: Any
) -> None:
    write_project(tmp_path, {"steps/x_step.py": api_step("x", f"return {returned!r}")})

    async with MotiaTester(tmp_path) as motia:
        answer = await motia.get("/x")

    assert (answer.status, answer.body) == (status, body)


async def test_json_that_was_sent_as_a_form_is_told_what_to_do(tmp_path: Path) -> None:
    step = """
        from pydantic import BaseModel

        class Order(BaseModel):
            item: str

        config = {"type": "api", "name": "X", "method": "POST", "path": "/x", "emits": [], "bodySchema": Order}

        async def handler(req, context):
            return {"body": req.model.item}
    """
    write_project(tmp_path, {"steps/x_step.py": step})
    form = {"content-type": "application/x-www-form-urlencoded"}

    async with MotiaTester(tmp_path) as motia:
        refused = await motia.post("/x", data='{"item": "tea"}', headers=form)
        taken = await motia.post("/x", data="item=tea", headers=form)

    assert refused.status == 400
    assert "send Content-Type: application/json" in refused.body["error"]
    assert taken.body == "tea"


async def test_a_failure_names_the_line_and_shows_the_users_frames_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = """
        config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": []}

        async def handler(data, context):
            raise KeyError("x")
    """
    write_project(tmp_path, {"steps/a_step.py": step})

    async with MotiaTester(tmp_path) as motia:
        await motia.emit("t")
        await motia.advance(300)

    failures = [r for r in caplog.records if getattr(r, "action", "") == "step.failed"]
    tracebacks = [getattr(record, "traceback", "") for record in failures]
    assert failures[0].getMessage() == "step A failed: KeyError: 'x' at a_step.py:5"
    assert len(failures) == 4
    assert 'raise KeyError("x")' in tracebacks[0]
    assert "motia_py/" not in tracebacks[0]
    assert tracebacks[1:] == ["", "", ""]
