"""Asks one provider after the other until one gives a whole answer."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from motia_py import Context
from steps.models.completions import ModelFailed, tokens_of
from steps.models.providers import Provider, all_providers

MODEL = "gpt-4o-mini"
MAX_TOKENS = 2000
FAILED = "An error occurred processing your request"
PROMPT = "You are a helpful AI assistant. Keep responses concise and friendly."


class Turn(BaseModel):
    role: Literal["user", "assistant"]
    content: str


class Question(BaseModel, alias_generator=to_camel):
    """What a client sends; only the message must be there."""

    message: str = Field(min_length=1, max_length=20_000)
    assistant_type: str = Field(default="general", max_length=100)
    user_id: str | None = Field(default=None, max_length=200)
    context: dict[str, Any] | None = None
    history: list[Turn] = Field(default=[], max_length=200)
    response_style: str | None = Field(default=None, max_length=200)
    stream: bool = False


@dataclass(frozen=True, kw_only=True)
class Begin:
    """`provider` begins, after `failed` gave up: what was said so far does not count."""

    provider: Provider
    failed: Provider | None
    reason: str


async def answer_of(question: Question, context: Context) -> AsyncGenerator[Begin | str]:
    """A begin, then the text of the answer piece by piece; and again, if the provider fails.

    Raises:
        ModelFailed: the last provider failed, too.
    """
    messages = messages_for(question)
    failed, reason = None, ""
    for provider in all_providers(context, MODEL):
        yield Begin(provider=provider, failed=failed, reason=reason)
        try:
            answer = tokens_of(provider, messages, context, max_tokens=MAX_TOKENS)
            async with aclosing(answer) as tokens:
                async for token in tokens:
                    yield token
            return
        except ModelFailed as failure:
            failed, reason = provider, str(failure)
            context.logger.warning(
                "a provider failed", {"provider": provider.name, "error": reason}
            )
    raise ModelFailed(reason)


def messages_for(question: Question) -> list[dict[str, str]]:
    """What was said, in OpenAI's form, after a prompt with all that the client tells."""
    prompt = [PROMPT, f"You are asked as: {question.assistant_type}."]
    if question.response_style:
        prompt.append(f"Style of the response: {question.response_style}.")
    if question.context:
        prompt.append(f"Context: {json.dumps(question.context, ensure_ascii=False)}")
    return [
        {"role": "system", "content": " ".join(prompt)},
        *(turn.model_dump() for turn in question.history),
        {"role": "user", "content": question.message},
    ]
