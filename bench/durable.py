"""Durability against its bars: every case round-robin in one run, each in a process of its own.

A figure of this machine and day means little; a ratio between two cases of one round does. Each
ratio is the median over the rounds.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeAlias

import click
from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).parent.parent
#: A case that takes so much longer than it was told to has hung.
_GRACE_SECONDS = 60.0
_COUNTED_SECONDS = 2.0
_SYNCS_ARE_COUNTED = ("backend", "raw_sqlite", "redis_streams")

Figures: TypeAlias = dict[str, Any]
#: The figures of one round, by case.
Round: TypeAlias = Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`module` of this folder, run with `variant`; `needs` are modules of the peers' Python."""

    module: str
    variant: str
    needs: str | None = None

    @property
    def name(self) -> str:
        return f"{self.module}:{self.variant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What must hold: a figure made of one round's, None if it was not counted, and its bound."""

    name: str
    needs: tuple[str, ...]
    figure: Callable[[Round], float | None]
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, figure: float) -> bool:
        return (self.at_least is None or figure >= self.at_least) and (
            self.at_most is None or figure <= self.at_most
        )

    @property
    def bound(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"


def _rate(case: str, other: str, *, at_least: float | None = None) -> Bar:
    return Bar(
        name=f"{case} / {other}",
        needs=(case, other),
        figure=lambda found: found[case]["events_per_s"] / found[other]["events_per_s"],
        at_least=at_least,
    )


def _syncs(case: str, *, at_most: float) -> Bar:
    return Bar(
        name=f"{case}, syncs per event",
        needs=(case,),
        figure=lambda found: found[case].get("syncs_per_event"),
        at_most=at_most,
    )


def _extra_syncs(found: Round) -> float:
    """What durability adds to one event's way, in syncs of this disk in this round."""
    full, memory = found["end_to_end:full/one"], found["end_to_end:memory/one"]
    extra: float = full["handled_p50_ms"] - memory["handled_p50_ms"]
    return extra / float(full["sync_p50_ms"])


_REDIS = Case(module="redis_streams", variant="aof-always", needs="redis")
_FASTSTREAM = Case(module="faststream_peer", variant="aof-always", needs="faststream.redis")
CASES: Sequence[Case] = (
    Case(module="raw_sqlite", variant="claimed"),
    Case(module="backend", variant="bare/claimed"),
    Case(module="backend", variant="full/claimed"),
    Case(module="backend", variant="normal/claimed"),
    Case(module="raw_sqlite", variant="waiting"),
    Case(module="backend", variant="bare/waiting"),
    Case(module="backend", variant="full/waiting"),
    Case(module="backend", variant="normal/waiting"),
    _REDIS,
    *(
        Case(module="end_to_end", variant=f"{engine}/{load}")
        for load in ("many", "wide", "one")
        for engine in ("memory", "full", "normal")
    ),
    _FASTSTREAM,
    Case(module="tokens", variant="memory"),
    Case(module="tokens", variant="full"),
    Case(module="growth", variant="full/0"),
    Case(module="growth", variant="full/3"),
)
BARS: Sequence[Bar] = (
    _rate("backend:full/claimed", "raw_sqlite:claimed", at_least=0.5),
    _rate("backend:full/waiting", "raw_sqlite:waiting", at_least=0.5),
    _rate("backend:full/claimed", "backend:bare/claimed"),
    _rate("backend:full/waiting", "backend:bare/waiting"),
    _rate("backend:full/claimed", _REDIS.name, at_least=1.4),
    _rate("backend:full/waiting", _REDIS.name, at_least=1.4),
    _syncs("backend:full/claimed", at_most=0.05),
    _syncs("backend:full/waiting", at_most=0.05),
    _rate("end_to_end:full/many", "end_to_end:memory/many", at_least=0.5),
    _rate("end_to_end:normal/many", "end_to_end:memory/many"),
    _rate("end_to_end:full/many", _FASTSTREAM.name, at_least=5),
    _rate("end_to_end:full/wide", "end_to_end:memory/wide", at_least=0.5),
    _rate("end_to_end:full/wide", _FASTSTREAM.name, at_least=5),
    Bar(
        name="end_to_end:full/one over memory/one, in syncs",
        needs=("end_to_end:full/one", "end_to_end:memory/one"),
        figure=_extra_syncs,
        at_most=2,
    ),
    Bar(
        name="tokens:full, event p99 in ms",
        needs=("tokens:full",),
        figure=lambda found: float(found["tokens:full"]["event_p99_ms"]),
        at_most=50,
    ),
    Bar(
        name="tokens:full, token rate / memory's",
        needs=("tokens:full", "tokens:memory"),
        figure=lambda found: (
            found["tokens:full"]["sets_per_s"] / found["tokens:memory"]["sets_per_s"]
        ),
    ),
)


class CaseFailed(Exception):
    """A case ended with an error, or not in time."""


class Machine:
    """Runs cases, each in a process and a folder of its own."""

    def __init__(
        self, folder: Path, peers_python: str, *, seconds: float, growth_seconds: float
    ) -> None:
        self._folder = folder
        self._peers_python = peers_python
        self._seconds = seconds
        self._growth_seconds = growth_seconds

    def missing(self, case: Case) -> str | None:
        """Why a case cannot run here; None if it can."""
        if case.needs is None:
            return None
        if shutil.which("redis-server") is None:
            return "there is no redis-server"
        probe = [self._peers_python, "-c", f"import uvloop, {case.needs}"]
        if subprocess.run(probe, capture_output=True, check=False).returncode:
            return f"{self._peers_python} has no {case.needs} or no uvloop"
        return None

    def run(self, case: Case) -> Figures:
        """The figures of one run; with the syncs of another where they can be counted.

        Raises:
            CaseFailed: it failed or hung.
        """
        is_growth = case.module == "growth"
        figures = self._run(case, self._growth_seconds if is_growth else self._seconds, [])
        if case.module in _SYNCS_ARE_COUNTED and shutil.which("strace"):
            figures["syncs_per_event"] = self._syncs_per_event(case)
        return figures

    def _syncs_per_event(self, case: Case) -> float:
        """How many fsync and fdatasync calls an event cost, in a short run under strace."""
        with tempfile.NamedTemporaryFile("r") as counts:
            trace = ["strace", "-f", "-c", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o"]
            figures = self._run(case, _COUNTED_SECONDS, [*trace, counts.name])
            lines = [line.split() for line in counts.read().splitlines()]
        calls = [int(words[3]) for words in lines if words and words[-1] in ("fsync", "fdatasync")]
        return round(sum(calls) / float(figures["events"]), 4)

    def _run(self, case: Case, seconds: float, before: Sequence[str]) -> Figures:
        python = sys.executable if case.needs is None else self._peers_python
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="durable-") as folder:
            command = [*before, python, "-m", f"bench.{case.module}"]
            process = subprocess.Popen(
                [*command, case.variant, str(seconds), folder],
                cwd=_ROOT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            try:
                output, errors = process.communicate(timeout=seconds + _GRACE_SECONDS)
            except subprocess.TimeoutExpired as error:
                # A case may have a server of its own.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise CaseFailed("hung") from error
        if process.returncode:
            raise CaseFailed(f"failed:\n{errors[-2000:]}")
        figures: Figures = json.loads(output.splitlines()[-1])
        return figures


@click.command()
@click.option("--seconds", default=5.0, help="How long each case runs.")
@click.option("--repeats", default=3, help="How many rounds.")
@click.option("--only", default="*", help="Names of cases, as end_to_end:* (see the table).")
@click.option("--growth-seconds", default=60.0, help="How long the file is watched.")
@click.option("--peers-python", default=sys.executable, help="Where redis and faststream are.")
@click.option("--folder", type=click.Path(path_type=Path), help="On the disk to measure.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write everything as JSON.")
def main(
    seconds: float,
    repeats: int,
    only: str,
    growth_seconds: float,
    peers_python: str,
    folder: Path | None,
    out: Path | None,
) -> None:
    """Measure durability against its bars."""
    machine = Machine(
        (folder or Path(tempfile.gettempdir())).resolve(),
        peers_python,
        seconds=seconds,
        growth_seconds=growth_seconds,
    )
    wanted = [case for case in CASES if fnmatch(case.name, only)]
    reasons = {case.name: reason for case in wanted if (reason := machine.missing(case))}
    cases = [case for case in wanted if case.name not in reasons]
    # The file's growth is a shape, not a rate: once is enough.
    rounds = [
        _round(machine, [each for each in cases if not (number and each.module == "growth")])
        for number in range(repeats)
    ]
    report = {
        "rounds": rounds,
        "skipped": reasons,
        "medians": medians(rounds),
        "bars": judged(rounds),
    }
    show(report)
    if out is not None:
        out.write_text(json.dumps(report, indent=1) + "\n")


def _round(machine: Machine, cases: Sequence[Case]) -> Round:
    """The figures of each case, those without that failed: their errors are shown at once."""
    found: dict[str, Figures] = {}
    for case in cases:
        click.echo(case.name, err=True)
        try:
            found[case.name] = machine.run(case)
        except CaseFailed as error:
            click.echo(f"{case.name} {error}", err=True)
    return found


def medians(rounds: Sequence[Round]) -> dict[str, Figures]:
    """The median of each figure that is a number, by case."""
    found: dict[str, Figures] = {}
    for name in {name: None for each in rounds for name in each}:
        runs = [each[name] for each in rounds if name in each]
        found[name] = {
            key: round(statistics.median(run[key] for run in runs), 4)
            for key, value in runs[0].items()
            if isinstance(value, (int, float))
        }
    return found


def judged(rounds: Sequence[Round]) -> list[Figures]:
    """Each bar that this run can tell about: its figure, and whether it holds."""
    found: list[Figures] = []
    for bar in BARS:
        usable = [each for each in rounds if all(need in each for need in bar.needs)]
        figures = [figure for each in usable if (figure := bar.figure(each)) is not None]
        if not figures:
            continue
        median = statistics.median(figures)
        found.append(
            {
                "name": bar.name,
                "figure": round(median, 4),
                "lowest": round(min(figures), 4),
                "highest": round(max(figures), 4),
                "bound": bar.bound,
                "holds": bar.holds(median),
            }
        )
    return found


def show(report: Mapping[str, Any]) -> None:
    """The report as tables."""
    console = Console(width=150)
    table = Table("case", "figures (medians)", title="Cases")
    for name, figures in report["medians"].items():
        table.add_row(name, "  ".join(f"{key} {value:g}" for key, value in figures.items()))
    for name, reason in report["skipped"].items():
        table.add_row(name, f"skipped: {reason}")
    console.print(table)
    table = Table("bar", "median", "lowest", "highest", "bound", "", title="Bars")
    for bar in report["bars"]:
        figures = (f"{bar[key]:.3g}" for key in ("figure", "lowest", "highest"))
        verdict = "" if not bar["bound"] else "holds" if bar["holds"] else "MISSED"
        table.add_row(bar["name"], *figures, bar["bound"], verdict)
    if report["bars"]:
        console.print(table)


if __name__ == "__main__":
    main()
