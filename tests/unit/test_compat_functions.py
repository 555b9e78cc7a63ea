"""Motia 1.0's functions: guards, schemas, tracing and what the engine had."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from pydantic import BaseModel

from motia_py.errors import MotiaError


class Order(BaseModel):
    item: str


def check(*_: object) -> bool:
    return True


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
