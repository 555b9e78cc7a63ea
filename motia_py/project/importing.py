"""Everything that importing one project's modules changes in the process, and its undoing.

Modules of the project are compiled from source, never taken from a `.pyc`: one would be served
stale after an edit of the same second and the same size. Knows modules, not steps.
"""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple, Self

from motia_py.project.discovery import is_own
from motia_py.project.naming import ModuleNames, modules_needed
from motia_py.project.source import SourceFacts, analyse, digest_of


class Place(NamedTuple):
    """A line of the project's own code."""

    file: Path
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """Modules that `purge` took out, for `restore`."""

    modules: Mapping[str, ModuleType]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What a module was last compiled from, and every module that it needs."""

    file: str
    digest: bytes
    needs: frozenset[str]


class ProjectImports:
    """Makes one project importable while entered; leaving it unloads all of its modules.

    `root`, and every file that comes in, is absolute. What was imported from below the root before
    entering stays its importer's: it is neither watched, reloaded nor unloaded.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        # Strings of its own, by which to know its entries again: str(root) is the same for all.
        self._search_path = tuple(os.fsdecode(os.fsencode(each)) for each in (root, root.parent))
        self._finder = _ProjectFinder(self)
        self._module_names = ModuleNames(root, read=self.read, root_name=self._root_name)
        self._packages_before: frozenset[str] = frozenset()
        self._displaced: dict[str, ModuleType] = {}
        self._facts: dict[str, SourceFacts] = {}
        self._records: dict[str, _Record] = {}
        #: The names under which each file was loaded: two where it is imported in two ways.
        self._loaded_as: defaultdict[str, set[str]] = defaultdict(set)
        #: Packages without a file of their own.
        self._namespaces: set[str] = set()
        self._restored: set[str] = set()
        #: By folder; forgotten at each reload, because one may become a virtual environment.
        self._owned: dict[str, bool] = {}

    def __enter__(self) -> Self:
        self._packages_before = frozenset(
            name
            for name, module in sys.modules.copy().items()
            if "." not in name and self.owns(_attributes(module).get("__file__") or "")
        )
        sys.path.insert(0, self._search_path[0])
        sys.path.append(self._search_path[1])
        sys.meta_path.insert(0, self._finder)
        self._forget_listings()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unload_all()
        sys.meta_path.remove(self._finder)
        # By identity: the same folders may stand there on someone else's behalf.
        sys.path[:] = [
            entry for entry in sys.path if not any(entry is own for own in self._search_path)
        ]

    def owns(self, path: str) -> bool:
        """Whether a file or folder belongs to the project: below its root, not installed there."""
        root = self._search_path[0]
        if path == root:
            return True
        if not path.startswith(f"{root}/"):
            return False
        folder = path.rpartition("/")[0]
        if folder not in self._owned:
            self._owned[folder] = self.owns(folder)
        return self._owned[folder] and is_own(path)

    def was_imported_before(self, name: str) -> bool:
        """Whether a module's top-level package was there before the project was entered."""
        return name.partition(".")[0] in self._packages_before

    def read(self, file: Path) -> SourceFacts:
        """The facts about a file's present content.

        Raises:
            OSError, SyntaxError, ValueError: it cannot be read, or is not Python.
        """
        content = file.read_bytes()
        known = self._facts.get(str(file))
        if known is not None and known.digest == digest_of(content):
            return known
        facts = self._facts[str(file)] = analyse(content, str(file))
        return facts

    def has_changed(self, file: Path) -> bool:
        """Whether a file is new, gone, or says something else than when it was last loaded."""
        digests = {self._records[name].digest for name in self._loaded_as.get(str(file), ())}
        try:
            return digests != {digest_of(file.read_bytes())}
        except OSError:
            return True

    def execute(self, file: Path, facts: SourceFacts) -> ModuleType:
        """The module of a file, run unless an import statement has run it already.

        Whatever the module raises comes through; then it is not in `sys.modules`.
        """
        name = self._module_names.name(file, facts)
        if name in self._records and name in sys.modules:
            return sys.modules[name]
        self._forget_other_names(file, name)
        parent = name.rpartition(".")[0]
        if parent:
            self._package(parent, file.parent)
        module = self._new_module(name, file)
        self._run(module, facts)
        return module

    def compiled(self, name: str, facts: SourceFacts) -> CodeType:
        """The code for module `name`, which is about to run: what it needs is noted."""
        self._records[name] = _Record(
            file=facts.filename, digest=facts.digest, needs=modules_needed(name, facts)
        )
        self._loaded_as[facts.filename].add(name)
        self._module_names.claim(name, Path(facts.filename))
        self._restored.discard(name)
        return facts.code

    def note_namespace(self, name: str) -> None:
        """A package without a file of its own was found in the project."""
        self._namespaces.add(name)

    def dependants(self, changed: Iterable[Path]) -> set[str]:
        """The modules of these files, and all that import them, directly or not.

        A file that is no module yet counts too: it may be what a failed import was missing. So do
        modules that were restored, until they load again.
        """
        found = set(self._restored)
        for file in changed:
            found.update(self._names_of(file))
        importers: defaultdict[str, list[str]] = defaultdict(list)
        for name, record in self._records.items():
            for need in record.needs:
                importers[need].append(name)
        waiting = list(found)
        while waiting:
            news = set(importers.get(waiting.pop(), ())) - found
            found |= news
            waiting.extend(news)
        return found & {*self._records, *self._namespaces}

    def purge(self, names: Iterable[str]) -> Purged:
        """Take modules out, so that the next import reads their files again."""
        modules = {name: sys.modules[name] for name in names if name in sys.modules}
        self._take(modules)
        self._restored.difference_update(modules)
        self._forget_listings()
        for name in modules:
            if name in self._records:
                linecache.checkcache(self._records[name].file)
        return Purged(modules=modules)

    def restore(self, purged: Purged) -> None:
        """Put back what nothing has replaced since, unless its file is gone."""
        # Packages before what is in them, which becomes their attribute.
        for name in sorted(purged.modules, key=len):
            record = self._records.get(name)
            if name in sys.modules or record is None or not Path(record.file).exists():
                continue
            self._attach(name, purged.modules[name])
            self._restored.add(name)

    def unload_all(self) -> None:
        """Remove every module of the project from the process."""
        self._take([*self._records, *self._namespaces])
        for name in sorted(self._displaced, key=len):
            self._attach(name, self._displaced[name])
        for known in (self._displaced, self._facts, self._records, self._loaded_as):
            known.clear()
        self._namespaces.clear()
        self._restored.clear()
        self._module_names.forget()
        self._forget_listings()

    def places(self, error: BaseException) -> Sequence[Place]:
        """Where an error came through the project's own code, the deepest place last."""
        places = []
        step = error.__traceback__
        while step is not None:
            if self.owns(step.tb_frame.f_code.co_filename):
                places.append(Place(Path(step.tb_frame.f_code.co_filename), step.tb_lineno))
            step = step.tb_next
        if isinstance(error, SyntaxError) and self.owns(error.filename or ""):
            places.append(Place(Path(error.filename or ""), error.lineno or 1))
        return places

    def _new_module(self, name: str, file: Path, *, folder: Path | None = None) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            name,
            file,
            loader=_ProjectLoader(name, str(file), self),
            submodule_search_locations=[str(folder)] if folder is not None else None,
        )
        if spec is None:
            raise ImportError(f"no module can be made from {file}", name=name, path=str(file))
        return importlib.util.module_from_spec(spec)

    def _package(self, name: str, folder: Path) -> None:
        """Have the package of a folder in place, with its `__init__.py` run if it has one.

        Not by import statement: a folder may have a name that none can spell, and a distribution
        that installs a package called `src` would win over a folder without `__init__.py`.
        """
        package = sys.modules.get(name)
        if package is not None and str(folder) in _attributes(package).get("__path__", ()):
            return
        parent = name.rpartition(".")[0]
        if parent:
            self._package(parent, folder.parent)
        start = folder / "__init__.py"
        if not start.is_file():
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            package = importlib.util.module_from_spec(spec)
            self._put(name, package)
            self._namespaces.add(name)
            return
        self._run(self._new_module(name, start, folder=folder), self.read(start))

    def _run(self, module: ModuleType, facts: SourceFacts) -> None:
        # Registered before it runs: pydantic looks its classes up while they are made.
        self._put(module.__name__, module)
        try:
            exec(self.compiled(module.__name__, facts), module.__dict__)
        except BaseException:
            self._take([module.__name__])
            raise

    def _put(self, name: str, module: ModuleType) -> None:
        earlier = sys.modules.get(name)
        if earlier is not None and name not in self._records and name not in self._namespaces:
            self._displaced.setdefault(name, earlier)
        self._attach(name, module)

    def _attach(self, name: str, module: ModuleType) -> None:
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], last, module)

    def _take(self, names: Iterable[str]) -> None:
        for name in names:
            module = sys.modules.pop(name, None)
            parent, _, last = name.rpartition(".")
            siblings = _attributes(sys.modules.get(parent))
            if module is not None and siblings.get(last) is module:
                del siblings[last]

    def _forget_listings(self) -> None:
        self._owned.clear()
        # Not importlib.invalidate_caches(): that forgets every folder of the whole environment.
        for folder, finder in sys.path_importer_cache.copy().items():
            if isinstance(finder, FileFinder) and self.owns(folder):
                finder.invalidate_caches()

    def _forget_other_names(self, file: Path, name: str) -> None:
        """An edit may change what a file is called; its old module must not be restored then."""
        for other in tuple(self._loaded_as[str(file)]):
            if other != name and other not in sys.modules:
                self._loaded_as[str(file)].remove(other)
                del self._records[other]

    def _names_of(self, file: Path) -> set[str]:
        names = set(self._loaded_as.get(str(file), ()))
        if file.suffix == ".py" and self.owns(str(file)):
            names.update(self._module_names.possible(file))
        return names

    def _root_name(self) -> str:
        """The root's own folder as a package, under another name where that one is taken."""
        name = self.root.name.replace(".", "_")
        if name in sys.modules:
            folders = _attributes(sys.modules[name]).get("__path__", ())
        elif spec := importlib.util.find_spec(name):
            folders = spec.submodule_search_locations or ()
        else:
            return name
        return name if str(self.root) in folders else f"{name}_project"


class _ProjectFinder:
    """Gives the project's modules a loader that compiles from source."""

    def __init__(self, imports: ProjectImports) -> None:
        self._imports = imports

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        owns = self._imports.owns
        if self._imports.was_imported_before(name) or not (path is None or any(map(owns, path))):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None:
            return None
        if spec.origin is None and all(map(owns, spec.submodule_search_locations or ())):
            self._imports.note_namespace(name)
        if not isinstance(spec.loader, SourceFileLoader) or not owns(spec.loader.path):
            return None
        spec.loader = _ProjectLoader(name, spec.loader.path, self._imports)
        return spec


class _ProjectLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, imports: ProjectImports) -> None:
        super().__init__(name, path)
        self._imports = imports

    def get_code(self, fullname: str) -> CodeType:
        return self._imports.compiled(fullname, self._imports.read(Path(self.path)))


def _attributes(module: object) -> dict[str, Any]:
    """Read past `__getattr__`: some modules answer to any name, and some entries are None."""
    return getattr(module, "__dict__", {})
