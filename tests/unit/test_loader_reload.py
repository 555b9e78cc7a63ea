"""What a reload runs again, and what it keeps of files that broke."""

from __future__ import annotations

import sys

import pytest

from motia_py.project.declarations import HttpTrigger
from motia_py.project.loader import reload_project
from tests.loading import API, GOOD, HANDLER, Files, names


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
