"""Answers a message in the background: each token of the model is an item of the user's stream."""

from contextlib import aclosing
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from motia_py import Context
from steps.models.completions import ModelFailed
from steps.ws_chat.answering import FAILED, Begin, Question, answer_of


class AskedMessage(BaseModel, alias_generator=to_camel):
    question: Question
    trace_id: str
    user_id: str


config = {
    "type": "event",
    "name": "ChatStreamAnswer",
    "description": "Streams the model's answer, and switches the provider if one fails",
    "subscribes": ["chat-stream-message"],
    "emits": [],
    "input": AskedMessage,
    "flows": ["ws-chat"],
}


async def handler(asked: AskedMessage, context: Context) -> None:
    messages = context.streams["chat-messages"]
    group, trace_id = f"user:{asked.user_id}", asked.trace_id
    told = [item for item in await messages.get_group(group) if item["traceId"] == trace_id]
    if any(item["type"] in ("complete", "error") for item in told):
        return  # An event can come twice: if the server died before it was ticked off.

    async def publish(id: str, type: str, **fields: object) -> None:
        trace = {"userId": asked.user_id, "traceId": trace_id}
        now = datetime.fromtimestamp(context.now(), UTC).isoformat(timespec="milliseconds")
        item = {"type": type, **trace, **fields, "timestamp": now.replace("+00:00", "Z")}
        await messages.set(group, f"{trace_id}-{id}", item)

    run = uuid4().hex[:8]
    ids = (f"{run}-{number}" for number in count(1))
    try:
        async with aclosing(answer_of(asked.question, context)) as parts:
            async for part in parts:
                if isinstance(part, Begin):
                    text, provider = "", part.provider
                    source = {"provider": provider.name, "model": provider.model}
                    # Also who saw a run that the server's end cut off must begin anew.
                    if part.failed or told:
                        await publish(next(ids), "provider_switch", metadata=switch_to(part))
                else:
                    text += part
                    await publish(next(ids), "token", content=part, metadata=source)
    except ModelFailed as failure:
        context.logger.error("no provider answers", {"traceId": trace_id, "error": str(failure)})
        await publish("error", "error", error=FAILED)
        return
    await publish("complete", "complete", response=text, **source)


def switch_to(begin: Begin) -> dict[str, str]:
    before = begin.failed or begin.provider
    reason = begin.reason or "the answer begins anew"
    return {"from": before.name, "to": begin.provider.name, "reason": reason}
