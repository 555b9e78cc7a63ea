"""Bodies as they come in: what the bytes are, and what they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from motia_py.errors import ValidationFailed
from motia_py.runtime.request_body import UploadedFile
from motia_py.runtime.requests import Request
from motia_py.web.reading import SentBody, read_content_type
from motia_py.web.responding import Refusal


def parsed(raw: bytes, content_type: str | None) -> Any:
    return SentBody(raw, read_content_type(content_type)).parse()[0]


@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"[1]", "APPLICATION/JSON ; charset=UTF-8", [1]),
        (b'"x"', "application/problem+json", "x"),
        ('{"a":"é"}'.encode("latin-1"), "application/json; charset=iso-8859-1", {"a": "é"}),
        ('{"a":"é"}'.encode("utf-16"), 'application/json;charset="utf-16"', {"a": "é"}),
        (b"\xef\xbb\xbf{}", "application/json", {}),
        (b'{"a":"\\ud83d\\ude00"}', "application/json", {"a": "😀"}),
        (b"a=1&b=x+y&a=2", "application/x-www-form-urlencoded", {"a": ["1", "2"], "b": "x y"}),
        (b"c=", "application/x-www-form-urlencoded", {"c": ""}),
        ("n=你好".encode(), "application/x-www-form-urlencoded", {"n": "你好"}),
        (b"n=%E9", "application/x-www-form-urlencoded; charset=latin-1", {"n": "é"}),
        ("你好".encode(), "text/plain", "你好"),
        ("你好".encode("gb18030"), "text/plain; charset=gb18030", "你好"),
        (b"<a/>", "application/xml", b"<a/>"),
        (b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        (b'{"a": 1}', None, {"a": 1}),
        (b"hello", None, "hello"),
        (b"\x00\xff", "", b"\x00\xff"),
    ],
)  # fmt: skip
def test_a_body_is_what_its_content_type_says(
    raw: bytes, content_type: str | None, expected: Any
) -> None:
    """SX.9."""
    assert parsed(raw, content_type) == expected


@pytest.mark.parametrize(
    ("raw", "content_type", "reason"),
    [
        (b"{", "application/json", "not valid JSON"),
        (b"{'a': 1}", "application/json", "not valid JSON"),
        (b'{"a": NaN}', "application/json", "not valid JSON"),
        (b'{"a": "\xff"}', "application/json", "not valid utf-8"),
        (b'{"a": "\xed\xa0\x80"}', "application/json", "not valid utf-8"),
        (b'{"a": "\\ud800"}', "application/json", "not valid JSON"),
        (b"[" * 100_000, "application/json", "nests too deeply"),
        (b"\xff", "application/json; charset=ascii", "not valid ascii"),
        (b"a", "application/json; charset=utf-16", "not valid utf-16"),
        (b"a=%FF", "application/x-www-form-urlencoded", "not valid utf-8"),
        (b"\xff=1", "application/x-www-form-urlencoded", "not valid utf-8"),
        (b"&".join(b"a=%d" % n for n in range(1002)), "application/x-www-form-urlencoded", "1000"),
        (b"\xff", "text/plain", "not valid utf-8"),
    ],
)  # fmt: skip
def test_a_body_that_is_something_else_is_refused_with_its_reason(
    raw: bytes, content_type: str, reason: str
) -> None:
    """SX.9, S0.21."""
    with pytest.raises(ValidationFailed) as caught:
        parsed(raw, content_type)

    assert caught.value.subject == "body"
    assert reason in caught.value.violations[0].message


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain; charset=nonsense", 415),
        ("text/plain; charset=base64", 415),
        ("text/plain; charset=idna", 415),
        ("text/plain; charset=unicode_escape", 415),
        ("text/plain; charset=\x00", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
    ],
)
def test_a_content_type_that_cannot_be_read_is_refused(content_type: str, status: int) -> None:
    with pytest.raises(Refusal) as caught:
        read_content_type(content_type)

    assert caught.value.response.status == status


@pytest.mark.parametrize(
    ("raw", "content_type", "is_json"),
    [
        (b"{}", "application/json", True),
        (b"{}", "application/vnd.api+json; charset=utf-8", True),
        (b"{}", "application/json; charset=latin-1", False),
        (b"\xef\xbb\xbf{}", "application/json", False),
        (b"{}", "text/plain", False),
        (b"{}", None, False),
    ],
)
def test_a_check_may_read_the_bytes_of_plain_json_only(
    raw: bytes, content_type: str | None, is_json: bool
) -> None:
    body = SentBody(raw, read_content_type(content_type))
    request = Request(method="POST", path="/", body=body)

    assert request.untouched_json == (raw if is_json else None)


def multipart(*parts: bytes, end: bytes = b"--x--\r\n") -> SentBody:
    """A body of parts, each its headers, an empty line and its content."""
    raw = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end
    return SentBody(raw, read_content_type("multipart/form-data; boundary=x"))


def field(name: str, content: bytes, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content


def test_multipart_gives_fields_and_files() -> None:
    body = multipart(
        field("title", "你好".encode()),
        field("tag", b"a"),
        field("tag", b"b"),
        field("file", b"\x00\r\n\xff", '; filename="né.bin"\r\nContent-Type: image/png'),
        field("file", b"2", '; filename="2.txt"'),
        field("empty", b"", '; filename=""'),
    )

    fields, files = body.parse()

    assert fields == {"title": "你好", "tag": ["a", "b"]}
    assert files == {
        "file": [
            UploadedFile(
                name="file", filename="né.bin", content_type="image/png", content=b"\x00\r\n\xff"
            ),
            UploadedFile(
                name="file",
                filename="2.txt",
                content_type="application/octet-stream",
                content=b"2",
            ),
        ]
    }
    assert body.is_form


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (multipart(field("a", b"1"), end=b""), "closing boundary"),
        (multipart(field("a", b"1"), end=b"--x"), "closing boundary"),
        (multipart(b"Content-Disposition: form-data\r\n\r\n1"), "no name"),
        (multipart(b"Bad Header: 1\r\n\r\n1"), "not valid multipart"),
        (multipart(field("a", b"\xff")), "not valid UTF-8"),
        (multipart(*(field("a", b"") for _ in range(1001))), "more than 1000 parts"),
        (SentBody(b"junk", read_content_type("multipart/form-data; boundary=x")), "multipart"),
    ],
)
def test_a_broken_multipart_body_is_refused_with_its_reason(body: SentBody, reason: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        body.parse()

    assert reason in str(caught.value)


def test_json_is_parsed_once() -> None:
    body = SentBody(b'{"a": []}', read_content_type("application/json"))
    request = Request(method="POST", path="/", body=body)

    assert request.body is request.body
    assert json.loads(request.raw_body) == request.body
