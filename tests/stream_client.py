"""What our own client does with what it is sent, in a few lines: the judge of the server's tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class Replica:
    """One group as a client knows it. `resets` counts how often it had to begin anew."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.cursor: str | None = None
        self.events: list[Any] = []
        self.timestamps: list[int] = []
        self.offsets: list[int] = []
        self.resets = self.resumes = self.deltas = 0
        self._grows: dict[int, tuple[str, str]] = {}

    def hear(self, frame: bytes | str) -> None:
        """Take in one frame."""
        said = json.loads(frame)
        if isinstance(said, list):
            self._grow(*said)
            return
        event = said["event"]
        if event["type"] != "resumed":  # it is newer than what follows it
            self.timestamps.append(said["timestamp"])
        getattr(self, f"_{event['type']}")(said.get("id"), event)
        if "cursor" in said:
            self.cursor = said["cursor"]
            self.offsets.append(int(said["cursor"].rpartition("-")[2]))
        for id, (ref, field) in said.get("grows", {}).items():
            self._grows[ref] = (id, field)

    def _grow(self, ref: int, offset: int, text: str, fields: dict[str, Any] | None = None) -> None:
        self.deltas += 1
        id, field = self._grows[ref]
        self.items[id][field] += text
        self.items[id].update(fields or {})
        assert self.cursor is not None
        self.cursor = f"{self.cursor.rpartition('-')[0]}-{offset}"
        self.offsets.append(offset)

    def _sync(self, _: str | None, event: Any) -> None:
        self.items = {item["id"]: item for item in event["data"]}
        self._grows.clear()

    # A break may fall between changes that were merged: who came back may hear of the end of
    # something whose begin it was never told. Nobody else may.

    def _create(self, id: str, event: Any) -> None:
        assert id not in self.items or self.resumes, f"{id} is told as new and is not"
        self.items[id] = event["data"]

    def _update(self, id: str, event: Any) -> None:
        assert id in self.items or self.resumes, f"{id} is told as known and is not"
        self.items[id] = event["data"]

    def _delete(self, id: str, event: Any) -> None:
        assert id in self.items or self.resumes, f"{id} is told as gone and is not known"
        self.items.pop(id, None)

    def _event(self, _: str | None, event: Any) -> None:
        self.events.append(event["event"])

    def _reset(self, _: str | None, event: Any) -> None:
        self.resets += 1

    def _resumed(self, _: str | None, event: Any) -> None:
        self.resumes += 1


def messages(sent: bytes) -> Iterator[bytes]:
    """The text messages in what a server wrote.

    Source: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    """
    place = 0
    while place < len(sent):
        assert sent[place] == 0x81
        length = sent[place + 1]
        start = place + {126: 4, 127: 10}.get(length, 2)
        if length > 125:
            length = int.from_bytes(sent[place + 2 : start])
        yield sent[start : start + length]
        place = start + length
