"""Motia 1.0's own names: one row for each, and step files in its documented style."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from pydantic import BaseModel

from motia_py.compat import MotiaNames
from motia_py.compat.names import SUBMODULES
from motia_py.errors import MotiaError
from motia_py.project import builders
from motia_py.project.dialects import translate_step, translate_stream
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import load_project
from motia_py.runtime import ambient
from motia_py.runtime.access import Subscription
from motia_py.runtime.context import Context
from motia_py.runtime.payloads import Payload
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.testing import MotiaTester
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


class Order(BaseModel):
    item: str


def check(*_: object) -> bool:
    return True


def is_motia(name: str) -> bool:
    return name.partition(".")[0] == "motia"


@pytest.fixture
def motia() -> Iterator[Any]:
    with MotiaNames():
        yield importlib.import_module("motia")


# Which names there are


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


# When they are there


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


# Classes of configs


def test_a_step_config_made_with_classes_says_what_helpers_say(motia: Any) -> None:
    made = motia.StepConfig(
        name="Orders",
        description="Takes orders",
        triggers=[
            motia.ApiTrigger(
                method="POST",
                path="/orders",
                body_schema=Order,
                query_params=[motia.QueryParam(name="page", description="from 1")],
                condition=check,
            ),
            motia.QueueTrigger(
                topic="order", config=motia.QueueConfig(type="fifo", max_retries=1), input=Order
            ),
            motia.CronTrigger(expression="0 0 9 * * *"),
            motia.StateTrigger(condition=check),
            motia.StreamTrigger(stream_name="chat", group_id="g"),
        ],
        enqueues=["a", motia.Enqueue(topic="b", label="done", conditional=True)],
        virtual_subscribes=["c"],
        flows=["shop"],
    )
    written = {
        "name": "Orders",
        "description": "Takes orders",
        "triggers": [
            motia.http(
                "POST",
                "/orders",
                body_schema=Order,
                query_params=[{"name": "page", "description": "from 1"}],
                condition=check,
            ),
            motia.queue("order", config={"type": "fifo", "maxRetries": 1}, input=Order),
            motia.cron("0 0 9 * * *"),
            motia.state(condition=check),
            motia.stream("chat", group_id="g"),
        ],
        "enqueues": ["a", {"topic": "b", "label": "done", "conditional": True}],
        "virtualSubscribes": ["c"],
        "flows": ["shop"],
    }

    translation = translate_step(made, file="steps/orders_step.py")

    assert translation.warnings == ()
    assert translation.config == translate_step(written, file="steps/orders_step.py").config


def test_a_config_class_takes_camel_case_too(motia: Any) -> None:
    trigger = motia.ApiTrigger(method="POST", path="/orders", bodySchema=Order)
    made = motia.StepConfig(name="Orders", triggers=[trigger], virtualEnqueues=["a"])

    translation = translate_step(made, file="steps/orders_step.py")

    assert translation.warnings == ()
    assert [emit.topic for emit in translation.config.virtual_emits] == ["a"]


def test_a_misspelt_key_of_a_config_class_is_told_like_any_other(motia: Any) -> None:
    made = motia.StepConfig(name="Orders", triggers=[motia.cron("* * * * *")], enqueue=["a"])

    (warning,) = translate_step(made, file="steps/orders_step.py").warnings

    assert "`enqueue`" in warning
    assert "`enqueues`" in warning


def test_a_stream_config_may_have_a_class_as_its_schema(motia: Any) -> None:
    made = motia.StreamConfig(name="todo", schema=Order, base_config={"storage_type": "default"})

    translation = translate_stream(made, file="steps/todo_stream.py")

    assert translation.warnings == ()
    assert (translation.config.name, translation.config.schema) == ("todo", Order)


def test_a_config_reads_writes_and_dumps_as_a_model_does(motia: Any) -> None:
    config = motia.StepConfig.model_validate({"name": "Orders", "triggers": [motia.state()]})

    config.flows = ["shop"]

    assert (config.name, config["flows"], config.description) == ("Orders", ["shop"], None)
    assert config.model_dump(exclude_none=True)["triggers"][0]["type"] == "state"
    assert type(config.model_dump()) is dict
    with pytest.raises(AttributeError, match="StepConfig has no 'nmae'"):
        _ = config.nmae


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("QueueConfig", {"type": "standard", "max_retries": 3, "visibility_timeout": 30}),
        ("Enqueue", {"label": None, "conditional": False}),
        ("StepConfig", {"flows": None, "virtual_enqueues": None}),
        ("StreamConfig", {"schema": None, "on_join": None}),
        ("ApiTrigger", {"type": "http", "middleware": None, "condition": None}),
        ("QueueTrigger", {"type": "queue", "input": None}),
        ("CronTrigger", {"type": "cron"}),
        ("StateTrigger", {"type": "state"}),
        ("StreamTrigger", {"type": "stream", "group_id": None}),
    ],
)
def test_a_key_left_out_reads_as_motias_default(
    motia: Any, name: str, defaults: dict[str, Any]
) -> None:
    made = getattr(motia, name)()

    assert {key: getattr(made, key) for key in defaults} == defaults


def test_a_handler_config_has_motias_defaults(motia: Any) -> None:
    made = importlib.import_module("motia.types").HandlerConfig(timeout=5)

    assert (made.ram, made.cpu, made.timeout) == (128, None, 5)


def test_an_auth_result_must_say_whether_it_lets_in(motia: Any) -> None:
    assert motia.StreamAuthResult(authorized=True).context is None
    with pytest.raises(TypeError, match="authorized"):
        motia.StreamAuthResult(context={"user": 1})


# Classes of annotations


@pytest.mark.parametrize(
    "name",
    ["ApiRequest", "ApiResponse", "FlowContext", "MotiaHttpArgs", "MotiaHttpRequest", "Stream"],
)
def test_a_class_can_be_subscripted_in_annotations(motia: Any, name: str) -> None:
    made = getattr(motia, name)

    assert made[dict[str, Any]].__origin__ is made


@pytest.mark.parametrize(
    ("name", "arriving"),
    [
        ("ApiRequest", Request),
        ("ApiResponse", ApiResponse),
        ("FlowContext", Context),
        ("MotiaHttpArgs", Request),
        ("MotiaHttpRequest", Request),
        ("StateManager", ambient.StateManager),
        ("StateTriggerInput", Payload),
        ("StreamAuthInput", Request),
        ("StreamEvent", Payload),
        ("StreamSubscription", Subscription),
        ("StreamTriggerInput", Payload),
    ],
)
def test_what_arrives_is_an_instance_of_its_annotation(
    motia: Any, name: str, arriving: Any
) -> None:
    assert isinstance(arriving.__new__(arriving), getattr(motia, name))
    assert not isinstance(object(), getattr(motia, name))


def test_a_response_takes_its_parts_by_place_and_by_name(motia: Any) -> None:
    by_place = motia.ApiResponse(200, {"ok": True}, {"x-a": "1"})
    by_name = motia.ApiResponse[dict[str, bool]](
        status=200, body={"ok": True}, headers={"x-a": "1"}
    )

    assert by_place == by_name


@pytest.mark.parametrize(
    ("helper", "kind"),
    [
        ("http", "ApiTrigger"),
        ("api", "ApiTrigger"),
        ("queue", "QueueTrigger"),
        ("cron", "CronTrigger"),
        ("stream", "StreamTrigger"),
        ("state", "StateTrigger"),
    ],
)
def test_what_a_helper_returns_is_of_its_class_only(motia: Any, helper: str, kind: str) -> None:
    arguments = {"http": ("GET", "/"), "api": ("GET", "/"), "state": ()}.get(helper, ("x",))

    trigger = getattr(motia, helper)(*arguments)

    kinds = [name for name in PUBLIC if name.endswith("Trigger") and name[0].isupper()]
    assert [name for name in kinds if isinstance(trigger, getattr(motia, name))] == [kind]


# Functions


KINDS = {
    "api": {"type": "http", "method": "GET", "path": "/"},
    "queue": {"type": "queue", "topic": "x"},
    "cron": {"type": "cron", "expression": "* * * * *"},
    "state": {"type": "state"},
    "stream": {"type": "stream", "streamName": "x"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_guards_tell_triggers_and_steps_apart(motia: Any, kind: str) -> None:
    step = motia.Step(
        file_path="x_step.py", config=motia.StepConfig(name="X", triggers=[KINDS[kind]])
    )

    answers = {
        other: (
            getattr(motia, f"is_{other}_trigger")(KINDS[kind]),
            getattr(motia, f"is_{other}_step")(step),
            getattr(motia, f"get_{other}_triggers")(step),
        )
        for other in KINDS
    }

    assert answers.pop(kind) == (True, True, [KINDS[kind]])
    assert set(map(repr, answers.values())) == {"(False, False, [])"}


def test_guards_read_classes_helpers_and_definitions(motia: Any) -> None:
    config = {"name": "X", "triggers": [motia.http("GET", "/"), motia.CronTrigger(expression="x")]}
    definition = motia.step(config, check)

    assert motia.get_api_triggers(definition) == [config["triggers"][0]]
    assert motia.is_cron_step(definition)
    assert not motia.is_queue_step(motia.Step(file_path="x", config={"name": "noop"}))


def test_a_step_id_depends_on_the_path_alone(motia: Any) -> None:
    made = motia.generate_step_id("steps/orders_step.py")

    assert made == "c4337f07-c060-5a6b-8f6d-4c04c6b4977c"


def test_schemas_are_shown_as_json_schema(motia: Any) -> None:
    shown = motia.schema_to_json_schema(Order)

    assert shown == Order.model_json_schema()
    assert motia.schema_to_json_schema({"type": "string"}) == {"type": "string"}
    assert motia.schema_to_json_schema(None) is None
    assert motia.schema_to_json_schema("nonsense") is None


@pytest.mark.parametrize(
    ("function", "value", "problems"),
    [
        ("validate_schema", {"type": "object", "properties": {}}, []),
        ("validate_schema", {"type": "nonsense"}, ["type"]),
        ("validate_schema", "nonsense", ["nonsense"]),
        ("validate_schema", {"name": {"type": "string"}}, ["properties"]),
        ("validate_step", {"name": "X", "triggers": [KINDS["api"]]}, []),
        ("validate_step", {"name": "X", "triggers": [{"type": "api"}]}, ["method"]),
        ("validate_step_config", {"name": "X", "triggers": [{"type": "email"}]}, ["email"]),
        ("validate_step_config", {"triggers": []}, ["name"]),
        ("validate_step_config", None, ["dict"]),
    ],
)
def test_a_validator_lists_what_is_wrong(
    motia: Any, function: str, value: Any, problems: list[str]
) -> None:
    found = getattr(importlib.import_module("motia.validator"), function)(value)

    assert len(found) == len(problems)
    assert all(problem in text for problem, text in zip(problems, found, strict=True))


@pytest.mark.parametrize(
    ("first", "second", "problems"),
    [
        ({"type": "object"}, {"type": "object"}, []),
        ({"type": "string"}, {"type": "string"}, []),
        ({"type": "object"}, {"type": "array"}, ["the types differ: object and array"]),
        (
            {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["b", "a"]},
            {"type": "object", "properties": {"c": {}}, "required": ["c"]},
            [
                "required by the first, unknown to the second: a, b",
                "required by the second, unknown to the first: c",
            ],
        ),
    ],
)
def test_two_schemas_are_compatible_if_each_knows_what_the_other_requires(
    motia: Any, first: dict[str, Any], second: dict[str, Any], problems: list[str]
) -> None:
    validator = importlib.import_module("motia.validator")

    assert validator.check_schema_compatibility(first, second) == problems


def test_a_model_is_shown_as_json_schema(motia: Any) -> None:
    validator = importlib.import_module("motia.validator")

    assert validator.pydantic_to_json_schema(Order) == Order.model_json_schema()


@pytest.mark.parametrize(
    ("module", "name", "arguments", "advice"),
    [
        ("motia", "get_instance", (), "enqueue"),
        ("motia", "init_iii", ({"enabled": True},), "motia-py dev"),
        ("motia", "setup_step_endpoint", (None,), "workbench"),
        ("motia", "Motia", (), "_step.py"),
        ("motia", "ChannelReader", (None,), "raw_body"),
        ("motia", "ChannelWriter", (None,), "yield"),
        ("motia", "MotiaHttpResponse", (None,), "ApiResponse"),
        ("motia.cli", "main", (), "motia-py start"),
        ("motia.stream_client", "StreamClient", ("ws://x",), "/streams/"),
        ("motia.stream_client", "StreamItemSubscription", (None,), "/streams/"),
        ("motia.stream_client", "StreamGroupSubscription", (None,), "/streams/"),
        ("motia.stream_client", "JoinMessage", (), "/streams/"),
    ],
)
def test_a_name_of_the_engine_says_what_to_do_here(
    motia: Any, module: str, name: str, arguments: tuple[Any, ...], advice: str
) -> None:
    with pytest.raises(MotiaError, match=name) as caught:
        getattr(importlib.import_module(module), name)(*arguments)

    assert advice in str(caught.value)


def test_the_bridge_says_what_to_do_and_can_be_inspected(motia: Any) -> None:
    bridge = importlib.import_module("motia.bridge").bridge

    with pytest.raises(MotiaError, match=r"bridge\.trigger .* enqueue"):
        bridge.trigger({"function_id": "x"})
    assert not hasattr(bridge, "motia_stream_config")


def test_outside_of_a_run_tracing_finds_nothing_and_fails_nowhere(motia: Any) -> None:
    tracing = motia.tracing

    with tracing.step_span("x", "http") as step_span, tracing.operation_span("y", key=1) as span:
        tracing.record_exception(span, ValueError("x"))
        tracing.set_span_ok(span)
    tracing.instrument_bridge(None)

    assert (step_span, span, tracing.get_tracer(), tracing.get_trace_id_from_span()) == (None,) * 4
    assert (tracing.inject_context(), tracing.HAS_OTEL) == ({}, False)


def test_a_parent_is_read_from_its_header(motia: Any) -> None:
    extract = motia.tracing.extract_parent_context

    assert extract(f"00-{'a' * 32}-{'b' * 16}-01") == ("a" * 32, "b" * 16)
    assert extract("nonsense") is None
    assert extract(None) is None


# Step files


ORDERS = """
    from typing import Any

    from motia import ApiRequest, ApiResponse, FlowContext, enqueue, http, logger, stateManager
    from pydantic import BaseModel


    class Order(BaseModel):
        item: str


    config = {
        "name": "TakeOrder",
        "triggers": [http("POST", "/orders", body_schema=Order)],
        "enqueues": ["order.placed"],
        "flows": ["shop"],
    }


    async def handler(
        request: ApiRequest[dict[str, Any]], ctx: FlowContext[Any]
    ) -> ApiResponse[dict[str, Any]]:
        order = request.body
        await stateManager.set("orders", order["item"], order)
        await enqueue({"topic": "order.placed", "data": order})
        logger.info("Order taken", {"item": order["item"]})
        return ApiResponse(status=201, body={"item": order["item"], "by": ctx.trigger.type})
"""
COOK = """
    from motia import QueueConfig, Stream, StreamConfig, queue, state_manager
    from motia.types import QueueConfig as SameConfig, StepConfig

    assert QueueConfig is SameConfig

    kitchen: Stream[dict] = Stream(StreamConfig(name="kitchen", description="What is cooked"))

    config = StepConfig(
        name="Cook",
        triggers=[queue("order.placed", config=QueueConfig(max_retries=1))],
        enqueues=[],
    )


    async def handler(order):
        stored = await state_manager.get("orders", order["item"])
        await kitchen.set("stove", order["item"], {"item": stored["item"]})
"""
REPORT = """
    from motia import cron, http, multi_trigger_step

    triggers = [http("GET", "/report"), cron("0 9 * * *")]


    async def on_http(request, ctx):
        return {"status": 200, "body": {"by": "http"}}


    async def on_cron(ctx):
        pass


    report = (
        multi_trigger_step({"name": "Report", "triggers": triggers})
        .on_http(on_http)
        .on_cron(on_cron)
        .handlers()
    )
"""
DATA_ONLY = """
    from motia import FlowContext, step

    config = {
        "name": "Audit",
        "triggers": [
            {"type": "queue", "topic": "order.placed", "config": {"maxRetries": 0}},
            {"type": "stream", "streamName": "kitchen"},
            {"type": "state"},
        ],
        "virtualEnqueues": ["mail"],
    }


    def handler(input, ctx: FlowContext):
        pass
"""
TRACED = """
    from motia import http
    from motia.tracing import (
        get_trace_id_from_span, inject_context, operation_span, record_exception, step_span,
    )

    config = {"name": "Traced", "triggers": [http("GET", "/traced")], "enqueues": []}


    async def handler(request, ctx):
        with step_span("Traced", "http") as span, operation_span("charge", amount=1) as inner:
            record_exception(inner, ValueError("no money"))
        return {"status": 200, "body": {
            "is_own": span is inner and span.id == ctx.span.id,
            "trace": get_trace_id_from_span() == ctx.trace_id,
            "header": inject_context() == {"traceparent": ctx.traceparent},
        }}
"""


def test_step_files_in_motias_style_are_translated_without_a_warning(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        {
            "steps/audit_step.py": DATA_ONLY,
            "steps/cook_step.py": COOK,
            "steps/orders_step.py": ORDERS,
            "steps/report_step.py": REPORT,
            "steps/traced_step.py": TRACED,
        },
    )

    with MotiaNames(), ProjectImports(root) as imports:
        project = load_project(root, imports)

    assert (project.failures, project.warnings) == ((), ())
    assert {step.config.name: step.config.trigger_keys() for step in project.steps} == {
        "Audit": ("queue(order.placed)", "stream(kitchen)", "state"),
        "Cook": ("queue(order.placed)",),
        "TakeOrder": ("http(POST /orders)",),
        "Report": ("http(GET /report)", "cron(0 9 * * *)"),
        "Traced": ("http(GET /traced)",),
    }
    assert [stream.config.name for stream in project.streams] == ["kitchen"]


async def test_step_files_in_motias_style_run(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        {
            "steps/cook_step.py": COOK,
            "steps/orders_step.py": ORDERS,
            "steps/report_step.py": REPORT,
        },
    )

    async with MotiaTester(root) as app:
        taken = await app.post("/orders", json={"item": "tea"})
        report = await app.get("/report")
        await app.settle()
        cooked = await app.stream("kitchen", "stove")

    assert (taken.status, taken.body) == (201, {"item": "tea", "by": "http"})
    assert report.body == {"by": "http"}
    assert cooked == [{"item": "tea", "id": "tea"}]


async def test_tracing_reads_the_span_of_the_run(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"steps/traced_step.py": TRACED})

    async with MotiaTester(root) as app:
        answer = await app.get("/traced")
        ((span,),) = (trace for trace in app.traces.recent() if trace[0].step == "Traced")

    assert answer.body == {"is_own": True, "trace": True, "header": True}
    assert span.marks is not None
    (mark,) = span.marks
    assert (mark.kind, mark.name) == ("log", "error")
    assert mark.detail["fields"] == {"type": "ValueError", "message": "no money"}


@pytest.mark.parametrize(("authorized", "status"), [(True, 101), (False, 401)])
async def test_an_auth_result_opens_or_closes_the_streams(
    tmp_path: Path, authorized: bool, status: int
) -> None:
    config = f"""
        from motia import StreamAuthInput, StreamAuthResult


        async def authenticate(request: StreamAuthInput) -> StreamAuthResult:
            return StreamAuthResult(authorized={authorized}, context={{"user": 1}})
    """
    root = write_project(tmp_path, {"motia_config.py": config, "steps/cook_step.py": COOK})

    async with MotiaTester(root) as app:
        try:
            async with app.connect("/"):
                opened = 101
        except aiohttp.WSServerHandshakeError as error:
            opened = error.status

    assert opened == status
