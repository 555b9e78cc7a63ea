"""What files declare: steps, streams and hooks."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from motia_py.errors import ConfigError, ValidationFailed
from motia_py.project.declarations import StreamConfig
from motia_py.project.loader import reload_project
from motia_py.project.source import BlockingCall
from tests.loading import API, GOOD, HANDLER, Files, names, the_step


def test_a_step_knows_where_it_comes_from(files: Files) -> None:
    decorated = f"def kept(function): return function\n\n@kept{HANDLER}"
    files.write("steps/chatbot/chat_step.py", f"config = {API}\n{decorated}")

    step = the_step(files.load())

    assert (step.file, step.line) == ("steps/chatbot/chat_step.py", 5)
    assert step.module == "steps.chatbot.chat_step"
    assert (step.shape.arity, step.shape.kind) == (2, "coroutine")
    assert step.handler is sys.modules[step.module].handler
    assert not step.is_stale


def test_a_noop_step_needs_no_handler(files: Files) -> None:
    text = """\

    config = {"type": "noop", "name": "Human", "virtualEmits": ["x"], "virtualSubscribes": []}
    """

    step = the_step(files.load(human_step=text))

    assert step.handler is None
    assert step.line == 2


def test_the_checks_are_keyed_by_trigger(files: Files) -> None:
    text = """\
    from pydantic import BaseModel
    class Order(BaseModel):
        item: str
    class Placed(BaseModel):
        id: int
    config = {
        "name": "Order",
        "triggers": [
            {"type": "http", "method": "POST", "path": "/a", "bodySchema": Order,
             "responseSchema": {200: Placed, 204: None}},
            {"type": "queue", "topic": "b", "input": Placed},
            {"type": "queue", "topic": "c"},
            {"type": "cron", "expression": "0 9 * * *"},
            {"type": "state"},
        ],
    }
    async def handler(input, context): ...
    """

    step = the_step(files.load(order_step=text))

    assert set(step.checks) == {"http(POST /a)", "queue(b)"}
    assert step.checks["queue(b)"].value({"id": 7}).id == 7
    assert {key: set(by) for key, by in step.response_checks.items()} == {"http(POST /a)": {200}}
    assert set(step.patterns) == {"http(POST /a)"}
    assert set(step.schedules) == {"cron(0 9 * * *)"}
    with pytest.raises(ValidationFailed, match="body of POST /a"):
        step.checks["http(POST /a)"].value({})


def test_warnings_name_the_file(files: Files) -> None:
    text = f"""\
config = {{**{API}, "emit": ["x"], "bodySchema": {{"message": {{"type": "string"}}}}}}
{HANDLER}"""

    project = files.load(chat_step=text)

    unknown, unchecked = project.warnings
    assert unknown.startswith("steps/chat_step.py: unknown key `emit`")
    assert unchecked.startswith("steps/chat_step.py: body of POST /chat is not checked")


def test_blocking_calls_are_those_of_handlers_on_the_loop(files: Files) -> None:
    sleepy = "\nimport time\nasync def nap():\n    time.sleep(1)\n"
    files.write("steps/a_step.py", f"config = {API}{HANDLER}{sleepy}")
    files.write("steps/b_step.py", f"config = {API}\ndef handler(): ...\n{sleepy}")

    on_loop, on_thread = files.load().steps

    assert on_loop.blocking == (BlockingCall(name="time.sleep", line=6),)
    assert on_thread.blocking == ()


def test_several_definitions_in_one_file_are_several_steps(files: Files) -> None:
    text = """\
    from motia_py.project.builders import http, multi_trigger_step, queue, step

    async def take(req): ...
    async def on_queue(input, context): ...

    first = step({"name": "First", "triggers": [http("GET", "/first")]}, take)
    second = step({"name": "Second", "triggers": [queue("x")]}).handle(on_queue)
    third = multi_trigger_step({"name": "Third", "triggers": [queue("y")]})
    third = third.on_queue(on_queue).handlers()
    bad = step({"name": "Bad", "triggers": [http("GET", "/(x)")]}, take)
    """

    project = files.load(orders_step=text)

    lines = {step.config.name: step.line for step in project.steps}
    assert lines == {"First": 3, "Second": 4, "Third": 9}
    assert [failure.line for failure in project.failures] == [10]


@pytest.mark.parametrize(
    "text",
    [
        "order = step(config, handler)",
        "order = again = step(config, handler)",
        "async def take(req): ...\ndel handler\norder = step(config, take)",
        "order = step(config, handler)\nconfig, handler = order.config, order.handler",
    ],
)
def test_a_definition_of_the_files_own_config_is_one_step(files: Files, text: str) -> None:
    builders = "from motia_py.project.builders import step"

    project = files.load(order_step=f"{builders}\nconfig = {API}{HANDLER}{text}")

    assert names(project) == {"Chat": False}
    assert project.failures == ()


def test_a_stream_file_declares_by_its_config(files: Files) -> None:
    text = """\

    config = {"name": "todo", "schema": {"type": "object", "required": ["title"]}}
    """

    (stream,) = files.load(todo_stream=text).streams

    assert (stream.config.name, stream.file, stream.line) == ("todo", "steps/todo_stream.py", 2)
    stream.check_item({"title": "x"})
    with pytest.raises(ValidationFailed, match="item of stream 'todo'"):
        stream.check_item({})


DECLARING = """\
class Declares:
    def __init__(self, raw): self.raw = raw
    def motia_stream_config(self): return self.raw
"""


@pytest.mark.parametrize("raw", ["'todo'", "{'name': 'todo'}"])
@pytest.mark.parametrize("file", ["todo_stream", "todo_step"])
def test_an_object_at_module_level_may_declare_a_stream(files: Files, file: str, raw: str) -> None:
    step = GOOD if file.endswith("_step") else ""

    project = files.load(**{file: f"{DECLARING}\ntodos = Declares({raw})\n{step}"})

    assert project.failures == ()
    (stream,) = project.streams
    assert (stream.config, stream.line) == (StreamConfig(name="todo"), 5)


def test_an_object_that_answers_to_any_name_declares_nothing(files: Files) -> None:
    text = f"""\
{DECLARING}
class Proxy:
    def __getattr__(self, name): raise RuntimeError("outside of a request")
proxy = Proxy()
only_the_class = Declares
{GOOD}"""

    project = files.load(chat_step=text)

    assert (project.streams, project.failures) == ((), ())


def test_a_step_file_that_only_declares_a_stream_lacks_its_step(files: Files) -> None:
    project = files.load(todo_step=f"{DECLARING}\ntodos = Declares('todo'){HANDLER}")

    assert [stream.config.name for stream in project.streams] == ["todo"]
    assert ["declares no step" in failure.message for failure in project.failures] == [True]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "config", "declares no stream"),
        ("config = {}", "config", "`name` is missing"),
        ("config = {'name': 'x', 'schema': {'type': 'no'}}", "schema", "item of stream 'x'"),
        (f"{DECLARING}\ntodos = Declares(7)", "config", "must be a dict"),
        (f"{DECLARING}\ntodos = Declares()", "error", "missing 1 required"),
        (
            "class Broken:\n    def motia_stream_config(self): 1 / 0\ntodos = Broken()",
            "error",
            "ZeroDivisionError",
        ),
    ],
)
def test_a_stream_that_cannot_be_used_is_a_failure(
    files: Files, text: str, kind: str, message: str
) -> None:
    failure = files.failure(text, "steps/todo_stream.py")

    assert failure.kind == kind
    assert message in failure.message


def test_a_project_without_hooks_has_empty_ones(files: Files) -> None:
    hooks = files.load().hooks

    assert (hooks.authenticate, hooks.middleware, hooks.settings) == (None, (), {})


def test_the_hooks_are_read_from_motia_config(files: Files) -> None:
    text = """\
    from lib import check
    async def authenticate(request): return {"user": "ann"}
    middleware = [check]
    settings = {"port": 4000}
    """
    files.write("lib.py", "def check(req, context, next_fn): ...")
    files.write("motia_config.py", text)

    project = files.load()

    module: Any = sys.modules["motia_config"]
    assert project.failures == ()
    assert project.hooks.authenticate is module.authenticate
    assert project.hooks.middleware == (module.check,)
    assert project.hooks.settings == {"port": 4000}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("authenticate = 7", "`authenticate`"),
        ("def check(): ...\nmiddleware = check", "`middleware`"),
        ("middleware = ['check']", "`middleware`"),
        ("settings = ['port']", "`settings`"),
    ],
)
def test_hooks_that_never_loaded_let_nobody_in(files: Files, text: str, message: str) -> None:
    files.write("motia_config.py", text)

    project = files.load()

    (failure,) = project.failures
    assert message in failure.message
    assert project.hooks.authenticate is not None
    for guard in (project.hooks.authenticate, *project.hooks.middleware):
        with pytest.raises(ConfigError, match=r"motia_config\.py failed to load"):
            guard("request", "context", "next_fn")


def test_hooks_that_fail_later_keep_their_last_good_version(files: Files) -> None:
    path = files.write("motia_config.py", "settings = {'port': 1}")
    project = files.load()
    path.write_text("settings = {'port': 1")

    broken = reload_project(project, {path}, files.imports)

    assert broken.hooks.settings == {"port": 1}
    assert [failure.kind for failure in broken.failures] == ["syntax"]


def test_deleted_hooks_are_gone(files: Files) -> None:
    path = files.write("motia_config.py", "settings = {'port': 1}")
    project = files.load()
    path.unlink()

    assert reload_project(project, {path}, files.imports).hooks.settings == {}
