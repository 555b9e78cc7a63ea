"""The tools that the model may call, its calls as they arrive, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

from steps.sse_chat.documentation import search

if TYPE_CHECKING:
    from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall


class Search(BaseModel):
    query: str = Field(min_length=1)


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "search_documentation",
            "description": "Search Motia documentation",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}},
                "required": ["query"],
            },
        },
    }
]


@dataclass(kw_only=True)
class ToolCall:
    """`arguments` is JSON as the model wrote it: it may be anything."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class ToolCalls:
    """The calls of one answer; the pieces of each are put together by its index."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolCall] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def __iter__(self) -> Iterator[ToolCall]:
        return iter(self._calls.values())

    def add(self, pieces: Iterable[ChoiceDeltaToolCall] | None) -> None:
        for piece in pieces or ():
            call = self._calls.setdefault(piece.index, ToolCall(id=f"call_{piece.index}"))
            call.id = piece.id or call.id
            if piece.function is not None:
                call.name += piece.function.name or ""
                call.arguments += piece.function.arguments or ""

    def message(self, text: str) -> dict[str, Any]:
        """The calls as the assistant's message with `text`; their results must follow it."""
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in self
        ]
        return {"role": "assistant", "content": text or None, "tool_calls": calls}


async def run_tool(call: ToolCall) -> str:
    """The tool's result for the model; if the call is wrong, what is wrong with it."""
    if call.name != "search_documentation":
        return f"Error: there is no tool {call.name!r}."
    try:
        query = Search.model_validate_json(call.arguments).query
    except ValidationError:
        return 'Error: the arguments must be JSON like {"query": "how are events retried?"}.'
    # On a thread: it reads files.
    sections = await asyncio.to_thread(search, query)
    return "\n\n".join(map(str, sections)) or f"Nothing in the documentation fits {query!r}."
