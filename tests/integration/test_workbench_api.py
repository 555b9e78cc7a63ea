"""The workbench's API: the project, its graph, its steps, its routes, its problems, its traces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from motia_py.web.workbench.contract import text
from tests.projects import write_project
from tests.workbench_api import API, get

ROOT = Path(__file__).parents[2]

FILES = {
    "steps/order_step.py": """
        from pydantic import BaseModel

        class Order(BaseModel):
            item: str

        config = {"type": "api", "name": "TakeOrder", "method": "POST", "path": "/orders/:shop",
                  "description": "Takes orders", "bodySchema": Order, "flows": ["shop"],
                  "queryParams": [{"name": "dry", "description": "does nothing"}],
                  "responseSchema": {200: Order}, "emits": ["packed", "order"]}

        async def handler(req, context):
            context.logger.info("taken", {"password": "p"})
            await context.emit("order", req["body"])
            return {"status": 200, "body": req["body"]}
    """,
    "steps/pack_step.py": """
        config = {"type": "event", "name": "Pack", "subscribes": ["order", "packed"],
                  "flows": ["shop"], "emits": []}

        async def handler(data, context):
            await context.state.set("orders", data["item"], data)
            if data["item"] == "bad":
                raise ValueError("broken box")
    """,
    "steps/clean_step.py": """
        config = {"name": "Clean", "triggers": [{"type": "cron", "expression": "0 9 * * *"}]}

        async def handler(): ...
    """,
    "steps/events_step.py": """
        config = {"type": "api", "name": "Events", "method": "GET", "path": "/events", "emits": []}

        async def handler(req, context):
            yield "x"
    """,
    "steps/never_step.py": """
        config = {"name": "Never", "triggers": [
    """,
    "steps/a_step.py": """
        config = {"name": "S", "triggers": [{"type": "socket", "event": "x", "namespace": "/y"},
                                            {"type": "state", "group": "none"}, {"type": "stream", "streamName": "s"}]}

        async def handler(): ...
    """,
    "steps/noop_step.py": "config = {'type': 'noop', 'name': 'Outside', 'virtualEmits': ['order']}",
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES), may_fail_to_load=True) as running:
        yield running


def by_id(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in items}


def test_the_contract_that_the_app_is_built_from_is_the_servers() -> None:
    assert (ROOT / "workbench/app/contract.json").read_text() == text(), (
        "run: python -m motia_py.web.workbench.contract > workbench/app/contract.json"
    )


async def test_the_project_says_what_it_is(motia: MotiaTester, tmp_path: Path) -> None:
    project = await get(motia, "project")
    assert project["root"] == str(tmp_path)
    assert (project["mode"], project["baseUrl"]) == ("dev", motia.url)
    assert (project["steps"], project["problems"], project["revision"]) == (6, 1, 0)
    assert project["flows"] == ["shop"]


async def test_the_graph_has_every_step_by_its_kind(motia: MotiaTester) -> None:
    graph = await get(motia, "graph")
    nodes = by_id(graph["nodes"])
    assert {id: node["kind"] for id, node in nodes.items()} == {
        "TakeOrder": "api",
        "Pack": "event",
        "Clean": "cron",
        "Events": "api",
        "S": "socket",
        "Outside": "noop",
        "file:steps/never_step.py": "noop",
    }
    labels = [trigger["label"] for trigger in nodes["S"]["triggers"]]
    assert labels == ["socket x", "state", "stream s"]
    assert nodes["TakeOrder"]["triggers"][0]["label"] == "POST /orders/:shop"
    assert graph["flows"] == [{"name": "shop", "steps": ["TakeOrder", "Pack"]}]


async def test_two_topics_between_two_steps_are_two_edges(motia: MotiaTester) -> None:
    edges = (await get(motia, "graph"))["edges"]
    shown = [(e["source"], e["target"], e["topic"], e["isVirtual"]) for e in edges]
    assert sorted(shown) == [
        ("Outside", "Pack", "order", True),
        ("TakeOrder", "Pack", "order", False),
        ("TakeOrder", "Pack", "packed", False),
    ]
    assert len({edge["id"] for edge in edges}) == 3


async def test_runs_are_counted_on_nodes_and_edges(motia: MotiaTester) -> None:
    for item in ("tea", "bad"):
        await motia.post("/orders/s", json={"item": item})
    await motia.emit("order", {"item": "from outside"})
    await motia.settle()

    graph = await get(motia, "graph")
    nodes = by_id(graph["nodes"])
    assert (nodes["TakeOrder"]["runs"], nodes["TakeOrder"]["errors"]) == (2, 0)
    assert (nodes["Pack"]["runs"], nodes["Pack"]["errors"]) == (3, 1)
    counts = {(e["source"], e["topic"]): e["count"] for e in graph["edges"]}
    assert counts == {
        ("TakeOrder", "order"): 2,
        ("TakeOrder", "packed"): 0,
        ("Outside", "order"): 0,
    }


async def test_a_file_that_never_loaded_is_a_node_with_its_failure(motia: MotiaTester) -> None:
    node = by_id((await get(motia, "graph"))["nodes"])["file:steps/never_step.py"]
    assert node["isMissing"]
    failure = node["failure"]
    assert (failure["file"], failure["kind"]) == ("steps/never_step.py", "syntax")
    assert failure["servedSince"] is None
    assert failure["line"] in [line["number"] for line in failure["excerpt"]]


async def test_a_step_that_is_broken_on_save_says_since_when_the_old_one_is_served(
    motia: MotiaTester, tmp_path: Path
) -> None:
    loaded_at = motia.clock.now()
    motia.clock.advance(60)
    file = tmp_path / "steps/pack_step.py"
    good = file.read_text()
    file.write_text("1 / 0\n" + good)
    await motia.app.reload({file})

    node = by_id((await get(motia, "graph"))["nodes"])["Pack"]
    assert not node["isMissing"]
    failure = node["failure"]
    assert failure["message"] == "ZeroDivisionError: division by zero"
    assert failure["servedSince"] == loaded_at
    assert failure["excerpt"][0] == {"number": 1, "text": "1 / 0"}
    assert (await get(motia, "project"))["revision"] == 1

    file.write_text(good)
    await motia.app.reload({file})
    assert by_id((await get(motia, "graph"))["nodes"])["Pack"]["failure"] is None
    file.write_text("1 / 0")
    await motia.app.reload({file})
    (failure, _) = sorted(
        (await get(motia, "problems"))["failures"], key=lambda each: each["file"], reverse=True
    )
    assert failure["servedSince"] == loaded_at + 60


async def test_a_step_shows_its_config_its_code_and_its_runs(
    motia: MotiaTester, tmp_path: Path
) -> None:
    await motia.post("/orders/s", json={"item": "tea"})
    step = await get(motia, "steps/TakeOrder")
    assert step["absoluteFile"] == str(tmp_path / "steps/order_step.py")
    assert step["source"] == (tmp_path / "steps/order_step.py").read_text()
    assert step["source"].splitlines()[step["node"]["line"] - 1].startswith("async def handler")
    assert step["emits"] == ["packed", "order"]
    (trigger,) = step["config"]["triggers"]
    assert trigger["body_schema"]["required"] == ["item"]
    (run,) = step["recent"]
    assert (run["status"], run["marks"]) == ("ok", 2)


async def test_a_step_of_any_name_can_be_asked_for(tmp_path: Path) -> None:
    text = "config = {'type': 'noop', 'name': 'a/b ä?', 'virtualEmits': ['x']}"
    async with MotiaTester(write_project(tmp_path, {"steps/a_step.py": text})) as motia:
        assert (await get(motia, "steps/a%2Fb%20%C3%A4%3F"))["node"]["id"] == "a/b ä?"
        answer = await motia.get(f"{API}/steps/none")
        assert (answer.status, answer.body) == (404, {"error": "No step is called 'none'"})


async def test_endpoints_have_what_a_form_needs(motia: MotiaTester) -> None:
    endpoints = by_id((await get(motia, "endpoints"))["endpoints"])
    order = endpoints["POST /orders/:shop"]
    assert order["pathParams"] == ["shop"]
    assert order["queryParams"] == [{"name": "dry", "description": "does nothing"}]
    assert order["bodySchema"]["properties"]["item"]["type"] == "string"
    assert list(order["responseSchemas"]) == ["200"]
    assert (order["streams"], endpoints["GET /events"]["streams"]) == (False, True)


async def test_the_routes_can_be_had_as_an_openapi_document(motia: MotiaTester) -> None:
    document = await get(motia, "openapi")

    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/orders/{shop}"]["post"]["operationId"] == "TakeOrder"


async def test_problems_are_failures_lint_and_what_waits(motia: MotiaTester) -> None:
    problems = await get(motia, "problems")
    assert [failure["file"] for failure in problems["failures"]] == ["steps/never_step.py"]
    assert (problems["parked"], problems["dead"]) == (0, 0)
    assert isinstance(problems["findings"], list)


async def test_a_trace_shows_its_runs_and_what_they_did_as_code(motia: MotiaTester) -> None:
    answer = await motia.post("/orders/s", json={"item": "tea"})
    await motia.settle()
    trace_id = answer.headers["x-trace-id"]

    trace = await get(motia, f"traces/{trace_id}")
    order, pack = trace["spans"]
    assert [span["run"]["step"] for span in (order, pack)] == ["TakeOrder", "Pack"]
    assert pack["run"]["parentId"] == order["run"]["id"]
    assert [mark["code"] for mark in order["marks"]] == [
        "logger.info('taken', {'password': '***'})",
        "emit('order', {'item': 'tea'})",
    ]
    assert [mark["code"] for mark in pack["marks"]] == ["state.set('orders', 'tea')"]

    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    assert (summary["id"], summary["runs"], summary["status"]) == (trace_id, 2, "ok")
    assert summary["steps"] == ["TakeOrder", "Pack"]


async def test_a_failed_run_makes_its_trace_a_failed_one(motia: MotiaTester) -> None:
    await motia.post("/orders/s", json={"item": "bad"})
    await motia.settle()
    (summary,) = (await get(motia, "traces?limit=1"))["traces"]
    assert (summary["status"], summary["error"]) == ("error", "ValueError: broken box")


@pytest.mark.parametrize("path", ["traces/none", "traces?limit=x", "traces?limit=-1", "nothing"])
async def test_what_is_not_there_is_told(motia: MotiaTester, path: str) -> None:
    answer = await motia.get(f"{API}/{path}")
    assert answer.status in (400, 404)
    assert answer.body["error"]


# Layout


async def test_a_layout_is_written_only_when_it_is_asked_for(
    motia: MotiaTester, tmp_path: Path
) -> None:
    file = tmp_path / "motia-workbench.json"
    await get(motia, "graph")
    assert not file.exists()

    for flow, x in (("shop", 1.5), ("a/b", 3)):
        path = flow.replace("/", "%2F")
        answer = await motia.put(f"{API}/layout/{path}", json={"Pack": {"x": x, "y": 2}})
        assert answer.status == 204
    layout = (await get(motia, "graph"))["layout"]
    assert layout == {"shop": {"Pack": {"x": 1.5, "y": 2}}, "a/b": {"Pack": {"x": 3, "y": 2}}}
    assert json.loads(file.read_text())["layout"].keys() == {"shop", "a/b"}


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        "[]",
        '{"a": 1}',
        '{"a": {"x": 1}}',
        '{"a": {"x": "l", "y": 1}}',
        '{"a": {"x": NaN, "y": 1}}',
        '{"a": {"x": 1e999, "y": 1}}',
    ],
)
async def test_what_is_no_layout_is_refused(motia: MotiaTester, sent: str, tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await motia.put(f"{API}/layout/shop", data=sent, headers=headers)
    assert answer.status == 400
    assert not (tmp_path / "motia-workbench.json").exists()


async def test_motias_own_layout_stays_as_it_is(motia: MotiaTester, tmp_path: Path) -> None:
    file = tmp_path / "motia-workbench.json"
    file.write_text('[{"id": "shop", "config": {}}]')
    assert (await get(motia, "graph"))["layout"] == {}
    answer = await motia.put(f"{API}/layout/shop", json={})
    assert (answer.status, file.read_text()) == (409, '[{"id": "shop", "config": {}}]')


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "5",
        "null",
        "[" * 100_000,
        '{"note": "\\ud800"}',
        '{"layout": {"\\ud800": {}}}',
        '{"layout": {"shop": {"a": {"x": NaN, "y": 1}}}}',
    ],
)
async def test_a_layout_file_that_cannot_be_read_stays_as_it_is(
    motia: MotiaTester, tmp_path: Path, contents: str
) -> None:
    file = tmp_path / "motia-workbench.json"
    file.write_text(contents)
    assert (await get(motia, "graph"))["layout"] == {}
    answer = await motia.put(f"{API}/layout/shop", json={})
    assert (answer.status, file.read_text()) == (409, contents)
    assert "motia-workbench.json" in answer.body["error"]


async def test_a_place_that_is_none_is_left_out_of_the_layout(
    motia: MotiaTester, tmp_path: Path
) -> None:
    places = f'{{"a": {{"x": 1{"0" * 400}, "y": 1}}, "b": {{"x": 1, "y": 2}}, "c": 5}}'
    (tmp_path / "motia-workbench.json").write_text(f'{{"layout": {{"shop": {places}, "x": 1}}}}')
    assert (await get(motia, "graph"))["layout"] == {"shop": {"b": {"x": 1, "y": 2}}, "x": {}}


async def test_a_layout_file_may_be_a_link(motia: MotiaTester, tmp_path: Path) -> None:
    (tmp_path / "motia-workbench.json").symlink_to(tmp_path / "kept.json")
    assert (await motia.put(f"{API}/layout/shop", json={})).status == 204
    assert (tmp_path / "motia-workbench.json").is_symlink()
    assert json.loads((tmp_path / "kept.json").read_text()) == {"layout": {"shop": {}}}
    assert sorted(file.name for file in tmp_path.glob("*.new")) == []


async def test_a_layout_that_cannot_be_written_leaves_the_old_one(
    motia: MotiaTester, tmp_path: Path
) -> None:
    file = tmp_path / "motia-workbench.json"
    await motia.put(f"{API}/layout/shop", json={"Pack": {"x": 1, "y": 2}})
    before = file.read_text()
    # What is written first cannot be.
    (tmp_path / ".motia-workbench.json.new").mkdir()
    answer = await motia.put(f"{API}/layout/shop", json={})
    assert (answer.status, file.read_text()) == (409, before)


# Who may


@pytest.mark.parametrize(
    "path", ["project", "graph", "steps/Pack", "endpoints", "problems", "traces"]
)
async def test_only_our_own_pages_may_ask(motia: MotiaTester, path: str) -> None:
    address = f"{API}/{path}"
    assert (await motia.get(address, headers={"Origin": motia.url})).status == 200
    assert (await motia.get(address, headers={"Origin": "http://localhost:9"})).status == 403
    assert (await motia.get(address, headers={"Sec-Fetch-Site": "cross-site"})).status == 403


async def test_a_form_of_another_site_can_write_nothing(motia: MotiaTester) -> None:
    answer = await motia.put(f"{API}/layout/shop", data="{}")
    assert answer.status == 415


async def test_start_serves_none_of_it(tmp_path: Path) -> None:
    write_project(
        tmp_path, {"steps/a_step.py": "config = {'type': 'noop', 'name': 'A', 'emits': []}"}
    )
    async with MotiaTester(tmp_path, mode="start") as motia:
        assert (await motia.get(f"{API}/graph")).status == 404


async def test_off_loopback_it_needs_the_token(tmp_path: Path) -> None:
    write_project(
        tmp_path, {"steps/a_step.py": "config = {'type': 'noop', 'name': 'A', 'emits': []}"}
    )
    async with MotiaTester(tmp_path, hosts=("0.0.0.0",), token="secret-secret-secret") as motia:
        port = motia.url.rpartition(":")[2]
        address = f"http://127.0.0.1:{port}{API}/graph"
        async with motia._session.get(address) as answer:
            assert answer.status == 401
        headers = {"Cookie": "motia_token=secret-secret-secret"}
        async with motia._session.get(address, headers=headers) as answer:
            assert answer.status == 200
