"""What log records look like on the terminal: one line each, in colour, or as JSON.

Everything shown passes through `escaped`, so that nothing a client sends can forge a line, move the
cursor or colour the screen.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Literal, TypeAlias

from motia_py.messages import JSON

Form = Literal["pretty", "json"]
#: Texts and the colour of each, "" for none, with a space between them.
Line: TypeAlias = tuple[tuple[str, str], ...]

#: Control characters (line ends and ESC among them), those that turn the direction of writing,
#: Unicode's own line ends, and lone surrogates, which no stream can encode.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "dim": 2, "bold": 1}
_LEVELS = {
    logging.DEBUG: "dim",
    logging.INFO: "green",
    logging.WARNING: "yellow",
    logging.ERROR: "red",
    logging.CRITICAL: "red",
}
_OUTCOME_COLOURS = {"ok": "green", "skipped": "dim", "retry": "yellow", "failed": "red"}
#: How a run ended, by the action of the bus's record about it.
_DECIDED = {"event.retry": "retry", "event.dead": "failed"}
#: Enough of a trace id to find its other lines.
_TRACE_DIGITS = 8
_INDENT = "    "
_PACKAGE = "motia_py"
#: What records bring besides their message, in the order in which JSON lines show it.
_EXTRA = ("action", "step", "topic", "detail", "trace_id", "attempt", "flows", "fields")


def escaped(text: str) -> str:
    """`text` on one line: what could move the cursor or start a new line is spelled out."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def json_text(value: JSON, *, indent: int | None = None) -> str:
    """`value` as JSON; what `escaped` spells out, this spells as JSON does."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # Inside JSON no text has a raw line end: these are those of the indentation.
    return "\n".join(map(_safe_json, text.split("\n")))


def _safe_json(text: str) -> str:
    # JSON leaves DEL, C1 and the like as they are; inside its strings this spells them the same.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def has_colour(stream: IO[str], environment: Mapping[str, str]) -> bool:
    """Whether to write colours: on a terminal that has them, unless NO_COLOR is set."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


def set_up(
    stream: IO[str], *, form: Form, is_verbose: bool, is_own_file: Callable[[str], bool]
) -> None:
    """Send log records to `stream`: the project's own from INFO, other libraries' from WARNING.

    `is_own_file` tells whether a path is one of the project's modules. `is_verbose` shows DEBUG of
    this package as well.
    """
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: _is_wanted(record, is_own_file))
    coloured = has_colour(stream, os.environ)
    handler.setFormatter(JsonFormatter() if form == "json" else PrettyFormatter(coloured=coloured))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger(_PACKAGE).setLevel(logging.DEBUG if is_verbose else logging.INFO)


def _is_wanted(record: logging.LogRecord, is_own_file: Callable[[str], bool]) -> bool:
    if record.levelno >= logging.WARNING or _is_ours(record):
        return True
    return is_own_file(record.pathname) or _has_own_level(record.name)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == _PACKAGE


def _has_own_level(name: str) -> bool:
    """Whether somebody set a level for this logger or one above it: they want its records."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.level == logging.NOTSET:
        logger = logger.parent
    return logger is not None and logger.parent is not None


def run_line(cause: str, step: str, outcome: str, detail: str) -> Line:
    """One run of a step, set off by `cause`."""
    colour = _OUTCOME_COLOURS.get(outcome, "yellow")
    return ((cause, "cyan"), ("->", "dim"), (step, "bold"), (outcome, colour), (detail, "dim"))


class PrettyFormatter(logging.Formatter):
    """One line per record: time, level, step, message, fields, trace. A traceback is indented.

    A record may bring its own `line`, which is shown in place of level, message and fields. The
    bus's records of failed runs look like the lines of those that went well.
    """

    def __init__(self, *, coloured: bool) -> None:
        super().__init__()
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        parts = [self._paint(clock, "dim"), *self._middle(record)]
        trace_id = getattr(record, "trace_id", None)
        if trace_id:
            parts.append(self._paint(str(trace_id)[:_TRACE_DIGITS], "dim"))
        return "\n".join([" ".join(parts), *map(_indented, _traceback_lines(self, record))])

    def _middle(self, record: logging.LogRecord) -> list[str]:
        line = _own_line(record)
        if line is not None:
            return [self._paint(text, colour) for text, colour in line]
        level = self._paint(record.levelname.lower(), _LEVELS.get(record.levelno, ""))
        source = self._source(record)
        fields = getattr(record, "fields", None)
        shown = [self._paint(_compact(fields), "dim")] if fields else []
        return [level, *source, escaped(record.getMessage()), *shown]

    def _source(self, record: logging.LogRecord) -> list[str]:
        if not _is_ours(record):
            return [self._paint(record.name, "cyan")]
        # Our own messages name the step themselves.
        if getattr(record, "action", None) != "step.log":
            return []
        return [self._paint(str(getattr(record, "step", "")), "cyan")]

    def _paint(self, text: str, colour: str) -> str:
        safe = escaped(text)
        code = _COLOURS.get(colour)
        return f"\x1b[{code}m{safe}\x1b[0m" if self._coloured and code else safe


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time, level, logger, message, and what `extra` brought."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, JSON] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in _EXTRA:
            value = getattr(record, name, None)
            if value not in (None, "", (), {}, []):
                entry[name] = value
        traceback = "\n".join(_traceback_lines(self, record))
        if traceback:
            entry["traceback"] = traceback
        return _json_line(entry)


def _own_line(record: logging.LogRecord) -> Line | None:
    outcome = _DECIDED.get(getattr(record, "action", ""))
    if outcome is None:
        line: Line | None = getattr(record, "line", None)
        return line
    cause, step, detail = (str(getattr(record, name, "")) for name in ("topic", "step", "detail"))
    return run_line(cause, step, outcome, f"({detail})")


def _traceback_lines(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    text = getattr(record, "traceback", "")
    if not text and record.exc_info:
        text = formatter.formatException(record.exc_info)
    # Not splitlines(): it would let other characters than \n begin a line.
    return text.rstrip("\n").split("\n") if text else []


def _indented(line: str) -> str:
    # The spaces at its left are the code's own; all else is escaped.
    return _INDENT + escaped(line)


def _compact(fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False, default=str)


def _json_line(entry: Mapping[str, JSON]) -> str:
    try:
        text = json.dumps(entry, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        # NaN and infinities are no JSON; better a text than a line that no reader takes.
        text = json.dumps({**entry, "fields": repr(entry.get("fields"))}, ensure_ascii=False)
    return _safe_json(text)
