"""`dev` and `start` as their users meet them."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.command_line import (
    BROKEN,
    HELLO,
    ORDERS,
    Ended,
    Running,
    get,
    launch,
    post,
    records,
    run,
    serving,
)
from tests.needs import need_workbench
from tests.projects import api_step, write_project


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


async def press_until_it_ends(
    running: Running, first: signal.Signals, then: signal.Signals
) -> Ended:
    """Send one signal and then others, as an impatient hand does."""
    running.process.send_signal(first)
    while running.process.returncode is None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(running.process.wait(), 0.1)
            break
        running.process.send_signal(then)
    return await running.ended()


async def test_a_signal_that_comes_twice_at_once_counts_once(tmp_path: Path) -> None:
    """As of `timeout`, which sends it to the process and to its group."""
    body = "import asyncio\ncontext.logger.info('began')\nawait asyncio.sleep(3600)"
    write_project(tmp_path, {"steps/slow_step.py": api_step("slow", body)})
    async with serving(tmp_path, "dev", MOTIA_SHUTDOWN_SECONDS="0.2") as running:
        asking = asyncio.ensure_future(get(running.url + "/slow"))
        await running.says("began")
        running.process.send_signal(signal.SIGTERM)

        ended = await running.end(signal.SIGINT)

        with pytest.raises(aiohttp.ClientError):
            await asking
    assert ended.code == 0
    assert "stopped" in ended.out


async def test_a_second_signal_aborts_at_once(tmp_path: Path) -> None:
    """The handler would take the whole grace of 20 s."""
    body = "import asyncio\ncontext.logger.info('began')\nawait asyncio.sleep(3600)"
    write_project(tmp_path, {"steps/slow_step.py": api_step("slow", body)})
    async with serving(tmp_path, "dev") as running:
        asking = asyncio.ensure_future(get(running.url + "/slow"))
        await running.says("began")

        ended = await press_until_it_ends(running, signal.SIGINT, signal.SIGINT)

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

        # Signals of one kind merge while they wait, so the second is of another.
        ended = await press_until_it_ends(running, signal.SIGTERM, signal.SIGINT)

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


async def test_dev_says_where_its_workbench_is(tmp_path: Path) -> None:
    need_workbench()
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "dev") as running:
        said = await running.says(r"workbench at (\S+)$")

    assert said[1] == f"{running.url}/__motia/"


async def test_start_tells_of_no_workbench(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)
    async with serving(tmp_path, "start") as running:
        ended = await running.end()

    assert "workbench" not in ended.out


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

        await running.says(r"order\.placed -> Ship failed \(.*nothing to ship\)")

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


async def test_dev_tells_what_a_reload_makes_odd_and_only_that(tmp_path: Path) -> None:
    body = 'import time\ntime.sleep(0)\nreturn {"status": 200}'
    write_project(tmp_path, {"steps/old_step.py": api_step("old", body)})
    async with serving(tmp_path, "dev") as running:
        file = tmp_path / "steps/old_step.py"

        file.write_text("# moved down\n" + file.read_text().replace("emits", "emit"))
        await running.says(r"reloaded in")

    assert re.search(r"^\S+ steps/old_step\.py: unknown key `emit`", running.out, re.MULTILINE)
    assert running.out.count("time.sleep") == 1


async def test_a_broken_file_that_is_deleted_is_not_mended(tmp_path: Path) -> None:
    write_project(tmp_path, BROKEN)
    async with serving(tmp_path, "dev") as running:
        (tmp_path / "steps/broken_step.py").unlink()

        await running.says(r"reloaded in .*: no step changed$")


async def test_only_what_is_served_is_in_the_table(tmp_path: Path) -> None:
    again = HELLO["steps/hello_step.py"].replace('"hello"', '"again"')
    write_project(tmp_path, {**HELLO, "steps/later_step.py": again})

    async with serving(tmp_path, "dev") as running:
        ended = await running.end()

    rows = [line.split() for line in ended.out.splitlines()]
    assert ["hello", "GET", "/hello", "steps/hello_step.py"] in rows
    assert "again GET" not in " ".join(word for row in rows for word in row)


async def test_the_project_s_own_loggers_are_shown_from_info(tmp_path: Path) -> None:
    body = """\
import logging
from lib.mail import send
logging.getLogger(__name__).info("mine\x1b[2J")
send()
logging.getLogger(__name__).debug("too much")
for level in (logging.INFO, logging.WARNING):
    library = {"name": "library", "levelno": level, "pathname": "/library.py", "msg": "at %d"}
    logging.getLogger("library").handle(logging.makeLogRecord({**library, "args": (level,)}))
return {"status": 200, "body": {}}"""
    write_project(
        tmp_path,
        {
            "steps/talk_step.py": api_step("talk", body),
            "lib/mail.py": """
                import logging
                def send():
                    logging.getLogger("shop.mail").info("sent")
            """,
        },
    )
    async with serving(tmp_path, "dev") as running:
        await get(running.url + "/talk")

        await running.says(r"GET /talk 200")

    assert r"info steps.talk_step mine\x1b[2J" in running.out
    assert "info shop.mail sent" in running.out
    assert "library at 30" in running.out
    assert not re.search("too much|library at 20", running.out)


@pytest.mark.parametrize(
    ("command", "what"),
    [("dev", r"http://localhost:\d+/__motia/"), ("start", r"POST http://localhost:\d+/emit")],
)
async def test_a_token_that_was_made_is_told(tmp_path: Path, command: str, what: str) -> None:
    write_project(tmp_path, HELLO)

    async with serving(tmp_path, command, "--host", "0.0.0.0", MOTIA_SERVE_EMIT="on") as running:
        await running.says(rf"from elsewhere: {what}\?token=\S+$")


async def test_a_token_that_was_given_is_not_logged(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    secret = "a-secret-of-its-giver"

    async with serving(tmp_path, "dev", "--host", "0.0.0.0", MOTIA_TOKEN=secret) as running:
        ended = await running.end()

    assert secret not in ended.out


async def test_dev_says_that_a_changed_env_file_needs_a_restart(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "dev") as running:
        (tmp_path / ".env").write_text("A=1\n")

        await running.says(r"\.env changed: restart motia-py dev")


async def test_dev_says_that_changed_settings_of_the_project_need_a_restart(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "dev") as running:
        (tmp_path / "motia_config.py").write_text('settings = {"shutdown_seconds": 1}\n')

        await running.says(r"settings in motia_config\.py changed: restart motia-py dev")


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
    assert by_action["event.dead"]["topic"] == "order.placed"
    assert "nothing to ship" in by_action["event.dead"]["detail"]
    assert len({by_action[action]["trace_id"] for action in ("request", "step.failed")}) == 1


async def test_several_ports_are_served(tmp_path: Path) -> None:
    write_project(tmp_path, HELLO)
    async with serving(tmp_path, "start", "--json", "--port", "0") as running:
        started = records(running.out)[-1]

        answers = [await get(url + "/hello") for url in started["fields"]["urls"]]

    assert answers == [{"said": "hi"}] * 2
