"""What is recorded of runs: bounded, secrets masked, identifiers as W3C has them."""

from __future__ import annotations

import pytest

from motia_py import encoding
from motia_py.clock import FakeClock
from motia_py.runtime.tracing import (
    MAX_MARKS,
    MAX_SPANS,
    MAX_SPANS_OF_TRACE,
    MAX_TRACEBACK_CHARACTERS,
    MAX_TRACES,
    Span,
    TraceLog,
    new_span_id,
    new_trace_id,
    read_traceparent,
    user_place,
    user_traceback,
)

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_identifiers_are_hex_of_the_right_length() -> None:
    assert len(new_trace_id()) == 32
    assert len(new_span_id()) == 16
    assert int(new_trace_id(), 16) != int(new_trace_id(), 16)


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (f"00-{TRACE}-{SPAN}-01", (TRACE, SPAN)),
        (f"00-{TRACE}-{SPAN}-00", (TRACE, SPAN)),
        (None, None),
        ("", None),
        ("nonsense", None),
        (f"00-{TRACE}-{SPAN}", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
    ],
)
def test_only_a_valid_traceparent_is_taken_on(
    header: str | None, read: tuple[str, str] | None
) -> None:
    assert read_traceparent(header) == read


def test_the_oldest_trace_goes_first() -> None:
    log = TraceLog(FakeClock())

    for number in range(MAX_TRACES + 5):
        log.begin("Step", "cron", f"{number:032x}", None)

    assert len(log.recent(MAX_TRACES * 2)) == MAX_TRACES
    assert log.spans(f"{4:032x}") == ()
    assert len(log.spans(f"{5:032x}")) == 1


def test_spans_of_a_trace_and_marks_of_a_span_are_bounded() -> None:
    log = TraceLog(FakeClock())

    spans = [log.begin("Step", "cron", TRACE, None) for _ in range(MAX_SPANS_OF_TRACE + 5)]
    for _ in range(MAX_MARKS + 5):
        log.mark(spans[0], "emit", "topic")

    assert len(log.spans(TRACE)) == MAX_SPANS_OF_TRACE
    assert len(spans[0].marks or ()) == MAX_MARKS


def test_the_marks_of_a_span_are_bounded_together() -> None:
    log = TraceLog(FakeClock())
    span = log.begin("s", "t", TRACE, None)
    for n in range(MAX_MARKS):
        log.mark(span, "log", "info", {f"k{k}": str(n) + "x" * 490 for k in range(8)})
        log.mark(span, "stream", "set", ["chat", "room", str(n)])

    assert span.marks is not None
    assert len(span.marks) == MAX_MARKS
    assert len(encoding.dumps([mark.detail for mark in span.marks])) < 150_000
    assert span.marks[-1].detail == ["chat", "room", "99"]
    assert span.marks[-2].detail["k0"].startswith("99x")


def test_large_traces_push_out_the_oldest() -> None:
    log = TraceLog(FakeClock())
    fit = MAX_SPANS // MAX_SPANS_OF_TRACE

    for number in range(fit + 2):
        for _ in range(MAX_SPANS_OF_TRACE):
            log.begin("Step", "cron", f"{number:032x}", None)

    assert len(log.recent()) == fit
    assert log.spans(f"{1:032x}") == ()
    assert len(log.spans(f"{2:032x}")) == MAX_SPANS_OF_TRACE


def test_a_span_says_how_long_it_took_and_listeners_hear_of_its_end() -> None:
    clock = FakeClock()
    log = TraceLog(clock)
    heard: list[Span] = []
    log.listen(heard.append)

    span = log.begin("Step", "queue(t)", TRACE, SPAN)
    clock.advance(1.5)
    log.end(span, "error", "ValueError")

    assert heard == [span]
    assert (span.duration_seconds, span.status, span.error) == (1.5, "error", "ValueError")
    assert span.traceparent == f"00-{TRACE}-{span.id}-01"


def fail() -> None:
    raise ValueError("on purpose")


def test_a_traceback_shows_the_users_frames_only() -> None:
    with pytest.raises(ValueError, match="on purpose") as caught:
        fail()

    assert 'raise ValueError("on purpose")' in user_traceback(caught.value)
    assert user_place(caught.value).startswith(" at test_tracing.py:")


def test_an_error_that_is_ours_alone_has_no_traceback_to_show() -> None:
    error = ValueError("ours")

    assert (user_traceback(error), user_place(error)) == ("", "")


def test_who_listens_is_handed_what_runs_are_given_and_answer() -> None:
    log = TraceLog(FakeClock())
    seen: list[tuple[str, Span, object]] = []
    log.listen(
        begun=lambda span, given: seen.append(("given", span, given)),
        answered=lambda span, answer: seen.append(("answered", span, answer)),
    )

    span = log.begin("Step", "http(GET /)", TRACE, None, given="request")
    log.answer(span, "response")

    assert seen == [("given", span, "request"), ("answered", span, "response")]


def test_a_run_is_found_by_its_id() -> None:
    log = TraceLog(FakeClock())
    first, second = (log.begin("Step", "cron", TRACE, None) for _ in range(2))

    assert log.find(TRACE, first.id) is first
    assert log.find(TRACE, first.id, among=1) is None
    assert log.find(TRACE, second.id, among=1) is second
    assert log.find("other", first.id) is None


def test_a_long_message_leaves_the_frames_in_a_traceback() -> None:
    with pytest.raises(ValueError, match="begin") as caught:
        raise ValueError("begin" + "x" * 1_000_000 + "end")

    shown = user_traceback(caught.value)
    assert len(shown) < MAX_TRACEBACK_CHARACTERS + 10
    assert "test_tracing.py" in shown
    assert shown.endswith("end\n")
