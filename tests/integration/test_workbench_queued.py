"""Queues, dead letters, schedules and topics in the workbench, and setting things off by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.workbench_api import API, get

JSON_SENT = {"Content-Type": "application/json"}

FILES = {
    "steps/pack_step.py": """
        from pydantic import BaseModel

        class Parcel(BaseModel):
            item: str

        config = {"type": "event", "name": "Pack", "subscribes": ["order"], "input": Parcel,
                  "emits": ["packed"], "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(parcel, context):
            if not await context.state.get("shop", "open"):
                raise RuntimeError("closed")
            await context.state.set("packed", parcel.item, context.trace_id)
    """,
    "steps/clean_step.py": """
        config = {"name": "Clean", "triggers": [
            {"type": "cron", "expression": "0 9 * * *", "tz": "UTC", "misfire": "skip"}]}

        async def handler(input, context):
            await context.state.set("clean", "ran", context.trigger.expression)
    """,
}


@pytest.fixture
async def motia(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


async def post(motia: MotiaTester, path: str, sent: Any = None) -> Any:
    answer = await motia.post(f"{API}/{path}", json=sent or {})
    assert answer.status == 200, answer.body
    return answer.body


async def open_shop(motia: MotiaTester) -> None:
    await motia.put(f"{API}/state/shop/open", json={"value": True})


async def test_an_event_is_emitted_and_its_trace_told(motia: MotiaTester) -> None:
    await open_shop(motia)
    started = await post(motia, "emit/order", {"value": {"item": "tea"}})
    await motia.settle()
    assert await motia.state("packed", "tea") == started["traceId"]


async def test_dead_letters_are_shown_put_back_and_discarded(motia: MotiaTester) -> None:
    for item in ("a", "b", "c"):
        await motia.emit("order", {"item": item})
    await motia.settle()
    (lane,) = [lane for lane in (await get(motia, "queue"))["lanes"] if lane["step"] == "Pack"]
    assert (lane["trigger"], lane["dead"], lane["isParked"]) == ("queue(order)", 3, False)
    found = await get(motia, "queue/dead?limit=2")
    assert (found["total"], len(found["letters"])) == (3, 2)
    letter = found["letters"][0]
    assert (letter["step"], letter["error"]) == ("Pack", "RuntimeError: closed")

    detail = await get(motia, f"queue/dead/{letter['id']}")
    assert detail["data"] == {"item": "c"}
    assert "closed" in detail["traceback"]
    assert detail["inputSchema"]["required"] == ["item"]

    await open_shop(motia)
    started = await post(motia, f"queue/dead/{letter['id']}/redrive")
    await motia.settle()
    assert await motia.state("packed", "c") == started["traceId"] == letter["traceId"]

    address = f"{API}/queue/dead/{found['letters'][1]['id']}"
    assert (await motia.delete(address, headers=JSON_SENT)).status == 204
    assert (await motia.delete(address, headers=JSON_SENT)).status == 404
    assert await post(motia, "queue/redrive?step=Pack") == {"count": 1}
    await motia.settle()
    assert await motia.state("packed", "a")
    assert (await get(motia, "queue/dead"))["total"] == 0


async def test_all_dead_letters_are_discarded_at_once(motia: MotiaTester) -> None:
    await motia.emit("order", {"item": "a"})
    await motia.settle()
    assert await post(motia, "queue/discard?step=Other") == {"count": 0}
    assert await post(motia, "queue/discard") == {"count": 1}


@pytest.mark.parametrize(
    ("query", "sent"),
    [("", '{"step": "Other"}'), ("", "x"), ("?step=", ""), ("?stpe=Other", ""), ("?limit=1", "")],
)
async def test_what_is_meant_for_some_is_not_done_to_all(
    motia: MotiaTester, query: str, sent: str
) -> None:
    await motia.emit("order", {"item": "a"})
    await motia.settle()

    for do in ("redrive", "discard"):
        address = f"{API}/queue/{do}{query}"
        answer = await motia.post(address, data=sent, headers=JSON_SENT)
        assert answer.status == 400
        assert "step" in answer.body["error"]
    assert (await get(motia, "queue/dead"))["total"] == 1


async def test_a_letter_that_is_not_there_is_told(motia: MotiaTester) -> None:
    for path in ("queue/dead/none", "queue/dead/0123456789"):
        assert (await motia.get(f"{API}/{path}")).status == 404
    assert (await motia.post(f"{API}/queue/dead/none/redrive", json={})).status == 404


async def test_deliveries_of_a_step_that_is_gone_are_parked(
    motia: MotiaTester, tmp_path: Path
) -> None:
    await motia.emit("order", {"item": "a"})
    await motia.settle()
    file = tmp_path / "steps/pack_step.py"
    file.unlink()
    await motia.app.reload({file})
    (lane,) = [lane for lane in (await get(motia, "queue"))["lanes"] if lane["step"] == "Pack"]
    assert lane["isParked"]


async def test_schedules_tell_their_next_ticks_and_run_now(motia: MotiaTester) -> None:
    (cron,) = (await get(motia, "cron"))["crons"]
    assert (cron["step"], cron["expression"], cron["tz"]) == ("Clean", "0 9 * * *", "UTC")
    assert len(cron["next"]) == 5
    assert [tick % 86400 for tick in cron["next"]] == [9 * 3600] * 5
    assert cron["last"] == []

    started = await post(motia, f"cron/Clean/{cron['trigger'].replace('/', '%2F')}")
    await motia.settle()
    assert await motia.state("clean", "ran") == "0 9 * * *"
    (cron,) = (await get(motia, "cron"))["crons"]
    assert cron["last"][0]["traceId"] == started["traceId"]

    await motia.advance(86400)
    (cron,) = (await get(motia, "cron"))["crons"]
    # By hand and by its own tick: neither absorbs the other.
    assert len(cron["last"]) == 2
    assert (await motia.post(f"{API}/cron/Clean/none", json={})).status == 404
    assert (await motia.post(f"{API}/cron/Pack/queue(order)", json={})).status == 404


async def test_ticks_are_told_however_often_their_step_ran_otherwise(tmp_path: Path) -> None:
    files = {
        "steps/both_step.py": """
            config = {"name": "Both", "triggers": [
                {"type": "cron", "expression": "0 9 * * *", "tz": "UTC", "misfire": "skip"},
                {"type": "queue", "topic": "now"}]}

            async def handler(input, context):
                pass
        """
    }
    async with MotiaTester(write_project(tmp_path, files)) as motia:
        await motia.advance(86400)
        for _ in range(30):
            await motia.emit("now")
        await motia.settle()
        (cron,) = (await get(motia, "cron"))["crons"]
        assert [run["trigger"] for run in cron["last"]] == [cron["trigger"]]


async def test_topics_tell_who_emits_and_takes_them(motia: MotiaTester) -> None:
    topics = {topic["topic"]: topic for topic in (await get(motia, "topics"))["topics"]}
    assert list(topics) == ["order", "packed"]
    assert topics["order"]["subscribers"] == ["Pack"]
    assert topics["order"]["schemas"]["Pack"]["required"] == ["item"]
    assert topics["packed"] == {
        "topic": "packed",
        "emitters": ["Pack"],
        "subscribers": [],
        "schemas": {},
    }


@pytest.mark.parametrize("path", ["emit/order", "cron/Clean/x", "queue/redrive", "queue/discard"])
async def test_nothing_is_set_off_from_elsewhere(motia: MotiaTester, path: str) -> None:
    headers = {"Origin": "http://localhost:9"}
    answer = await motia.post(f"{API}/{path}", json={"value": 1}, headers=headers)
    assert answer.status == 403
    answer = await motia.post(f"{API}/{path}", data="{}")
    assert answer.status == 415


# Again, with other data


REPLAYED = {
    "steps/pack_step.py": """
        config = {"type": "event", "name": "Pack", "subscribes": ["order"], "emits": ["packed"],
                  "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(order, context):
            boxes = await context.state.update(
                "boxes", "count", [{"type": "increment", "path": "n"}])
            await context.streams.shelf.set("all", order["item"], {"n": boxes["n"]})
            await context.streams.shelf.send({"groupId": "all"}, {"type": "moved", "data": 1})
            await context.sockets.emit("packed", order, room="shop")
            if order["item"] == "bad":
                raise ValueError("broken box")
            await context.emit("packed", {"item": order["item"], "box": boxes["n"]})
    """,
    "steps/shelf_stream.py": "config = {'name': 'shelf', 'schema': None}",
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(write_project(tmp_path, REPLAYED)) as running:
        await running.emit("order", {"item": "bad"})
        await running.settle()
        yield running


async def letter_of(motia: MotiaTester) -> Any:
    return (await get(motia, "queue/dead"))["letters"][0]


async def test_a_rehearsal_tells_what_would_come_of_it_and_changes_nothing(
    shop: MotiaTester,
) -> None:
    letter = await letter_of(shop)
    path = f"queue/dead/{letter['id']}/rehearse"
    effects = await post(shop, path, {"value": {"item": "good"}})

    assert (effects["isRehearsal"], effects["status"], effects["error"]) == (True, "ok", None)
    assert effects["emits"] == [{"topic": "packed", "data": {"item": "good", "box": 2}}]
    writes = [(w["space"], w["group"], w["key"], w["value"]) for w in effects["writes"]]
    assert writes == [
        ("state", "boxes", "count", {"n": 2}),
        ("stream/shelf", "all", "good", {"n": 2, "id": "good"}),
    ]
    messages = [(m["channel"], m["to"], m["event"]) for m in effects["messages"]]
    assert messages == [("stream/shelf", "all", "moved"), ("socket /", "shop", "packed")]

    assert await shop.state("boxes", "count") == {"n": 1}
    assert [item["id"] for item in await shop.stream("shelf", "all")] == ["bad"]
    assert shop.emitted("packed") == []
    assert (await get(shop, "queue/dead"))["total"] == 1


async def test_a_rehearsal_tells_why_it_would_fail(shop: MotiaTester, tmp_path: Path) -> None:
    letter = await letter_of(shop)
    path = f"queue/dead/{letter['id']}/rehearse"
    effects = await post(shop, path, {"value": {"item": "bad"}})
    assert (effects["status"], effects["error"]) == ("error", "ValueError: broken box")
    assert "broken box" in effects["traceback"]

    file = tmp_path / "steps/pack_step.py"
    file.write_text(file.read_text().replace('"bad"', '"other"'))
    await shop.app.reload({file})
    # On the code that was just saved.
    assert (await post(shop, path, {"value": {"item": "bad"}}))["status"] == "ok"


async def test_a_replay_is_real_and_can_be_compared_with_the_run_before(
    shop: MotiaTester,
) -> None:
    letter = await letter_of(shop)
    path = f"queue/dead/{letter['id']}/replay"
    started = await post(shop, path, {"value": {"item": "good"}})
    await shop.settle()

    assert await shop.state("boxes", "count") == {"n": 2}
    assert shop.emitted("packed") == [{"item": "good", "box": 2}]
    run = f"Pack/{letter['trigger']}"
    old = await get(shop, f"effects/{letter['traceId']}/{run}")
    new = await get(shop, f"effects/{started['traceId']}/{run}")
    assert (old["status"], new["status"]) == ("error", "ok")
    assert (len(old["emits"]), len(new["emits"])) == (0, 1)
    assert [w["value"] for w in old["writes"]] == [{"n": 1}, {"n": 1, "id": "bad"}]
    assert [w["value"] for w in new["writes"]] == [{"n": 2}, {"n": 2, "id": "good"}]
    assert not new["isRehearsal"]


async def test_a_step_that_does_not_load_can_run_nothing_again(
    shop: MotiaTester, tmp_path: Path
) -> None:
    letter = await letter_of(shop)
    file = tmp_path / "steps/pack_step.py"
    file.unlink()
    await shop.app.reload({file})
    for what in ("rehearse", "replay"):
        answer = await shop.post(f"{API}/queue/dead/{letter['id']}/{what}", json={"value": 1})
        assert (answer.status, answer.body["error"]) == (
            409,
            "Step Pack does not load, or has no queue(order) any more",
        )
    assert (await shop.get(f"{API}/effects/none/Pack/queue(order)")).status == 404
