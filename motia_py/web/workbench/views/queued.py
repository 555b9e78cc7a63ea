"""What waits, what was given up, what fires when."""

from __future__ import annotations

from typing import Any

from motia_py.web.workbench.views.base import View
from motia_py.web.workbench.views.runs import RunView


class LaneView(View):
    """The deliveries of one trigger of one step. `waiting` includes those that are `delayed`, until
    they are due or tried again; `isParked`: no step that loads takes them now."""

    step: str
    trigger: str
    waiting: int
    delayed: int
    running: int
    dead: int
    is_parked: bool


class QueueView(View):
    """GET /queue: every lane in which there is anything, and those of the steps that load."""

    lanes: list[LaneView]


class DeadLetterView(View):
    """A delivery that was given up. `attempts` counts all runs of it."""

    id: str
    step: str
    trigger: str
    topic: str
    group: str | None
    trace_id: str
    attempts: int
    created_at: float
    died_at: float
    error: str


class DeadLettersView(View):
    """GET /queue/dead: the dead letters of a step or all, newest first."""

    total: int
    letters: list[DeadLetterView]


class DeadLetterDetail(View):
    """GET /queue/dead/{id}: all about one. Secrets in `data` are masked; `inputSchema` is what its
    step takes now."""

    letter: DeadLetterView
    data: Any
    traceback: str
    input_schema: dict[str, Any] | None


class CronView(View):
    """A schedule: its next ticks, and its last runs, newest first."""

    step: str
    trigger: str
    expression: str
    tz: str | None
    misfire: str
    file: str
    line: int
    next: list[float]
    last: list[RunView]


class CronsView(View):
    """GET /cron: every schedule, in file order."""

    crons: list[CronView]


class TopicView(View):
    """A topic: who emits it, who takes it, and what the takers check it against."""

    topic: str
    emitters: list[str]
    subscribers: list[str]
    schemas: dict[str, dict[str, Any]]


class TopicsView(View):
    """GET /topics: every topic that a step emits or takes."""

    topics: list[TopicView]
