"""Steps with a socket trigger, over real connections of python-socketio's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.projects import write_project
from tests.socket_steps import step
from tests.socketio_client import TRANSPORTS, Refused, connected

Open = Callable[..., MotiaTester]


@pytest.fixture
def serve(tmp_path: Path) -> Open:
    """A project whose files are step files by name, on a server."""

    def open(files: dict[str, str], **options: Any) -> MotiaTester:
        named = {f"steps/{name}_step.py": text for name, text in files.items()}
        return MotiaTester(write_project(tmp_path, named), **options)

    return open


# Events and acknowledgements


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_an_event_runs_its_step_and_what_it_returns_is_the_acknowledgement(
    serve: Open, transport: str
) -> None:
    """S4.1."""
    body = (
        'await ctx.socket.emit("said", {"back": data, "sid": ctx.socket.sid})\nreturn {"ok": data}'
    )
    async with (
        serve({"echo": step("echo", body)}) as motia,
        connected(motia.url, transports=TRANSPORTS[transport]) as client,
    ):
        assert await client.call("echo", {"n": 1}) == {"ok": {"n": 1}}
        assert await client.next("said") == {"back": {"n": 1}, "sid": client.sid}
        await client.emit("echo", "twice")
        assert (await client.next("said"))["back"] == "twice"
        assert client.transport == ("polling" if transport == "polling" else "websocket")


@pytest.mark.parametrize(
    ("sent", "got"), [((), "None"), ((1,), "1"), ((None,), "None"), ((1, [2]), "[1, [2]]")]
)
async def test_a_handler_gets_nothing_one_argument_or_a_list_of_several(
    serve: Open, sent: tuple[Any, ...], got: str
) -> None:
    async with (
        serve({"a": step("a", "return repr(data)")}) as motia,
        connected(motia.url) as client,
    ):
        assert await client.call("a", *sent) == got


async def test_values_go_out_as_json_and_bytes_as_they_are(serve: Open) -> None:
    body = (
        "from datetime import date\n"
        'await ctx.socket.emit("file", {"name": "ä", "content": data["content"] + b"!"})\n'
        'return [b"ab", date(2026, 1, 2), {1: "one"}]'
    )
    async with serve({"a": step("a", body)}) as motia, connected(motia.url) as client:
        assert await client.call("a", {"content": b"\x00\xff"}) == [
            b"ab",
            "2026-01-02",
            {"1": "one"},
        ]
        assert await client.next("file") == {"name": "ä", "content": b"\x00\xff!"}


async def test_a_step_in_0_17s_form_and_a_plain_function_work_too(serve: Open) -> None:
    text = """
        config = {"type": "socket", "name": "Old", "event": "old", "emits": []}

        def handler(data, context):
            context.socket.join("r")
            context.socket.emit("said", data)
            return {"rooms": context.socket.rooms()}
    """
    async with serve({"old": text}) as motia, connected(motia.url) as client:
        assert await client.call("old", 5) == {"rooms": ["r"]}
        assert await client.next() == ("said", 5)


async def test_namespaces_are_apart(serve: Open) -> None:
    files = {
        "a": step("who", 'return "default"', more='"flows": ["x"]'),
        "b": step("who", "return ctx.socket.namespace", trigger=', namespace="/admin"').replace(
            "On who", "Admin"
        ),
    }
    async with (
        serve(files) as motia,
        connected(motia.url) as one,
        connected(motia.url, "/admin") as other,
    ):
        assert (await one.call("who"), await other.call("who")) == ("default", "/admin")
        with pytest.raises(Refused, match="Invalid namespace"):
            async with connected(motia.url, "/elsewhere"):
                pass


async def test_all_that_other_steps_may_do_a_socket_step_may_do(
    serve: Open, tmp_path: Path
) -> None:
    files = {
        "a": step(
            "order",
            'ctx.emit("placed", data)\nawait ctx.state.set("orders", "1", data)\n'
            'await ctx.streams.board.set("today", "1", data)\n'
            'ctx.logger.info("noted", {"n": 1})\nreturn [ctx.trigger.type, ctx.trigger.event,'
            " ctx.is_socket(), ctx.flows]",
            more='"flows": ["shop"], "enqueues": ["placed"]',
        ),
    }
    board = 'config = {"name": "board", "schema": None, "baseConfig": {"storageType": "default"}}'
    write_project(tmp_path, {"steps/board_stream.py": board})
    async with serve(files) as motia, connected(motia.url) as client:
        assert await client.call("order", {"n": 2}) == ["socket", "order", True, ["shop"]]

        assert motia.emitted("placed") == [{"n": 2}]
        assert await motia.state("orders", "1") == {"n": 2}
        assert await motia.stream("board", "today") == [{"n": 2, "id": "1"}]
        (span,) = motia.traces.recent()[0]
        assert (span.step, span.trigger, span.status) == ("On order", "socket(order)", "ok")
        assert [mark.kind for mark in span.marks or ()] == ["emit", "state", "stream", "log"]


async def test_any_step_reaches_clients(serve: Open) -> None:
    files = {
        "join": step("join", "await ctx.socket.join(data)"),
        "tell": """
            config = {"type": "api", "name": "Tell", "method": "POST", "path": "/tell", "emits": []}

            async def handler(req, context):
                await context.sockets.emit("news", "all")
                await context.sockets.emit("news", "room", room="r")
                await context.sockets.emit("news", "one", to=req["body"]["sid"])
                await context.sockets.emit("news", "nobody", to="gone")
                await context.sockets.emit("news", "elsewhere", namespace="/x")
        """,
    }
    async with serve(files) as motia, connected(motia.url) as a, connected(motia.url) as b:
        await b.call("join", "r")
        assert (await motia.post("/tell", json={"sid": a.sid})).status == 204

        assert [await a.next() for _ in range(2)] == [("news", "all"), ("news", "one")]
        assert [await b.next() for _ in range(2)] == [("news", "all"), ("news", "room")]


async def test_nobody_is_reached_while_nobody_is_connected(serve: Open) -> None:
    files = {
        "a": """
            config = {"type": "api", "name": "A", "method": "GET", "path": "/a", "emits": []}

            async def handler(req, context):
                await context.sockets.emit("news", 1)
                try:
                    context.socket
                except Exception as error:
                    return {"status": 200, "body": str(error)}
        """
    }
    async with serve(files) as motia:
        answer = await motia.get("/a")
        assert "only under a socket trigger" in answer.body


# What clients see of problems


PROBLEMS = {
    "typed": step(
        "typed", "return data.n", head="class N(BaseModel):\n    n: int\n", trigger=", input=N"
    ),
    "broken": step("broken", 'raise RuntimeError("secret")'),
    "unsendable": step("unsendable", "return object()"),
    "never": step("never", "return 1", trigger=", condition=lambda data, ctx: False"),
    "fine": step("fine", "return 1"),
}


@pytest.mark.parametrize(
    ("event", "data", "problem"),
    [
        ("typed", {"n": "x"}, {"error": "Event data is not valid"}),
        ("typed", None, {"error": "Event data is not valid"}),
        ("broken", 1, {"error": "Internal server error"}),
        ("unsendable", 1, {"error": "Internal server error"}),
        ("never", 1, {"error": "Event condition not met", "skipped": True}),
        ("unknown", 1, {"error": "No step listens to 'unknown' in /"}),
    ],
)
async def test_a_problem_is_the_acknowledgement_or_else_an_error_event(
    serve: Open, event: str, data: Any, problem: dict[str, Any]
) -> None:
    async with serve(PROBLEMS) as motia, connected(motia.url) as client:
        told = await client.call(event, data)
        assert problem.items() <= told.items()
        assert "secret" not in str(told)

        await client.emit(event, data)
        error = await client.next("error")
        assert error["event"] == event
        assert problem.items() <= error.items()
        assert await client.call("fine") == 1


async def test_what_is_wrong_with_data_is_told_by_place(serve: Open) -> None:
    async with serve(PROBLEMS) as motia, connected(motia.url) as client:
        told = await client.call("typed", {"n": "x"})
        assert told["details"][0]["path"] == "n"
        assert await client.call("typed", {"n": "7"}) == 7


async def test_only_the_servers_own_failures_are_reported(
    serve: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(PROBLEMS) as motia, connected(motia.url) as client:
        await client.call("typed", {})
        await client.call("broken", 1)

    failed = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage().partition(":")[0] for record in failed] == ["step On broken failed"]


async def test_too_many_events_that_are_not_answered_are_refused(serve: Open) -> None:
    body = 'event = ctx.socket.session.setdefault("open", asyncio.Event())\nawait event.wait()'
    files = {
        "slow": step("slow", body),
        "open": step("open", 'ctx.socket.session["open"].set()'),
    }
    async with serve(files) as motia, connected(motia.url) as client:
        for n in range(101):
            await client.emit("slow", n)
        refused = await client.next("error")
        assert refused == {"event": "slow", "error": "More than 100 events are not answered yet"}


async def test_names_that_nobody_could_hear_are_refused(serve: Open) -> None:
    body = (
        "told = []\n"
        'for name in ("connect", "", 5):\n'
        "    try:\n        ctx.socket.emit(name, 1)\n"
        "    except Exception as error:\n        told.append(type(error).__name__)\n"
        "return told"
    )
    async with serve({"a": step("a", body)}) as motia, connected(motia.url) as client:
        assert await client.call("a") == ["ConfigError"] * 3


# Coming


GATE = step(
    "connect",
    'if data == "raise":\n    raise ConnectionRefused("not you", {"code": 7})\n'
    'if data == "break":\n    raise TypeError("secret")\n'
    'if data == "no":\n    return False\n'
    'ctx.socket.session["auth"] = data\n'
    'await ctx.socket.emit("connected", {"auth": data, "agent": ctx.socket.request.headers["x-a"]})',
)


async def test_a_connect_step_sees_who_comes_and_what_it_sends_arrives_after_the_connection(
    serve: Open,
) -> None:
    files = {"gate": GATE, "who": step("who", "return ctx.socket.session")}
    async with (
        serve(files) as motia,
        connected(motia.url, auth={"token": "t"}, headers={"X-A": "b"}) as client,
    ):
        assert await client.next() == ("connected", {"auth": {"token": "t"}, "agent": "b"})
        assert await client.call("who") == {"auth": {"token": "t"}}


@pytest.mark.parametrize(
    ("auth", "message"),
    [("raise", "not you"), ("no", "Connection refused"), ("break", "Internal server error")],
)
async def test_a_connect_step_refuses(serve: Open, auth: str, message: str) -> None:
    async with serve({"gate": GATE}) as motia:
        with pytest.raises(Refused, match=message) as refused:
            async with connected(motia.url, auth=auth, headers={"X-A": "b"}):
                pass
        assert "secret" not in str(refused.value)


async def test_a_refusal_that_cannot_be_sent_is_a_failure_of_its_step(
    serve: Open, caplog: pytest.LogCaptureFixture
) -> None:
    refuse = 'raise ConnectionRefused("not you", object())'
    files = {
        "a": step("connect", f'if data == "x":\n    {refuse}'),
        "b": step("disconnect", refuse),
        "c": step("disconnect", 'await ctx.state.set("gone", "n", 1)').replace("On d", "Also d"),
        "d": step("d", "return 1"),
    }
    async with serve(files) as motia:
        with pytest.raises(Refused, match="Internal server error"):
            async with connected(motia.url, auth="x"):
                pass
        async with connected(motia.url):
            pass
        async with asyncio.timeout(10):
            while await motia.state("gone", "n") is None:
                await asyncio.sleep(0.01)

    failed = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [message.partition(":")[0] for message in failed] == [
        "step On connect failed",
        "step On disconnect failed",
    ]


async def test_every_connect_step_is_asked_and_one_objection_is_enough(serve: Open) -> None:
    files = {
        "a": step("connect", 'await ctx.socket.emit("a")', more='"flows": []').replace(
            "On connect", "A"
        ),
        "b": step("connect", 'await ctx.socket.emit("b")\nreturn data != "no"'),
    }
    async with serve(files) as motia:
        async with connected(motia.url) as client:
            assert {(await client.next()).event for _ in range(2)} == {"a", "b"}
        with pytest.raises(Refused):
            async with connected(motia.url, auth="no"):
                pass


async def test_authenticate_decides_over_connections_too(serve: Open, tmp_path: Path) -> None:
    (tmp_path / "motia_config.py").write_text(
        "def authenticate(request):\n"
        '    if request.headers.get("x-key") != "k":\n        raise PermissionError()\n'
        '    return {"user": request.query_params["user"]}\n'
    )
    async with serve({"who": step("who", "return ctx.socket.auth_context")}) as motia:
        async with connected(f"{motia.url}?user=u1", headers={"X-Key": "k"}) as client:
            assert await client.call("who") == {"user": "u1"}
        with pytest.raises(Refused):
            async with connected(motia.url):
                pass


# Rooms


async def test_rooms_tell_those_who_are_in_them(serve: Open) -> None:
    files = {
        "join": step("join", "await ctx.socket.join(data)\nreturn ctx.socket.rooms()"),
        "leave": step("leave", "await ctx.socket.leave(data)\nreturn ctx.socket.rooms()"),
        "say": step("say", 'await ctx.socket.emit("said", data, room="r")'),
        "others": step("others", 'await ctx.socket.emit("said", data, room="r", skip_self=True)'),
        "to": step("to", 'await ctx.socket.emit("said", "you", to=data)'),
    }
    async with (
        serve(files) as motia,
        connected(motia.url) as a,
        connected(motia.url) as b,
        connected(motia.url) as c,
    ):
        assert await a.call("join", "r") == ["r"]
        assert await b.call("join", "r") == ["r"]
        assert await b.call("join", "s") == ["r", "s"]
        await a.call("say", 1)
        await a.call("others", 2)
        await c.call("say", 3)
        await a.call("to", c.sid)
        assert [(await a.next()).data for _ in range(2)] == [1, 3]
        assert [(await b.next()).data for _ in range(3)] == [1, 2, 3]
        assert [(await c.next()).data for _ in range(1)] == ["you"]

        assert await b.call("leave", "r") == ["s"]
        assert await b.call("leave", "never") == ["s"]
        await a.call("say", 4)
        await a.call("to", b.sid)
        assert (await b.next()).data == "you"


# Order


def waiting(trigger: str = "") -> dict[str, str]:
    """A step whose event "slow" waits for the event `go`."""
    body = (
        'if data == "slow":\n    await ctx.socket.session.setdefault("go", asyncio.Event()).wait()\n'
        'await ctx.socket.emit("done", data)'
    )
    go = 'ctx.socket.session.setdefault("go", asyncio.Event()).set()'
    return {"a": step("a", body, trigger=trigger), "go": step("go", go)}


async def test_two_events_of_one_name_run_in_order_and_others_beside_them(serve: Open) -> None:
    """S4.17."""
    async with serve(waiting()) as motia, connected(motia.url) as client:
        await client.emit("a", "slow")
        await client.emit("a", "quick")
        await client.call("go")
        assert [await client.next("done") for _ in range(2)] == ["slow", "quick"]


async def test_two_events_of_one_name_run_side_by_side_if_the_config_says_so(serve: Open) -> None:
    async with serve(waiting(", in_order=False")) as motia, connected(motia.url) as client:
        await client.emit("a", "slow")
        await client.emit("a", "quick")
        assert await client.next("done") == "quick"
        await client.call("go")
        assert await client.next("done") == "slow"


async def test_two_clients_do_not_wait_for_each_other(serve: Open) -> None:
    """S4.17."""
    async with (
        serve(waiting()) as motia,
        connected(motia.url) as one,
        connected(motia.url) as other,
    ):
        await one.emit("a", "slow")
        await other.emit("a", "quick")
        assert await other.next("done") == "quick"
        await one.call("go")
        assert await one.next("done") == "slow"


async def test_who_is_in_a_room_is_known_everywhere(serve: Open) -> None:
    files = {
        "join": step(
            "join", 'ctx.socket.session["name"] = data\nawait ctx.socket.join("r")\nreturn 1'
        ),
        "who": """
            config = {"type": "api", "name": "Who", "method": "GET", "path": "/who", "emits": []}

            async def handler(req, context):
                members = context.sockets.members("r")
                return {"body": [[each.sid, each.session["name"]] for each in members]}
        """,
    }
    async with serve(files) as motia:
        assert (await motia.get("/who")).body == []
        async with connected(motia.url) as a, connected(motia.url) as b:
            await b.call("join", "Ben")
            await a.call("join", "Ann")
            assert (await motia.get("/who")).body == [[b.sid, "Ben"], [a.sid, "Ann"]]


async def test_middleware_stands_before_a_socket_step(serve: Open) -> None:
    head = (
        "async def only_text(data, ctx, next_fn):\n"
        '    return await next_fn(data.upper()) if isinstance(data, str) else {"error": "text!"}\n'
    )
    text = step("a", "return data", head=head, trigger=", middleware=[only_text]")
    async with serve({"a": text}) as motia, connected(motia.url) as client:
        assert await client.call("a", "tea") == "TEA"
        assert await client.call("a", 5) == {"error": "text!"}


async def test_a_tester_waits_for_socket_steps(serve: Open) -> None:
    body = 'await asyncio.sleep(0.2)\nawait ctx.state.set("s", "k", data)'
    files = {"a": step("a", body), "b": step("b", "return 1")}
    async with serve(files) as motia, connected(motia.url) as client:
        await client.emit("a", 5)
        # What was sent before has arrived when this is answered.
        await client.call("b")
        await motia.settle()
        assert await motia.state("s", "k") == 5


async def test_what_clients_get_wrong_is_told_once(
    serve: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(PROBLEMS) as motia, connected(motia.url) as client:
        for _ in range(3):
            await client.call("unknwon")
        await client.call("typed", {})
        statuses = {trace[0].step: trace[0].status for trace in motia.traces.recent()}
    told = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len([message for message in told if "'unknwon'" in message]) == 1
    # Nothing of the step ran.
    assert statuses == {"On typed": "skipped"}
