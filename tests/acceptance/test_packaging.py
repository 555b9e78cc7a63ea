"""What is built from workbench/ is in what is installed, also where there is no Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.needs import missing
from workbench.build_hook import OUTPUTS, SKIP, STAMP, is_built, npm_on

ROOT = Path(__file__).parents[2]
#: Made by builds and runs, or as large as nobody needs here.
_NAMES_LEFT_OUT = shutil.ignore_patterns(
    *(".*cache*", ".git", ".motia", ".venv", ".built", "dist", "node_modules", "tests"),
    *("client.js", "socket.io.js"),
)
#: What of it a wheel has.
SCRIPTS = [output for output in OUTPUTS if output.startswith("motia_py/")]
#: All that npm needs besides Node.
TOOLS = ("sh", "env")


def left_out(folder: str, names: list[str]) -> set[str]:
    # The built app; its sources are in a folder of the same name.
    built = {"workbench"} if Path(folder).name == "static" else set()
    return _NAMES_LEFT_OUT(folder, names) | built


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is checked out: nothing is built."""
    project = tmp_path_factory.mktemp("checkout") / "motia_py"
    shutil.copytree(ROOT, project, ignore=left_out)
    return project


@pytest.fixture(scope="module")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of a machine that has no Node."""
    folder = tmp_path_factory.mktemp("bin")
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, f"there is no {tool}"
        (folder / tool).symlink_to(found)
    return {**os.environ, "PATH": str(folder)}


@pytest.fixture(scope="module")
def wheel(project: Path, without_node: Mapping[str, str]) -> Path:
    return build_wheel(project, project.parent / "wheel", without_node)


def build_wheel(project: Path, folder: Path, environment: Mapping[str, str]) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder)]
    run([*command, str(project)], environment)
    (wheel,) = folder.glob("*.whl")
    return wheel


def run(command: list[str], environment: Mapping[str, str], folder: Path = ROOT) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if "Failed to establish a new connection" in done.stdout and "CI" not in os.environ:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(180)
def test_a_wheel_that_is_built_without_node_has_the_clients_and_the_workbench(
    wheel: Path, without_node: Mapping[str, str]
) -> None:
    assert npm_on(without_node["PATH"]) is None
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        client, socket_io, page = (archive.read(script).decode() for script in SCRIPTS)

    assert "WebSocket" in client
    assert "Released under the MIT License." in socket_io
    assets = re.findall(r"/__motia/(assets/[^\"]+)", page)
    assert len(assets) >= 2
    for asset in assets:
        assert f"motia_py/web/static/workbench/{asset}.gz" in names
    assert not [name for name in names if not name.startswith(("motia_py/", "motia_py-"))]


@contextmanager
def serving(python: Path, root: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of an installed motia_py that serves an empty project."""
    root.mkdir()
    log = root / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [python, "-m", "motia_py", "dev", "--port", "0"],
            cwd=root,
            env={**environment, "PYTHONPATH": ""},
            stdout=out,
            stderr=out,
        )
    try:
        while not (found := re.search(r"http://localhost:\d+", log.read_text())):
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
        yield found[0]
    finally:
        server.kill()
        server.wait()


@pytest.mark.timeout(300)
def test_an_installed_wheel_shows_the_workbench_where_there_is_no_node(
    wheel: Path, without_node: Mapping[str, str], tmp_path: Path
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium is not installed")
    run([sys.executable, "-m", "venv", str(tmp_path / "installed")], without_node)
    python = tmp_path / "installed/bin/python"
    run([str(python), "-m", "pip", "install", str(wheel)], without_node)

    with (
        serving(python, tmp_path / "project", without_node) as url,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("status").filter(has_text="Live").wait_for()
        page.get_by_text("steps/hello_step.py").first.wait_for()


@pytest.mark.timeout(180)
def test_an_sdist_has_the_client_and_its_sources_so_that_installing_it_builds_nothing(
    wheel: Path, project: Path, without_node: Mapping[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    run(command, without_node, project)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.glob("motia_py-*/")

    assert is_built(root)
    assert (root / STAMP).is_file()
    assert (root / "workbench/package-lock.json").is_file()
    assert not (root / "workbench/node_modules").exists()


@pytest.mark.timeout(180)
def test_who_says_so_gets_a_wheel_without_the_clients(
    without_node: Mapping[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "motia_py"
    shutil.copytree(ROOT, project, ignore=left_out)

    wheel = build_wheel(project, tmp_path, {**without_node, SKIP: "1"})

    with zipfile.ZipFile(wheel) as archive:
        assert not set(SCRIPTS) & set(archive.namelist())
