"""Events from emit to handler: one delivery per step, retries, dead letters, order, dedupe."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from motia_py.clock import FakeClock
from motia_py.messages import Delivery
from motia_py.testing import MotiaTester
from tests.integration.conftest import OpenTester
from tests.projects import write_project
from tests.watched_engine import WatchedEngine

EMITTER = """
    config = {{"type": "api", "name": "Emitter", "method": "POST", "path": "/emit-it",
              "emits": {emits}}}

    async def handler(req, context):
        {body}
        return {{"body": "went on"}}
"""


def emitter(body: str = "await context.emit(req['body'])", emits: str = "[]") -> str:
    return EMITTER.format(body=body, emits=emits)


def collector(name: str, topic: str, more: str = "", key: str = "got") -> str:
    """An event step that appends what it gets to state `<name>`/`<key>`."""
    return f"""
config = {{"type": "event", "name": "{name}", "subscribes": ["{topic}"], "emits": [], {more}}}

async def handler(data, context):
    await context.state.update("{name}", "{key}", [{{"type": "append", "path": "all", "value": data}}])
"""


async def test_every_subscribing_step_gets_its_own_delivery(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    write_project(
        tmp_path,
        {"steps/a_step.py": collector("A", "t"), "steps/b_step.py": collector("B", "t")},
    )

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", {"n": 1})
        await motia.settle()

        assert await motia.state("A", "got") == {"all": [{"n": 1}]}
        assert await motia.state("B", "got") == {"all": [{"n": 1}]}


async def test_an_event_carries_the_trace_of_its_emitter(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    write_project(tmp_path, {"steps/e_step.py": emitter(), "steps/a_step.py": collector("A", "t")})

    async with open_tester(tmp_path) as motia:
        got = await motia.post("/emit-it", json={"topic": "t", "data": 1})
        await motia.settle()
        spans = motia.traces.spans(got.headers["x-trace-id"])

    assert [span.step for span in spans] == ["Emitter", "A"]
    assert spans[1].parent_id == spans[0].id


@pytest.mark.parametrize(
    ("emits", "sent"),
    [
        ("['other']", False),
        ("[{'topic': 'other', 'label': 'x', 'conditional': True}]", False),
        ("[]", True),
        ("['t']", True),
    ],
)
async def test_a_017_step_only_emits_what_it_lists(
    open_tester: OpenTester,
    tmp_path: Path,
    emits: str,
    sent: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """S0.33"""
    write_project(
        tmp_path,
        {"steps/e_step.py": emitter(emits=emits), "steps/a_step.py": collector("A", "t")},
    )

    async with open_tester(tmp_path) as motia:
        got = await motia.post("/emit-it", json={"topic": "t", "data": 1})
        await motia.settle()

        assert got.body == "went on"
        assert (await motia.state("A", "got") is not None) is sent
    assert ("does not list" in caplog.text) is not sent


async def test_a_10_step_may_emit_what_it_does_not_list(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        from motia_py import enqueue, http

        config = {"name": "E", "triggers": [http("POST", "/emit-it")], "enqueues": ["other"]}

        async def handler(req):
            await enqueue({"topic": "t", "data": 1})
    """
    write_project(tmp_path, {"steps/e_step.py": step, "steps/a_step.py": collector("A", "t")})

    async with open_tester(tmp_path) as motia:
        got = await motia.post("/emit-it")
        await motia.settle()

        assert got.status == 204
        assert await motia.state("A", "got") == {"all": [1]}


async def test_a_strict_step_fails_when_it_emits_what_it_does_not_list(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    body = "await context.emit('t', 1)"
    step = emitter(body, emits="['other'], 'strict_emits': True")
    write_project(tmp_path, {"steps/e_step.py": step, "steps/a_step.py": collector("A", "t")})

    async with open_tester(tmp_path) as motia:
        assert (await motia.post("/emit-it")).status == 500


FLAKY = """
    config = {{"type": "event", "name": "Flaky", "subscribes": ["t"], "emits": [],
              "infrastructure": {{"queue": {{"maxRetries": {retries}}}}}}}

    async def handler(data, context):
        runs = await context.state.update("flaky", "runs", [{{"type": "increment", "path": "n"}}])
        if runs["n"] <= {failures}:
            raise ValueError("not yet")
"""


async def test_a_failed_delivery_runs_again_after_a_while(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    write_project(tmp_path, {"steps/f_step.py": FLAKY.format(retries=3, failures=2)})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t")
        await motia.settle()
        first = await motia.state("flaky", "runs")
        await motia.advance(60)

        assert first == {"n": 1}
        assert await motia.state("flaky", "runs") == {"n": 3}
        assert await motia.dead_letters() == []


async def test_a_delivery_that_keeps_failing_ends_in_the_dead_letters(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    write_project(tmp_path, {"steps/f_step.py": FLAKY.format(retries=3, failures=99)})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", {"a": 1})
        await motia.advance(300)
        letters = await motia.dead_letters()
        counts = await motia.queue("Flaky")

        assert await motia.state("flaky", "runs") == {"n": 4}
    assert [(letter.delivery.data, letter.error) for letter in letters] == [
        ({"a": 1}, "ValueError: not yet")
    ]
    assert 'raise ValueError("not yet")' in letters[0].traceback
    assert (counts.waiting, counts.running, counts.dead) == (0, 0, 1)


async def test_a_redriven_dead_letter_runs_again_and_a_discarded_one_is_gone(
    open_tester: OpenTester,
    tmp_path: Path,
) -> None:
    write_project(tmp_path, {"steps/f_step.py": FLAKY.format(retries=0, failures=2)})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", 1)
        await motia.emit("t", 2)
        await motia.settle()
        second, first = await motia.dead_letters()
        await motia.app.bus.redrive(first.delivery.id)
        await motia.app.bus.discard(second.delivery.id)
        await motia.settle()

        assert await motia.dead_letters() == []
        assert await motia.state("flaky", "runs") == {"n": 3}


async def test_an_event_that_does_not_fit_its_schema_is_a_dead_letter_at_once(
    open_tester: OpenTester,
    tmp_path: Path,
) -> None:
    """S0.34 as the design changes it: the handler does not run."""
    step = """
        from pydantic import BaseModel

        class Order(BaseModel):
            amount: int

        config = {"name": "A", "triggers": [{"type": "queue", "topic": "t", "input": Order}]}

        async def handler(order, ctx):
            await ctx.state.set("a", "amount", order.amount)
    """
    write_project(tmp_path, {"steps/a_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", {"amount": "many"})
        await motia.emit("t", {"amount": 3})
        await motia.settle()
        letters = await motia.dead_letters()

        assert await motia.state("a", "amount") == 3
    assert [letter.delivery.data for letter in letters] == [{"amount": "many"}]
    assert "amount" in letters[0].error


async def test_a_handler_may_give_up_or_ask_for_another_time(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        from motia_py import NonRetryable, Retry

        config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": []}

        async def handler(data, context):
            await context.state.update("a", "runs", [{"type": "append", "path": "at", "value": context.attempt}])
            if context.attempt == 1:
                raise Retry(after=1000)
            raise NonRetryable("no use")
    """
    write_project(tmp_path, {"steps/a_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t")
        await motia.advance(999)
        before = await motia.state("a", "runs")
        await motia.advance(1)

        assert before == {"at": [1]}
        assert await motia.state("a", "runs") == {"at": [1, 2]}
        assert [letter.error for letter in await motia.dead_letters()] == [
            "motia_py.errors.NonRetryable: no use"
        ]


async def test_a_delayed_event_waits(open_tester: OpenTester, tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "steps/e_step.py": emitter("context.emit('t', 1, delay=30)"),
            "steps/a_step.py": collector("A", "t"),
        },
    )

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.advance(29)
        before = await motia.state("A", "got")
        await motia.advance(1)

        assert before is None
        assert await motia.state("A", "got") == {"all": [1]}


async def test_an_id_absorbs_a_second_event(open_tester: OpenTester, tmp_path: Path) -> None:
    body = "context.emit('t', 1, id='once'); context.emit('t', 2, id='once'); context.emit('t', 3)"
    write_project(
        tmp_path, {"steps/e_step.py": emitter(body), "steps/a_step.py": collector("A", "t")}
    )

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.settle()

        assert await motia.state("A", "got") == {"all": [1, 3]}


async def test_events_of_a_group_run_one_at_a_time_in_order(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        import asyncio

        config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": []}
        running = 0

        async def handler(data, context):
            global running
            running += 1
            await asyncio.sleep(0)
            together = running
            running -= 1
            await context.state.update("a", "seen", [{"type": "append", "path": "all", "value": [data, together]}])
    """
    body = "[context.emit({'topic': 't', 'data': n, 'messageGroupId': 'g'}) for n in range(5)]"
    write_project(tmp_path, {"steps/e_step.py": emitter(body), "steps/a_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.settle()

        assert await motia.state("a", "seen") == {"all": [[n, 1] for n in range(5)]}


async def test_a_step_runs_at_most_its_concurrency_at_once(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        import asyncio

        config = {"type": "event", "name": "A", "subscribes": ["t"], "emits": [], %s}
        running = most = 0
        gate = asyncio.Event()

        async def handler(data, context):
            global running, most
            running += 1
            most = max(most, running)
            if running == LIMIT:
                gate.set()
            await gate.wait()
            for _ in range(500):
                await asyncio.sleep(0)
            running -= 1
            await context.state.set("a", "most", most)
    """
    write_project(
        tmp_path,
        {
            "steps/e_step.py": emitter("[context.emit('t', n) for n in range(40)]"),
            "steps/a_step.py": step.replace("LIMIT", "3")
            % '"infrastructure": {"queue": {"concurrency": 3}}',
            "steps/b_step.py": step.replace("LIMIT", "10")
            .replace('"A"', '"B"')
            .replace('"a"', '"b"')
            % "",
        },
    )

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.settle()

        assert await motia.state("a", "most") == 3
        assert await motia.state("b", "most") == 10


async def test_a_condition_that_says_no_skips_the_event(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        config = {"name": "A", "triggers": [
            {"type": "queue", "topic": "t", "condition": lambda data, ctx: data > 1}]}

        async def handler(data, ctx):
            await ctx.state.set("a", "last", data)
    """
    write_project(tmp_path, {"steps/a_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", 2)
        await motia.emit("t", 1)
        await motia.settle()
        statuses = sorted(
            trace[0].status for trace in motia.traces.recent() if trace[0].step == "A"
        )

        assert await motia.state("a", "last") == 2
        assert await motia.dead_letters() == []
    assert statuses == ["ok", "skipped"]


async def test_data_without_a_json_form_fails_in_the_emitting_step(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    body = "context.emit('t', {'when': object()})"
    write_project(
        tmp_path, {"steps/e_step.py": emitter(body), "steps/a_step.py": collector("A", "t")}
    )

    async with open_tester(tmp_path) as motia:
        assert (await motia.post("/emit-it")).status == 500


async def test_dates_uuids_models_and_bytes_travel(open_tester: OpenTester, tmp_path: Path) -> None:
    body = """
        import dataclasses, datetime, decimal, enum, uuid
        from pydantic import BaseModel
        class M(BaseModel):
            n: int
        await context.emit("t", {"d": datetime.date(2026, 1, 2), "u": uuid.UUID(int=1), "m": M(n=1),
                                 "b": b"hi", "x": decimal.Decimal("1.50"), "s": {3}})
    """.strip()
    write_project(
        tmp_path, {"steps/e_step.py": emitter(body), "steps/a_step.py": collector("A", "t")}
    )

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.settle()

        assert await motia.state("A", "got") == {
            "all": [
                {
                    "d": "2026-01-02",
                    "u": "00000000-0000-0000-0000-000000000001",
                    "m": {"n": 1},
                    "b": "aGk=",
                    "x": "1.50",
                    "s": [3],
                }
            ]
        }


async def test_the_triggers_of_a_step_share_its_groups(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        import asyncio

        config = {"type": "event", "name": "A", "subscribes": ["t", "u"], "emits": []}
        running = 0

        async def handler(data, context):
            global running
            running += 1
            for _ in range(20):
                await asyncio.sleep(0)
            together = running
            running -= 1
            await context.state.update("a", "seen", [{"type": "append", "path": "all", "value": [data, together]}])
    """
    body = "[context.emit('tu'[n % 2], n, group='g') for n in range(8)]"
    write_project(tmp_path, {"steps/e_step.py": emitter(body), "steps/a_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.post("/emit-it")
        await motia.settle()

        assert await motia.state("a", "seen") == {"all": [[n, 1] for n in range(8)]}


async def test_an_ack_and_the_next_claim_reach_the_store_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A durable store then has one commit for both."""
    clock = FakeClock()
    engine = WatchedEngine(clock)
    ack = engine.queue.ack

    async def slow_ack(delivery: Delivery) -> bool:
        engine.asked.append("asked to ack")
        for _ in range(20):
            await asyncio.sleep(0)
        return await ack(delivery)

    monkeypatch.setattr(engine.queue, "ack", slow_ack)
    more = '"infrastructure": {"queue": {"concurrency": 1}}'
    write_project(tmp_path, {"steps/a_step.py": collector("A", "t", more)})

    async with MotiaTester(tmp_path, clock=clock, engine=engine) as motia:
        await motia.settle()
        engine.asked.clear()
        for number in range(2):
            await motia.emit("t", number)
        await motia.settle()

        assert await motia.state("A", "got") == {"all": [0, 1]}
    calls = [call for call in engine.asked if "ack" in call or call == "claim"]
    assert calls[:4] == ["asked to ack", "claim", "asked to ack", "claim"]
    assert calls.count("ack") == 2


async def test_a_clock_that_is_set_back_holds_up_no_event(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    """A25."""
    more = '"infrastructure": {"queue": {"type": "fifo"}}'
    write_project(tmp_path, {"steps/a_step.py": collector("A", "t", more)})

    async with open_tester(tmp_path) as motia:
        await motia.emit("t", 1)
        await motia.settle()
        motia.clock.jump(-3600)
        for number in (2, 3):
            await motia.emit("t", number)
        await motia.settle()

        assert await motia.state("A", "got") == {"all": [1, 2, 3]}
