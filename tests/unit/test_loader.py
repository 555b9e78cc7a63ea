from __future__ import annotations

import builtins
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.errors import ConfigError, LoadFailure, ValidationFailed
from motia_py.project.declarations import HttpTrigger, StreamConfig
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import Project, Step, load_project, reload_project
from motia_py.project.source import BlockingCall

API = '{"type": "api", "name": "Chat", "method": "POST", "path": "/chat", "emits": []}'
EVENT = '{"type": "event", "name": "Chat", "subscribes": ["chat"], "emits": []}'
HANDLER = "\nasync def handler(input, context): ...\n"
GOOD = f"config = {API}{HANDLER}"


class Files:
    """One project on disk, with the imports that load it."""

    def __init__(self, root: Path, imports: ProjectImports) -> None:
        self.root = root
        self.imports = imports

    def write(self, file: str, text: str) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def load(self, **files: str) -> Project:
        """Load what is there and `files`, each `name="text"` as `steps/name.py`."""
        for name, text in files.items():
            self.write(f"steps/{name}.py", text)
        return load_project(self.root, self.imports)

    def reload(self, previous: Project, **files: str) -> Project:
        changed = {self.write(f"steps/{name}.py", text) for name, text in files.items()}
        return reload_project(previous, changed, self.imports)

    def failure(self, text: str, file: str = "steps/chat_step.py") -> LoadFailure:
        """The one failure of a project with one file."""
        self.write(file, text)
        project = load_project(self.root, self.imports)
        assert (project.steps, project.streams) == ((), ())
        (failure,) = project.failures
        assert failure.file == file
        assert failure.advice
        return failure


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with ProjectImports(tmp_path / "shop") as imports:
        yield Files(tmp_path / "shop", imports)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the modules that ran: each says `runs.append(__name__)`."""
    runs: list[str] = []
    monkeypatch.setattr(builtins, "runs", runs, raising=False)
    return runs


def names(project: Project) -> dict[str, bool]:
    """The names of all steps, and whether each is stale."""
    return {step.config.name: step.is_stale for step in project.steps}


def the_step(project: Project) -> Step:
    assert project.failures == ()
    (step,) = project.steps
    return step


# Failures


@pytest.mark.parametrize(
    ("text", "kind", "line", "message", "advice"),
    [
        ("x = 1\ndef (:\n", "syntax", 2, "invalid syntax", "line"),
        ("x = '\x00'", "syntax", None, "null bytes", ""),
        ("\nimport no_such_package", "import", 2, "'no_such_package'", "install no_such_package"),
        ("import yaml_x.y", "import", 1, "'yaml_x'", "install yaml_x"),
        ("from .nowhere import x", "import", 1, "'steps.nowhere'", "check the name"),
        ("from ...outside import x", "import", 1, "beyond top-level", "fewer dots"),
        ("from json import no_such_name", "import", 1, "no_such_name", "check the name"),
        ("\n\n1 / 0", "error", 3, "ZeroDivisionError: division by zero", "loaded"),
        ("import sys\nsys.exit(3)", "error", 2, "SystemExit(3)", "__main__"),
        ("raise BaseException('odd')", "error", 1, "BaseException: odd", "loaded"),
        ("import asyncio\nraise asyncio.CancelledError", "error", 2, "CancelledError", "loaded"),
        (HANDLER, "config", None, "declares no step", "config ="),
        ("", "config", None, "declares no step", "config ="),
        (
            "import motia_py.project.builders as b\ns = b.step({})",
            "config",
            None,
            "no step",
            ".hand",
        ),
        (f"config = []{HANDLER}", "config", 1, "must be a dict", "dict"),
        (f"\nconfig = {{'type': 'api'}}{HANDLER}", "config", 2, "missing", "add it"),
        (f"config = {API.replace('/chat', '/:id(x)')}{HANDLER}", "config", 1, "regular", ":name"),
        (
            f"config = {{'type': 'cron', 'name': 'C', 'cron': 'daily', 'emits': []}}{HANDLER}",
            "config",
            1,
            "daily",
            "fields",
        ),
        (f"config = {API}", "handler", 1, "step 'Chat' has no `handler`", "async def"),
        (f"config = {API}\nhandler = 7", "handler", 2, "of type int", "async def"),
        (f"config = {API}\nasync def handler(a, b, c): ...", "handler", 2, "(a, b, c)", "default"),
        (f"config = {API}\ndef handler(a):\n    yield 1", "handler", 2, "generator", "EventStream"),
        (f"config = {EVENT}\nasync def handler(a):\n    yield 1", "handler", 2, "queue", "return"),
        (
            f"config = {{**{API}, 'bodySchema': {{'type': 'no-such-type'}}}}{HANDLER}",
            "schema",
            1,
            "body of POST /chat",
            "JSON Schema",
        ),
        (
            f"config = {{**{API}, 'responseSchema': {{200: 'Answer'}}}}{HANDLER}",
            "schema",
            1,
            "answer 200 of POST /chat",
            "pydantic",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_where_why_and_what_to_do(
    files: Files, text: str, kind: str, line: int | None, message: str, advice: str
) -> None:
    failure = files.failure(text)

    assert (failure.kind, failure.line) == (kind, line)
    assert message in failure.message
    assert all(word in failure.advice for word in advice.split())


def test_a_module_that_lies_beside_is_imported_with_a_dot(files: Files) -> None:
    files.write("steps/chatbot/prices.py", "x = 1")

    failure = files.failure("from prices import x", "steps/chatbot/chat_step.py")

    assert "write `from .prices import ...`" in failure.advice


def test_a_module_missing_in_a_helper_is_looked_for_beside_the_helper(files: Files) -> None:
    files.write("steps/lib/__init__.py", "")
    files.write("steps/lib/first.py", "import second")
    files.write("steps/lib/second.py", "")

    failure = files.failure("\nfrom .lib import first")

    assert failure.line == 2
    assert failure.message == "steps/lib/first.py:1: there is no module 'second'"
    assert "it lies beside first.py" in failure.advice


def test_an_error_in_a_helper_tells_both_places(files: Files) -> None:
    files.write("steps/lib.py", "\n\n1 / 0")

    failure = files.failure("import json\nfrom . import lib")

    assert failure.line == 2
    assert failure.message == "steps/lib.py:3: ZeroDivisionError: division by zero"


def test_modules_that_import_each_other_are_told_so(files: Files) -> None:
    files.write("lib/a.py", "from lib.b import y\nx = 1")
    files.write("lib/b.py", "from lib.a import x\ny = 1")

    failure = files.failure("import lib.a")

    assert "import each other" in failure.advice


def test_a_keyboard_interrupt_is_not_a_failure(files: Files) -> None:
    with pytest.raises(KeyboardInterrupt):
        files.load(chat_step="raise KeyboardInterrupt")


def test_a_config_that_raises_when_it_is_read_is_a_failure(files: Files) -> None:
    text = """\
    from collections.abc import Mapping
    class Odd(Mapping):
        def __getitem__(self, key): ...
        def __iter__(self): raise RuntimeError("odd")
        def __len__(self): return 1
    config = Odd()
    async def handler(req): ...
    """

    failure = files.failure(text)

    assert (failure.kind, failure.message) == ("error", "RuntimeError: odd")
    assert failure.line == 4


def test_one_bad_file_does_not_keep_the_others_from_loading(files: Files) -> None:
    project = files.load(a_step="1 / 0", b_step=GOOD)

    assert names(project) == {"Chat": False}
    assert [failure.file for failure in project.failures] == ["steps/a_step.py"]


# Steps


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


# Streams


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


# Hooks


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


# Reload


def step_text(name: str, more: str = "") -> str:
    return (
        f'{more}\nruns.append(__name__)\nconfig = {{"name": "{name}", '
        f'"triggers": [{{"type": "queue", "topic": "{name}"}}]}}{HANDLER}'
    )


def test_only_the_changed_file_runs_again(files: Files, runs: list[str]) -> None:
    project = files.load(a_step=step_text("A"), b_step=step_text("B"))
    runs.clear()

    reloaded = files.reload(project, b_step=step_text("B2"))

    assert runs == ["steps.b_step"]
    assert names(reloaded) == {"A": False, "B2": False}
    assert reloaded.steps[0] is project.steps[0]


def test_a_file_saved_without_a_change_does_not_run_again(files: Files, runs: list[str]) -> None:
    project = files.load(a_step=step_text("A"))
    runs.clear()

    reloaded = files.reload(project, a_step=step_text("A"))

    assert runs == []
    assert reloaded.steps == project.steps


def test_a_changed_helper_runs_what_depends_on_it(files: Files, runs: list[str]) -> None:
    files.write("lib/prices.py", "PRICE = 1")
    files.write("lib/tax.py", "from lib.prices import PRICE")
    project = files.load(
        a_step=step_text("A", "from lib.tax import PRICE"),
        b_step=step_text("B"),
        c_step=step_text("C", "import lib.prices"),
    )
    runs.clear()
    changed = files.write("lib/prices.py", "PRICE = 2")

    reloaded = reload_project(project, {changed}, files.imports)

    assert runs == ["steps.a_step", "steps.c_step"]
    assert sys.modules["steps.a_step"].PRICE == 2
    assert [new is old for new, old in zip(reloaded.steps, project.steps, strict=True)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "broken", ["def (:", "1 / 0", "raise SystemExit", "", f"config = {API}", f"config = 7{HANDLER}"]
)
def test_a_broken_step_keeps_its_last_good_version(files: Files, broken: str) -> None:
    project = files.load(chat_step=GOOD)
    handler, module = project.steps[0].handler, sys.modules["steps.chat_step"]

    reloaded = files.reload(project, chat_step=broken)

    assert names(reloaded) == {"Chat": True}
    assert reloaded.steps[0].handler is handler
    assert sys.modules["steps.chat_step"] is module
    assert [failure.file for failure in reloaded.failures] == ["steps/chat_step.py"]


def test_a_step_stays_broken_and_stale_until_it_is_mended(files: Files) -> None:
    first = files.load(chat_step=GOOD, other_step=step_text("Other", "runs = []"))
    broken = files.reload(first, chat_step="1 / 0")
    still = files.reload(broken, other_step=step_text("Other2", "runs = []"))

    assert names(still) == {"Chat": True, "Other2": False}
    assert still.failures == broken.failures

    mended = files.reload(still, chat_step=GOOD)

    assert names(mended) == {"Chat": False, "Other2": False}
    assert mended.failures == ()


def test_undoing_the_edit_that_broke_a_step_mends_it(files: Files) -> None:
    project = files.load(chat_step=GOOD)

    mended = files.reload(files.reload(project, chat_step="def (:"), chat_step=GOOD)

    assert names(mended) == {"Chat": False}
    assert mended.failures == ()


def test_a_broken_helper_makes_its_dependants_stale_until_it_is_mended(files: Files) -> None:
    lib = files.write("lib.py", "x = 1")
    project = files.load(chat_step=f"from lib import x\n{GOOD}")
    lib.write_text("x = ")

    broken = reload_project(project, {lib}, files.imports)

    assert names(broken) == {"Chat": True}
    assert "lib.py:1" in broken.failures[0].message
    lib.write_text("x = 1")
    mended = reload_project(broken, {lib}, files.imports)
    assert names(mended) == {"Chat": False}


def test_the_old_version_of_a_broken_helper_does_not_mend_its_dependants(files: Files) -> None:
    lib = files.write("lib.py", "x = 1")
    project = files.load(chat_step=f"from lib import x\n{GOOD}", b_step=step_text("B", "runs = []"))
    lib.write_text("x = ")
    broken = reload_project(project, {lib}, files.imports)

    still = files.reload(broken, b_step=step_text("B2", "runs = []"))

    assert names(still) == {"B2": False, "Chat": True}


def test_a_missing_helper_that_appears_mends_the_step(files: Files) -> None:
    project = files.load(chat_step=f"from lib.prices import x\n{GOOD}")
    assert names(project) == {}
    new = files.write("lib/prices.py", "x = 1")

    reloaded = reload_project(project, {new}, files.imports)

    assert names(reloaded) == {"Chat": False}
    assert reloaded.failures == ()


def test_what_failed_is_tried_again_at_every_save(files: Files, runs: list[str]) -> None:
    """As after `pip install` of what was missing."""
    project = files.load(a_step="import no_such_package", b_step=step_text("B"))
    sys.modules["no_such_package"] = sys
    try:
        reloaded = files.reload(project, b_step=step_text("B2"))
    finally:
        del sys.modules["no_such_package"]

    assert [failure.kind for failure in reloaded.failures] == ["config"]


def test_new_files_are_added_and_deleted_ones_dropped(files: Files, runs: list[str]) -> None:
    project = files.load(a_step=step_text("A"), c_step=step_text("C"))
    gone = files.root / "steps/a_step.py"
    gone.unlink()
    new = files.write("steps/b_step.py", step_text("B"))

    reloaded = reload_project(project, {gone, new}, files.imports)

    assert names(reloaded) == {"B": False, "C": False}
    assert reloaded.failures == ()
    assert "steps.a_step" not in sys.modules


def test_a_deleted_broken_file_takes_its_failure_along(files: Files) -> None:
    project = files.reload(files.load(chat_step=GOOD), chat_step="1 / 0")
    gone = files.root / "steps/chat_step.py"
    gone.unlink()

    reloaded = reload_project(project, {gone}, files.imports)

    assert (reloaded.steps, reloaded.failures) == ((), ())


def test_a_deleted_helper_makes_its_dependants_stale(files: Files) -> None:
    lib = files.write("lib.py", "x = 1")
    project = files.load(chat_step=f"from lib import x\n{GOOD}")
    lib.unlink()

    reloaded = reload_project(project, {lib}, files.imports)

    assert names(reloaded) == {"Chat": True}
    assert "no module 'lib'" in reloaded.failures[0].message


def test_of_a_file_with_two_steps_only_the_broken_one_is_stale(files: Files) -> None:
    text = """\
    from motia_py.project.builders import http, step
    async def take(req): ...
    one = step({"name": "One", "triggers": [http("GET", "/one")]}, take)
    two = step({"name": "Two", "triggers": [http("GET", "/two")]}, take)
    """
    project = files.load(both_step=text)

    reloaded = files.reload(project, both_step=text.replace("/two", "/two(x)"))

    assert names(reloaded) == {"One": False, "Two": True}
    (trigger,) = reloaded.steps[1].config.triggers
    assert isinstance(trigger, HttpTrigger)
    assert trigger.path == "/two"


def test_a_broken_stream_keeps_its_last_good_version(files: Files) -> None:
    project = files.load(todo_stream="config = {'name': 'todo'}")

    reloaded = files.reload(project, todo_stream="config = {}")

    assert [(each.config.name, each.is_stale) for each in reloaded.streams] == [("todo", True)]


def test_an_interrupted_reload_leaves_the_modules_as_they_were(files: Files) -> None:
    project = files.load(chat_step=GOOD)
    module = sys.modules["steps.chat_step"]

    with pytest.raises(KeyboardInterrupt):
        files.reload(project, chat_step="raise KeyboardInterrupt")

    assert sys.modules["steps.chat_step"] is module


def test_loading_again_runs_every_file_anew(files: Files, runs: list[str]) -> None:
    files.load(a_step=step_text("A"))

    files.load()

    assert runs == ["steps.a_step", "steps.a_step"]
