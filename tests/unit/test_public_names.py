"""What `from motia_py import ...` gives, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

import motia_py
from motia_py import errors
from motia_py.project import builders
from motia_py.runtime import ambient, context, files, requests

SOURCES = [
    (builders, "cron http multi_trigger_step queue state step stream"),
    (ambient, "Stream enqueue logger state_manager"),
    (context, "Context"),
    (files, "FileResponse"),
    (requests, "ApiResponse EventStream Request ServerSentEvent UploadedFile"),
]
ROWS = [(source, name) for source, names in SOURCES for name in names.split()]
#: Nobody's code is running when the server fails to start or a request finds no place, and what
#: came from outside is caught as ValidationFailed.
NOT_FOR_USERS = {
    "CannotOpenStore",
    "CannotStart",
    "InvalidInput",
    "NoSuchLetter",
    "Overloaded",
}


@pytest.mark.parametrize(("source", "name"), ROWS, ids=[name for _, name in ROWS])
def test_a_public_name_is_the_thing_itself(source: ModuleType, name: str) -> None:
    assert name in motia_py.__all__
    assert getattr(motia_py, name) is getattr(source, name)


def test_every_error_that_users_can_catch_is_public() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MotiaError)
    }

    assert {name for name in motia_py.__all__ if name in vars(errors)} == tree - NOT_FOR_USERS


def test_nothing_else_is_public() -> None:
    found = {
        name
        for name, value in vars(motia_py).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }

    assert found <= {*motia_py.__all__}


def test_every_public_name_can_be_imported_with_a_star() -> None:
    given: dict[str, object] = {}

    exec("from motia_py import *", given)

    assert given.keys() - {"__builtins__"} == {*motia_py.__all__}


def test_an_unknown_name_is_told_like_any_other_modules() -> None:
    with pytest.raises(ImportError, match="cannot import name 'htpp' from 'motia_py'"):
        exec("from motia_py import htpp")


def test_the_state_manager_has_both_of_motias_spellings() -> None:
    assert motia_py.stateManager is motia_py.state_manager


def test_the_version_is_that_of_the_distribution() -> None:
    assert motia_py.__version__ == version("motia_py")


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        (
            "from motia_py import *",
            "aiohttp click openai rich uvloop watchfiles motia_py.web motia_py.cli motia_py.app",
        ),
        ("import motia_py.cli.main", "asyncio pydantic rich motia_py.project motia_py.runtime"),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement: str, heavy: str) -> None:
    """The names start no server and no terminal; `motia-py --help` loads no runtime."""
    script = f"{statement}; import sys; print(*[n for n in {heavy.split()} if n in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.split() == []
