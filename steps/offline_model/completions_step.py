"""POST /offline/v1/chat/completions: the part of OpenAI's API that a chat needs, without an AI.

Source: https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from uuid import uuid4

from pydantic import BaseModel, Field, ValidationError

from motia_py import EventStream, Request
from steps.offline_model.reply import reply, tokens_of


class Part(BaseModel):
    text: str = ""


class Turn(BaseModel):
    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content)
        return self.content or ""


class CompletionRequest(BaseModel):
    model: str
    messages: list[Turn] = Field(min_length=1)
    stream: bool = False


# No bodySchema: a bad body is answered in OpenAI's form of an error, not in ours.
config = {
    "type": "api",
    "name": "OfflineModel",
    "description": "Answers like OpenAI's chat completions, without an AI",
    "method": "POST",
    "path": "/offline/v1/chat/completions",
    "flows": ["offline-model"],
}


async def handler(req: Request) -> dict[str, object] | EventStream:
    try:
        asked = CompletionRequest.model_validate_json(req.raw_body)
    except ValidationError as error:
        return {"status": 400, "body": bad_request(error)}
    questions = [turn.text for turn in asked.messages if turn.role == "user"]
    tokens = tokens_of(reply(questions))
    head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": asked.model}
    if asked.stream:
        return EventStream(chunks(head, tokens))
    read = sum(len(tokens_of(turn.text)) for turn in asked.messages)
    return {"status": 200, "body": completion(head, tokens, read)}


async def chunks(head: dict[str, object], tokens: list[str]) -> AsyncIterator[str]:
    pace_seconds = float(os.environ.get("OFFLINE_MODEL_PACE_MS") or 20) / 1000
    yield chunk(head, {"role": "assistant", "content": ""})
    for token in tokens:
        await asyncio.sleep(pace_seconds)
        yield chunk(head, {"content": token})
    yield chunk(head, {}, finish_reason="stop")
    yield "[DONE]"


def chunk(
    head: dict[str, object], delta: dict[str, object], finish_reason: str | None = None
) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps({**head, "object": "chat.completion.chunk", "choices": [choice]})


def completion(head: dict[str, object], tokens: list[str], prompt_tokens: int) -> dict[str, object]:
    message = {"role": "assistant", "content": "".join(tokens)}
    return {
        **head,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(tokens),
            "total_tokens": prompt_tokens + len(tokens),
        },
    }


def bad_request(error: ValidationError) -> dict[str, object]:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return {
        "error": {
            "message": f"{place}: {first['msg']}" if place else first["msg"],
            "type": "invalid_request_error",
            "param": place or None,
            "code": None,
        }
    }
