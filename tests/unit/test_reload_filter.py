"""Which files a reload is about, and what one look at a folder tells from the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from motia_py.reload import Effect, effect_of, look


@pytest.mark.parametrize(
    ("file", "effect"),
    [
        ("steps/a_step.py", "reload"),
        ("steps/deep/er/a.step.py", "reload"),
        ("src/a_stream.py", "reload"),
        ("helpers/prices.py", "reload"),
        ("motia_config.py", "reload"),
        ("steps/test_a_step.py", "reload"),
        (".env", "restart"),
        ("pyproject.toml", "restart"),
        ("requirements.txt", "restart"),
        ("requirements-dev.txt", "restart"),
        ("steps/.env", None),
        ("steps/requirements.txt", None),
        (".env.example", None),
        ("README.md", None),
        ("steps/notes.txt", None),
        (".motia/motia.db", None),
        ("uv.lock", "restart"),
        ("poetry.lock", "restart"),
        ("steps/uv.lock", None),
        ("steps/.#a_step.py", None),
        ("steps/.a_step.py.swp", None),
        ("steps/a_step.py~", None),
        ("steps/#a_step.py#", None),
        ("steps/4913", None),
        ("steps/a_step.py___jb_tmp___", None),
        ("steps/a_step.py.tmp.1234", None),
        ("steps/flycheck_a_step.py", None),
        ("steps/._a_step.py", None),
    ],
)
def test_only_the_projects_own_code_and_settings_count(file: str, effect: Effect | None) -> None:
    assert effect_of(file) == effect


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path / "steps/a/x_step.py", "x")
    write(tmp_path / "steps/a/prices.py", "y")
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_nothing_happened_is_no_change(project: Path) -> None:
    before = look(project)

    assert look(project).changes_since(before) == frozenset()


def test_new_gone_and_edited_files_are_changes(project: Path) -> None:
    write(project / "steps/b/gone_step.py", "x")
    before = look(project)

    write(project / "src/new_step.py", "x")
    write(project / "steps/a/x_step.py", "xx")
    (project / "steps/b/gone_step.py").unlink()

    assert look(project).changes_since(before) == {
        "src/new_step.py",
        "steps/a/x_step.py",
        "steps/b/gone_step.py",
    }


def test_an_edit_of_the_same_size_and_time_of_writing_is_a_change(project: Path) -> None:
    """A copy that keeps times, or a tool that sets them back."""
    file = project / "steps/a/x_step.py"
    status = file.stat()
    before = look(project)

    # Some kernels' clock for files only moves every few milliseconds.
    while file.stat().st_ctime_ns == status.st_ctime_ns:
        file.write_text("z")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert file.stat().st_mtime_ns == status.st_mtime_ns
    assert look(project).changes_since(before) == {"steps/a/x_step.py"}


def test_a_moved_folder_changes_every_file_in_it(project: Path) -> None:
    before = look(project)

    (project / "steps/a").rename(project / "steps/b")

    assert look(project).changes_since(before) == {
        "steps/a/x_step.py",
        "steps/a/prices.py",
        "steps/b/x_step.py",
        "steps/b/prices.py",
    }


def test_a_virtual_environment_is_skipped_by_its_mark_whatever_its_name(project: Path) -> None:
    write(project / "my-python/pyvenv.cfg", "home = /usr/bin")
    write(project / "my-python/lib/x.py", "x")

    seen = look(project)

    assert seen.files.keys() == {"steps/a/x_step.py", "steps/a/prices.py"}
    assert str(project / "my-python") not in seen.folders


def test_skipped_folders_are_not_even_walked(project: Path) -> None:
    folders = ("node_modules/a", "site-packages", ".git/b", ".motia", ".venv/lib", "__pycache__")
    for folder in folders:
        write(project / folder / "x.py", "x")

    seen = look(project)

    assert seen.folders == {str(project), str(project / "steps"), str(project / "steps/a")}
    assert seen.files.keys() == {"steps/a/x_step.py", "steps/a/prices.py"}


@pytest.mark.parametrize("name", ["env", "venv", "python_modules"])
def test_a_folder_named_like_an_environment_is_watched_like_it_is_served(
    project: Path, name: str
) -> None:
    write(project / f"steps/{name}/e_step.py", "x")

    assert f"steps/{name}/e_step.py" in look(project).files


def test_links_that_lead_in_a_circle_or_nowhere_end(project: Path) -> None:
    (project / "steps/loop").symlink_to(project)
    (project / "steps/dead").symlink_to(project / "nowhere")

    assert look(project).files.keys() == {"steps/a/x_step.py", "steps/a/prices.py"}


def test_a_root_that_is_gone_shows_no_folder(tmp_path: Path) -> None:
    assert look(tmp_path / "gone").folders == frozenset()
