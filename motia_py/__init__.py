"""Declare steps and streams in files; motia_py runs them. These are the names for step files."""

from importlib.metadata import version as _version_of

from motia_py.errors import (
    ConfigError,
    MotiaError,
    NonRetryable,
    NotJSON,
    Retry,
    StepTimeout,
    UndeclaredTopic,
    UnknownStream,
    UpdateFailed,
    ValidationFailed,
)
from motia_py.project.builders import cron, http, multi_trigger_step, queue, state, step, stream
from motia_py.runtime.ambient import Stream, enqueue, logger, state_manager
from motia_py.runtime.context import Context
from motia_py.runtime.requests import (
    ApiResponse,
    EventStream,
    Request,
    ServerSentEvent,
    UploadedFile,
)

#: Motia 1.0's spelling.
stateManager = state_manager

__version__ = _version_of("motia_py")

__all__ = [
    "ApiResponse",
    "ConfigError",
    "Context",
    "EventStream",
    "MotiaError",
    "NonRetryable",
    "NotJSON",
    "Request",
    "Retry",
    "ServerSentEvent",
    "StepTimeout",
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
    "state",
    "stateManager",
    "state_manager",
    "step",
    "stream",
]
