"""Runs the user's files and takes from them what they declare: steps, streams and hooks.

One bad file never raises: it becomes a LoadFailure, and in a reload its last good version stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple, TypeVar

from motia_py.errors import ConfigError, FailureKind, LoadFailure
from motia_py.messages import JSON
from motia_py.project.builders import MultiTriggerStepBuilder, StepBuilder, StepDefinition
from motia_py.project.declarations import StepConfig, StreamConfig
from motia_py.project.dialects import translate_step, translate_stream
from motia_py.project.discovery import kind_of, project_files
from motia_py.project.failures import failure_of
from motia_py.project.handlers import HandlerShape, shape_in
from motia_py.project.hooks import CLOSED_HOOKS, ProjectHooks, hooks_in
from motia_py.project.importing import ProjectImports
from motia_py.project.routing import PathPattern
from motia_py.project.schedule import CronSchedule
from motia_py.project.schemas import Check, compile_schema
from motia_py.project.source import BlockingCall, EmittedTopic, SourceFacts
from motia_py.project.triggers import checks_of, patterns_of, require_extras, schedules_of

T = TypeVar("T")
F = TypeVar("F")
D = TypeVar("D", "Step", "Stream")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """A step as one file declares it, ready to run; a stale one is of a file that fails now.

    `handler` is None without triggers. `file` is relative to the root, `line` is where the handler
    begins. The mappings are keyed by trigger and hold an entry where there is something to hold.
    `emitted` is what the source of the whole file emits, its other steps included.
    """

    config: StepConfig
    handler: Callable[..., Any] | None
    shape: HandlerShape
    file: str
    line: int
    module: str
    patterns: Mapping[str, PathPattern] = field(default_factory=dict)
    schedules: Mapping[str, CronSchedule] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    response_checks: Mapping[str, Mapping[int, Check]] = field(default_factory=dict)
    blocking: tuple[BlockingCall, ...] = ()
    emitted: tuple[EmittedTopic, ...] = ()
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """A stream as one file declares it; `check` is for its items, None where nothing is checked.

    `is_reference`: it is a name and nothing else, as `Stream("todo")` uses as often as it declares.
    """

    config: StreamConfig
    file: str
    line: int
    check: Check | None = None
    is_stale: bool = False
    is_reference: bool = False

    def check_item(self, item: JSON) -> None:
        """Hold an item against the schema.

        Raises:
            ValidationFailed: it does not fit.
        """
        if self.check is not None:
            self.check.value(item)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileContents:
    """What one file declared when it was last loaded. `module` is None if it never ran."""

    module: str | None = None
    steps: tuple[Step, ...] = ()
    streams: tuple[Stream, ...] = ()
    hooks: ProjectHooks | None = None
    failures: tuple[LoadFailure, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.steps or self.streams or self.hooks)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Project:
    """All that the files of one folder declare, in file order: `steps/` first, then `src/`.

    While `motia_config.py` has never loaded, `hooks` refuse everybody and everything.
    """

    root: Path
    contents: Mapping[str, FileContents]
    hooks: ProjectHooks
    steps: tuple[Step, ...]
    streams: tuple[Stream, ...]
    failures: tuple[LoadFailure, ...]
    warnings: tuple[str, ...]

    @property
    def may_lack_streams(self) -> bool:
        """Whether a stream file has never loaded: what it declares, nobody knows."""
        return any(
            kind_of(file) == "stream" and contents.is_empty
            for file, contents in self.contents.items()
        )


def load_project(root: Path, imports: ProjectImports) -> Project:
    """Load every file anew. `root` is the root of `imports`, which is entered."""
    imports.unload_all()
    return _project(root, {file: load_file(root / file, imports) for file in project_files(root)})


def reload_project(previous: Project, changed: set[Path], imports: ProjectImports) -> Project:
    """Load what changed, what depends on it, and what failed before; keep the rest as it is.

    A file that fails now keeps what it declared when it was last good, marked stale.
    """
    root = previous.root
    edited = {root / path for path in changed if imports.has_changed(root / path)}
    # What failed is tried again at every save: this one may have brought what it was missing.
    failed = {root / file for file, contents in previous.contents.items() if contents.failures}
    affected = edited | failed
    outdated = imports.dependants(affected)
    purged = imports.purge(outdated)
    contents: dict[str, FileContents] = {}
    try:
        for file in project_files(root):
            earlier = previous.contents.get(file, FileContents())
            is_known = file in previous.contents
            if is_known and earlier.module not in outdated and root / file not in affected:
                contents[file] = earlier
            else:
                contents[file] = _with_last_good(load_file(root / file, imports), earlier, imports)
    finally:
        imports.restore(purged)
    return _project(root, contents)


def load_file(path: Path, imports: ProjectImports) -> FileContents:
    """What one file declares. Nothing comes through but KeyboardInterrupt."""
    try:
        facts = imports.read(path)
        module = imports.execute(path, facts)
    except KeyboardInterrupt:
        raise
    # SystemExit as well: a file that calls sys.exit() must not end the server.
    except BaseException as error:
        return FileContents(failures=(failure_of(error, path, imports),))
    return _FileReader(path, imports, module, facts).contents()


def _project(root: Path, contents: Mapping[str, FileContents]) -> Project:
    files = contents.values()
    hooks_files = [file for name, file in contents.items() if kind_of(name) == "hooks"]
    hooks = hooks_files[0].hooks or CLOSED_HOOKS if hooks_files else ProjectHooks()
    return Project(
        root=root,
        contents=contents,
        hooks=hooks,
        steps=tuple(step for file in files for step in file.steps),
        streams=tuple(stream for file in files for stream in file.streams),
        failures=tuple(failure for file in files for failure in file.failures),
        warnings=tuple(warning for file in files for warning in file.warnings),
    )


def _with_last_good(
    loaded: FileContents, earlier: FileContents, imports: ProjectImports
) -> FileContents:
    if not loaded.failures or earlier.is_empty:
        return loaded
    if loaded.is_empty and loaded.module is not None:
        # What is kept lives in the old module: `restore` shall put that one back.
        imports.purge([loaded.module])
    return replace(
        loaded,
        module=loaded.module or earlier.module,
        steps=_with_stale(loaded.steps, earlier.steps),
        streams=_with_stale(loaded.streams, earlier.streams),
        hooks=loaded.hooks or earlier.hooks,
    )


def _with_stale(loaded: tuple[D, ...], earlier: tuple[D, ...]) -> tuple[D, ...]:
    names = {declared.config.name for declared in loaded}
    stale = [replace(old, is_stale=True) for old in earlier if old.config.name not in names]
    return loaded + tuple(stale)


class _Unusable(Exception):
    """One declaration cannot be used; the others of its file can."""

    def __init__(self, failure: LoadFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class _Found(NamedTuple):
    """A declaration as it stands in a module, not yet judged; `handler` only for steps."""

    config: Any
    line: int | None
    handler: Any = None
    handler_line: int | None = None


class _FileReader:
    """Takes from one module, which has run, what it declares."""

    def __init__(
        self, path: Path, imports: ProjectImports, module: ModuleType, facts: SourceFacts
    ) -> None:
        self._path = path
        self._imports = imports
        self._file = path.relative_to(imports.root).as_posix()
        self._kind = kind_of(self._file)
        self._module = module.__name__
        self._names = dict(vars(module))
        self._facts = facts
        self._lines = facts.binding_lines
        self._warnings: list[str] = []
        self._failures: list[LoadFailure] = []

    def contents(self) -> FileContents:
        if self._kind == "hooks":
            hooks = self._each(self._hooks, [None])
            return self._contents(hooks=hooks[0] if hooks else None)
        steps = self._each(self._step, self._find_steps())
        streams = self._each(self._stream, self._find_streams())
        expected = steps if self._kind == "step" else (*steps, *streams)
        if not (expected or self._failures):
            self._failures.append(self._nothing_found())
        return self._contents(steps=steps, streams=streams)

    def _contents(
        self,
        *,
        steps: tuple[Step, ...] = (),
        streams: tuple[Stream, ...] = (),
        hooks: ProjectHooks | None = None,
    ) -> FileContents:
        return FileContents(
            module=self._module,
            steps=steps,
            streams=streams,
            hooks=hooks,
            failures=tuple(self._failures),
            warnings=tuple(self._warnings),
        )

    def _each(self, make: Callable[[F], T], found: Iterable[F]) -> tuple[T, ...]:
        made = []
        for each in found:
            try:
                made.append(make(each))
            except _Unusable as unusable:
                self._failures.append(unusable.failure)
        return tuple(made)

    @contextmanager
    def _blaming(self, kind: FailureKind, line: int | None) -> Iterator[None]:
        try:
            yield
        except ConfigError as error:
            failure = LoadFailure(
                file=self._file, line=line, kind=kind, message=str(error), advice=error.advice
            )
            raise _Unusable(failure) from error
        # Configs and schemas are objects of the user's own classes, which may raise anything.
        except Exception as error:
            failure = failure_of(error, self._path, self._imports)
            raise _Unusable(replace(failure, line=failure.line or line)) from error

    def _find_steps(self) -> Iterator[_Found]:
        definitions = {
            name: value for name, value in self._names.items() if isinstance(value, StepDefinition)
        }
        seen = set()
        has_config = self._kind == "step" and "config" in self._names
        # `order = step(config, take_order)` needs no `handler` beside the `config`.
        if has_config and ("handler" in self._names or not definitions):
            handler = self._names.get("handler")
            seen.add((id(self._names["config"]), id(handler)))
            line, handler_line = self._lines.get("config"), self._lines.get("handler")
            yield _Found(self._names["config"], line, handler, handler_line)
        for name, definition in definitions.items():
            identity = (id(definition.config), id(definition.handler))
            if identity not in seen:
                seen.add(identity)
                line, handler = self._lines.get(name), definition.handler
                yield _Found(definition.config, line, handler, self._line_of(handler))

    def _line_of(self, handler: Any) -> int | None:
        code = getattr(handler, "__code__", None)
        if not isinstance(code, CodeType) or code.co_filename != self._facts.filename:
            return None
        return code.co_firstlineno

    def _step(self, found: _Found) -> Step:
        with self._blaming("config", found.line):
            translation = translate_step(found.config, file=self._file)
            config = translation.config
            patterns, schedules = patterns_of(config), schedules_of(config)
        with self._blaming("import", found.line):
            require_extras(config)
        with self._blaming("handler", found.handler_line or found.line):
            shape = shape_in(config, found.handler)
        with self._blaming("schema", found.line):
            checks = checks_of(config)
        self._warnings.extend(translation.warnings)
        self._warnings.extend(f"{self._file}: {warning}" for warning in checks.warnings)
        return Step(
            config=config,
            handler=found.handler if config.triggers else None,
            shape=shape,
            file=self._file,
            line=found.handler_line or found.line or 1,
            module=self._module,
            patterns=patterns,
            schedules=schedules,
            checks=checks.inputs,
            response_checks=checks.responses,
            # A plain function runs on a thread, where it may block.
            blocking=self._facts.blocking_calls if shape.kind != "function" else (),
            emitted=self._facts.emitted_topics,
        )

    def _find_streams(self) -> Iterator[_Found]:
        if self._kind == "stream" and "config" in self._names:
            yield _Found(self._names["config"], self._lines.get("config"))
        # Asked by type, because some objects answer to any attribute.
        for name, value in self._names.items():
            if callable(getattr(type(value), "motia_stream_config", None)):
                yield _Found(value, self._lines.get(name))

    def _stream(self, found: _Found) -> Stream:
        with self._blaming("config", found.line):
            declare = getattr(type(found.config), "motia_stream_config", None)
            raw = found.config if declare is None else declare(found.config)
            translation = translate_stream(
                {"name": raw} if isinstance(raw, str) else raw, file=self._file
            )
            config = translation.config
        with self._blaming("schema", found.line):
            compiled = compile_schema(config.schema, subject=f"item of stream {config.name!r}")
        self._warnings.extend(translation.warnings)
        if compiled.warning is not None:
            self._warnings.append(f"{self._file}: {compiled.warning}")
        return Stream(
            config=config,
            file=self._file,
            line=found.line or 1,
            check=compiled.check,
            # A stream file's own `config` says all there is, however little.
            is_reference=declare is not None and config == StreamConfig(name=config.name),
        )

    def _hooks(self, _: None) -> ProjectHooks:
        with self._blaming("config", None):
            return hooks_in(self._names)

    def _nothing_found(self) -> LoadFailure:
        advice = 'add `config = {"name": ..., ...}` at the left margin'
        builders = StepBuilder | MultiTriggerStepBuilder
        if any(isinstance(value, builders) for value in self._names.values()):
            advice = "complete step(...) with .handle(function), multi_trigger_step(...) with"
            advice += " .handlers()"
        return LoadFailure(
            file=self._file,
            line=None,
            kind="config",
            message=f"the file declares no {self._kind}: there is no `config` in it",
            advice=advice,
        )
