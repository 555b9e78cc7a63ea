"""State, streams and logs in the workbench: looked at, changed, and who wrote what."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from motia_py.messages import STATE_SPACE, Write
from motia_py.testing import MotiaTester
from tests.integration.test_workbench_live import LIVE, subscribe
from tests.projects import write_project
from tests.workbench_api import API, get

FILES = {
    "steps/write_step.py": """
        config = {"type": "api", "name": "Write", "method": "POST", "path": "/write", "emits": []}

        async def handler(req, context):
            body = req["body"]
            await context.state.set("carts", body["key"], body)
            await context.streams.chat.set("room", body["key"], {"text": body["text"]})
            context.logger.info("written", {"key": body["key"], "api_key": "k"})
            return {"body": 1}
    """,
    "steps/drop_step.py": """
        config = {"type": "api", "name": "Drop", "method": "POST", "path": "/drop", "emits": []}

        async def handler(req, context):
            await context.state.delete("carts", "a")
            raise ValueError("dropped")
    """,
    "steps/chat_stream.py": """
        from pydantic import BaseModel

        class Message(BaseModel):
            text: str

        config = {"name": "chat", "schema": Message, "baseConfig": {"ttl": 60, "maxItems": 5}}
    """,
    "steps/watch_step.py": """
        config = {"name": "Watch", "triggers": [{"type": "state", "group": "carts"}]}

        async def handler(change, context):
            await context.state.set("seen", change["key"], change["new_value"])
    """,
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


async def write(motia: MotiaTester, key: str = "a", text: str = "hi") -> str:
    answer = await motia.post("/write", json={"key": key, "text": text})
    await motia.settle()
    return answer.headers["x-trace-id"]


async def test_state_shows_its_groups_its_values_and_who_wrote_them(motia: MotiaTester) -> None:
    trace_id = await write(motia)
    groups = (await get(motia, "state"))["groups"]
    assert groups == [{"name": "carts", "count": 1}, {"name": "seen", "count": 1}]
    group = await get(motia, "state/carts")
    (value,) = group["values"]
    assert (group["total"], value["key"], value["value"]) == (1, "a", {"key": "a", "text": "hi"})
    assert (value["written"]["step"], value["written"]["traceId"]) == ("Write", trace_id)
    spans = (await get(motia, f"traces/{trace_id}"))["spans"]
    assert value["written"]["spanId"] == spans[0]["run"]["id"]


async def test_a_group_is_shown_in_pages(motia: MotiaTester) -> None:
    for n in range(5):
        await write(motia, f"k{n}")
    page = await get(motia, "state/carts?offset=3&limit=10")
    assert (page["total"], page["offset"]) == (5, 3)
    assert [value["key"] for value in page["values"]] == ["k3", "k4"]


async def test_a_page_of_large_values_has_fewer_of_them(motia: MotiaTester) -> None:
    for n in range(4):
        await write(motia, f"k{n}", "x" * 900_000)
    large = {"value": ["x" * 900_000] * 6}
    await motia.app._commit_outside(
        [Write(space=STATE_SPACE, group="carts", key="large", kind="set", value=large)]
    )
    await write(motia, "last")

    pages: list[list[str]] = []
    while sum(map(len, pages)) < 6:
        page = await get(motia, f"state/carts?offset={sum(map(len, pages))}")
        assert page["total"] == 6
        pages.append([value["key"] for value in page["values"]])
    assert pages == [["k0", "k1", "k2", "k3"], ["large"], ["last"]]


async def test_streams_show_what_they_are_and_what_is_in_them(motia: MotiaTester) -> None:
    await write(motia)
    (stream,) = (await get(motia, "streams"))["streams"]
    assert (stream["name"], stream["ttlSeconds"], stream["maxItems"]) == ("chat", 60, 5)
    assert stream["itemSchema"]["required"] == ["text"]
    assert stream["groups"] == [{"name": "room", "count": 1}]
    (item,) = (await get(motia, "streams/chat/room"))["items"]
    assert item["value"] == {"text": "hi", "id": "a"}
    assert item["written"]["step"] == "Write"
    assert (await motia.get(f"{API}/streams/none/room")).status == 404


async def test_a_value_has_a_history(motia: MotiaTester) -> None:
    for n in range(25):
        await write(motia, text=str(n))
    await motia.post("/drop")
    history = (await get(motia, "history/state/carts/a"))["writes"]
    assert len(history) == 20
    assert [(w["kind"], w["step"]) for w in history[:2]] == [("delete", "Drop"), ("set", "Write")]
    assert history[0]["value"] is None
    assert [w["value"]["text"] for w in history[1:4]] == ["24", "23", "22"]
    items = (await get(motia, f"history/{quote('stream/chat', safe='')}/room/a"))["writes"]
    assert [w["value"]["text"] for w in items[:2]] == ["24", "23"]
    assert (await get(motia, "history/state/none/none"))["writes"] == []


async def test_state_is_edited_as_a_handler_would(motia: MotiaTester) -> None:
    answer = await motia.put(f"{API}/state/carts/x%2Fy", json={"value": {"n": 1}})
    assert answer.status == 204
    await motia.settle()
    assert await motia.state("carts", "x/y") == {"n": 1}
    # What watches it was set off.
    assert await motia.state("seen", "x/y") == {"n": 1}
    (value,) = (await get(motia, "state/carts"))["values"]
    assert value["written"]["step"] == ""

    headers = {"Content-Type": "application/json"}
    answer = await motia.delete(f"{API}/state/carts/x%2Fy", headers=headers)
    assert answer.status == 204
    assert await motia.state("carts", "x/y") is None


async def test_an_item_is_edited_within_its_schema_and_its_watchers_hear(
    motia: MotiaTester,
) -> None:
    async with motia.connect("/streams/chat/room") as watcher:
        address = f"{API}/streams/chat/room/a"
        assert (await motia.put(address, json={"value": {"text": "new"}})).status == 204
        assert (await watcher.receive_json(timeout=10)) == {"text": "new", "id": "a"}
    answer = await motia.put(address, json={"value": {"text": 5}})
    assert answer.status == 400
    assert "text" in answer.body["error"]
    assert (await motia.put(address, json={"value": [1]})).status == 400
    headers = {"Content-Type": "application/json"}
    assert (await motia.delete(address, headers=headers)).status == 204
    assert await motia.stream("chat", "room") == []


@pytest.mark.parametrize("sent", ["", "x", "[]", "{}", '{"value": NaN}'])
async def test_what_is_no_value_is_refused(motia: MotiaTester, sent: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await motia.put(f"{API}/state/carts/a", data=sent, headers=headers)
    assert answer.status == 400
    assert await motia.state("carts", "a") is None


async def test_changes_are_told_live(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, changes=None)
        await write(motia)
        changes: list[dict[str, Any]] = []
        while len(changes) < 3:
            changes += (await socket.receive_json(timeout=10))["changes"]
        places = [(c["space"], c["group"], c["key"], c["write"]["step"]) for c in changes]
        assert sorted(places) == [
            ("state", "carts", "a", "Write"),
            ("state", "seen", "a", "Watch"),
            ("stream/chat", "room", "a", "Write"),
        ]


# Logs


async def test_logs_are_found_by_step_trace_level_and_text(
    motia: MotiaTester, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "motia_py")
    trace_id = await write(motia)
    await motia.post("/drop")

    (line,) = (await get(motia, f"logs?trace={trace_id}&step=Write"))["logs"]
    assert (line["level"], line["message"], line["action"]) == ("info", "written", "step.log")
    assert line["fields"] == {"key": "a", "api_key": "***"}
    (failed,) = (await get(motia, "logs?level=error&q=DROPPED"))["logs"]
    assert failed["step"] == "Drop"
    assert "ValueError: dropped" in failed["traceback"]
    assert (await get(motia, "logs?q=nobody"))["logs"] == []
    assert len((await get(motia, "logs?limit=1"))["logs"]) == 1
    assert (await motia.get(f"{API}/logs?level=loud")).status == 400


async def test_logs_are_told_live_from_any_thread(tmp_path: Path) -> None:
    text = """
        config = {"type": "api", "name": "T", "method": "GET", "path": "/t", "emits": []}

        def handler(req, context):
            context.logger.warning("from a thread")
            return {"body": 1}
    """
    project = write_project(tmp_path, {"steps/t_step.py": text})
    async with MotiaTester(project) as motia, motia.connect(LIVE) as socket:
        await subscribe(socket, logs=None)
        await motia.get("/t")
        messages: list[str] = []
        while "from a thread" not in messages:
            batch = await socket.receive_json(timeout=10)
            messages += [line["message"] for line in batch["logs"]]


async def test_one_value_can_be_asked_for(motia: MotiaTester) -> None:
    await write(motia)
    assert (await get(motia, "state/carts/a"))["value"] == {"key": "a", "text": "hi"}
    assert (await get(motia, "streams/chat/room/a"))["written"]["step"] == "Write"
    assert (await motia.get(f"{API}/state/carts/none")).status == 404
    assert (await motia.get(f"{API}/streams/chat/room/none")).status == 404
    await motia.put(f"{API}/state/carts/null", json={"value": None})
    assert (await get(motia, "state/carts/null"))["value"] is None


async def test_a_value_that_is_too_large_is_cut_in_its_history(motia: MotiaTester) -> None:
    await write(motia, text="x" * 1000)
    await write(motia, text="x" * 100_000)
    large, small = (await get(motia, "history/state/carts/a"))["writes"]
    assert (large["isCut"], small["isCut"]) == (True, False)
    assert len(small["value"]["text"]) == 1000


async def test_marks_and_lines_say_where_and_whose(
    motia: MotiaTester, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "motia_py")
    trace_id = await write(motia, "a/b")
    span = (await get(motia, f"traces/{trace_id}"))["spans"][0]
    places = [mark["place"] for mark in span["marks"] if mark["place"]]
    assert places == [
        {"space": "state", "group": "carts", "key": "a/b"},
        {"space": "stream/chat", "group": "room", "key": "a/b"},
    ]
    (line,) = (await get(motia, f"logs?trace={trace_id}"))["logs"]
    assert line["spanId"] == span["run"]["id"]
