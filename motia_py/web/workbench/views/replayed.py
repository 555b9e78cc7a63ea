"""What a run was given and what came of it, as it is compared and run again."""

from __future__ import annotations

from typing import Any, Literal

from motia_py.web.workbench.views.base import View
from motia_py.web.workbench.views.runs import RunStatus


class RequestView(View):
    """A request without its body, secrets masked. `path` is that of its route if it holds some."""

    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, Any]


class RunInputView(View):
    """GET /runs/{trace}/{span}/input: what a run was given. `value` is the `part` of it that may be
    edited and run again, secrets masked: a mask that is sent back stands for its secret.
    `inputSchema` is what its step takes there now. `request` is null for what was no request.
    `refusal` says why it cannot be run again; null if it can."""

    step: str
    trigger: str
    part: Literal["data", "body", "query", "nothing"]
    value: Any
    input_schema: dict[str, Any] | None
    request: RequestView | None
    refusal: str | None


class EmitEffect(View):
    topic: str
    data: Any


class WriteEffect(View):
    """A write; `space` is `state` or `stream/{name}`. `value` is null for a delete."""

    space: str
    group: str
    key: str
    kind: Literal["set", "update", "delete"]
    value: Any


class MessageEffect(View):
    """Something that was sent and not stored: by a stream (`to` is its group, or group/item), or
    over Socket.IO (`to` is a room, a client or everybody)."""

    channel: str
    to: str
    event: str
    data: Any


class ResponseView(View):
    """What a request was answered: the headers that its step set, and the body as JSON or text,
    secrets masked. `note` says what of the body is not there, and why; without `hasBody` nothing
    of it is known."""

    status: int
    headers: dict[str, str]
    body: Any
    has_body: bool
    note: str | None


class EffectsView(View):
    """What came of one run of a step; of a rehearsal, what would have. In order, each kind by
    itself. `writes` of a real run are those that are still remembered; so is `response`, which is
    null for a run that answers nobody."""

    trace_id: str
    step: str
    trigger: str
    is_rehearsal: bool
    status: RunStatus
    error: str | None
    traceback: str | None
    duration_ms: float | None
    emits: list[EmitEffect]
    writes: list[WriteEffect]
    messages: list[MessageEffect]
    response: ResponseView | None
