"""State, streams and the triggers on their changes, through real steps."""

from __future__ import annotations

import asyncio
from pathlib import Path

from motia_py.testing import MotiaTester
from tests.integration.conftest import OpenTester
from tests.projects import api_step, write_project


async def test_64_increments_at_once_give_64(open_tester: OpenTester, tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "steps/x_step.py": api_step(
                "x",
                """
                await context.state.update("g", "k", [{"type": "increment", "path": "n", "by": 1}])
                return {"body": "ok"}
                """,
            )
        },
    )

    async with open_tester(tmp_path) as motia:
        await asyncio.gather(*(motia.get("/x") for _ in range(64)))

        assert await motia.state("g", "k") == {"n": 64}


async def test_state_writes_return_what_each_dialect_expects(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    """SX.14"""
    old = api_step(
        "old",
        """
        first = await context.state.set("old", "k", {"n": 1})
        second = await context.state.update("old", "k", [{"type": "increment", "path": "n", "by": 2}])
        gone = await context.state.delete("old", "k")
        return {"body": [first, second, gone, await context.state.get("old", "k")]}
        """,
    )
    new = """
        from motia import http, stateManager

        config = {"name": "New", "triggers": [http("GET", "/new")], "enqueues": []}

        async def handler(req):
            first = await stateManager.set("new", "k", {"n": 1})
            second = await stateManager.update("new", "k", [{"type": "increment", "path": "n", "by": 2}])
            gone = await stateManager.delete("new", "k")
            return {"body": [first, second, gone, await stateManager.get("new", "k")]}
    """
    write_project(tmp_path, {"steps/old_step.py": old, "steps/new_step.py": new})

    async with open_tester(tmp_path) as motia:
        assert (await motia.get("/old")).body == [{"n": 1}, {"n": 3}, {"n": 3}, None]
        assert (await motia.get("/new")).body == [
            {"old_value": None, "new_value": {"n": 1}},
            {"old_value": {"n": 1}, "new_value": {"n": 3}},
            {"n": 3},
            None,
        ]


async def test_a_group_lists_values_and_their_keys(open_tester: OpenTester, tmp_path: Path) -> None:
    step = api_step(
        "x",
        """
        await context.state.set("g", "a", {"n": 1})
        await context.state.set("g", "b", {"id": "own", "n": 2})
        await context.state.set("g", "c", 3)
        await context.state.set("g10", "z", "another group")
        entries = await context.state.list("g")
        return {"body": {
            "values": await context.state.get_group("g"),
            "same": await context.state.getGroup("g"),
            "ids": [entry["id"] for entry in entries],
            "attributes": [entries[0].id, entries[1].id, entries[1].data["n"]],
            "data": [entry["data"] for entry in entries[:1]] + [entries[2]["data"]],
            "groups": await context.state.list_groups(),
        }}
        """,
    )
    write_project(tmp_path, {"steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        body = (await motia.get("/x")).body

    assert body == {
        "values": [{"n": 1}, {"id": "own", "n": 2}, 3],
        "same": [{"n": 1}, {"id": "own", "n": 2}, 3],
        "ids": ["a", "own", "c"],
        "attributes": ["a", "b", 2],
        "data": [{"n": 1}, 3],
        "groups": ["g", "g10"],
    }


async def test_what_state_gives_is_a_copy(open_tester: OpenTester, tmp_path: Path) -> None:
    step = api_step(
        "x",
        """
        mine = {"list": [1]}
        await context.state.set("g", "k", mine)
        mine["list"].append(2)
        got = await context.state.get("g", "k")
        got["list"].append(3)
        return {"body": await context.state.get("g", "k")}
        """,
    )
    write_project(tmp_path, {"steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        assert (await motia.get("/x")).body == {"list": [1]}


async def test_a_state_trigger_runs_with_both_dialects_keys(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    watcher = """
        from motia import state, state_manager

        config = {"name": "Watcher", "enqueues": [],
                  "triggers": [state(condition=lambda input, ctx: input.group_id == "watched")]}

        async def handler(input):
            await state_manager.update("seen", "all", [{"type": "append", "path": "events", "value": dict(input)}])
    """
    writer = api_step(
        "x",
        """
        await context.state.set("watched", "k", 1)
        await context.state.set("watched", "k", 2)
        await context.state.delete("watched", "k")
        await context.state.set("other", "k", 1)
        return {"body": "ok"}
        """,
    )
    write_project(tmp_path, {"steps/w_step.py": watcher, "steps/x_step.py": writer})

    async with open_tester(tmp_path) as motia:
        await motia.get("/x")
        await motia.settle()
        seen = (await motia.state("seen", "all"))["events"]

    assert [event["event_type"] for event in seen] == [
        "state:created",
        "state:updated",
        "state:deleted",
    ]
    assert seen[1] == {
        "type": "state",
        "event_type": "state:updated",
        "scope": "watched",
        "group_id": "watched",
        "groupId": "watched",
        "key": "k",
        "item_id": "k",
        "itemId": "k",
        "old_value": 1,
        "oldValue": 1,
        "new_value": 2,
        "newValue": 2,
    }


STREAM = """
    config = {"name": "to-do", "schema": {"type": "object", "properties": {"text": {"type": "string"}},
              "required": ["text"]}, "baseConfig": {"storageType": "default"}}
"""


async def test_stream_items_are_stored_checked_and_addressed(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    """S0.35, S3.27"""
    step = api_step(
        "x",
        """
        todo = context.streams["to-do"]
        item = await todo.set("inbox", "a", {"text": "tea"})
        await context.streams.to_do.set("inbox", "b", {**item, "text": "milk"})
        try:
            await todo.set("inbox", "c", {"text": 7})
        except Exception as error:
            problem = str(error)
        updated = await todo.update("inbox", "a", [{"type": "append", "path": "text", "value": "!"}])
        gone = await todo.delete("inbox", "b")
        return {"body": {
            "item": item, "updated": updated["text"], "gone": gone["text"], "problem": problem,
            "group": await todo.get_group("inbox"), "missing": await todo.get("inbox", "zz"),
            "groups": await todo.list_groups(),
        }}
        """,
    )
    write_project(tmp_path, {"steps/todo_stream.py": STREAM, "steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        body = (await motia.get("/x")).body
        stored = await motia.stream("to-do", "inbox")

    address = {"type": "state-stream", "streamName": "to-do", "groupId": "inbox", "id": "a"}
    assert body["item"] == {"text": "tea", "id": "a", "__motia": address}
    assert (body["updated"], body["gone"], body["missing"]) == ("tea!", "milk", None)
    assert "text" in body["problem"]
    assert body["group"] == [{"text": "tea!", "id": "a", "__motia": address}]
    assert body["groups"] == ["inbox"]
    assert stored == [{"text": "tea!", "id": "a"}]


async def test_a_stream_update_must_leave_an_item_that_fits(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = api_step(
        "x",
        """
        await context.streams["to-do"].set("inbox", "a", {"text": "tea"})
        try:
            await context.streams["to-do"].update("inbox", "a", [{"type": "set", "path": "text", "value": 7}])
        except Exception as error:
            return {"body": type(error).__name__}
        """,
    )
    write_project(tmp_path, {"steps/todo_stream.py": STREAM, "steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        assert (await motia.get("/x")).body == "ValidationFailed"
        assert await motia.stream("to-do", "inbox") == [{"text": "tea", "id": "a"}]


async def test_a_stream_item_is_bounded(open_tester: OpenTester, tmp_path: Path) -> None:
    step = api_step(
        "x",
        """
        try:
            await context.streams["to-do"].set("inbox", "a", {"text": "x" * 2_000_000})
        except Exception as error:
            return {"body": str(error)}
        """,
    )
    write_project(tmp_path, {"steps/todo_stream.py": STREAM, "steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        assert "1,048,576 bytes" in (await motia.get("/x")).body
        assert await motia.stream("to-do", "inbox") == []


async def test_a_stream_trigger_hears_changes_and_sent_events(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    watcher = """
        from motia_py import state_manager, stream

        config = {"name": "W", "enqueues": [], "triggers": [stream("to-do", group_id="inbox")]}

        async def handler(input, ctx):
            await state_manager.update("seen", "all", [
                {"type": "append", "path": "events", "value": [input["event"]["type"], input.groupId, input["id"]]}])
    """
    step = api_step(
        "x",
        """
        todo = context.streams["to-do"]
        await todo.set("inbox", "a", {"text": "tea"})
        await todo.set("inbox", "a", {"text": "milk"})
        await todo.set("elsewhere", "a", {"text": "milk"})
        await todo.send({"groupId": "inbox"}, {"type": "typing", "data": {"who": "me"}})
        await todo.delete("inbox", "a")
        return {"body": "ok"}
        """,
    )
    write_project(
        tmp_path,
        {"steps/todo_stream.py": STREAM, "steps/x_step.py": step, "steps/w_step.py": watcher},
    )

    async with open_tester(tmp_path) as motia:
        await motia.get("/x")
        await motia.settle()

        assert (await motia.state("seen", "all"))["events"] == [
            ["create", "inbox", "a"],
            ["update", "inbox", "a"],
            ["event", "inbox", None],
            ["delete", "inbox", "a"],
        ]


async def test_a_stream_declared_by_an_object_is_there(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = """
        from motia_py import Stream, http

        notes = Stream("notes")
        config = {"name": "X", "triggers": [http("GET", "/x")], "enqueues": []}

        async def handler(req):
            await notes.set("g", "a", {"text": "hello"})
            return {"body": await notes.get_group("g")}
    """
    write_project(tmp_path, {"steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        body = (await motia.get("/x")).body

    assert [item["text"] for item in body] == ["hello"]


async def test_the_snapshot_of_a_group_is_at_its_address(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    step = api_step(
        "x",
        """
        await context.streams["to-do"].set("a/b 会话", "1", {"text": "tea"})
        return {"body": "ok"}
        """,
    )
    write_project(tmp_path, {"steps/todo_stream.py": STREAM, "steps/x_step.py": step})

    async with open_tester(tmp_path) as motia:
        await motia.get("/x")
        group = await motia.get("/streams/to-do/a%2Fb%20%E4%BC%9A%E8%AF%9D")
        item = await motia.get("/streams/to-do/a%2Fb%20%E4%BC%9A%E8%AF%9D/1")
        missing = await motia.get("/streams/nothing/g")

    assert group.body == [{"text": "tea", "id": "1"}]
    assert item.body == {"text": "tea", "id": "1"}
    assert missing.status == 404


async def test_timestamps_rise_over_a_restart_with_a_clock_set_back(
    open_tester: OpenTester, tmp_path: Path
) -> None:
    """Motia's clients drop a frame that is not newer than the last one they saw."""
    step = api_step("x", "await context.streams['to-do'].set('g', '1', {'text': 'a'}); return {}")
    write_project(tmp_path, {"steps/todo_stream.py": STREAM, "steps/x_step.py": step})
    join = {"streamName": "to-do", "groupId": "g", "subscriptionId": "s"}

    async def stamp(motia: MotiaTester) -> int:
        async with motia.connect() as socket:
            await socket.send_json({"type": "join", "data": join})
            await socket.receive_json()
            await motia.get("/x")
            return int((await socket.receive_json())["timestamp"])

    first = open_tester(tmp_path)
    async with first as motia:
        before = await stamp(motia)
    first.clock.jump(-3600)
    async with open_tester(tmp_path, clock=first.clock, engine=first.app.engine) as motia:
        after = await stamp(motia)

    assert after > before


async def test_a_broken_stream_file_locks_no_stream_that_another_file_declares(
    tmp_path: Path,
) -> None:
    """Only a mere `Stream("x")` may have its rules in the broken file."""
    files = {
        "steps/orders_stream.py": 'config = {"name": "orders"}\n',
        "steps/broken_stream.py": 'config = {"name": "zz", \n',
        "steps/uses_step.py": "from motia_py import Stream\n\nmere = Stream('mere')\n"
        'config = {"type": "noop", "name": "Uses"}\n',
    }
    async with MotiaTester(write_project(tmp_path, files), may_fail_to_load=True) as motia:
        orders = await motia.get("/streams/orders/today")
        mere = await motia.get("/streams/mere/today")

    assert (orders.status, mere.status) == (200, 403)


async def test_an_unknown_stream_is_one_error_however_it_is_looked_up(tmp_path: Path) -> None:
    body = """
        from motia_py import UnknownStream
        found = []
        for look in (lambda: context.streams["order"], lambda: context.streams.order):
            try:
                look()
            except UnknownStream as error:
                found.append(str(error))
        return {"body": [*found, hasattr(context.streams, "order")]}
    """
    step = api_step("look", body)
    async with MotiaTester(write_project(tmp_path, {"steps/look_step.py": step})) as motia:
        (first, second, has_it) = (await motia.get("/look")).body

    assert first == second
    assert "no stream is called 'order'" in first
    assert has_it is False
