"""Motia 1.0's classes, of configs and of annotations."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from pydantic import BaseModel

from motia_py.project.dialects import translate_step, translate_stream
from motia_py.runtime import ambient
from motia_py.runtime.access import Subscription
from motia_py.runtime.context import Context
from motia_py.runtime.payloads import Payload
from motia_py.runtime.requests import ApiResponse, Request


class Order(BaseModel):
    item: str


def check(*_: object) -> bool:
    return True


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

    kinds = [name for name in motia.__all__ if name.endswith("Trigger") and name[0].isupper()]
    assert [name for name in kinds if isinstance(trigger, getattr(motia, name))] == [kind]
