"""The `conversation` stream: a group per conversation, an item per message."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Status: TypeAlias = Literal["created", "streaming", "completed"]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Message(BaseModel):
    """What a user says is completed at once; an answer is created empty, then it streams."""

    model_config = ConfigDict(validate_by_name=True)

    message: str
    sender: Literal["user", "assistant"] = Field(
        validation_alias="from", serialization_alias="from"
    )
    status: Status
    timestamp: str = Field(default_factory=now)


config = {
    "name": "conversation",
    "schema": Message,
    "baseConfig": {"storageType": "default"},
}
