"""The project as tables and trees for people. Reads a registry; shows nothing but what is in it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TypeAlias, assert_never

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from motia_py.cli.terminal import escaped, has_colour
from motia_py.project.declarations import (
    CronTrigger,
    HttpTrigger,
    QueueTrigger,
    SocketTrigger,
    StateTrigger,
    StreamTrigger,
    Trigger,
)
from motia_py.project.flows import FlowEdge, FlowGraph, LintFinding
from motia_py.project.loader import Step
from motia_py.project.registry import Registry

#: The rows of the table at the start: it shall fit on a screen or two. More steps are only counted.
MOST_ROWS = 60
#: Columns where nobody's terminal sets them, so that a file or a pipe gets whole lines.
_WIDE = 500
_NO_FLOW = "(no flow)"

_Row: TypeAlias = tuple[Text, Text, Text]
#: Of each flow, the rows of each of its steps.
_RowsByFlow: TypeAlias = Sequence[tuple[str, Sequence[Sequence[_Row]]]]

#: What an empty project is shown: the smallest step that answers.
FIRST_STEP = """\
There are no steps yet. Create the file steps/hello_step.py:

    config = {"type": "api", "name": "Hello", "method": "GET", "path": "/hello", "emits": []}

    async def handler(req, context):
        return {"status": 200, "body": {"hello": "world"}}
"""


def console(stream: IO[str]) -> Console:
    """A console with colours where log lines have them, and whole lines where nobody looks."""
    coloured = has_colour(stream, os.environ)
    return Console(
        file=stream,
        color_system="standard" if coloured else None,
        force_terminal=coloured,
        width=None if stream.isatty() else _WIDE,
        highlight=False,
        markup=False,
        emoji=False,
    )


def is_empty(registry: Registry) -> bool:
    """Whether nobody has written a step yet, not even a broken one."""
    return not registry.steps and not registry.failures


def step_table(registry: Registry) -> Table:
    """The steps by flow, each with what is served of it and its file; above MOST_ROWS only their
    numbers."""
    rows_by_flow = _rows_by_flow(registry)
    if len(registry.steps) > MOST_ROWS:
        return _table(_flow_counts(rows_by_flow))
    table = _table(())
    for flow, steps in rows_by_flow:
        table.add_row(line(flow, "bold"))
        for rows in steps:
            for row in rows:
                table.add_row(*row)
    return table


def _flow_counts(rows_by_flow: _RowsByFlow) -> Iterator[tuple[str, str]]:
    for flow, steps in rows_by_flow[:MOST_ROWS]:
        yield flow, counted(len(steps), "step")
    if len(rows_by_flow) > MOST_ROWS:
        yield "...", f"and {counted(len(rows_by_flow) - MOST_ROWS, 'more flow')}"


def _rows_by_flow(registry: Registry) -> _RowsByFlow:
    flows: dict[str, list[list[_Row]]] = {}
    for step, triggers in _served_steps(registry):
        for flow in dict.fromkeys(step.config.flows) or [_NO_FLOW]:
            flows.setdefault(flow, []).append(list(_rows(step, triggers)))
    return sorted(flows.items(), key=lambda each: each[0] == _NO_FLOW)


def _served_steps(registry: Registry) -> Iterator[tuple[Step, Sequence[Trigger]]]:
    """Each step with those of its triggers that are served, without steps that lost all of them.

    Another step may have a trigger's route; a step that never had any trigger counts as served.
    """
    served: defaultdict[str, list[Trigger]] = defaultdict(list)
    for target in registry.targets:
        served[target.lane.step].append(target.trigger)
    for name, step in registry.steps.items():
        if name in served or not step.config.triggers:
            yield step, served[name]


def _rows(step: Step, served: Sequence[Trigger]) -> Iterator[_Row]:
    triggers = [shown_trigger(trigger) for trigger in served] or ["noop"]
    for index, trigger in enumerate(triggers):
        yield (
            line("" if index else f"  {step.config.name}", "cyan"),
            line(trigger),
            line("" if index else step.file, "dim"),
        )


def shown_trigger(trigger: Trigger) -> str:
    """A trigger in a few words: `POST /chat`, `cron 0 * * * *`, `queue chat-message`."""
    match trigger:
        case HttpTrigger(method=method, path=path):
            return f"{method} {path}"
        case CronTrigger(expression=expression, tz=tz):
            return f"cron {expression}{f' {tz}' if tz else ''}"
        case QueueTrigger(topic=topic):
            return f"queue {topic}"
        case StreamTrigger(stream=stream):
            return f"stream {stream}"
        case StateTrigger():
            return "state"
        case SocketTrigger(event=event, namespace=namespace):
            return f"socket {event}" if namespace == "/" else f"socket {namespace} {event}"
    assert_never(trigger)


def route_table(registry: Registry) -> Table:
    """Method, path, step and file of every route."""
    return _table(
        (
            target.trigger.method,
            target.trigger.path,
            target.step.config.name,
            f"{target.step.file}:{target.step.line}",
        )
        for target in registry.targets
        if isinstance(target.trigger, HttpTrigger)
    )


def flow_tree(graph: FlowGraph, name: str) -> Tree:
    """One flow: its steps, and under each the topics that lead on from it."""
    tree = Tree(line(name, "bold"))
    part = graph.flow(name)
    for node in part.nodes:
        triggers = ", ".join(dict.fromkeys(node.triggers)) or "noop"
        branch = tree.add(
            Text.assemble(line(node.step, "cyan"), line(f"  {triggers}  {node.file}", "dim"))
        )
        for edge in graph.edges:
            if edge.source == node.step:
                branch.add(_edge(edge, part.flows[name]))
    return tree


def _edge(edge: FlowEdge, steps: Sequence[str]) -> Text:
    notes = [
        edge.label,
        "conditional" if edge.is_conditional else "",
        "virtual" if edge.is_virtual else "",
        "" if edge.target in steps else "in another flow",
    ]
    note = ", ".join(note for note in notes if note)
    shown = f"{edge.topic} -> {edge.target}"
    return line(f"{shown} ({note})" if note else shown)


def _table(rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(line, row))
    return table


def counted(number: int, what: str) -> str:
    """A number of things in words: `1 step`, `2 steps`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def shown_finding(finding: LintFinding) -> str:
    """A finding in the form of a load failure: place, what, advice."""
    place = f"{finding.file}:{finding.line}"
    return f"{place}: step {finding.step} {finding.message} ({finding.advice})"


def line(text: str, style: str = "") -> Text:
    """`text` as one line, whatever is in it."""
    # Names come from files: escaped, and never read as markup.
    return Text(escaped(text), style=style)
