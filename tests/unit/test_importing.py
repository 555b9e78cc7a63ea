from __future__ import annotations

import importlib
import linecache
import os
import py_compile
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import motia_py
from motia_py.errors import ConfigError
from motia_py.project.importing import ProjectImports
from motia_py.project.routing import parse_path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    return root


@pytest.fixture
def imports(root: Path) -> Iterator[ProjectImports]:
    with ProjectImports(root) as imports:
        yield imports


@pytest.fixture
def importable(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The root can be imported from as any folder can; what was, is unloaded at the end."""
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    before = {*sys.modules}
    yield
    for name in {*sys.modules} - before:
        del sys.modules[name]


def write(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))
    return file


def run(imports: ProjectImports, file: Path) -> ModuleType:
    return imports.execute(file, imports.read(file))


def edit_unnoticed(file: Path, old: str, new: str) -> None:
    """An edit of the same size that leaves the modification time as it was."""
    assert len(old) == len(new)
    before = file.stat()
    file.write_text(file.read_text().replace(old, new))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_module_has_a_real_name_and_is_registered_before_it_runs(
    root: Path, imports: ProjectImports
) -> None:
    file = write(
        root / "steps/chatbot/chat_step.py",
        """
        import sys
        import steps.chatbot
        me = sys.modules[__name__]
        is_attribute = steps.chatbot.chat_step is me
        """,
    )

    module = run(imports, file)

    assert module.__name__ == "steps.chatbot.chat_step"
    assert module.__package__ == "steps.chatbot"
    assert module.__file__ == str(file)
    assert module.me is module
    assert module.is_attribute


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("steps/chat.step.py", "steps.chat_step"),
        ("steps/v1.2/chat_step.py", "steps.v1_2.chat_step"),
        ("steps/00-my chat/01_step.py", "steps.00-my chat.01_step"),
        ("motia_config.py", "motia_config"),
    ],
)
def test_names_follow_the_path(root: Path, imports: ProjectImports, file: str, name: str) -> None:
    helper = write(root / file).parent / "helper.py"
    write(helper, "x = 1")
    write(root / file, "from .helper import x" if "/" in file else "")

    module = run(imports, root / file)

    assert module.__name__ == name
    assert sys.modules[name] is module


def test_of_two_files_with_one_name_the_second_gets_a_number(
    root: Path, imports: ProjectImports
) -> None:
    first = run(imports, write(root / "steps/chat.step.py"))
    second = run(imports, write(root / "steps/chat_step.py"))

    assert (first.__name__, second.__name__) == ("steps.chat_step", "steps.chat_step_2")


@pytest.mark.parametrize(
    "statement",
    [
        "from .helper import x",
        "from . import helper; x = helper.x",
        "from ..shared.helper import x",
        "from steps.orders.helper import x",
        "import steps.orders.helper as helper; x = helper.x",
        "from lib.helper import x",
        "from shop.lib.helper import x",
    ],
)
def test_helpers_are_importable_however_they_are_addressed(
    root: Path, imports: ProjectImports, statement: str
) -> None:
    for folder in ("steps/orders", "steps/shared", "lib"):
        write(root / folder / "helper.py", "x = 7")

    module = run(imports, write(root / "steps/orders/order_step.py", statement))

    assert module.x == 7


def test_relative_imports_may_reach_the_projects_own_folder(
    root: Path, imports: ProjectImports
) -> None:
    write(root / "lib/prices.py", "x = 7")

    module = run(imports, write(root / "steps/a/b_step.py", "from ...lib.prices import x"))

    assert module.x == 7
    assert module.__name__ == "shop.steps.a.b_step"


def test_a_step_is_named_for_what_its_helpers_reach(root: Path, imports: ProjectImports) -> None:
    write(root / "lib.py", "x = 7")
    write(root / "steps/a/helper.py", "from ...lib import x")

    module = run(imports, write(root / "steps/a/b_step.py", "from .helper import x"))

    assert module.x == 7


def test_helpers_that_import_each_other_do_not_confuse_the_naming(
    root: Path, imports: ProjectImports
) -> None:
    write(root / "steps/a.py", "from . import b")
    write(root / "steps/b.py", "from . import a")

    module = run(imports, write(root / "steps/c_step.py", "from .a import b"))

    assert module.__name__ == "steps.c_step"


def test_a_project_named_like_an_installed_package_does_not_hide_it(tmp_path: Path) -> None:
    root = tmp_path / "pytest"
    write(root / "lib.py", "x = 7")
    file = write(root / "steps/a_step.py", "from ..lib import x\nimport pytest")

    with ProjectImports(root) as imports:
        module = run(imports, file)

        assert module.__name__ == "pytest_project.steps.a_step"
        assert module.pytest is pytest


def test_imports_above_the_project_fail(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "from ...outside import x")

    with pytest.raises(ImportError, match="beyond top-level package"):
        run(imports, file)


def test_packages_run_their_init_file_once(root: Path, imports: ProjectImports) -> None:
    write(root / "steps/orders/__init__.py", "from .helper import x")
    write(root / "steps/orders/helper.py", "x = [7]")
    first = run(imports, write(root / "steps/orders/a_step.py", "from . import x"))
    second = run(imports, write(root / "steps/orders/b_step.py", "from . import x"))

    assert first.x is second.x


def test_a_step_that_another_imports_runs_once(root: Path, imports: ProjectImports) -> None:
    order = write(root / "steps/order_step.py", "made = object()")
    first = run(imports, write(root / "steps/a_step.py", "from steps.order_step import made"))

    second = run(imports, order)

    assert second.made is first.made


def test_a_module_that_fails_leaves_nothing_behind(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "1 / 0")

    with pytest.raises(ZeroDivisionError):
        run(imports, file)

    assert "steps.a_step" not in sys.modules
    assert not hasattr(sys.modules["steps"], "a_step")


@pytest.mark.parametrize("module", ["steps.orders.helper", "lib.helper"])
def test_a_same_size_edit_of_the_same_second_is_seen(
    root: Path, imports: ProjectImports, module: str
) -> None:
    helper = write(root / f"{module.replace('.', '/')}.py", "x = 1")
    py_compile.compile(str(helper))
    edit_unnoticed(helper, "x = 1", "x = 2")

    step = run(imports, write(root / "steps/orders/a_step.py", f"from {module} import x"))

    assert step.x == 2


def test_no_bytecode_is_written(root: Path, imports: ProjectImports) -> None:
    write(root / "lib.py", "x = 1")

    run(imports, write(root / "steps/a_step.py", "import lib"))

    assert not list(root.rglob("*.pyc"))


def test_a_folder_put_on_the_path_by_hand_is_watched_too(
    root: Path, imports: ProjectImports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    helper = write(root / "steps/by_hand.py", "x = 1")
    source = f"import sys; sys.path.insert(0, {str(root / 'steps')!r})\nimport by_hand"
    run(imports, write(root / "steps/a_step.py", source))

    assert imports.dependants([helper]) == {"by_hand", "steps.a_step"}


def test_dependants_are_found_through_other_modules(root: Path, imports: ProjectImports) -> None:
    write(root / "lib/__init__.py")
    deep = write(root / "lib/deep.py")
    write(root / "lib/middle.py", "import lib.deep")
    write(root / "steps/helper.py", "from lib import middle")
    run(imports, write(root / "steps/a_step.py", "from . import helper"))
    run(imports, write(root / "steps/b_step.py", "from lib.deep import *"))
    run(imports, write(root / "steps/c_step.py", "import lib"))

    assert imports.dependants([deep]) == {
        "lib.deep",
        "lib.middle",
        "steps.helper",
        "steps.a_step",
        "steps.b_step",
    }


def test_everything_in_a_package_depends_on_its_init_file(
    root: Path, imports: ProjectImports
) -> None:
    start = write(root / "steps/orders/__init__.py")
    run(imports, write(root / "steps/orders/a_step.py"))
    run(imports, write(root / "steps/b_step.py"))

    assert imports.dependants([start]) == {"steps.orders", "steps.orders.a_step"}


def test_a_folder_that_becomes_a_package_runs_its_init_file(
    root: Path, imports: ProjectImports
) -> None:
    step = write(root / "steps/orders/a_step.py", "import steps.orders")
    run(imports, step)
    start = write(root / "steps/orders/__init__.py", "x = 7")

    purged = imports.purge(imports.dependants([start]))
    run(imports, step)
    imports.restore(purged)

    assert sys.modules["steps.orders"].x == 7
    start.unlink()
    imports.purge(imports.dependants([start]))
    run(imports, step)
    assert not hasattr(sys.modules["steps.orders"], "x")


def test_a_new_file_has_the_dependants_that_missed_it(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "from lib.prices import x")
    with pytest.raises(ModuleNotFoundError):
        run(imports, file)

    dependants = imports.dependants([write(root / "lib/prices.py", "x = 1")])

    assert dependants == {"steps.a_step"}


def test_what_is_purged_is_read_anew(root: Path, imports: ProjectImports) -> None:
    helper = write(root / "lib.py", "def f():\n    return 1")
    step = write(root / "steps/a_step.py", "from lib import f")
    assert run(imports, step).f() == 1
    assert linecache.getline(str(helper), 2) == "    return 1\n"
    helper.write_text("def f():\n    return 22")

    imports.purge(imports.dependants([helper]))

    assert "lib" not in sys.modules
    assert run(imports, step).f() == 22
    assert linecache.getline(str(helper), 2) == "    return 22\n"


def test_a_helper_that_appears_after_its_folder_was_listed_is_found(
    root: Path, imports: ProjectImports
) -> None:
    step = write(root / "steps/a_step.py", "from lib import prices")
    write(root / "lib/other.py")
    # Both times alike, as on a file system that cannot tell two writes of one tick apart.
    os.utime(root / "lib", (1, 1))
    with pytest.raises(ImportError):
        run(imports, step)
    write(root / "lib/prices.py", "x = 1")
    os.utime(root / "lib", (1, 1))

    imports.purge(imports.dependants([root / "lib/prices.py"]))

    assert run(imports, step).prices.x == 1


def test_restore_puts_back_what_nothing_replaced(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "x = 1")
    old = run(imports, file)
    file.write_text("1 / 0")
    purged = imports.purge(imports.dependants([file]))
    with pytest.raises(ZeroDivisionError):
        run(imports, file)

    imports.restore(purged)

    assert sys.modules["steps.a_step"] is old
    assert sys.modules["steps"].a_step is old


def test_what_was_restored_is_tried_again_with_every_change(
    root: Path, imports: ProjectImports
) -> None:
    helper = write(root / "lib.py", "x = 1")
    other = write(root / "steps/b_step.py")
    run(imports, other)
    run(imports, write(root / "steps/a_step.py", "import lib"))

    imports.restore(imports.purge(imports.dependants([helper])))

    assert imports.dependants([other]) == {"steps.b_step", "lib", "steps.a_step"}


def test_restore_leaves_what_was_loaded_anew(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "x = 1")
    run(imports, file)
    purged = imports.purge(imports.dependants([file]))
    new = run(imports, file)

    imports.restore(purged)

    assert sys.modules["steps.a_step"] is new
    assert imports.dependants([root / "steps/b_step.py"]) == set()


def test_restore_leaves_out_what_was_deleted(root: Path, imports: ProjectImports) -> None:
    helper = write(root / "lib.py", "x = 1")
    run(imports, write(root / "steps/a_step.py", "import lib"))
    purged = imports.purge({"lib"})
    helper.unlink()

    imports.restore(purged)

    assert "lib" not in sys.modules


def test_a_step_that_changes_its_name_leaves_no_old_module(
    root: Path, imports: ProjectImports
) -> None:
    write(root / "lib.py", "x = 1")
    file = write(root / "steps/a_step.py", "x = 1")
    run(imports, file)
    file.write_text("from ..lib import x")
    purged = imports.purge(imports.dependants([file]))
    run(imports, file)

    imports.restore(purged)

    assert "steps.a_step" not in sys.modules
    assert sys.modules["shop.steps.a_step"].x == 1
    assert not imports.has_changed(file)


def test_only_a_different_content_is_a_change(root: Path, imports: ProjectImports) -> None:
    file = write(root / "steps/a_step.py", "x = 1")
    run(imports, file)
    os.utime(file, (1, 1))
    assert not imports.has_changed(file)

    edit_unnoticed(file, "x = 1", "x = 2")

    assert imports.has_changed(file)
    assert imports.has_changed(write(root / "steps/new_step.py"))
    file.unlink()
    assert imports.has_changed(file)


def test_leaving_removes_all_traces(root: Path) -> None:
    path, finders, modules = [*sys.path], [*sys.meta_path], {*sys.modules}
    write(root / "lib/deep/x.py")
    write(root / "services/__init__.py", "value = 1")
    file = write(root / "steps/a_step.py", "import lib.deep.x, services")

    with ProjectImports(root) as imports:
        run(imports, file)
        assert (sys.path[0], sys.path[-1]) == (str(root), str(root.parent))

    assert sys.path == path
    assert sys.meta_path == finders
    assert {*sys.modules} == modules


def test_leaving_keeps_the_same_folders_that_others_put_on_the_path(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(root), *sys.path, str(root.parent)])
    path = [*sys.path]

    with ProjectImports(root):
        pass

    assert sys.path == path


def test_two_projects_after_each_other_do_not_meet(tmp_path: Path) -> None:
    values = []
    for name in ("first", "second"):
        write(tmp_path / name / "steps/helper.py", f"x = {name!r}")
        file = write(tmp_path / name / "steps/a_step.py", "from steps.helper import x")
        with ProjectImports(tmp_path / name) as imports:
            values.append(run(imports, file).x)

    assert values == ["first", "second"]


@pytest.mark.usefixtures("importable")
def test_a_package_that_was_imported_before_is_left_alone(root: Path) -> None:
    """As this very package is, in a project that lies in its repository."""
    helper = write(root / "early_package/__init__.py").with_name("later.py")
    write(helper)
    early = importlib.import_module("early_package")
    file = write(root / "steps/a_step.py", "import early_package.later")

    with ProjectImports(root) as imports:
        run(imports, file)
        assert imports.dependants([helper]) == {"steps.a_step"}

    assert sys.modules["early_package"] is early
    assert "early_package.later" in sys.modules


@pytest.mark.usefixtures("importable")
def test_a_step_that_a_test_imported_before_runs_anew_and_comes_back(root: Path) -> None:
    helper = write(root / "steps/helper.py")
    file = write(root / "steps/a_step.py", "from . import helper")
    early = importlib.import_module("steps.a_step")
    del sys.modules["steps.helper"]

    with ProjectImports(root) as imports:
        assert run(imports, file) is not early
        assert imports.dependants([helper]) == {"steps.a_step"}

    assert sys.modules["steps.a_step"] is early
    assert sys.modules["steps"].a_step is early


def test_a_foreign_package_called_steps_comes_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ModuleType("steps")
    monkeypatch.setitem(sys.modules, "steps", foreign)
    write(root / "steps/helper.py", "x = 7")
    file = write(root / "steps/a_step.py", "from steps.helper import x")

    with ProjectImports(root) as imports:
        assert run(imports, file).x == 7

    assert sys.modules["steps"] is foreign


@pytest.mark.parametrize(
    ("path", "is_owned"),
    [
        ("steps/a_step.py", True),
        ("lib", True),
        ("", True),
        (".venv/lib/python3.11/site-packages/x.py", False),
        ("venv/lib/python3.11/site-packages/x.py", False),
        ("venv/bin/activate_this.py", False),
        ("env/lib.py", True),
        ("steps/__pycache__/x.py", False),
        ("node_modules/x.py", False),
        (".cache/x.py", False),
        ("../shopping/x.py", False),
    ],
)
def test_installed_and_hidden_files_are_not_the_projects(
    root: Path, path: str, is_owned: bool
) -> None:
    write(root / "venv/pyvenv.cfg", "home = /usr/bin")

    assert ProjectImports(root).owns(os.path.normpath(root / path)) is is_owned


def test_an_error_tells_where_it_came_through_the_project(
    root: Path, imports: ProjectImports
) -> None:
    helper = write(root / "lib.py", "import json\n\ndef parse():\n    json.loads('{')\n")
    file = write(root / "steps/a_step.py", "import lib\nlib.parse()\n")

    with pytest.raises(ValueError, match="Expecting") as caught:
        run(imports, file)

    assert imports.places(caught.value) == [(file, 2), (helper, 4)]


def test_files_of_motia_py_are_not_the_projects_although_they_lie_below_its_root() -> None:
    """As where a checkout of motia_py is the project's root."""
    package = Path(motia_py.__file__).parent
    imports = ProjectImports(package.parent)

    with pytest.raises(ConfigError) as caught:
        parse_path("/(")

    assert not imports.owns(str(package / "project/routing.py"))
    places = imports.places(caught.value)
    assert not [place for place in places if place.file.is_relative_to(package)]


def test_a_syntax_error_in_a_helper_tells_its_own_place(
    root: Path, imports: ProjectImports
) -> None:
    helper = write(root / "lib.py", "x = 1\ndef (:\n")
    file = write(root / "steps/a_step.py", "import lib")

    with pytest.raises(SyntaxError) as caught:
        run(imports, file)

    assert imports.places(caught.value) == [(file, 1), (helper, 2)]
