"""Asks the model, runs the tools that it calls, and gives the text of its answer as it comes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from motia_py import Context
from steps.models.completions import ModelFailed, deltas_of
from steps.models.providers import chosen_provider
from steps.sse_chat.conversation import Message
from steps.sse_chat.tools import TOOLS, ToolCalls, run_tool

MODEL = "gpt-4"
PROMPT = "You are a helpful assistant specialized in software development."
#: How often the model may call tools before it must answer.
TOOL_ROUNDS = 4


async def answer_of(messages: list[Message], context: Context) -> AsyncGenerator[str]:
    """The answer to the last of `messages`, piece by piece.

    Raises:
        ModelFailed: there is none, or only what was given so far.
    """
    provider = chosen_provider(context, MODEL)
    said: list[Any] = [
        {"role": "system", "content": PROMPT},
        *({"role": message["role"], "content": message["content"]} for message in messages),
    ]
    for tool_choice in [*["auto"] * TOOL_ROUNDS, "none"]:
        calls, text = ToolCalls(), ""
        deltas = deltas_of(
            provider,
            said,
            context,
            temperature=0.7,
            max_tokens=2000,
            tools=TOOLS,
            tool_choice=tool_choice,
        )
        async with aclosing(deltas):
            async for delta in deltas:
                calls.add(delta.tool_calls)
                if delta.content:
                    text += delta.content
                    yield delta.content
        if not calls:
            return
        said.append(calls.message(text))
        for call in calls:
            context.logger.info("the model calls a tool", {"tool": call.name})
            result = await run_tool(call)
            said.append({"role": "tool", "tool_call_id": call.id, "content": result})
    raise ModelFailed("it calls tools and gives no answer")
