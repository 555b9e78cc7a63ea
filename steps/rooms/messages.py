"""What clients send, over Socket.IO and over HTTP, and what is wrong with it if it does not fit."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from motia_py import Context

#: Of a whole conversation, which has to fit into the model's window and into an item of a stream.
MAX_CHARACTERS = 150_000
#: A long list of wrong messages is told as its first ones.
MAX_REASONS = 10


class Unfit(Exception):
    """What was sent does not fit. `reasons` has a sentence per place; its text is all of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))


# Strict: Socket.IO also carries bytes, which would pass as text.
class Message(BaseModel, strict=True):
    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1)


class Chat(BaseModel, strict=True, alias_generator=to_camel):
    """A whole conversation: the server keeps none of it."""

    messages: list[Message] = Field(min_length=1, max_length=500)

    @field_validator("messages")
    @classmethod
    def check_size(cls, messages: list[Message]) -> list[Message]:
        if sum(len(message.content) for message in messages) > MAX_CHARACTERS:
            raise ValueError(f"they have more than {MAX_CHARACTERS} characters")
        return messages


class SessionRequest(Chat):
    session_id: str | None = Field(default=None, max_length=200)


class Joining(BaseModel, strict=True, alias_generator=to_camel):
    room_name: str = Field(min_length=1, max_length=200)
    participant_name: str | None = Field(default=None, max_length=200)

    @property
    def name(self) -> str:
        return self.participant_name or "Anonymous"


class Naming(BaseModel, strict=True, alias_generator=to_camel):
    """Without a name the room that was joined last is meant."""

    room_name: str | None = Field(default=None, min_length=1, max_length=200)


Sent = TypeVar("Sent", bound=BaseModel)


def read(model: type[Sent], sent: Any) -> Sent:
    """What was sent, as the model; nothing at all counts as an empty object.

    Raises:
        Unfit: it does not fit.
    """
    try:
        return model.model_validate({} if sent is None else sent)
    except ValidationError as error:
        raise Unfit(reasons_of(error)) from None


def reasons_of(error: ValidationError) -> list[str]:
    """As `messages.0.role: Input should be 'system', 'user' or 'assistant'`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    reasons = []
    for place in islice(found, MAX_REASONS):
        path = ".".join(map(str, place["loc"])) or "data"
        # Pydantic's own words name our class.
        says = "Input should be an object" if place["type"] == "model_type" else place["msg"]
        reasons.append(f"{path}: {says}")
    return reasons


def timestamp_of(context: Context) -> str:
    """The time as JavaScript's `toISOString` writes it."""
    now = datetime.fromtimestamp(context.now(), UTC).isoformat(timespec="milliseconds")
    return now.replace("+00:00", "Z")
