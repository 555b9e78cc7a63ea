"""Answers as they go out."""

from __future__ import annotations

import datetime
import json
import logging
from typing import Any

import pytest

from motia_py.runtime.requests import ApiResponse
from motia_py.web.responding import build

TRACE = "0" * 31 + "1"


def sent(body: Any = b"", status: Any = 200, **headers: Any) -> Any:
    response = ApiResponse(
        status=status,
        body=body,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return build(response, trace_id=TRACE)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ({"ok": True}, "application/json", b'{"ok":true}'),
        ([1, "é"], "application/json", '[1,"é"]'.encode()),
        (None, "application/json", b"null"),
        (7, "application/json", b"7"),
        (datetime.date(2026, 1, 2), "application/json", b'"2026-01-02"'),
        ("<p>é</p>", "text/html; charset=utf-8", "<p>é</p>".encode()),
        ("", "text/html; charset=utf-8", b""),
        (b"\x00\xff", None, b"\x00\xff"),
        (bytearray(b"ab"), None, b"ab"),
        (memoryview(b"ab"), None, b"ab"),
    ],
)
def test_a_bodys_type_decides_how_it_is_sent(
    body: Any, content_type: str | None, expected: bytes
) -> None:
    response = sent(body)

    assert response.body == expected
    assert response.headers.get("Content-Type") == content_type


@pytest.mark.parametrize(
    ("body", "given", "content_type", "expected"),
    [
        ("你好", "text/plain", "text/plain; charset=utf-8", "你好".encode()),
        ("é", "text/plain; charset=latin-1", "text/plain; charset=latin-1", b"\xe9"),
        ("{}", "application/json", "application/json", b"{}"),
        ({"a": 1}, "application/ld+json", "application/ld+json", b'{"a":1}'),
        (b"x", "image/png", "image/png", b"x"),
    ],
)
def test_a_header_of_ones_own_decides_before_that(
    body: Any, given: str, content_type: str, expected: bytes
) -> None:
    response = sent(body, content_type=given)

    assert response.body == expected
    assert response.headers.getall("Content-Type") == [content_type]


def test_a_list_is_sent_once_per_value() -> None:
    response = sent(Set_Cookie=["a=1", "b=2"], X_Count=3)

    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers["X-Count"] == "3"


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    response = sent({"ignored": True}, status)

    assert response.body is None
    assert "Content-Type" not in response.headers


def test_an_informational_status_ends_the_connection() -> None:
    """A client takes it for an announcement and would wait for the answer for ever."""
    response = sent({"ignored": True}, 102)

    assert response.body is None
    assert response.keep_alive is False


def test_every_answer_carries_its_trace_and_hides_what_serves_it() -> None:
    response = sent({"ok": True}, x_trace_id="forged")

    assert response.headers.getall("x-trace-id") == [TRACE]
    assert response.headers["Server"] == "motia_py"


def test_headers_that_say_how_bytes_travel_are_the_servers_own() -> None:
    response = sent({"ok": True}, content_length="1", transfer_encoding="chunked", connection="x")

    assert response.headers.keys() == {"Content-Type", "x-trace-id", "Server"}


def test_a_steps_own_cors_header_wins() -> None:
    response = build(
        ApiResponse(headers={"access-control-allow-origin": "*"}),
        trace_id=TRACE,
        extra={"Access-Control-Allow-Origin": "http://localhost:5173"},
    )

    assert response.headers.getall("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nSet-Cookie: b=1"},
        {"X-A": "a\nb"},
        {"X-A": "a\x00b"},
        {"X-A": "\udcff"},
        {"X-A": ["fine", "a\rb"]},
        {"X-A\r\nX-B": "a"},
        {"X A": "a"},
        {"": "a"},
        {"X-A": None},
        {"X-A": {"a": 1}},
        {7: "a"},
    ],
)
def test_a_header_that_would_split_the_answer_is_refused(
    headers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """S13."""
    with caplog.at_level(logging.ERROR):
        response = build(ApiResponse(headers=headers), trace_id=TRACE)

    assert response.status == 500
    assert json.loads(response.body) == {  # type: ignore[arg-type] # bytes, as it is JSON
        "error": "Internal server error",
        "traceId": TRACE,
    }
    assert "cannot be sent" in caplog.text


@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        ({"at": object()}, 200, None),
        (float("nan"), 200, None),
        ("\ud800", 200, None),
        ("é", 200, "text/plain; charset=ascii"),
        ("a", 200, "text/plain; charset=nonsense"),
        ("a", 200, "text/plain; charset=base64"),
        ({}, 99, None),
        ({}, 600, None),
        ({}, "200", None),
        ({}, True, None),
    ],
)
def test_what_cannot_be_sent_is_a_500_with_its_reason_in_the_log(
    body: Any, status: Any, content_type: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = sent(body, status, **({"content_type": content_type} if content_type else {}))

    assert response.status == 500
    assert "cannot be sent" in caplog.text


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("X-A", "1")], "headers must be a mapping, got list"),
        ([], "headers must be a mapping, got list"),
        ("X-A: 1", "headers must be a mapping, got str"),
    ],
)
def test_headers_that_are_no_mapping_are_named_in_the_log(
    headers: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = build(ApiResponse(headers=headers), trace_id=TRACE)

    assert (response.status, response.headers["x-trace-id"]) == (500, TRACE)
    assert reason in caplog.text


def test_no_headers_may_be_written_as_none() -> None:
    """As in the dict form of a response."""
    none: Any = None

    response = build(ApiResponse(headers=none), trace_id=TRACE)

    assert response.status == 200
