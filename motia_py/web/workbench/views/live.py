"""The WebSocket /live: messages of the client, then those of the server."""

from __future__ import annotations

from typing import Literal

from motia_py.web.workbench.views.base import View
from motia_py.web.workbench.views.project import FailureView
from motia_py.web.workbench.views.runs import LogView, RunView
from motia_py.web.workbench.views.stored import ChangeView

Topic = Literal["project", "runs", "logs", "changes"]


class Subscribe(View):
    """Hear of these topics from now on. A cursor asks for what came after it; null for what is
    new. Topics that are not named are heard no more."""

    type: Literal["subscribe"]
    topics: dict[Topic, str | None]


class ReloadView(View):
    """The project was loaded anew; `revision` is that of what is served now."""

    revision: int
    added: list[str]
    changed: list[str]
    removed: list[str]
    failures: list[FailureView]
    seconds: float
    at: float


class Subscribed(View):
    """The server hears us; `cursors` are where each topic stands."""

    type: Literal["subscribed"]
    epoch: str
    cursors: dict[Topic, str]


class Batch(View):
    """What happened in one topic, oldest first, and the cursor after it.

    `dropped` is how many items are missing before these: more came than could be sent, or the
    cursor was too old. -1: nobody knows, the server was started again.
    """

    type: Literal["batch"]
    topic: Topic
    cursor: str
    dropped: int
    reloads: list[ReloadView]
    runs: list[RunView]
    logs: list[LogView]
    changes: list[ChangeView]
