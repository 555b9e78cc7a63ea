"""What a file that cannot be used tells its author."""

from __future__ import annotations

import pytest

from tests.loading import API, EVENT, GOOD, HANDLER, Files, names


@pytest.mark.parametrize(
    ("text", "kind", "line", "message", "advice"),
    [
        ("x = 1\ndef (:\n", "syntax", 2, "invalid syntax", "line"),
        ("x = '\x00'", "syntax", None, "null bytes", ""),
        ("\nimport no_such_package", "import", 2, "'no_such_package'", "spelling install"),
        ("import reqests", "import", 1, "'reqests'", "spelling 'requests'"),
        ("import cv2.aruco", "import", 1, "'cv2'", "install opencv-python"),
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
        (
            f"config = {API[:-1]}, 'isolation': 'thread'}}\nasync def handler(a):\n    yield 1",
            "handler",
            2,
            "cannot run on a thread",
            "asyncio.to_thread",
        ),
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


@pytest.mark.parametrize("module", ["reqests", "no_such_package"])
def test_no_package_is_named_for_a_module_that_few_know(files: Files, module: str) -> None:
    """Its name may be a slip of the pen, and somebody may have published a package under that."""
    failure = files.failure(f"import {module}")

    assert "pip" not in failure.advice


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
