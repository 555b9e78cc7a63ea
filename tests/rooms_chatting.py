"""The rooms' routes as a test asks them."""

from __future__ import annotations

from motia_py.messages import JSON
from motia_py.testing import Answer, MotiaTester
from tests.sse_chatting import Frame, frames_of

COMPLETION = "/openai/chatCompletion"
SIMPLE = f"{COMPLETION}/simple"
START = f"{COMPLETION}/stream/start"
#: What the tester's clock says while it stands still.
NOW = "2023-11-14T22:13:20.000Z"
EVENTS = {"Accept": "text/event-stream"}


def saying(text: str = "Hello") -> JSON:
    return {"messages": [{"role": "user", "content": text}]}


async def complete(motia: MotiaTester, path: str = COMPLETION) -> Answer:
    """The whole answer, which may be a refusal."""
    return await motia.post(path, json=saying())


async def stream(motia: MotiaTester) -> list[Frame]:
    """The events of the whole answer."""
    answer = await motia.post(COMPLETION, json=saying(), headers=EVENTS)
    assert answer.status == 200, answer.body
    return frames_of(answer.body)


async def start(motia: MotiaTester, session: str | None = "s1", text: str = "Hello") -> JSON:
    """What starting a session answers."""
    named = {} if session is None else {"sessionId": session}
    answer = await motia.post(START, json={**saying(text), **named})
    assert answer.status == 201, answer.body
    return answer.body


def text_of(frames: list[Frame]) -> str:
    return "".join(frame.data["content"] for frame in frames if frame.event == "chunk")


def refusal(status: int, message: JSON, error: str) -> JSON:
    """The body of a request that is not served."""
    return {"statusCode": status, "message": message, "error": error}
