"""`state`: what handlers store, to be looked at, set right, and carried to another place."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import click
from rich.table import Table

from motia_py import encoding
from motia_py.cli.control import Operator
from motia_py.cli.flags import Flags, takes_project_flags
from motia_py.cli.overview import console, counted, line
from motia_py.cli.reaching import operator
from motia_py.cli.terminal import escaped, json_text
from motia_py.errors import MotiaError
from motia_py.messages import JSON
from motia_py.runtime.operations import StoredValue

#: How much is imported in one step, which is all or nothing.
_IMPORT_LINES = 500
_IMPORT_BYTES = 1024 * 1024
#: A longer value is cut in the list.
_VALUE_LENGTH = 100
#: A value may begin with a dash: -1 is JSON.
_TAKES_DASHES = {"ignore_unknown_options": True}


class _Line(NamedTuple):
    """One value of a file, and where it stands there."""

    number: int
    value: JSON
    size_bytes: int


@click.group()
def state() -> None:
    """The state that handlers keep, by group and key."""


@state.command()
@click.argument("group")
@click.argument("key")
@takes_project_flags
def get(flags: Flags, *, group: str, key: str) -> None:
    """Print a value as JSON; exit code 1 if there is none."""
    with operator(flags) as asked:
        found = asked.result("state_get", group=group, key=key)
    if not found["exists"]:
        raise _no_value(group, key)
    click.echo(json_text(found["value"], indent=2))


@state.command("set", context_settings=_TAKES_DASHES)
@click.argument("group")
@click.argument("key")
@click.argument("value", metavar="JSON")
@takes_project_flags
def set_value(flags: Flags, *, group: str, key: str, value: str) -> None:
    """Store a value, as a handler would: triggers on state are set off."""
    parsed = _parsed(value)
    with operator(flags, may_create=True) as asked:
        result = asked.result("state_set", group=group, key=key, value=parsed)
        _tell_written(flags, asked, f"set {group} {key}", result)


@state.command()
@click.argument("group")
@click.argument("key")
@takes_project_flags
def delete(flags: Flags, *, group: str, key: str) -> None:
    """Delete a value, as a handler would; exit code 1 if there is none."""
    with operator(flags) as asked:
        result = asked.result("state_delete", group=group, key=key)
        if not result["existed"]:
            raise _no_value(group, key)
        _tell_written(flags, asked, f"deleted {group} {key}", result)


@state.command("list")
@click.argument("group", required=False)
@takes_project_flags
def list_state(flags: Flags, *, group: str | None) -> None:
    """List the groups, or the keys and values of one."""
    with operator(flags) as asked:
        if group is None:
            found = asked.result("state_groups")
        else:
            found = list(asked.items("state_list", group=group))
    if flags.is_json:
        click.echo(json_text(found, indent=2))
    elif not found:
        where = "" if group is None else f" in group {escaped(group)}"
        click.echo(f"There is no state{where}.")
    elif group is None:
        click.echo("\n".join(map(escaped, found)))
    else:
        console(sys.stdout).print(_value_table(found))


@state.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True), default="-")
@takes_project_flags
def export_state(flags: Flags, *, file: str) -> None:
    """Write all state and all items of streams to FILE, or stdout, a line of JSON for each."""
    spaces: Counter[str] = Counter()
    # A file appears only once it is whole.
    with operator(flags) as asked, click.open_file(file, "w", "utf-8", atomic=True) as out:
        for value in asked.items("state_export"):
            spaces[value["space"]] += 1
            out.write(json_text(value) + "\n")
    if flags.is_json:
        click.echo(json_text({"exported": spaces}), err=file == "-")
    else:
        parts = ", ".join(f"{count} of {escaped(space)}" for space, count in spaces.items())
        total = counted(spaces.total(), "value")
        click.echo(f"exported {total}{f': {parts}' if parts else ''}", err=True)


@state.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@takes_project_flags
def import_state(flags: Flags, *, file: str) -> None:
    """Store what was exported to FILE (- is stdin): keys that exist are replaced.

    Every line is checked before the first is stored. Triggers are not set off.
    """
    with _seekable(file) as lines:
        count = sum(1 for _ in _lines_of(lines, file))
        lines.seek(0)
        with operator(flags, may_create=True) as asked:
            _import(asked, _lines_of(lines, file), file)
    if flags.is_json:
        click.echo(json_text({"imported": count}))
    else:
        click.echo(f"imported {counted(count, 'value')}")


def _import(asked: Operator, lines: Iterator[_Line], file: str) -> None:
    done = 0
    for batch in _batches(lines):
        try:
            asked.result("state_import", values=[each.value for each in batch])
        except MotiaError as error:
            raise MotiaError(
                f"{error} ({file} is imported up to line {done}; import it again when that is"
                " mended)"
            ) from error
        done = batch[-1].number


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    batch: list[_Line] = []
    size_bytes = 0
    for each in lines:
        is_full = len(batch) == _IMPORT_LINES or size_bytes + each.size_bytes > _IMPORT_BYTES
        if batch and is_full:
            yield batch
            batch, size_bytes = [], 0
        batch.append(each)
        size_bytes += each.size_bytes
    if batch:
        yield batch


def _lines_of(lines: IO[bytes], file: str) -> Iterator[_Line]:
    """The values of a file.

    Raises:
        MotiaError: a line holds none; it names the line.
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            value = encoding.loads(text)
            StoredValue.read(value)
        except MotiaError as error:
            raise MotiaError(f"{file} line {number}: {error}; nothing was imported") from error
        yield _Line(number, value, len(text))


@contextmanager
def _seekable(file: str) -> Iterator[IO[bytes]]:
    """The file, to be read twice."""
    if file != "-":
        with Path(file).open("rb") as opened:
            yield opened
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield copy


def _value_table(pairs: list[JSON]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for pair in pairs:
        shown = json_text(pair["value"])
        cut = shown if len(shown) <= _VALUE_LENGTH else shown[:_VALUE_LENGTH] + "…"
        table.add_row(line(pair["key"], "cyan"), line(cut))
    return table


def _tell_written(flags: Flags, asked: Operator, done: str, result: dict[str, JSON]) -> None:
    if flags.is_json:
        click.echo(json_text({**result, "live": asked.is_live}))
        return
    note = "" if asked.is_live else " (no server runs: no trigger was set off)"
    click.echo(escaped(done) + note)


def _parsed(text: str) -> JSON:
    try:
        return encoding.loads(text)
    except MotiaError as error:
        raise click.UsageError(
            f"the value is {error}: quote it for the shell, as in '\"text\"' or '{{\"id\": 1}}'"
        ) from error


def _no_value(group: str, key: str) -> MotiaError:
    return MotiaError(f"there is no value {key} in group {group}: `motia-py state list` shows them")
