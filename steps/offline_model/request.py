"""What a client asks the offline model: the part of OpenAI's request that it reads."""

from typing import Any

from pydantic import BaseModel, Field


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


class Function(BaseModel):
    name: str
    parameters: dict[str, Any] = {}


class Tool(BaseModel):
    function: Function


class CompletionRequest(BaseModel):
    model: str
    messages: list[Turn] = Field(min_length=1)
    stream: bool = False
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
