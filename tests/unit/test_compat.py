"""Motia 1.0's own names: one row for each, and when they are there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from motia_py.compat import MotiaNames
from motia_py.compat.names import SUBMODULES
from motia_py.project import builders
from tests.projects import write_project

_PUBLIC = """
    get_instance init_iii ChannelReader ChannelWriter Motia setup_step_endpoint generate_step_id
    api http queue cron state stream schema_to_json_schema
    step StepDefinition StepBuilder multi_trigger_step MultiTriggerStepBuilder
    ApiMiddleware ApiRequest ApiResponse ApiRouteMethod MotiaHttpRequest MotiaHttpArgs
    MotiaHttpResponse ApiTrigger CronTrigger Enqueue Enqueuer FlowContext QueryParam QueueTrigger
    StateTrigger StateTriggerInput Step StepConfig StreamConfig StreamAuthInput StreamAuthResult
    StreamEvent StreamSubscription StreamTrigger StreamTriggerInput TriggerCondition TriggerConfig
    TriggerInfo TriggerInput
    enqueue logger Stream StateManager stateManager state_manager QueueConfig tracing
    is_api_trigger is_queue_trigger is_cron_trigger is_state_trigger is_stream_trigger
    is_api_step is_queue_step is_cron_step is_state_step is_stream_step
    get_api_triggers get_queue_triggers get_cron_triggers get_state_triggers get_stream_triggers
"""
PUBLIC = _PUBLIC.split()
#: Modules whose own names the package does not repeat.
MODULES = [
    ("bridge", "bridge"),
    ("cli", "main"),
    ("loader", "STEP_NAMESPACE generate_step_id"),
    ("step", "StepHandler"),
    ("stream_client", "StreamClient StreamItemSubscription StreamGroupSubscription JoinMessage"),
    (
        "tracing",
        "HAS_OTEL get_tracer step_span operation_span inject_context extract_parent_context"
        " get_trace_id_from_span record_exception set_span_ok instrument_bridge",
    ),
    ("types", "QueueConfig HandlerConfig InternalStateManager state stream"),
    (
        "validator",
        "validate_schema validate_step_config validate_step pydantic_to_json_schema"
        " check_schema_compatibility",
    ),
]
#: Modules that hold a part of what the package has too.
SHARED_MODULES = [
    ("enqueue", "enqueue"),
    ("guards", "is_api_trigger get_stream_triggers is_cron_step"),
    ("iii", "get_instance init_iii"),
    ("logger", "logger"),
    ("multi_trigger", "multi_trigger_step MultiTriggerStepBuilder"),
    ("runtime", "Motia"),
    ("schema_utils", "schema_to_json_schema"),
    ("setup_step_endpoint", "setup_step_endpoint"),
    ("state", "StateManager stateManager state_manager"),
    ("step", "step StepBuilder StepDefinition"),
    ("streams", "Stream"),
    ("triggers", "api cron http queue state stream"),
    ("types", "ApiRequest ApiResponse FlowContext StepConfig MotiaHttpArgs TriggerInfo"),
    ("types_stream", "StreamAuthInput StreamAuthResult StreamConfig StreamSubscription"),
]


def is_motia(name: str) -> bool:
    return name.partition(".")[0] == "motia"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_of_motia_can_be_imported(motia: Any, name: str) -> None:
    namespace: dict[str, Any] = {}

    exec(f"from motia import {name}", namespace)

    assert namespace[name] is getattr(motia, name)


@pytest.mark.parametrize(("module", "names"), MODULES)
def test_a_module_of_motia_holds_its_names(motia: Any, module: str, names: str) -> None:
    found = importlib.import_module(f"motia.{module}")

    assert [name for name in names.split() if not hasattr(found, name)] == []
    assert set(names.split()) <= set(found.__all__)


@pytest.mark.parametrize(("module", "names"), SHARED_MODULES)
def test_a_modules_names_are_those_of_the_package(motia: Any, module: str, names: str) -> None:
    found = importlib.import_module(f"motia.{module}")

    for name in names.split():
        assert getattr(found, name) is getattr(motia, name)


def test_every_module_has_a_row_here() -> None:
    assert {module for module, _ in MODULES + SHARED_MODULES} == set(SUBMODULES)


@pytest.mark.parametrize("name", ["enqueue", "logger", "state", "step"])
def test_importing_a_module_does_not_hide_the_name_that_it_shares(motia: Any, name: str) -> None:
    module = importlib.import_module(f"motia.{name}")

    assert isinstance(module, ModuleType)
    assert not isinstance(getattr(motia, name), ModuleType)


def test_a_name_that_motia_never_had_is_not_there(motia: Any) -> None:
    with pytest.raises(ImportError, match="no_such_name"):
        exec("from motia import no_such_name")
    with pytest.raises(ModuleNotFoundError, match=r"motia\.no_such_module"):
        importlib.import_module("motia.no_such_module")


def test_outside_of_the_block_there_is_no_motia() -> None:
    with MotiaNames():
        importlib.import_module("motia.types")

    assert not any(map(is_motia, sys.modules))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("motia")


def test_of_two_blocks_the_outer_one_goes_on_after_the_inner() -> None:
    with MotiaNames():
        with MotiaNames():
            importlib.import_module("motia")

        found = importlib.import_module("motia")

        assert found.http is builders.http


@pytest.fixture
def forgetting() -> Iterator[None]:
    yield
    for name in filter(is_motia, list(sys.modules)):
        del sys.modules[name]


@pytest.mark.usefixtures("forgetting")
def test_leaving_takes_nothing_that_was_not_made_here() -> None:
    other = ModuleType("motia")
    with MotiaNames():
        importlib.import_module("motia")
        sys.modules["motia"] = other

    assert sys.modules["motia"] is other


@pytest.mark.usefixtures("forgetting")
def test_a_real_motia_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(
        tmp_path, {"motia/__init__.py": "http = 'real'", "motia/triggers.py": "api = 'real'"}
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    with MotiaNames():
        found = importlib.import_module("motia")
        triggers = importlib.import_module("motia.triggers")
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("motia.types")

    assert (found.http, triggers.api) == ("real", "real")
    assert sys.modules["motia"] is found


@pytest.mark.usefixtures("forgetting")
def test_a_folder_called_motia_is_no_real_motia(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project's root may have that name, and the folder above it is importable."""
    write_project(tmp_path, {"motia/services/prices.py": "TEA = 2"})
    monkeypatch.syspath_prepend(str(tmp_path))

    with MotiaNames():
        found = importlib.import_module("motia")
        prices = importlib.import_module("motia.services.prices")

    assert found.http is builders.http
    assert prices.TEA == 2
