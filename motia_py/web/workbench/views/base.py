"""What all views share, and the smallest of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticSerializationError, to_json


class View(BaseModel):
    """What goes out. Every key is always there, so none is optional in TypeScript."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,
    )

    def as_json(self) -> str:
        """The view as it is sent. Half a character, which UTF-8 cannot hold and a step may say all
        the same, stands there as its escape, `\\ud800`."""
        try:
            return self.model_dump_json(by_alias=True)
        except PydanticSerializationError:
            said = _escaped(self.model_dump(by_alias=True))
            return to_json(said, inf_nan_mode="null").decode()


class ErrorView(View):
    """What is answered, with its status, when something cannot be done."""

    error: str


class CountView(View):
    """How many of what was asked for were done."""

    count: int


class StartedView(View):
    """Something was set off: its runs are in this trace."""

    trace_id: str


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value
