"""A multipart/form-data body taken apart: text fields and files, whole in memory, in bounds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from motia_py.errors import InvalidInput, Violation
from motia_py.runtime.request_body import UploadedFile
from motia_py.runtime.request_parts import Values, collect

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: Parts of one body: each costs more memory than its bytes.
MAX_PARTS = 1000


def parse_multipart(
    raw: bytes, boundary: str
) -> tuple[dict[str, Values], Mapping[str, list[UploadedFile]]]:
    """The text fields and the files by name; a name that comes twice has a list of both.

    Raises:
        InvalidInput: the body is not what its Content-Type says.
    """
    reader = _Reader()
    try:
        parser = MultipartParser(boundary.encode("latin-1"), reader.callbacks())
        # What it would log is the client's mistake, and goes into the answer.
        parser.logger = logging.Logger("multipart", logging.CRITICAL + 1)
        parser.write(raw)
        parser.finalize()
    except (FormParserError, UnicodeError) as error:
        raise _broken(f"not valid multipart/form-data: {error}") from error
    if not reader.is_complete:
        raise _broken("not valid multipart/form-data: the closing boundary is missing")
    return collect(reader.fields), reader.files


class _Reader:
    """Follows the parser's events; one part is open at a time."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: dict[str, list[UploadedFile]] = {}
        self.is_complete = False
        self._parts = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._content = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_header_name,
            "on_header_value": self._add_header_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_content,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _broken(f"more than {MAX_PARTS} parts")
        self._headers = {}
        self._content = bytearray()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end_part(self) -> None:
        # The parser reads parameters as latin-1, browsers send UTF-8.
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        _, parameters = parse_options_header(disposition)
        if b"name" not in parameters:
            raise _broken("a part has no name")
        name = _text(parameters[b"name"], "the name of a part")
        if b"filename" not in parameters:
            self.fields.append((name, _text(bytes(self._content), name)))
            return
        if not parameters[b"filename"] and not self._content:
            return  # A file input that was left empty.
        content_type = self._headers.get(b"content-type", b"application/octet-stream")
        file = UploadedFile(
            name=name,
            filename=_text(parameters[b"filename"], name),
            content_type=content_type.decode("latin-1"),
            content=bytes(self._content),
        )
        self.files.setdefault(name, []).append(file)

    def _end(self) -> None:
        self.is_complete = True


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("body", [Violation(place, "is not valid UTF-8")]) from error


def _broken(reason: str) -> InvalidInput:
    return InvalidInput("body", [Violation("", reason)])
