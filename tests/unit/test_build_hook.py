"""When the package's build runs npm, and which."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.build_hook import (
    OUTPUTS,
    SKIP,
    STAMP,
    Npm,
    WorkbenchFailed,
    build,
    fits,
    is_built,
    needs_build,
    npm_on,
    source_hash,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose workbench has one source."""
    (tmp_path / "workbench/client/src").mkdir(parents=True)
    (tmp_path / "workbench/client/src/index.ts").write_text("export {};")
    return tmp_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder for programs: the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def making_npm(root: Path, path: Path) -> Npm:
    """An npm that writes what a build should make, and notes how it was called."""
    output = root / OUTPUTS[0]
    output.parent.mkdir(parents=True, exist_ok=True)
    script = f'echo "$@" >> {root}/calls\necho built > {output}'
    return Npm(command=[str(program(path, "npm", script))])


# Node


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2\n", "v22.12.0", "v24.1.0", "v100.0.0"])
def test_a_node_that_vite_runs_on_fits(version: str) -> None:
    assert fits(version)


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.9", "v21.7.3", "v22.11.0", "", "20.19.0"])
def test_another_node_does_not_fit(version: str) -> None:
    assert not fits(version)


def test_npm_is_taken_from_the_path_beside_a_node_that_fits(path: Path) -> None:
    program(path, "node", "echo v22.12.0")
    npm = program(path, "npm", "")

    assert npm_on(str(path)) == Npm(command=[str(npm)])


def test_an_old_node_is_no_node(path: Path) -> None:
    program(path, "node", "echo v18.20.4")
    program(path, "npm", "")

    assert npm_on(str(path)) is None


def test_a_node_without_npm_is_no_node(path: Path) -> None:
    program(path, "node", "echo v22.12.0")

    assert npm_on(str(path)) is None


# What was built


def test_the_hash_changes_with_a_name_and_with_a_content(root: Path) -> None:
    workbench = root / "workbench"
    first = source_hash(workbench)

    (workbench / "client/src/index.ts").write_text("export { };")
    second = source_hash(workbench)
    (workbench / "client/src/index.ts").rename(workbench / "client/src/other.ts")
    third = source_hash(workbench)

    assert len({first, second, third}) == 3


@pytest.mark.parametrize("folder", ["node_modules", "client/node_modules", "client/dist"])
def test_what_a_build_leaves_behind_is_no_source(root: Path, folder: str) -> None:
    before = source_hash(root / "workbench")

    (root / "workbench" / folder).mkdir(parents=True)
    (root / "workbench" / folder / "x.js").write_text("made")

    assert source_hash(root / "workbench") == before


def test_a_build_installs_and_then_builds_all_packages(root: Path, path: Path) -> None:
    assert not is_built(root)

    build(root, making_npm(root, path), {})

    calls = (root / "calls").read_text().splitlines()
    assert calls == ["ci --ignore-scripts", "run build --workspaces --if-present"]
    assert is_built(root)
    assert not needs_build(root, {})


def test_a_changed_source_is_built_again(root: Path, path: Path) -> None:
    build(root, making_npm(root, path), {})

    (root / "workbench/client/src/index.ts").write_text("export const changed = 1;")

    assert needs_build(root, {})


def test_a_lost_output_is_built_again(root: Path, path: Path) -> None:
    build(root, making_npm(root, path), {})

    (root / OUTPUTS[0]).unlink()

    assert needs_build(root, {})


def test_who_says_so_installs_without(root: Path) -> None:
    assert needs_build(root, {})
    assert needs_build(root, {SKIP: "0"})
    assert not needs_build(root, {SKIP: "1"})


def test_a_command_that_fails_is_named_with_what_it_wrote(root: Path, path: Path) -> None:
    npm = Npm(command=[str(program(path, "npm", "echo no such package >&2; exit 1"))])

    with pytest.raises(
        WorkbenchFailed, match=r"`npm ci --ignore-scripts` failed:\nno such package"
    ):
        build(root, npm, {})

    assert not (root / STAMP).exists()


def test_a_build_that_makes_nothing_has_failed(root: Path, path: Path) -> None:
    npm = Npm(command=[str(program(path, "npm", ""))])

    with pytest.raises(WorkbenchFailed, match=r"did not make motia_py/web/static/client\.js"):
        build(root, npm, {})


def test_an_npm_that_cannot_be_run_has_failed(root: Path, path: Path) -> None:
    with pytest.raises(WorkbenchFailed, match="cannot be run"):
        build(root, Npm(command=[str(path / "gone")]), {})


def test_the_lock_file_names_no_registry() -> None:
    """Whoever installs has one configured; the hashes say that it is the same package."""
    lock = (ROOT / "workbench/package-lock.json").read_text()

    assert '"resolved": "http' not in lock
    assert lock.count('"integrity"') > 50
