"""What the documents say is so: their code runs, their links lead somewhere, nothing is missing."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

import motia_py
from motia_py.cli.main import commands
from motia_py.project.dialects import translate_step, translate_stream
from motia_py.runtime.context import Context
from motia_py.runtime.requests import Request
from motia_py.runtime.sockets import Socket
from motia_py.runtime.state import State
from motia_py.runtime.streams import LiveStream, Streams
from motia_py.runtime.tracing import StepLogger
from motia_py.settings import Settings
from motia_py.testing import MotiaTester
from tests.docs.markdown import Block, Document, code_spans, first_cells, table_rows

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
DOCUMENTS = [
    Document(path)
    for path in (
        ROOT / "README.md",
        *sorted(ROOT.glob("docs/**/*.md")),
        *sorted(ROOT.glob("steps/*/README*.md")),
    )
]
#: What only the runtime uses of what handlers hold.
FOR_THE_RUNTIME = {
    "answered",
    "calls",
    "settle",
    "span",
    "step",
    "thread_finished",
    "untouched_json",
} | {
    "bind",
    "written",
}
GROUP = click.Context(commands, **commands.context_settings)
#: A key that no config has, and that is like none that one has.
UNKNOWN = "qqqq"


def named(document: Document) -> str:
    return document.path.relative_to(ROOT).as_posix()


def page(name: str) -> Document:
    return Document(REFERENCE / name)


def files_of(document: Document) -> Sequence[tuple[str, Block]]:
    return [(block.file, block) for block in document.blocks if block.file is not None]


def is_test(file: str) -> bool:
    return Path(file).name.startswith("test_")


def write(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# Code


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if files_of(each)], ids=named)
async def test_the_files_that_a_document_shows_load_one_after_the_other(
    document: Document, tmp_path: Path
) -> None:
    """As a reader saves them: after each file the project has no failure and no warning."""
    for file, block in files_of(document):
        write(tmp_path, file, block.text)
        async with MotiaTester(tmp_path) as motia:
            registry = motia.app.registry

            assert [str(failure) for failure in registry.failures] == [], file
            assert registry.warnings == (), file


@pytest.mark.parametrize(
    "document",
    [each for each in DOCUMENTS if any(is_test(file) for file, _ in files_of(each))],
    ids=named,
)
def test_the_tests_that_a_document_shows_pass(document: Document, tmp_path: Path) -> None:
    files = dict(files_of(document))
    for file, block in files.items():
        write(tmp_path, file, block.text)
    # What `docs/howto/test-steps.md` says to write into pyproject.toml; it does so itself.
    mode = [] if "pyproject.toml" in files else ["--asyncio-mode=auto"]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *mode],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert run.returncode == 0, run.stdout + run.stderr


# Commands in shell blocks and in the text


def shell_commands(document: Document) -> Iterator[str]:
    """Every `motia-py ...` that a document tells the reader to type."""
    for block in document.blocks:
        if block.language in ("bash", "console", "sh"):
            for line in block.text.replace("\\\n", " ").splitlines():
                found = re.search(r"(?<![\w./-])motia-py(?: [^&|;#]*)?", line)
                if found:
                    yield found[0].strip()
    yield from (span for span in code_spans(document.prose) if span.startswith("motia-py "))


def command_named(name: str, group: click.Group = commands) -> click.Command:
    """The command of this name: two words for one that belongs to a group, as `dlq list`."""
    first, _, rest = name.partition(" ")
    found = group.get_command(GROUP, first)
    if found is None:
        raise click.UsageError(f"no command {first!r}")
    return command_named(rest, found) if rest and isinstance(found, click.Group) else found


def all_names(group: click.Group = commands, prefix: str = "") -> Iterator[str]:
    """The names of all commands, those inside groups as two words."""
    for name in group.list_commands(GROUP):
        yield prefix + name
        command = command_named(name, group)
        if isinstance(command, click.Group):
            yield from all_names(command, f"{name} ")


def parse(command_line: str) -> None:
    """Hold a command line against click's commands.

    Raises:
        click.UsageError: there is no such command, flag or argument.
    """
    name, *arguments = shlex.split(command_line)[1:]
    is_flag = name.startswith("-")
    command = commands if is_flag else command_named(name)
    if isinstance(command, click.Group) and not is_flag and arguments:
        command = command_named(arguments.pop(0), command)
    parser = command.make_parser(click.Context(command, parent=GROUP))
    _, left, _ = parser.parse_args([name, *arguments] if is_flag else arguments)
    if left:
        raise click.UsageError(f"nothing takes {left}")


@pytest.mark.parametrize(
    "command_line",
    sorted({line for document in DOCUMENTS for line in shell_commands(document)}),
)
def test_every_command_that_a_document_types_exists(command_line: str) -> None:
    parse(command_line)


@pytest.mark.parametrize(
    "command_line", ["motia-py fly", "motia-py dev --fast", "motia-py dev x", "motia-py dlq fly"]
)
def test_a_command_that_does_not_exist_is_noticed(command_line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(command_line)


# Links


def link_problems(document: Document) -> Iterator[str]:
    for link in document.links:
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (document.path.parent / target).resolve() if target else document.path
        if not path.exists():
            yield f"{link}: there is no {target}"
        elif anchor and anchor not in Document(path).anchors:
            yield f"{link}: {path.name} has no heading #{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Document) -> None:
    assert list(link_problems(document)) == []


@pytest.mark.parametrize(
    "link", ["[text](gone.md)", "[text](here.md#gone)", "[text](#gone)", '<img src="gone.png">']
)
def test_a_link_that_leads_nowhere_is_noticed(link: str, tmp_path: Path) -> None:
    path = tmp_path / "here.md"
    path.write_text(f"# Here\n\n{link} [good](here.md#here) [good](#here)\n")

    problems = list(link_problems(Document(path)))

    assert len(problems) == 1


# Nothing is left out


def shown_default(default: Any) -> str:
    """A default as it would be written into the environment."""
    if isinstance(default, tuple):
        return ",".join(map(str, default)) or "none"
    return f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize(("name", "field"), list(Settings.model_fields.items()))
def test_every_setting_is_documented_with_its_names_and_default(
    name: str, field: FieldInfo
) -> None:
    assert isinstance(field.validation_alias, AliasChoices)
    (variable,) = field.validation_alias.choices
    rows = {row[0]: row for row in table_rows(page("settings.md").section("Variables"))}

    row = rows[f"`{variable}`"]

    assert row[1] == f"`{name}`"
    assert row[2].strip("`") == shown_default(field.default)


def taken_by(command: click.Command) -> set[str]:
    """Every flag, and the name of every argument."""
    taken = set()
    for parameter in command.get_params(click.Context(command, parent=GROUP)):
        is_flag = isinstance(parameter, click.Option)
        taken |= {*parameter.opts} if is_flag else {parameter.human_readable_name}
    return taken


@pytest.mark.parametrize("name", list(all_names()))
def test_every_command_is_documented_with_its_flags_and_arguments(name: str) -> None:
    document = page("commands.md")
    documented = first_cells(document.section(f"motia-py {name}"))
    documented |= first_cells(document.section("Flags of every command"))

    assert taken_by(command_named(name)) - documented == set()


def test_every_flag_of_the_command_line_itself_is_documented() -> None:
    assert taken_by(commands) - first_cells(page("commands.md").prose) == set()


STEP_FILES = page("step-files.md")
INNER = {UNKNOWN: 1}
POLICY: dict[str, Any] = {"handler": INNER, "queue": INNER, **INNER}
ZERO_SEVENTEEN: dict[str, dict[str, Any]] = {
    "api": {"method": "GET", "path": "/x", "queryParams": [{"name": "q", **INNER}]},
    "event": {"subscribes": ["t"], "infrastructure": POLICY},
    "cron": {"cron": "* * * * *", "infrastructure": POLICY},
    "noop": {},
}
ONE_ZERO: dict[str, dict[str, Any]] = {
    "http": {"method": "GET", "path": "/x", "queryParams": [{"name": "q", **INNER}]},
    "queue": {"topic": "t", "config": INNER},
    "cron": {"expression": "* * * * *"},
    "state": {},
    "stream": {"streamName": "s"},
}


def known_keys(translate: Callable[..., Any], config: dict[str, Any]) -> set[str]:
    """Every key that `config` may have where it has an unknown one: the warnings list them."""
    keys = set()
    for warning in translate(config, file="x").warnings:
        found = re.search(r"unknown key `(.*)`.*known keys are (.*)", warning)
        if found is not None:
            place = found[1].removesuffix(UNKNOWN).replace("[0]", "[]")
            keys |= {place + key for key in code_spans(found[2])}
    assert keys, "the warnings do not list the known keys any more"
    return keys


@pytest.mark.parametrize("kind", ZERO_SEVENTEEN)
def test_every_key_of_motia_017s_form_is_documented(kind: str) -> None:
    emits = [{"topic": "t", **INNER}]
    config = {"type": kind, "name": "X", "emits": emits, **ZERO_SEVENTEEN[kind], **INNER}

    known = known_keys(translate_step, config)

    assert known - first_cells(STEP_FILES.section("The keys of Motia 0.17's form")) == set()


@pytest.mark.parametrize("kind", ONE_ZERO)
def test_every_key_of_motia_10s_form_is_documented(kind: str) -> None:
    trigger = {"type": kind, **ONE_ZERO[kind], **INNER}
    enqueues = [{"topic": "t", **INNER}]
    infrastructure = {"infrastructure": POLICY}
    config = {"name": "X", "triggers": [trigger], "enqueues": enqueues, **infrastructure, **INNER}

    known = known_keys(translate_step, config)

    assert known - first_cells(STEP_FILES.section("The keys of Motia 1.0's form")) == set()


def test_every_key_of_a_stream_is_documented() -> None:
    known = known_keys(translate_stream, {"name": "x", "baseConfig": INNER, **INNER})

    assert known - first_cells(STEP_FILES.section("The keys of a stream")) == set()


def test_every_public_name_is_documented() -> None:
    documented = first_cells(page("context.md").section("Names to import"))

    assert set(motia_py.__all__) - documented == set()


@pytest.mark.parametrize(
    ("part", "name", "section"),
    [
        (Context, "context", "Context"),
        (StepLogger, "context", "context.logger"),
        (State, "context", "context.state"),
        (Streams, "context", "context.streams"),
        (LiveStream, "context", "context.streams"),
        (Request, "context", "Request"),
        (Socket, "sockets", "context.socket"),
    ],
)
def test_every_member_of_what_handlers_hold_is_documented(
    part: type, name: str, section: str
) -> None:
    cells = first_cells(page(f"{name}.md").section(section))
    documented = {re.split(r"\W", span)[0] for span in cells}
    own = {name for name in vars(part) if not name.startswith("_")}

    assert own - FOR_THE_RUNTIME - documented == set()
