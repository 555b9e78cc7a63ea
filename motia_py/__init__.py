"""Declare steps and streams in files; motia_py runs them. These are the names for step files.

A name is imported when it is first asked for, so that a command like `motia-py --help` need not
load everything that handlers can use.
"""

import importlib.metadata
import typing

if typing.TYPE_CHECKING:
    from motia_py.errors import (
        BodyCutShort,
        ConfigError,
        ConnectionRefused,
        MotiaError,
        NonRetryable,
        NotJSON,
        Retry,
        StepTimeout,
        StoreUnavailable,
        UndeclaredTopic,
        UnknownStream,
        UpdateFailed,
        ValidationFailed,
    )
    from motia_py.project.builders import (
        cron,
        http,
        multi_trigger_step,
        queue,
        socket,
        state,
        step,
        stream,
    )
    from motia_py.runtime.ambient import Stream, enqueue, logger, state_manager
    from motia_py.runtime.ambient import state_manager as stateManager
    from motia_py.runtime.context import Context
    from motia_py.runtime.files import FileResponse
    from motia_py.runtime.request_body import UploadedFile
    from motia_py.runtime.requests import ApiResponse, EventStream, Request, ServerSentEvent

    __version__: str

__all__ = [
    "ApiResponse",
    "BodyCutShort",
    "ConfigError",
    "ConnectionRefused",
    "Context",
    "EventStream",
    "FileResponse",
    "MotiaError",
    "NonRetryable",
    "NotJSON",
    "Request",
    "Retry",
    "ServerSentEvent",
    "StepTimeout",
    "StoreUnavailable",
    "Stream",
    "UndeclaredTopic",
    "UnknownStream",
    "UpdateFailed",
    "UploadedFile",
    "ValidationFailed",
    "__version__",
    "cron",
    "enqueue",
    "http",
    "logger",
    "multi_trigger_step",
    "queue",
    "socket",
    "state",
    "stateManager",
    "state_manager",
    "step",
    "stream",
]

_HOMES = {
    "motia_py.errors": (
        "BodyCutShort",
        "ConfigError",
        "ConnectionRefused",
        "MotiaError",
        "NonRetryable",
        "NotJSON",
        "Retry",
        "StepTimeout",
        "StoreUnavailable",
        "UndeclaredTopic",
        "UnknownStream",
        "UpdateFailed",
        "ValidationFailed",
    ),
    "motia_py.project.builders": (
        "cron",
        "http",
        "multi_trigger_step",
        "queue",
        "socket",
        "state",
        "step",
        "stream",
    ),
    "motia_py.runtime.ambient": ("Stream", "enqueue", "logger", "state_manager"),
    "motia_py.runtime.context": ("Context",),
    "motia_py.runtime.files": ("FileResponse",),
    "motia_py.runtime.request_body": ("UploadedFile",),
    "motia_py.runtime.requests": (
        "ApiResponse",
        "EventStream",
        "Request",
        "ServerSentEvent",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> typing.Any:
    if name == "__version__":
        return importlib.metadata.version("motia_py")
    # Motia 1.0's spelling.
    plain = "state_manager" if name == "stateManager" else name
    if plain not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOME_OF[plain]), plain)
    return value
