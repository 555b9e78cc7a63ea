"""Every error that motia_py raises, and what a file that failed to load leaves behind.

    MotiaError
    ├── ConfigError        a declaration or a setting is wrong
    ├── ValidationFailed   a payload does not fit its schema
    │   └── InvalidInput   ... and it came from outside: trying again cannot help
    ├── BodyCutShort       the body of a request did not arrive whole
    ├── NotJSON            a value cannot travel as JSON
    ├── ConnectionRefused  raised by a handler of `connect`: this client is not let in
    ├── UndeclaredTopic    a strict step emitted a topic outside its list
    ├── UnknownStream      a stream that no file declares
    ├── NoSuchLetter       no dead letter has this id
    ├── UpdateFailed       an update operation does not fit the value it met
    ├── StepTimeout        a handler ran past its time limit
    ├── Retry              raised by a handler: run this delivery again later
    ├── NonRetryable       raised by a handler: do not try this delivery again
    ├── Overloaded         too much is waiting already
    ├── StoreUnavailable   the store does not answer, or takes no writes (disk full)
    └── CannotStart        the server cannot start (port taken, wrong folder)
        └── CannotOpenStore  ... because of its store (in use, damaged, too new)

Each message names the thing, says what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class MotiaError(Exception):
    """Base of everything that motia_py raises on purpose."""


class ConfigError(MotiaError):
    """A step, stream, trigger or setting is declared wrongly; `advice` says how to mend it."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a payload breaks its schema: `path` is dotted, empty for the whole."""

    path: str
    message: str


class ValidationFailed(MotiaError):
    """A payload does not fit its schema; `violations` lists every place."""

    def __init__(self, subject: str, violations: Sequence[Violation]) -> None:
        self.subject = subject
        self.violations = tuple(violations)
        places = "; ".join(f"{v.path or '(whole)'}: {v.message}" for v in self.violations)
        super().__init__(f"{subject} does not fit its schema: {places}")


class InvalidInput(ValidationFailed):
    """What a request or an event brought does not fit; the same again would not either."""


class BodyCutShort(MotiaError):
    """The body of a request did not arrive whole: its client went away, was too slow, or broke
    HTTP. `status` is what the client is answered, if it is there to be."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class NotJSON(MotiaError):
    """A value has no JSON form; the message names the place and the type."""


class ConnectionRefused(MotiaError):
    """Raise in a handler of a Socket.IO `connect`: the client gets a `connect_error` with this
    message and `data`."""

    def __init__(self, message: str = "Connection refused", data: object = None) -> None:
        super().__init__(message)
        self.data = data


class UndeclaredTopic(MotiaError):
    """A step with `strict_emits` emitted a topic that its config does not list."""


class UnknownStream(MotiaError, AttributeError):
    """No stream file declares this name; the message lists the names that exist.

    An AttributeError as well: `context.streams.order` is looked up as one.
    """


class NoSuchLetter(MotiaError):
    """No dead letter has this id, or one that begins so."""


class UpdateFailed(MotiaError):
    """An update operation does not fit the value it met; none of its batch was applied."""


class StepTimeout(MotiaError):
    """A handler ran past its time limit."""


class Retry(MotiaError):
    """Raise in a handler to have this delivery run again after `after` seconds.

    It counts as an attempt like any other failure.
    """

    def __init__(self, message: str = "the handler asked for a retry", *, after: float) -> None:
        super().__init__(message)
        self.after = after


class NonRetryable(MotiaError):
    """Raise in a handler to send this delivery to the dead letters at once."""


class Overloaded(MotiaError):
    """More work waits than the server will queue; the client may try again later."""


class StoreUnavailable(MotiaError):
    """The store does not answer or takes no writes; what was asked of it was not done."""


class CannotStart(MotiaError):
    """The server cannot start; the message is one line for the terminal."""


class CannotOpenStore(CannotStart):
    """The store is in use by another process, damaged, newer than this version or out of reach."""


FailureKind = Literal[
    "syntax",
    "import",
    "config",
    "handler",
    "schema",
    "duplicate-name",
    "duplicate-route",
    "duplicate-event",
    "error",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailure:
    """Why a step or stream file, or one of its triggers, is not served.

    `file` is relative to the project root; `line` is 1-based, None where no line is to blame.
    """

    file: str
    line: int | None
    kind: FailureKind
    message: str
    advice: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}" + (f" ({self.advice})" if self.advice else "")
