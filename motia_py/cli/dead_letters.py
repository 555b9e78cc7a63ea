"""`dlq`: the events that were given up, to be looked at, run again or deleted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import click
from rich.table import Table

from motia_py.cli.control import Operator
from motia_py.cli.flags import Flags, takes_project_flags
from motia_py.cli.overview import console, counted, line
from motia_py.cli.reaching import operator
from motia_py.cli.terminal import escaped, json_text
from motia_py.messages import JSON

#: Enough of an id to name it; and of an error to know it.
_ID_LENGTH = 12
_ERROR_LENGTH = 100
_WHAT = "dead letter"


class _Choice(NamedTuple):
    """Which dead letters: one by its id, those of a step, or all."""

    id: str | None
    step: str | None

    @property
    def scope(self) -> str:
        return "" if self.step is None else f" of step {escaped(self.step)}"


def _takes_choice(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ID, --step and --all, of which just one may be there."""
    argument = click.argument("id", required=False)
    step = click.option("--step", help="All of this step.")
    all_of_them = click.option("--all", "is_all", is_flag=True, help="All of them.")
    return argument(step(all_of_them(command)))


def _chosen(id: str | None, step: str | None, is_all: bool) -> _Choice:
    if [id is not None, step is not None, is_all].count(True) != 1:
        raise click.UsageError("which ones? Say an ID, --step NAME or --all")
    return _Choice(id, step)


@click.group()
def dlq() -> None:
    """Dead letters: events that failed for good, kept with their error."""


@dlq.command("list")
@click.option("--step", help="Only those of this step.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="At most so many.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the newest.")
@takes_project_flags
def list_letters(flags: Flags, *, step: str | None, limit: int, offset: int) -> None:
    """List them, newest first, and say how many there are."""
    with operator(flags) as asked:
        page = asked.result("dead_letters", step=step, limit=limit, offset=offset)
    if flags.is_json:
        click.echo(json_text(page, indent=2))
        return
    if page["letters"]:
        console(sys.stdout).print(_table(page["letters"]))
    click.echo(_count_line(_Choice(None, step), page["total"], len(page["letters"]), offset))


@dlq.command()
@click.argument("id")
@takes_project_flags
def show(flags: Flags, *, id: str) -> None:
    """Show all about one: its event, its error, when and how often it ran."""
    with operator(flags) as asked:
        letter = asked.result("dead_letter", id=id)
    if flags.is_json:
        click.echo(json_text(letter, indent=2))
    else:
        _show(letter)


@dlq.command()
@_takes_choice
@takes_project_flags
def redrive(flags: Flags, *, id: str | None, step: str | None, is_all: bool) -> None:
    """Run them again, with all their attempts: one by its ID, those of a step, or all."""
    choice = _chosen(id, step, is_all)
    with operator(flags) as asked:
        count = _apply(asked, choice, "redrive", "redriven")
        note = "" if asked.is_live or not count else " (no server runs: at its next start)"
        _tell(flags, asked, choice, "redriven", count, note)


@dlq.command()
@_takes_choice
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@takes_project_flags
def discard(flags: Flags, *, id: str | None, step: str | None, is_all: bool, is_sure: bool) -> None:
    """Delete them for good: one by its ID, those of a step, or all."""
    choice = _chosen(id, step, is_all)
    with operator(flags) as asked:
        if not is_sure:
            _confirm(_question(asked, choice))
        count = _apply(asked, choice, "discard", "discarded")
        _tell(flags, asked, choice, "discarded", count)


def _apply(asked: Operator, choice: _Choice, operation: str, counted_as: str) -> int:
    """Do it to what was chosen, and say to how many."""
    if choice.id is not None:
        asked.result(operation, id=choice.id)
        return 1
    result: dict[str, int] = asked.result(f"{operation}_all", step=choice.step)
    return result[counted_as]


def _tell(
    flags: Flags, asked: Operator, choice: _Choice, done: str, count: int, note: str = ""
) -> None:
    if flags.is_json:
        click.echo(json_text({done: count, "live": asked.is_live}))
    elif count:
        click.echo(f"{done} {counted(count, _WHAT)}{choice.scope}{note}")
    else:
        click.echo(_count_line(choice, 0, 0, 0))


def _question(asked: Operator, choice: _Choice) -> str | None:
    """What to ask before it is deleted; None if there is nothing to delete."""
    if choice.id is not None:
        letter = asked.result("dead_letter", id=choice.id)
        what = f"{letter['topic']} for {letter['step']} ({_cut(letter['error'])})"
        return f"Discard {escaped(what)} for good?"
    total = asked.result("dead_letters", step=choice.step, limit=1)["total"]
    return f"Discard {counted(total, _WHAT)}{choice.scope} for good?" if total else None


def _confirm(question: str | None) -> None:
    if question is None:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here whether to discard: say --yes")
    click.confirm(question, abort=True, err=True)


def _count_line(choice: _Choice, total: int, shown: int, offset: int) -> str:
    if not total:
        return f"There are no dead letters{choice.scope}."
    if shown == total:
        return f"{counted(total, _WHAT)}{choice.scope}"
    more = f"; the next with --offset {offset + shown}" if 0 < shown < total - offset else ""
    return f"{shown} of {counted(total, _WHAT)}{choice.scope}{more}"


def _table(letters: list[Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("id", "died", "step", "topic", "runs"):
        table.add_column(heading, no_wrap=True)
    table.add_column("error", no_wrap=True, overflow="ellipsis")
    for letter in letters:
        cells = (letter["id"][:_ID_LENGTH], _time(letter["died_at"]), letter["step"])
        runs = str(letter["attempts"])
        table.add_row(*map(line, (*cells, letter["topic"], runs, _cut(letter["error"]))))
    return table


def _show(letter: dict[str, JSON]) -> None:
    runs = str(letter["attempts"])
    if letter["spent"]:
        runs += f", {letter['attempts'] - letter['spent']} of them since it was redriven"
    facts = {
        "id": letter["id"],
        "topic": letter["topic"],
        "step": letter["step"],
        "trigger": letter["trigger"],
        "group": letter["group"],
        "trace": letter["trace_id"],
        "created": _time(letter["created_at"]),
        "died": _time(letter["died_at"]),
        "runs": runs,
        "error": letter["error"],
    }
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name:<8} {escaped(value)}")
    for text in (letter["traceback"].rstrip("\n"), json_text(letter["data"], indent=2)):
        click.echo()
        click.echo("\n".join(map(escaped, text.split("\n"))))


def _time(seconds: float) -> str:
    """ISO 8601 in local time."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _cut(text: str) -> str:
    return text if len(text) <= _ERROR_LENGTH else text[:_ERROR_LENGTH] + "…"
