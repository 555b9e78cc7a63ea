"""One small project on disk, loaded and reloaded in a test."""

from __future__ import annotations

import textwrap
from pathlib import Path

from motia_py.errors import LoadFailure
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import Project, Step, load_project, reload_project

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


def names(project: Project) -> dict[str, bool]:
    """The names of all steps, and whether each is stale."""
    return {step.config.name: step.is_stale for step in project.steps}


def the_step(project: Project) -> Step:
    assert project.failures == ()
    (step,) = project.steps
    return step
