"""The flags that commands share, and the settings that they stand for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from motia_py.settings import Settings, load_dotenv, read_settings

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was given on the command line; `root` is absolute and exists."""

    root: Path
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    is_verbose: bool = False
    is_json: bool = False

    def settings(self) -> Settings:
        """The settings of this run: these flags over the environment over the project's `.env`.

        Raises:
            ConfigError: a setting is wrong.
        """
        load_dotenv(self.root)
        form = "json" if self.is_json else None
        return read_settings({"hosts": self.hosts, "ports": self.ports, "log": form})


def takes_project_flags(command: Callable[Concatenate[Flags, P], None]) -> Callable[..., None]:
    """Give a command --dir, --verbose and --json; it gets them as `Flags`, first."""

    @click.option(
        "--dir",
        "root",
        type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
        default=".",
        help="The project's folder.  [default: the current one]",
    )
    @click.option("--verbose", "is_verbose", is_flag=True, help="Say more.")
    @click.option("--json", "is_json", is_flag=True, help="Write JSON, for other programs.")
    @functools.wraps(command)
    def with_flags(
        *args: Any,
        root: Path,
        is_verbose: bool,
        is_json: bool,
        hosts: tuple[str, ...] = (),
        ports: tuple[int, ...] = (),
        **others: Any,
    ) -> None:
        flags = Flags(root=root, hosts=hosts, ports=ports, is_verbose=is_verbose, is_json=is_json)
        command(flags, *args, **others)

    return with_flags


def takes_addresses(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --host and --port, repeatable; above `takes_project_flags`."""
    host = click.option("--host", "hosts", multiple=True, help="Address; may be repeated.")
    port = click.option(
        "--port",
        "ports",
        type=click.IntRange(0, 65535),
        multiple=True,
        help="Port; may be repeated, 0 takes a free one.  [default: PORT or 3000]",
    )
    return host(port(command))
