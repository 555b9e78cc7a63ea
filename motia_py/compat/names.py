"""Which names each module of Motia 1.0's package holds, and what stands behind them here."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from motia_py.compat import (
    configs,
    elsewhere,
    guards,
    hints,
    step_ids,
    tracing,
    validation,
)
from motia_py.messages import TriggerInfo
from motia_py.project import builders
from motia_py.runtime import ambient, requests


def _of(source: ModuleType, names: str) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names.split()}


def _guards() -> dict[str, Any]:
    patterns = ("is_{}_trigger", "is_{}_step", "get_{}_triggers")
    kinds = ("api", "queue", "cron", "state", "stream")
    return _of(guards, " ".join(pattern.format(kind) for pattern in patterns for kind in kinds))


_STREAM_TYPES = {
    **_of(hints, "StreamAuthInput StreamSubscription"),
    **_of(configs, "StreamAuthResult StreamConfig"),
}

#: By the name after `motia.`.
SUBMODULES: Mapping[str, Mapping[str, Any]] = {
    "bridge": _of(elsewhere, "bridge"),
    "cli": _of(elsewhere, "main"),
    "enqueue": _of(ambient, "enqueue"),
    "guards": _guards(),
    "iii": _of(elsewhere, "get_instance init_iii"),
    "loader": _of(step_ids, "STEP_NAMESPACE generate_step_id"),
    "logger": _of(ambient, "logger"),
    "multi_trigger": _of(builders, "MultiTriggerStepBuilder multi_trigger_step"),
    "runtime": _of(elsewhere, "Motia"),
    "schema_utils": _of(validation, "schema_to_json_schema"),
    "setup_step_endpoint": _of(elsewhere, "setup_step_endpoint"),
    "state": {
        **_of(ambient, "StateManager state_manager"),
        # The name in Motia's code; the other one is that of its documents.
        "stateManager": ambient.state_manager,
    },
    "step": {
        **_of(builders, "StepBuilder StepDefinition step"),
        "StepHandler": hints.StepHandler,
    },
    "stream_client": _of(
        elsewhere, "JoinMessage StreamClient StreamGroupSubscription StreamItemSubscription"
    ),
    "streams": _of(hints, "Stream"),
    "tracing": _of(
        tracing,
        "HAS_OTEL extract_parent_context get_trace_id_from_span get_tracer inject_context"
        " instrument_bridge operation_span record_exception set_span_ok step_span",
    ),
    "triggers": _of(builders, "api cron http queue state stream"),
    "types": {
        **_of(
            hints,
            "ApiMiddleware ApiRequest ApiRouteMethod Enqueuer FlowContext InternalStateManager"
            " MotiaHttpArgs MotiaHttpRequest StateTriggerInput StreamEvent StreamTriggerInput"
            " TriggerCondition TriggerConfig TriggerInput",
        ),
        **_of(
            configs,
            "ApiTrigger CronTrigger Enqueue HandlerConfig QueryParam QueueConfig QueueTrigger"
            " StateTrigger Step StepConfig StreamTrigger",
        ),
        **_of(builders, "state stream"),
        "ApiResponse": requests.ApiResponse,
        "MotiaHttpResponse": elsewhere.MotiaHttpResponse,
        "TriggerInfo": TriggerInfo,
    },
    "types_stream": _STREAM_TYPES,
    "validator": _of(
        validation,
        "check_schema_compatibility pydantic_to_json_schema validate_schema validate_step"
        " validate_step_config",
    ),
}

_ELSEWHERE_ONLY = frozenset({"bridge", "cli", "stream_client", "tracing", "validator"})

#: What `from motia import ...` finds, besides the submodules.
PACKAGE: Mapping[str, Any] = {
    name: value
    for module, names in SUBMODULES.items()
    if module not in _ELSEWHERE_ONLY
    for name, value in names.items()
} | _of(elsewhere, "ChannelReader ChannelWriter")
