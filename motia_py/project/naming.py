"""Which module name a file of the project gets, and which modules an import statement may load.

Knows paths and facts about sources; imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from motia_py.project.source import Import, SourceFacts


class ModuleNames:
    """Gives files their names, each its own: the path from the root with dots for slashes.

    A dot within a part of the path becomes `_`. `read` gives the facts about a file; `root_name`
    names the root's own folder, for the files that need it as a package.
    """

    def __init__(
        self, root: Path, *, read: Callable[[Path], SourceFacts], root_name: Callable[[], str]
    ) -> None:
        self._root = root
        self._read = read
        self._root_name = root_name
        self._files: dict[str, Path] = {}

    def name(self, file: Path, facts: SourceFacts) -> str:
        """The name of a file that is about to run; of two that spell alike, the later is numbered.

        A file whose relative imports leave the topmost folder (`from ...lib import x` in
        `steps/a/b_step.py`, with `lib` beside `steps`) is named from the root's parent, as
        `shop.steps.a.b_step`: so there is a package above `steps` for them to reach.
        """
        plain = self._dotted(file)
        if self._climbs(file, facts, frozenset()):
            plain = f"{self._root_name()}.{plain}"
        name = plain
        count = 1
        while self._is_taken(name, file):
            count += 1
            name = f"{plain}_{count}"
        return name

    def claim(self, name: str, file: Path) -> None:
        """The file was loaded under this name, by whatever way."""
        self._files[name] = file

    def possible(self, file: Path) -> tuple[str, ...]:
        """The names under which import statements may look for a file."""
        plain = self._dotted(file)
        return plain, f"{self._root_name()}.{plain}"

    def forget(self) -> None:
        self._files.clear()

    def _is_taken(self, name: str, file: Path) -> bool:
        holder = self._files.get(name, file)
        return holder != file and holder.exists()

    def _dotted(self, file: Path) -> str:
        parts = [
            part.replace(".", "_") for part in file.relative_to(self._root).with_suffix("").parts
        ]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def _climbs(self, file: Path, facts: SourceFacts, seen: frozenset[Path]) -> bool:
        """Whether relative imports, its helpers' included, leave the topmost folder."""
        packages = len(file.relative_to(self._root).parts) - 1
        for statement in facts.imports:
            if statement.level == 0:
                continue
            if statement.level > packages:
                return True
            for helper in _relative_files(statement, file):
                if helper not in seen and self._helper_climbs(helper, seen | {file}):
                    return True
        return False

    def _helper_climbs(self, helper: Path, seen: frozenset[Path]) -> bool:
        try:
            facts = self._read(helper)
        except (OSError, SyntaxError, ValueError):
            return False  # It is reported when it is imported.
        return self._climbs(helper, facts, seen)


def modules_needed(name: str, facts: SourceFacts) -> frozenset[str]:
    """Every module that module `name` may load when it runs, the packages it lies in included."""
    is_package = facts.filename.endswith("/__init__.py")
    package = name if is_package else name.rpartition(".")[0]
    needed = {*_ancestors(name)}
    for statement in facts.imports:
        needed.update(_needed_by(statement, package))
    return frozenset(needed)


def _needed_by(statement: Import, package: str) -> Iterator[str]:
    base = statement.module
    if statement.level:
        parts = package.split(".")
        top = len(parts) - statement.level + 1
        if not package or top < 1:
            return
        base = ".".join([*parts[:top], *([base] if base else [])])
    yield base
    yield from _ancestors(base)
    for name in statement.names:
        yield f"{base}.{name}"


def _ancestors(name: str) -> Iterator[str]:
    while name := name.rpartition(".")[0]:
        yield name


def _relative_files(statement: Import, file: Path) -> Iterator[Path]:
    folder = file.parents[statement.level - 1]
    base = folder.joinpath(*statement.module.split(".")) if statement.module else folder
    for place in (base, *(base / name for name in statement.names)):
        for candidate in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if candidate.is_file():
                yield candidate
