from __future__ import annotations

import textwrap

import pytest

from motia_py.project.source import BlockingCall, Import, analyse


def blocking(source: str) -> list[str]:
    facts = analyse(textwrap.dedent(source), "chat_step.py")
    return [call.name for call in facts.blocking_calls]


def test_a_file_that_is_not_python_is_a_syntax_error_with_its_place() -> None:
    with pytest.raises(SyntaxError) as caught:
        analyse("x = 1\ndef (:\n", "/project/steps/chat_step.py")

    assert (caught.value.filename, caught.value.lineno) == ("/project/steps/chat_step.py", 2)


def test_nothing_of_the_file_runs() -> None:
    facts = analyse("raise SystemExit(1)", "chat_step.py")

    assert facts.code.co_filename == "chat_step.py"


def test_the_future_imports_of_the_package_are_not_the_files() -> None:
    names: dict[str, object] = {}

    exec(analyse("def f(x: int): ...", "chat_step.py").code, names)

    assert getattr(names["f"], "__annotations__")["x"] is int  # noqa: B009 # object has none


def test_a_digest_tells_two_versions_of_the_same_size_apart() -> None:
    first, second = analyse("x = 1", "a.py"), analyse("x = 2", "a.py")

    assert first.digest != second.digest
    assert first.digest == analyse(b"x = 1", "a.py").digest


def test_imports_are_found_wherever_they_stand() -> None:
    source = """\
import os, json as j
from .helper import one, two
from ...lib import x
from . import sibling

async def handler(req):
    try:
        from services.pets import Pet
    except ImportError:
        import pets

match 1:
    case 1:
        import inner
"""

    facts = analyse(source, "chat_step.py")

    assert facts.imports == (
        Import(module="os", line=1),
        Import(module="json", line=1),
        Import(module="helper", names=("one", "two"), level=1, line=2),
        Import(module="lib", names=("x",), level=3, line=3),
        Import(module="", names=("sibling",), level=1, line=4),
        Import(module="services.pets", names=("Pet",), line=8),
        Import(module="pets", line=10),
        Import(module="inner", line=14),
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import os\nconfig = {}\n", 2),
        ("config: dict = {}\n", 1),
        ("config, handler = pair()\n", 1),
        ("from .shared import config\n", 1),
        ("from .shared import settings as config\n", 1),
        ("config = {}\n\nconfig = {'name': 'x'}\n", 3),
        ("def f():\n    config = {}\n", None),
        ("if True:\n    config = {}\n", None),
    ],
)
def test_the_line_of_a_name_is_where_it_is_bound_at_the_left_margin(
    source: str, line: int | None
) -> None:
    facts = analyse(source, "chat_step.py")

    assert facts.binding_lines.get("config") == line


def test_the_line_of_a_decorated_handler_is_that_of_its_def() -> None:
    facts = analyse("@traced\n@timed\nasync def handler(req): ...\n", "chat_step.py")

    assert facts.binding_lines["handler"] == 3


@pytest.mark.parametrize(
    ("imports", "call", "name"),
    [
        ("import time", "time.sleep(1)", "time.sleep"),
        ("import time as t", "t.sleep(1)", "time.sleep"),
        ("from time import sleep", "sleep(1)", "time.sleep"),
        ("from time import sleep as nap", "nap(1)", "time.sleep"),
        ("import requests", "requests.post('http://x')", "requests.post"),
        ("import urllib.request", "urllib.request.urlopen('x')", "urllib.request.urlopen"),
        ("from urllib import request as r", "r.urlopen('x')", "urllib.request.urlopen"),
        ("import subprocess", "subprocess.check_output(['ls'])", "subprocess.check_output"),
        ("import os", "os.system('ls')", "os.system"),
        ("", "input('name? ')", "input"),
        ("import socket", "socket.create_connection(('x', 1))", "socket.create_connection"),
        ("import httpx", "httpx.get('x').json()", "httpx.get"),
        ("import psycopg2", "psycopg2.connect('x')", "psycopg2.connect"),
        ("import sqlite3", "sqlite3.connect('x').execute('')", "sqlite3.connect.execute"),
        ("import redis", "redis.Redis.from_url('x')", "redis.Redis.from_url"),
        ("import boto3", "boto3.client('s3').get_object()", "boto3.client.get_object"),
    ],
)
def test_a_known_call_inside_async_def_blocks(imports: str, call: str, name: str) -> None:
    assert blocking(f"{imports}\nasync def handler(req):\n    x = {call}\n") == [name]


def test_a_blocking_call_has_its_line() -> None:
    facts = analyse("import time\n\nasync def handler(req):\n\n    time.sleep(1)\n", "a.py")

    assert facts.blocking_calls == (BlockingCall(name="time.sleep", line=5),)


@pytest.mark.parametrize(
    "binding",
    [
        "client = OpenAI()",
        "client: OpenAI = OpenAI(api_key='x')",
        "client = None\nclient = OpenAI()",
        "client = OpenAI() if KEY else None",
        "client = shared or OpenAI()",
        "(client := OpenAI())",
    ],
)
def test_a_call_on_a_synchronous_client_of_the_module_blocks(binding: str) -> None:
    source = f"""\
from openai import OpenAI
{binding}
async def handler(req, context):
    for chunk in client.chat.completions.create(stream=True):
        print(chunk)
"""

    assert blocking(source) == ["openai.OpenAI.chat.completions.create"]


def test_a_client_made_inside_the_handler_blocks_when_made_and_when_called() -> None:
    source = """\
    import anthropic

    async def handler(req):
        with anthropic.Anthropic() as client:
            return client.messages.create(model="x").model_dump()
    """

    assert blocking(source) == [
        "anthropic.Anthropic",
        "anthropic.Anthropic.messages.create",
    ]


def test_what_a_clients_call_returns_is_not_taken_for_a_client() -> None:
    source = """\
    import sqlite3
    db = sqlite3.connect("x")

    async def handler(req):
        rows = db.execute("select 1")
        rows.fetchall()
    """

    assert blocking(source) == ["sqlite3.connect.execute"]


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(time.sleep, 1)",
        "await loop.run_in_executor(None, lambda: time.sleep(1))",
        "def inner():\n        time.sleep(1)",
        "await asyncio.sleep(1)",
        "await client.get('x')",
        "time.time()",
        "sleep(1)",
        "requests.append(1)",
    ],
)
def test_what_does_not_block_the_loop_is_not_reported(body: str) -> None:
    source = f"""\
import asyncio, time, requests
from redis.asyncio import Redis
client = Redis()
async def handler(requests, sleep):
    {body}
"""

    assert blocking(source) == []


def test_plain_functions_may_block() -> None:
    assert blocking("import time\ndef handler(req):\n    time.sleep(1)\n") == []


def test_async_functions_inside_others_are_looked_into() -> None:
    source = """\
    import time

    class Chat:
        async def answer(self):
            time.sleep(1)

    def make():
        async def handler(req):
            time.sleep(2)
        return handler
    """

    assert blocking(source) == ["time.sleep", "time.sleep"]


def test_the_arguments_of_an_awaited_call_are_looked_into() -> None:
    source = """\
    import requests

    async def handler(req, context):
        await context.state.set("a", "b", requests.get("x").json())
    """

    assert blocking(source) == ["requests.get"]


def test_an_import_inside_the_handler_counts() -> None:
    source = """\
    async def handler(req):
        from time import sleep
        sleep(1)
    """

    assert blocking(source) == ["time.sleep"]


@pytest.mark.parametrize(
    ("call", "topic"),
    [
        ('await context.emit({"topic": "a", "data": 1})', "a"),
        ('await context.enqueue({"data": 1, "topic": "a"})', "a"),
        ('await ctx.emit("a", 1)', "a"),
        ('await context.emit(topic="a", data=1)', "a"),
        ('await enqueue({"topic": "a"})', "a"),
        ('await enqueue("a", 1)', "a"),
        ('asyncio.gather(*[context.emit({"topic": "a"}) for _ in range(2)])', "a"),
        ('await self.context.emit({"topic": "a"})', "a"),
        ("await context.emit(topic, 1)", None),
        ('await context.emit({"topic": TOPIC})', None),
        ('await context.emit(f"a.{kind}", 1)', None),
        ("await context.emit({**event})", None),
        ("await context.emit()", None),
        ('await sio.emit("joined", {"user": 1})', None),
        ('await emit("joined", {"user": 1})', None),
        ('await bus.publish("a")', None),
    ],
)
def test_a_topic_that_stands_in_the_call_that_emits_it_is_found(
    call: str, topic: str | None
) -> None:
    facts = analyse(f"async def handler(input, context):\n    {call}\n", "a_step.py")

    emitted = [(each.topic, each.line) for each in facts.emitted_topics]
    assert emitted == ([(topic, 2)] if topic else [])


def test_calls_that_emit_are_found_wherever_they_stand() -> None:
    source = """
        async def handler(input, context):
            send = lambda: context.emit("a")
            match input:
                case 1 if context.emit("b"):
                    try:
                        await asyncio.gather(
                            context.emit("c"),
                            context.
                              emit("d"),
                        )
                    except KeyError:
                        await context.emit({
                            "topic": "e",
                        })
    """

    facts = analyse(textwrap.dedent(source), "a_step.py")

    emitted = [(each.topic, each.line) for each in facts.emitted_topics]
    assert emitted == [("a", 3), ("b", 5), ("c", 8), ("d", 9), ("e", 13)]
