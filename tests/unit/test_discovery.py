from __future__ import annotations

from pathlib import Path

import pytest

import motia_py
from motia_py.project.discovery import is_own, kind_of, project_files


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def test_hooks_come_first_then_steps_then_src_each_sorted(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "src/a_step.py",
        "steps/b_step.py",
        "steps/a/z_step.py",
        "steps/a_stream.py",
        "motia_config.py",
    )

    assert project_files(tmp_path) == [
        "motia_config.py",
        "steps/a/z_step.py",
        "steps/a_stream.py",
        "steps/b_step.py",
        "src/a_step.py",
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("chat_step.py", "step"),
        ("chat.step.py", "step"),
        ("test_order_step.py", "step"),
        ("00-my chat.v2_step.py", "step"),
        ("todo_stream.py", "stream"),
        ("todo.stream.py", "stream"),
        ("chat.py", None),
        ("step.py", None),
        ("chat_steps.py", None),
        ("chat_step_test.py", None),
        ("chat.step.test.py", None),
        ("chat_step.pyc", None),
        ("chat_step.py.bak", None),
    ],
)
def test_the_name_says_what_a_file_may_declare(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def test_hooks_are_only_looked_for_at_the_root(tmp_path: Path) -> None:
    touch(tmp_path, "steps/motia_config.py")

    assert project_files(tmp_path) == []


@pytest.mark.parametrize(
    "file",
    [
        "steps/tests/a_step.py",
        "steps/a/__tests__/a_step.py",
        "steps/node_modules/a_step.py",
        "steps/site-packages/a_step.py",
        "steps/.hidden/a_step.py",
        "steps/.venv/a_step.py",
        "steps/__pycache__/a_step.py",
        "steps/._a_step.py",
        "lib/a_step.py",
        "a_step.py",
    ],
)
def test_some_places_are_skipped(tmp_path: Path, file: str) -> None:
    touch(tmp_path, file)

    assert project_files(tmp_path) == []


def test_a_virtual_environment_is_skipped_by_its_mark_not_by_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "steps/env/a_step.py", "steps/mine/pyvenv.cfg", "steps/mine/lib/b_step.py")

    assert project_files(tmp_path) == ["steps/env/a_step.py"]


def test_the_package_itself_is_no_projects(tmp_path: Path) -> None:
    """As where a checkout of motia_py is the project's root."""
    package = Path(motia_py.__file__).parent
    (tmp_path / "motia_py").mkdir()
    (tmp_path / "link").mkdir()
    (tmp_path / "link/motia_py").symlink_to(package)

    assert not is_own(str(package))
    assert not is_own(str(tmp_path / "link/motia_py"))
    assert is_own(str(tmp_path / "motia_py"))


def test_a_project_without_any_folder_has_no_files(tmp_path: Path) -> None:
    assert project_files(tmp_path) == []


def test_links_are_followed_but_never_in_circles(tmp_path: Path) -> None:
    root, shared = tmp_path / "shop", tmp_path / "shared"
    touch(root, "steps/orders/a_step.py")
    touch(shared, "b_step.py")
    (root / "steps/orders/again").symlink_to(root / "steps", target_is_directory=True)
    (root / "steps/shared").symlink_to(shared, target_is_directory=True)
    (root / "steps/gone_step.py").symlink_to(shared / "gone")
    (root / "src").symlink_to(root / "steps", target_is_directory=True)

    files = project_files(root)

    assert files == ["steps/gone_step.py", "steps/orders/a_step.py", "steps/shared/b_step.py"]
