"""POST /offline/v1/chat/completions: the part of OpenAI's API that a chat needs, without an AI.

Source: https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import uuid4

from pydantic import ValidationError

from motia_py import EventStream, Request
from steps.offline_model.reply import reply, tokens_of
from steps.offline_model.request import CompletionRequest
from steps.offline_model.searching import tool_call, tool_result

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
    head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": asked.model}
    answer = answer_to(asked)
    if asked.stream:
        return EventStream(chunks(head, answer))
    read = sum(len(tokens_of(turn.text)) for turn in asked.messages)
    return {"status": 200, "body": completion(head, answer, read)}


class Answer(NamedTuple):
    """The tokens of a text, or of the arguments of the call of `tool`."""

    tokens: list[str]
    tool: str | None = None

    @property
    def finish_reason(self) -> str:
        return "stop" if self.tool is None else "tool_calls"

    def part(self, token: str, *, is_first: bool = True) -> dict[str, object]:
        """A message, or a delta, with this part of the answer."""
        if self.tool is None:
            return {"content": token}
        call: dict[str, object] = {"index": 0, "function": {"arguments": token}}
        if is_first:
            function = {"name": self.tool, "arguments": token}
            call = {"index": 0, "id": f"call_{uuid4().hex}", "type": "function"}
            call["function"] = function
        return {"content": None, "tool_calls": [call]}


def answer_to(asked: CompletionRequest) -> Answer:
    if call := tool_call(asked):
        return Answer(tokens_of(call["arguments"]), call["name"])
    questions = [turn.text for turn in asked.messages if turn.role == "user"]
    return Answer(tokens_of(reply(questions, tool_result(asked))))


async def chunks(head: dict[str, object], answer: Answer) -> AsyncIterator[str]:
    pace_seconds = float(os.environ.get("OFFLINE_MODEL_PACE_MS") or 20) / 1000
    yield chunk(head, {"role": "assistant", "content": ""})
    for number, token in enumerate(answer.tokens):
        await asyncio.sleep(pace_seconds)
        yield chunk(head, answer.part(token, is_first=number == 0))
    yield chunk(head, {}, finish_reason=answer.finish_reason)
    yield "[DONE]"


def chunk(
    head: dict[str, object], delta: dict[str, object], finish_reason: str | None = None
) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps({**head, "object": "chat.completion.chunk", "choices": [choice]})


def completion(head: dict[str, object], answer: Answer, prompt_tokens: int) -> dict[str, object]:
    message = {"role": "assistant", **answer.part("".join(answer.tokens))}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
    return {
        **head,
        "object": "chat.completion",
        "choices": [choice],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(answer.tokens),
            "total_tokens": prompt_tokens + len(answer.tokens),
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
