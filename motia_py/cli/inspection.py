"""`check`, `routes`, `flows` and `openapi`: what is in a project, told without serving it."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from motia_py.cli.flags import Flags, takes_project_flags
from motia_py.cli.overview import (
    FIRST_STEP,
    console,
    counted,
    flow_tree,
    is_empty,
    line,
    route_table,
    shown_finding,
)
from motia_py.compat import MotiaNames
from motia_py.messages import JSON
from motia_py.project.declarations import HttpTrigger
from motia_py.project.flows import LintFinding, flow_graph, lint
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import load_project
from motia_py.project.openapi import openapi as openapi_document
from motia_py.project.registry import Registry
from motia_py.project.version import project_version
from motia_py.settings import load_dotenv


@click.command()
@takes_project_flags
def check(flags: Flags) -> None:
    """Load every file and tell what is wrong; exit code 1 if any file fails."""
    with loaded(flags) as registry:
        findings = lint(registry)
        if flags.is_json:
            _print_json(_check_report(registry, findings))
        else:
            _show_check(registry, findings)
        if registry.failures:
            sys.exit(1)


@click.command()
@takes_project_flags
def routes(flags: Flags) -> None:
    """List the routes: method, path, step and file."""
    with loaded(flags) as registry:
        if not flags.is_json:
            console(sys.stdout).print(route_table(registry))
            return
        _print_json(
            [
                {
                    "method": target.trigger.method,
                    "path": target.trigger.path,
                    "step": target.step.config.name,
                    "file": target.step.file,
                    "line": target.step.line,
                }
                for target in registry.targets
                if isinstance(target.trigger, HttpTrigger)
            ]
        )


@click.command()
@takes_project_flags
def flows(flags: Flags) -> None:
    """Show each flow as a tree: its steps and the topics between them."""
    with loaded(flags) as registry:
        graph = flow_graph(registry)
        if flags.is_json:
            parts = {name: graph.flow(name) for name in graph.flows}
            _print_json(
                {
                    name: {
                        "steps": [asdict(node) for node in part.nodes],
                        "edges": [asdict(edge) for edge in part.edges],
                    }
                    for name, part in parts.items()
                }
            )
            return
        if not graph.flows:
            click.echo(
                'No step names a flow: give the steps of one story the same "flows": ["name"].'
            )
        for name in graph.flows:
            console(sys.stdout).print(flow_tree(graph, name))


@click.command()
@takes_project_flags
def openapi(flags: Flags) -> None:
    """Print the routes as an OpenAPI document, in JSON; exit code 1 if any file fails."""
    with loaded(flags) as registry:
        version = project_version(flags.root)
        _print_json(openapi_document(registry, title=flags.root.name, version=version))
        for failure in registry.failures:
            click.echo(f"motia-py: {failure}", err=True)
        if registry.failures:
            sys.exit(1)


@contextlib.contextmanager
def loaded(flags: Flags) -> Iterator[Registry]:
    """The project's registry, its modules loaded while entered.

    What step files print goes to stderr meanwhile: stdout is the command's answer.
    """
    load_dotenv(flags.root)
    with MotiaNames(), ProjectImports(flags.root) as imports:
        with contextlib.redirect_stdout(sys.stderr):
            registry = Registry(load_project(flags.root, imports))
        yield registry


def _check_report(registry: Registry, findings: tuple[LintFinding, ...]) -> JSON:
    return {
        "ok": not registry.failures,
        "steps": len(registry.steps),
        "streams": len(registry.streams),
        "failures": [asdict(failure) for failure in registry.failures],
        "warnings": list(registry.warnings),
        "findings": [asdict(finding) for finding in findings],
    }


def _show_check(registry: Registry, findings: tuple[LintFinding, ...]) -> None:
    screen = console(sys.stdout)
    for failure in registry.failures:
        screen.print(line(f"error    {failure}", "red"))
    for warning in registry.warnings:
        screen.print(line(f"warning  {warning}", "yellow"))
    for finding in findings:
        screen.print(line(f"warning  {shown_finding(finding)}", "yellow"))
    if is_empty(registry):
        screen.print(FIRST_STEP)
    screen.print(line(_check_summary(registry, len(findings)), "bold"))


def _check_summary(registry: Registry, findings: int) -> str:
    warnings = len(registry.warnings) + findings
    return ", ".join(
        (
            counted(len(registry.steps), "step"),
            counted(len(registry.streams), "stream"),
            counted(len(registry.failures), "error"),
            counted(warnings, "warning"),
        )
    )


def _print_json(value: JSON) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
