"""The command line as its users meet it: real processes, their output and their exit codes."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest

from motia_py.messages import JSON
from tests.projects import api_step, write_project

PATIENCE_SECONDS = 20.0

HELLO = {"steps/hello_step.py": api_step("hello", 'return {"status": 200, "body": {"said": "hi"}}')}
BROKEN = {"steps/broken_step.py": "config = {\n"}
ORDERS = {
    "steps/order_step.py": """
        config = {"type": "api", "name": "Order", "method": "POST", "path": "/orders",
                  "emits": ["order.placed"], "flows": ["orders"]}

        async def handler(req, context):
            context.logger.info("an order", {"item": req["body"]["item"]})
            await context.emit({"topic": "order.placed", "data": req["body"]})
            return {"status": 201, "body": {}}
    """,
    "steps/ship_step.py": """
        config = {"type": "event", "name": "Ship", "subscribes": ["order.placed"], "emits": [],
                  "flows": ["orders"], "infrastructure": {"queue": {"maxRetries": 0}}}

        async def handler(data, context):
            if data.get("item") == "nothing":
                raise ValueError("nothing to ship")
    """,
    "steps/nightly_step.py": """
        config = {"type": "cron", "name": "Nightly", "cron": "0 3 * * *", "emits": []}

        async def handler(context):
            pass
    """,
    "steps/orders_stream.py": 'config = {"name": "orders"}\n',
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Running:
    """A `motia-py` process that serves; what it says is read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.out = ""
        self.url = ""

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until the output holds the pattern."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (match := re.search(pattern, self.out, re.MULTILINE)) is None:
                    chunk = await self.process.stdout.read(65536)
                    assert chunk, f"ended without saying {pattern!r}: {self.out}"
                    self.out += chunk.decode()
        except TimeoutError:
            pytest.fail(f"it never said {pattern!r}: {self.out}")
        return match

    async def end(self, number: signal.Signals = signal.SIGINT) -> Ended:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> Ended:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, self.out + out.decode(), err.decode())


async def launch(root: Path, *arguments: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "motia_py",
        *arguments,
        cwd=root,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(root: Path, *arguments: str) -> Ended:
    """Run a command to its end."""
    return await Running(await launch(root, *arguments, env={})).ended()


@asynccontextmanager
async def serving(root: Path, *arguments: str, **env: str) -> AsyncIterator[Running]:
    """A server on a free port, ready to be asked."""
    running = Running(await launch(root, *arguments, "--port", "0", env=env))
    try:
        running.url = (await running.says(r"http://localhost:\d+"))[0]
        yield running
    finally:
        if running.process.returncode is None:
            running.process.kill()
            await running.process.communicate()


async def post(url: str, data: JSON) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=data) as response:
        return response.status


async def get(url: str) -> JSON:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.json()


def records(out: str) -> list[JSON]:
    return [json.loads(line) for line in out.splitlines()]


# The command line itself


async def test_help_lists_every_command(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--help")

    assert ended.code == 0
    for command in ("dev", "start", "check", "routes", "flows", "emit"):
        assert re.search(rf"^  {command} ", ended.out, re.MULTILINE)


async def test_version_is_told(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--version")

    assert ended.code == 0
    assert re.fullmatch(r"motia-py, version \d+\.\d+\.\d+\S*\n", ended.out)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("serve",), "No such command 'serve'"),
        (("dev", "--prot", "3000"), "No such option '?--prot"),
        (("dev", "--port", "many"), "'many' is not a valid integer"),
        (("dev", "--port", "70000"), "70000 is not in the range"),
        (("check", "--dir", "nowhere"), "'nowhere' does not exist"),
        (("emit",), "which topic"),
        (("emit", "a", "--topic", "b"), "the topic is given twice"),
        (("emit", "a", "{'id': 1}"), "the data is not JSON"),
    ],
)
async def test_a_wrong_command_line_is_told_and_exits_with_2(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    ended = await run(tmp_path, *arguments)

    assert ended.code == 2
    assert re.search(reason, ended.err)
    assert "Traceback" not in ended.err


# dev and start


@pytest.mark.parametrize("command", ["dev", "start"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(
    tmp_path: Path, command: str, number: signal.Signals
) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, command) as running:
        assert await get(running.url + "/hello") == {"said": "hi"}

        ended = await running.end(number)

    assert ended.code == 0
    assert "Traceback" not in ended.out + ended.err
    assert ended.err == ""


@pytest.mark.parametrize("command", ["dev", "start"])
async def test_a_taken_port_is_one_clear_line(tmp_path: Path, command: str) -> None:
    write_project(tmp_path, HELLO)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ended = await run(tmp_path, command, "--port", str(port))

    assert ended.code == 1
    assert re.fullmatch(rf"motia-py: port {port} .* is taken: .*\n", ended.err)


async def test_a_wrong_setting_is_one_clear_line(tmp_path: Path) -> None:
    running = Running(await launch(tmp_path, "start", env={"PORT": "many"}))

    ended = await running.ended()

    assert ended.code == 1
    assert re.fullmatch(r"motia-py: setting PORT.*'many'.*\n", ended.err)


async def test_a_second_signal_aborts_at_once(tmp_path: Path) -> None:
    """The handler would take the whole grace of 20 s."""
    body = "import asyncio\ncontext.logger.info('began')\nawait asyncio.sleep(3600)"
    write_project(tmp_path, {"steps/slow_step.py": api_step("slow", body)})
    async with serving(tmp_path, "dev") as running:
        asking = asyncio.ensure_future(get(running.url + "/slow"))
        await running.says("began")
        running.process.send_signal(signal.SIGINT)
        await running.says("stopping")

        ended = await running.end()

        with pytest.raises(aiohttp.ClientError):
            await asking
    assert ended.code == 128 + signal.SIGINT
    assert "Traceback" not in ended.out + ended.err


async def test_a_loop_that_is_blocked_can_be_aborted(tmp_path: Path) -> None:
    body = "context.logger.info('began')\nwhile True:\n    pass"
    write_project(tmp_path, {"steps/stuck_step.py": api_step("stuck", body)})
    async with serving(tmp_path, "dev") as running:
        asking = asyncio.ensure_future(get(running.url + "/stuck"))
        await running.says("began")
        running.process.send_signal(signal.SIGTERM)

        # Signals of one kind merge while they wait, so the second is of another.
        ended = await running.end(signal.SIGINT)

        with pytest.raises(aiohttp.ClientError):
            await asking
    assert ended.code in (128 + signal.SIGINT, 128 + signal.SIGTERM)


async def test_a_thread_that_never_ends_does_not_hold_up_the_end(tmp_path: Path) -> None:
    step = """
        import time

        config = {"type": "api", "name": "Slow", "method": "GET", "path": "/slow", "emits": []}

        def handler(req, context):
            context.logger.info("began")
            time.sleep(3600)
    """
    write_project(tmp_path, {"steps/slow_step.py": step})
    async with serving(tmp_path, "start", MOTIA_SHUTDOWN_SECONDS="0.1") as running:
        asking = asyncio.ensure_future(get(running.url + "/slow"))
        await running.says("began")

        ended = await running.end(signal.SIGTERM)

        with pytest.raises(aiohttp.ClientError):
            await asking
    assert ended.code == 0
    assert "ended while still running" in ended.out


async def test_dev_shows_what_it_found(tmp_path: Path) -> None:
    write_project(tmp_path, {**ORDERS, **BROKEN})

    async with serving(tmp_path, "dev") as running:
        ended = await running.end()

    rows = [line.split() for line in ended.out.splitlines()]
    assert ["orders"] in rows
    assert ["Order", "POST", "/orders", "steps/order_step.py"] in rows
    assert ["Ship", "queue", "order.placed", "steps/ship_step.py"] in rows
    assert ["Nightly", "cron", "0", "3", "*", "*", "*", "steps/nightly_step.py"] in rows
    assert "streams: orders" in ended.out
    assert re.search(r"steps/broken_step\.py:1: .* \(.*\)$", ended.out, re.MULTILINE)


async def test_dev_shows_each_request_and_run_on_one_line(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        await post(running.url + "/orders", {"item": "tea"})

        ran = await running.says(r"order\.placed -> Ship ok [\d.]+ ms ([0-9a-f]{8})$")
        asked = await running.says(r"POST /orders 201 [\d.]+ ms ([0-9a-f]{8})$")
        logged = await running.says(r'info Order an order {"item": "tea"} ([0-9a-f]{8})$')

    assert ran[1] == asked[1] == logged[1]


async def test_dev_shows_a_failed_run_once_with_its_traceback(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        await post(running.url + "/orders", {"item": "nothing"})

        await running.says(r"order\.placed -> Ship failed [\d.]+ ms \(.*nothing to ship\)")

    assert re.search(r"^    ValueError: nothing to ship$", running.out, re.MULTILINE)
    assert running.out.count("-> Ship failed") == 1


async def test_no_client_can_forge_a_line(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        await post(running.url + "/orders", {"item": "tea\n00:00:00 forged \x1b[2J\x9b"})
        await running.says(r"-> Ship ok")

    assert not re.search(r"^00:00:00 forged", running.out, re.MULTILINE)
    assert not re.search(r"[\x1b\x9b]", running.out)


async def test_dev_without_steps_says_what_to_create_and_serves_it_then(tmp_path: Path) -> None:
    async with serving(tmp_path, "dev") as running:
        file, text = await first_step_in(running)

        write_project(tmp_path, {file: text})
        await running.says(r"reloaded in [\d.]+ ms: added Hello")

        assert await get(running.url + "/hello") == {"hello": "world"}


async def first_step_in(running: Running) -> tuple[str, str]:
    """The file that the hint names, and its text."""
    hint = await running.says(r"Create the file (\S+):\n\n((?:    .*\n|\n)+)")
    return hint[1], hint[2]


async def test_dev_tells_each_reload_in_one_line(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "dev") as running:
        file = tmp_path / "steps/hello_step.py"
        good = file.read_text()

        file.write_text(good.replace("hi", "ho"))
        await running.says(r"reloaded in [\d.]+ ms: changed hello$")
        file.write_text(good + "\nx = (\n")
        await running.says(
            r"steps/hello_step\.py:7: .*never closed.*; the last good version keeps serving$"
        )
        assert await get(running.url + "/hello") == {"said": "ho"}
        file.write_text(good)
        await running.says(r"mended steps/hello_step\.py$")
        file.unlink()
        await running.says(r"removed hello$")


async def test_dev_says_that_a_changed_env_file_needs_a_restart(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "dev") as running:
        (tmp_path / ".env").write_text("A=1\n")

        await running.says(r"\.env changed: restart motia-py dev")


async def test_the_env_file_is_read_by_settings_and_steps(tmp_path: Path) -> None:
    body = 'import os\nreturn {"status": 200, "body": {"said": os.environ["WORD"]}}'
    write_project(
        tmp_path,
        {".env": "WORD=tea\nMOTIA_LOG=json\n", "steps/word_step.py": api_step("word", body)},
    )

    async with serving(tmp_path, "start") as running:
        assert await get(running.url + "/word") == {"said": "tea"}

        ended = await running.end()

    assert records(ended.out)


async def test_start_tells_requests_only_with_verbose(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    outputs = []
    for more in ((), ("--verbose",)):
        async with serving(tmp_path, "start", *more) as running:
            await get(running.url + "/hello")
            outputs.append((await running.end()).out)

    assert ["GET /hello 200" in out for out in outputs] == [False, True]


@pytest.mark.parametrize("command", ["dev", "start"])
async def test_with_json_every_line_is_an_object(tmp_path: Path, command: str) -> None:
    write_project(tmp_path, {**ORDERS, **BROKEN})
    async with serving(tmp_path, command, "--json", "--verbose") as running:
        await post(running.url + "/orders", {"item": "nothing"})
        await running.says('"event.dead"')
        ended = await running.end()

    by_action = {record["action"]: record for record in records(ended.out)}
    assert by_action["server.started"]["fields"]["urls"] == [running.url]
    assert by_action["load.failed"]["fields"]["file"] == "steps/broken_step.py"
    assert by_action["request"]["fields"]["status"] == 201
    assert by_action["step.log"]["fields"] == {"item": "nothing"}
    assert by_action["step.failed"]["step"] == "Ship"
    assert "ValueError: nothing to ship" in by_action["step.failed"]["traceback"]
    assert by_action["event.dead"]["fields"]["outcome"] == "failed"
    assert len({by_action[action]["trace_id"] for action in ("request", "step.failed")}) == 1


async def test_several_ports_are_served(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "start", "--json", "--port", "0") as running:
        started = records(running.out)[-1]

        answers = [await get(url + "/hello") for url in started["fields"]["urls"]]

    assert answers == [{"said": "hi"}] * 2


# check, routes, flows


async def test_check_of_a_good_project_exits_with_0(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "check")

    assert ended.code == 0
    assert ended.out == "3 steps, 1 stream, 0 errors, 0 warnings\n"


async def test_check_names_file_and_line_of_a_failure_and_exits_with_1(tmp_path: Path) -> None:
    write_project(tmp_path, {**HELLO, **BROKEN})

    ended = await run(tmp_path, "check")

    assert ended.code == 1
    assert re.search(r"^error    steps/broken_step\.py:1: ", ended.out)
    assert ended.out.endswith("1 step, 0 streams, 1 error, 0 warnings\n")


async def test_findings_alone_are_warnings(tmp_path: Path) -> None:
    write_project(tmp_path, {"steps/order_step.py": ORDERS["steps/order_step.py"]})

    ended = await run(tmp_path, "check")

    assert ended.code == 0
    assert re.search(r"^warning  steps/order_step\.py:\d+: step Order emits", ended.out)


async def test_check_as_json_is_one_object_whatever_step_files_print(tmp_path: Path) -> None:
    loud = 'print("loaded!")\n' + HELLO["steps/hello_step.py"]
    write_project(tmp_path, {"steps/hello_step.py": loud, **BROKEN})

    ended = await run(tmp_path, "check", "--json")

    report = json.loads(ended.out)
    assert ended.code == 1
    assert report["ok"] is False
    assert report["steps"] == 1
    assert [failure["file"] for failure in report["failures"]] == ["steps/broken_step.py"]
    assert "loaded!" in ended.err


async def test_routes_lists_method_path_step_and_file(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "routes")

    assert ended.out.split() == ["POST", "/orders", "Order", "steps/order_step.py:5"]


async def test_routes_as_json(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "routes", "--json")

    assert json.loads(ended.out) == [
        {
            "method": "POST",
            "path": "/orders",
            "step": "Order",
            "file": "steps/order_step.py",
            "line": 5,
        }
    ]


async def test_flows_shows_steps_and_topics_as_a_tree(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "flows")

    assert ended.out.splitlines() == [
        "orders",
        "├── Order  http  steps/order_step.py",
        "│   └── order.placed -> Ship",
        "└── Ship  queue  steps/ship_step.py",
    ]


async def test_flows_as_json(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "flows", "--json")

    flow = json.loads(ended.out)["orders"]
    assert [step["step"] for step in flow["steps"]] == ["Order", "Ship"]
    assert [(edge["source"], edge["topic"], edge["target"]) for edge in flow["edges"]] == [
        ("Order", "order.placed", "Ship")
    ]


# emit


@pytest.mark.parametrize(
    "event",
    [
        ("order.placed", '{"item": "tea"}'),
        ("--topic", "order.placed", "--message", '{"item": "tea"}'),
    ],
)
async def test_emit_hands_an_event_to_a_running_server(
    tmp_path: Path, event: tuple[str, ...]
) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        ended = await run(tmp_path, "emit", *event, "--port", running.url.rpartition(":")[2])

        await running.says(r"order\.placed -> Ship ok")

    assert (ended.code, ended.out) == (0, 'emitted order.placed {"item": "tea"}\n')


async def test_emit_as_json_prints_the_servers_answer(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        port = running.url.rpartition(":")[2]

        ended = await run(tmp_path, "emit", "order.placed", "--json", "--port", port)

    assert json.loads(ended.out) == {
        "success": True,
        "emitted": {"topic": "order.placed", "data": {}},
    }


async def test_emit_without_a_server_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

    ended = await run(tmp_path, "emit", "x", "--port", str(port))

    assert ended.code == 1
    assert re.fullmatch(rf"motia-py: no server answers at localhost port {port} .*\n", ended.err)


async def test_emit_to_a_server_that_takes_no_events_says_so(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "start") as running:
        port = running.url.rpartition(":")[2]

        ended = await run(tmp_path, "emit", "order.placed", "--port", port)

    assert ended.code == 1
    assert "takes no events from outside" in ended.err


async def test_a_server_that_others_can_reach_takes_events_with_its_token(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev", "--host", "0.0.0.0") as running:
        token = (await running.says(r"/__motia/\?token=(\S+)$"))[1]
        address = ("--port", running.url.rpartition(":")[2])

        refused = await run(tmp_path, "emit", "order.placed", *address)
        taken = await run(tmp_path, "emit", "order.placed", *address, "--token", token)

    assert (refused.code, taken.code) == (1, 0)
    assert "needs the token" in refused.err
