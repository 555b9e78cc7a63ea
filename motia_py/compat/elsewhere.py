"""Names of Motia 1.0 that talk to its separate engine, or run a client of it.

They can be imported, so that a file loads; using one raises MotiaError, which says what to do here.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from motia_py.errors import MotiaError


class NoEngine(MotiaError, AttributeError):
    """What the name did is done otherwise here; an AttributeError so that `hasattr` works."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(f"{name} belongs to Motia's engine, which motia_py has not: {advice}")


_CALLS = "use enqueue() to run another step, state_manager and Stream to share data"
_ANSWERING = "return an ApiResponse, or `yield` its parts from an async handler"
_WATCHING = (
    "in a step declare a trigger, stream(name); elsewhere open a WebSocket on"
    " /streams/<name>/<group>, which sends each item as JSON"
)


def get_instance() -> NoReturn:
    raise NoEngine("get_instance()", _CALLS)


def init_iii(otel_config: Any = None) -> NoReturn:
    raise NoEngine("init_iii()", "leave it out, `motia-py dev` starts everything")


def setup_step_endpoint(iii: Any) -> NoReturn:
    raise NoEngine("setup_step_endpoint()", "leave it out, the workbench shows the steps' sources")


def main() -> NoReturn:
    raise NoEngine("motia.cli.main()", "run `motia-py dev` or `motia-py start`")


class _Bridge:
    def __getattr__(self, name: str) -> NoReturn:
        raise NoEngine(f"bridge.{name}", _CALLS)


bridge = _Bridge()


class _Elsewhere:
    """A class that can be named in annotations, and cannot be made."""

    _advice: ClassVar[str]

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NoEngine(f"{type(self).__name__}()", self._advice)


class Motia(_Elsewhere):
    _advice = (
        "steps, streams and `authenticate` are found in their files; put `config` and `handler`"
        " into steps/<name>_step.py and run `motia-py dev`"
    )


class ChannelReader(_Elsewhere):
    _advice = "read a request's bytes from `request.raw_body`"


class ChannelWriter(_Elsewhere):
    _advice = _ANSWERING


class MotiaHttpResponse(_Elsewhere):
    _advice = _ANSWERING


class StreamClient(_Elsewhere):
    _advice = _WATCHING


class StreamItemSubscription(_Elsewhere):
    _advice = _WATCHING


class StreamGroupSubscription(_Elsewhere):
    _advice = _WATCHING


class JoinMessage(_Elsewhere):
    _advice = _WATCHING
