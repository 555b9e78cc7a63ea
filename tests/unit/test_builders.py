from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest

from motia_py.errors import ConfigError
from motia_py.project.builders import (
    StepDefinition,
    TriggerDeclaration,
    api,
    cron,
    http,
    multi_trigger_step,
    queue,
    socket,
    state,
    step,
    stream,
)

CONFIG = {"name": "Orders", "triggers": [queue("order"), cron("0 9 * * *")]}


async def handler(input: Any, context: Any) -> Any:
    return ("handled", input)


async def cron_handler(context: Any) -> Any:
    return ("ticked", context.trigger.type)


def context_of(kind: str) -> Any:
    return SimpleNamespace(trigger=SimpleNamespace(type=kind))


@pytest.mark.parametrize(
    ("trigger", "attribute", "value"),
    [
        (http("POST", "/orders"), "type", "http"),
        (http("POST", "/orders"), "path", "/orders"),
        (http("POST", "/orders"), "method", "POST"),
        (http("POST", "/orders"), "condition", None),
        (http("POST", "/orders", stream_body=True), "stream_body", True),
        (api("POST", "/orders"), "type", "http"),
        (queue("order"), "topic", "order"),
        (queue("order", config={"maxRetries": 1}), "config", {"maxRetries": 1}),
        (cron("0 9 * * *", tz="UTC"), "expression", "0 9 * * *"),
        (cron("0 9 * * *", tz="UTC"), "tz", "UTC"),
        (state(group="users"), "group", "users"),
        (stream("chat", item_id="i"), "stream_name", "chat"),
        (stream("chat", item_id="i"), "item_id", "i"),
        (socket("join"), "type", "socket"),
        (socket("join", namespace="/x"), "namespace", "/x"),
        (socket("join", in_order=False), "in_order", False),
    ],
)
def test_a_declared_trigger_reads_as_attributes_and_as_a_dict(
    trigger: TriggerDeclaration, attribute: str, value: object
) -> None:
    assert getattr(trigger, attribute) == value
    assert trigger[attribute] == value


def test_a_declared_trigger_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError, match="this queue trigger has no 'path'"):
        queue("order").path


def test_a_declared_trigger_can_be_copied() -> None:
    assert copy.deepcopy(queue("order")) == queue("order")


def test_a_step_holds_its_config_and_handler() -> None:
    assert step(CONFIG, handler) == StepDefinition(config=CONFIG, handler=handler)


def test_a_step_may_get_its_handler_later() -> None:
    assert step(CONFIG).handle(handler) == StepDefinition(config=CONFIG, handler=handler)


@pytest.mark.parametrize("kind", ["http", "queue", "state", "stream"])
async def test_the_handler_of_the_trigger_kind_gets_input_and_context(kind: str) -> None:
    built = multi_trigger_step(CONFIG).handlers({kind: handler, "cron": cron_handler})

    assert built.config is CONFIG
    assert await built.handler(5, context_of(kind)) == ("handled", 5)


async def test_a_cron_handler_gets_only_the_context() -> None:
    built = multi_trigger_step(CONFIG).handlers({"queue": handler, "cron": cron_handler})

    assert await built.handler(None, context_of("cron")) == ("ticked", "cron")


async def test_handlers_may_be_added_one_by_one() -> None:
    built = (
        multi_trigger_step(CONFIG)
        .on_http(handler)
        .on_queue(handler)
        .on_state(handler)
        .on_stream(handler)
        .on_socket(handler)
        .on_cron(cron_handler)
        .handlers()
    )

    assert await built.handler(5, context_of("stream")) == ("handled", 5)
    assert await built.handler(None, context_of("cron")) == ("ticked", "cron")


async def test_a_trigger_without_a_handler_says_what_to_add() -> None:
    built = multi_trigger_step(CONFIG).on_queue(handler).handlers()

    with pytest.raises(ConfigError, match="has a cron trigger but no handler") as failure:
        await built.handler(None, context_of("cron"))

    assert failure.value.advice == "add .on_cron(...) to its multi_trigger_step(...)"


def test_a_handler_for_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="'timer' is no kind of trigger"):
        multi_trigger_step(CONFIG).handlers({"timer": handler})


def test_a_handler_that_is_not_async_is_refused() -> None:
    def blocking(input: Any, context: Any) -> Any: ...

    with pytest.raises(ConfigError, match=r"the queue handler .* must be async") as failure:
        multi_trigger_step(CONFIG).on_queue(blocking)

    assert failure.value.advice == "define blocking with `async def`"
