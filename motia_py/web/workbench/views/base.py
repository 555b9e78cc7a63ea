"""What all views share, and the smallest of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class View(BaseModel):
    """What goes out. Every key is always there, so none is optional in TypeScript."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,
    )


class ErrorView(View):
    """What is answered, with its status, when something cannot be done."""

    error: str


class CountView(View):
    """How many of what was asked for were done."""

    count: int


class StartedView(View):
    """Something was set off: its runs are in this trace."""

    trace_id: str
