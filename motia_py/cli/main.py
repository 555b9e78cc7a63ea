"""The command line's entrance: its commands, and what an error looks like there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import NamedTuple

import click

from motia_py.errors import CannotOpenStore, ConfigError, MotiaError


class _Entry(NamedTuple):
    """Where a command lives, and what the list of commands says about it."""

    module: str
    summary: str


_COMMANDS: Mapping[str, _Entry] = {
    "dev": _Entry("serve", "Serve, show what happens, and reload at each save."),
    "start": _Entry("serve", "Serve in production."),
    "check": _Entry("inspection", "Load every file and tell what is wrong."),
    "routes": _Entry("inspection", "List the routes."),
    "flows": _Entry("inspection", "Show each flow as a tree."),
    "openapi": _Entry("inspection", "Print the routes as an OpenAPI document."),
    "emit": _Entry("emit", "Emit an event on a running server."),
    "dlq": _Entry("dead_letters", "Look at dead letters, run them again, delete them."),
    "state": _Entry("stored", "Look at state, change it, carry it elsewhere."),
}


class _Commands(click.Group):
    """Imports a command's module only when it is asked for: `--help` shall be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"motia_py.cli.{entry.module}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="motia_py", prog_name="motia-py")
def commands() -> None:
    """Serve the steps in a folder: APIs, background work, schedules and live streams."""


def main() -> None:
    """Run the command that `sys.argv` names and end the process.

    Exit codes: 0 done, 1 it failed, 2 the command line is wrong or the store cannot be opened.
    """
    try:
        commands(prog_name="motia-py")
    except MotiaError as error:
        advice = f" ({error.advice})" if isinstance(error, ConfigError) and error.advice else ""
        click.echo(f"motia-py: {error}{advice}", err=True)
        sys.exit(2 if isinstance(error, CannotOpenStore) else 1)
    except OSError as error:
        # A file that the user named, mostly: a traceback would say no more.
        click.echo(f"motia-py: {error}", err=True)
        sys.exit(1)
