"""A request that came, as a person edits it, and as it is sent again. Pure.

Edited is its body; where it has none, its query. What was not edited is sent byte for byte: a
signature of it stays right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from multidict import CIMultiDict

from motia_py import encoding
from motia_py.errors import InvalidInput
from motia_py.messages import JSON
from motia_py.runtime.request_body import Body
from motia_py.runtime.request_parts import collect
from motia_py.runtime.requests import Request, SentRequest
from motia_py.runtime.response_writer import Begin
from motia_py.web.reading import Kind, SentBody, read_content_type
from motia_py.web.responding import Refusal

Part = Literal["data", "body", "query", "nothing"]


class Editable(NamedTuple):
    """The part of something given that may be edited, as it came, secrets and all."""

    part: Part
    value: JSON


def editable(sent: SentRequest) -> Editable:
    """Nothing can be edited of files, bytes, and what does not parse."""
    if not sent.body.raw:
        return Editable("query", collect(parse_qsl(sent.query_string, keep_blank_values=True)))
    if _kind(sent) not in _WRITTEN:
        return Editable("nothing", None)
    try:
        value, _ = sent.body.parse()
    except InvalidInput:
        return Editable("nothing", None)
    return Editable("nothing", None) if isinstance(value, bytes) else Editable("body", value)


def sent_again(sent: SentRequest, value: JSON, *, traceparent: str, begin: Begin) -> Request:
    """The request with `value` in place of what is editable, to run in a trace of its own.

    Raises:
        Refusal: the body cannot be such a value.
    """
    before = editable(sent)
    query_string, body = sent.query_string, sent.body
    if before.part != "nothing" and encoding.dumps(value) != encoding.dumps(before.value):
        if before.part == "query":
            query_string = _form(value)
        else:
            body = _body(sent, value)
    headers = CIMultiDict(sent.headers)
    headers["traceparent"] = traceparent
    if "content-length" in headers:
        headers["content-length"] = str(len(body.raw))
    return Request(
        method=sent.method,
        path=sent.path,
        headers=headers,
        query_string=query_string,
        path_params=dict(sent.path_params),
        body=body,
        begin=begin,
    )


#: Kinds of bodies that a value can be written as.
_WRITTEN: frozenset[Kind] = frozenset({"json", "form", "text", "unsaid"})


def _kind(sent: SentRequest) -> Kind:
    return read_content_type(sent.headers.get("content-type")).kind


def _body(sent: SentRequest, value: JSON) -> Body:
    content_type = read_content_type(sent.headers.get("content-type"))._replace(charset="utf-8")
    match content_type.kind:
        case "form":
            text = _form(value)
        case "text":
            if not isinstance(value, str):
                raise Refusal(400, f"The body is {content_type.sent}: write it as one JSON string")
            text = value
        case _:
            text = encoding.dumps(value).decode()
    return SentBody(text.encode(), content_type)


def _form(value: JSON) -> str:
    if not isinstance(value, dict):
        raise Refusal(400, 'Write the fields as an object: {"name": "text", "more": ["a", "b"]}')
    return urlencode(list(_fields(value)))


def _fields(value: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    for name, given in value.items():
        for item in given if isinstance(given, list) else [given]:
            yield name, item if isinstance(item, str) else encoding.dumps(item).decode()
