"""What log records look like, and that nobody who is logged can forge a line."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any, Literal

import pytest

from motia_py.cli.activity import tell_run
from motia_py.cli.overview import console, line
from motia_py.cli.terminal import JsonFormatter, PrettyFormatter, escaped, has_colour, json_text
from motia_py.clock import FakeClock
from motia_py.runtime.tracing import TraceLog

Outcome = Literal["ok", "skipped", "error"]

TRACE = "0123456789abcdef0123456789abcdef"


def record(message: str, *args: object, level: int = logging.INFO, **extra: Any) -> Any:
    made = logging.LogRecord("motia_py.step", level, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def pretty(made: logging.LogRecord, *, coloured: bool = False) -> str:
    """The line without its clock."""
    return PrettyFormatter(coloured=coloured).format(made).partition(" ")[2]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 中文 and 👩‍💻", "plain text, 中文 and 👩‍💻"),
        ("two\nlines", r"two\nlines"),
        ("back\rover", r"back\rover"),
        ("a\tb", r"a\tb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31mred", r"\x9b31mred"),
        ("\x00\x07\x08\x7f", r"\x00\x07\x08\x7f"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("evil\u202etxt.exe", r"evil\u202etxt.exe"),
        ("lone \ud800 surrogate", r"lone \ud800 surrogate"),
    ],
)
def test_what_could_move_the_cursor_is_spelled_out(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_only_where_somebody_wants_them(
    stream: io.StringIO, environment: dict[str, str], expected: bool
) -> None:
    assert has_colour(stream, environment) is expected


def test_a_step_log_is_one_line_with_step_fields_and_trace() -> None:
    made = record(
        "%s", "saved", action="step.log", step="SaveTodo", trace_id=TRACE, fields={"id": 1}
    )

    assert pretty(made) == 'info SaveTodo saved {"id": 1} 01234567'


def test_a_record_of_another_logger_is_shown_with_its_name() -> None:
    made = record("sent %d", 3, level=logging.WARNING)
    made.name = "shop.mail\n12:00:00 forged"

    assert pretty(made) == r"warning shop.mail\n12:00:00 forged sent 3"


def test_a_line_of_its_own_replaces_level_and_message() -> None:
    made = record("ignored", line=(("GET", "bold"), ("/x", ""), ("200", "green")), trace_id=TRACE)

    assert pretty(made) == "GET /x 200 01234567"


def test_colours_surround_text_and_leave_it_escaped() -> None:
    made = record("ignored", line=(("a\x1b[0mb", "red"),))

    assert pretty(made, coloured=True).endswith("\x1b[31ma\\x1b[0mb\x1b[0m")


@pytest.mark.parametrize(
    "made",
    [
        record("%s", "x\n12:00:00 info Forged line", action="step.log", step="S"),
        record("x", action="step.log", step="S\n12:00:00 info Forged"),
        record("x", fields={"a": "\n12:00:00 info Forged", "b\r\n": "\x9bK"}),
        record("x", line=(("GET", ""), ("/a\r\n12:00:00 GET /forged 200", ""))),
    ],
)
def test_no_part_of_a_record_can_begin_a_line(made: logging.LogRecord) -> None:
    shown = PrettyFormatter(coloured=False).format(made)

    assert shown.isprintable()


def test_a_traceback_is_indented_so_that_none_of_it_looks_like_a_record() -> None:
    made = record(
        "step S failed", traceback="Traceback:\n  File x\nValueError: a\n12:00:00 forged\r\x1b[2K\n"
    )

    _, *rest = PrettyFormatter(coloured=False).format(made).split("\n")

    assert rest == [
        "    Traceback:",
        "      File x",
        "    ValueError: a",
        r"    12:00:00 forged\r\x1b[2K",
    ]


def test_the_exception_of_a_record_is_shown_like_a_traceback() -> None:
    made = record("failed")
    try:
        raise ValueError("boom")
    except ValueError:
        made.exc_info = sys.exc_info()

    assert PrettyFormatter(coloured=False).format(made).endswith("\n    ValueError: boom")


def test_a_json_record_is_one_object_on_one_line() -> None:
    made = record(
        "%s",
        "saved\n中文",
        level=logging.WARNING,
        action="step.log",
        step="SaveTodo",
        trace_id=TRACE,
        flows=("todo",),
        fields={"id": 1},
        traceback="Traceback:\n  x",
    )
    made.created = 1_700_000_000.25

    line = JsonFormatter().format(made)

    assert "\n" not in line
    assert "中文" in line
    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20.250+00:00",
        "level": "warning",
        "logger": "motia_py.step",
        "message": "saved\n中文",
        "action": "step.log",
        "step": "SaveTodo",
        "trace_id": TRACE,
        "flows": ["todo"],
        "fields": {"id": 1},
        "traceback": "Traceback:\n  x",
    }


@pytest.mark.parametrize("text", ["\x9b2J", "\x7f", "\u2028", "\u202e", "\ud800", "\x1b[2J"])
def test_json_lines_hold_nothing_that_a_terminal_obeys(text: str) -> None:
    line = JsonFormatter().format(record("%s", text))

    assert line.isprintable()
    assert json.loads(line)["message"] == text


def test_json_for_the_terminal_is_as_safe_and_still_the_same_json() -> None:
    value = {"say": "\x1b[31m \x85\u2028 中\n"}

    text = json_text(value, indent=2)

    assert json.loads(text) == value
    assert text == '{\n  "say": "\\u001b[31m \\u0085\\u2028 中\\n"\n}'


@pytest.mark.parametrize("fields", [{"x": float("nan")}, {"x": object()}, {"x": {1, 2}}])
def test_fields_without_a_json_form_still_give_a_json_line(fields: dict[str, Any]) -> None:
    line = JsonFormatter().format(record("x", fields=fields))

    assert json.loads(line, parse_constant=pytest.fail)["message"] == "x"


def test_what_a_record_lacks_is_left_out() -> None:
    entry = json.loads(JsonFormatter().format(record("x", step="", trace_id="", fields={})))

    assert sorted(entry) == ["level", "logger", "message", "time"]


def ended_run(outcome: Outcome, *, trigger: str, error: str | None = None) -> None:
    """Tell of a run of step `Ship` that took 12.5 ms."""
    clock = FakeClock()
    traces = TraceLog(clock)
    traces.listen(tell_run)
    span = traces.begin("Ship", trigger, TRACE, None)
    clock.advance(0.0125)
    traces.end(span, outcome, error)


@pytest.mark.parametrize(
    ("outcome", "trigger", "error", "expected"),
    [
        ("ok", "queue(order.placed)", None, "order.placed -> Ship ok 12.5 ms"),
        ("ok", "queue(order.placed)::2", None, "order.placed -> Ship ok 12.5 ms"),
        ("skipped", "state", None, "state -> Ship skipped 12.5 ms"),
        ("ok", "cron(0 3 * * *)", None, "cron(0 3 * * *) -> Ship ok 12.5 ms"),
        ("error", "queue(a)", "cancelled", "a -> Ship cancelled 12.5 ms"),
    ],
)
def test_a_run_is_one_line(
    caplog: pytest.LogCaptureFixture, outcome: Outcome, trigger: str, error: str, expected: str
) -> None:
    with caplog.at_level(logging.INFO, "motia_py"):
        ended_run(outcome, trigger=trigger, error=error)

    assert [pretty(made) for made in caplog.records] == [f"{expected} 01234567"]


@pytest.mark.parametrize(
    ("outcome", "trigger", "error"),
    [
        ("ok", "http(POST /orders)", None),
        ("error", "http(POST /orders)", "cancelled"),
        ("error", "queue(order.placed)", "ValueError: x"),
    ],
)
def test_runs_that_others_tell_give_no_line(
    caplog: pytest.LogCaptureFixture, outcome: Outcome, trigger: str, error: str | None
) -> None:
    with caplog.at_level(logging.INFO, "motia_py"):
        ended_run(outcome, trigger=trigger, error=error)

    assert caplog.records == []


@pytest.mark.parametrize(
    ("action", "outcome"), [("event.retry", "retry"), ("event.dead", "failed")]
)
def test_a_failed_run_is_told_with_what_the_bus_decided(action: str, outcome: str) -> None:
    made = record(
        "whatever the bus says",
        action=action,
        step="Ship",
        topic="order.placed",
        trace_id=TRACE,
        attempt=1,
        detail="what comes of it: x\ny",
    )

    shown = pretty(made)

    assert shown == rf"order.placed -> Ship {outcome} (what comes of it: x\ny) 01234567"


def test_names_in_tables_are_neither_markup_nor_control_characters() -> None:
    shown = io.StringIO()

    console(shown).print(line("[red]Ship[/red] :smile: \x1b[2J", "bold"))

    assert shown.getvalue() == "[red]Ship[/red] :smile: \\x1b[2J\n"
